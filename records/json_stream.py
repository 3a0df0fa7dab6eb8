"""JSON read piece by piece: the elements of one long array are handed out a block at a time and never all held at once.

Places are found with the standard library's scanner; every value then goes through `canonical.strict_json_loads`, so what that refuses
(NaN, duplicate keys, deep nesting, huge numbers) is refused here too.
"""

from __future__ import annotations

import json
from json.decoder import JSONDecodeError
from typing import TYPE_CHECKING, Final

from .. import limits
from ..canonical import Json, JsonProblem, strict_json_loads

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK_ELEMENTS: Final = 1024
_BLOCK_CHARACTERS: Final = 1_000_000
_SPACE: Final = " \t\n\r"
# Only where a value ends matters here: numbers are not converted, so their length is harmless.
_SCANNER: Final = json.JSONDecoder(parse_int=len, parse_float=len)


class BadJsonError(Exception):
    """The text is not acceptable JSON; caught by the reader that made the cursor."""

    def __init__(self, problem: JsonProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Cursor:
    """A place in a JSON text that moves forward. Its methods raise `BadJsonError`, and nothing else, for any text."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        text, at, end = self.text, self.at, len(self.text)
        while at < end and text[at] in _SPACE:
            at += 1
        self.at = at
        return text[at] if at < end else ""

    def line(self) -> int:
        """The line of the cursor, from 1."""
        return self.text.count("\n", 0, self.at) + 1

    def fail(self, message: str) -> BadJsonError:
        """An error at this place, to be raised."""
        return BadJsonError(JsonProblem(message, self.line(), self.at - self.text.rfind("\n", 0, self.at)))

    def value(self) -> Json:
        """Read one value whole."""
        self.peek()
        start = self.at
        self._skip_value()
        return self._strict(start, self.at)

    def skip(self) -> None:
        """Pass over one value."""
        self.peek()
        self._skip_value()

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; the caller reads the value after each key before it asks for the next."""
        self._take("{")
        seen: set[str] = set()
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            if self.peek() != '"':
                raise self.fail("This is not valid JSON: a key in double quotes is expected here.")
            key = self._key()
            if key in seen:
                raise self.fail(f"The key {json.dumps(key[: limits.MAX_NAME_LENGTH], ensure_ascii=False)} stands twice in one object.")
            seen.add(key)
            self._take(":")
            yield key
            if self.peek() != ",":
                break
            self.at += 1
        self._take("}")

    def positions(self) -> Iterator[int]:
        """Indices of the elements of the array that begins here; the caller reads each element before it asks for the next."""
        self._take("[")
        index = 0
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield index
            index += 1
            if self.peek() != ",":
                break
            self.at += 1
            self.peek()
        self._take("]")

    def elements(self) -> Iterator[Json]:
        """The elements of the array that begins here, read in blocks."""
        start, count = -1, 0
        for _ in self.positions():
            if start < 0:
                start = self.at
            self._skip_value()
            count += 1
            if count == _BLOCK_ELEMENTS or self.at - start > _BLOCK_CHARACTERS:
                yield from self._strict_block(start, self.at)
                start, count = -1, 0
                continue
            end = self.at
            # The last block ends with the array, whose end is only seen by looking ahead.
            if self.peek() != ",":
                yield from self._strict_block(start, end)

    def finish(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise self.fail("This is not valid JSON: something follows after the end.")

    def _take(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.fail(f"This is not valid JSON: `{sign}` is expected here.")
        self.at += 1

    def _key(self) -> str:
        start = self.at
        self._skip_value()
        return str(self._strict(start, self.at))

    def _skip_value(self) -> None:
        try:
            _, self.at = _SCANNER.raw_decode(self.text, self.at)
        except JSONDecodeError as error:
            self.at = min(error.pos, len(self.text))
            raise self.fail(f"This is not valid JSON: {error.msg.removesuffix(':')}.") from None
        except RecursionError:
            raise self.fail(f"The nesting is deeper than {limits.MAX_DEPTH}.") from None

    def _strict_block(self, start: int, end: int) -> list[Json]:
        if start < 0:
            return []
        found = self._loads(f"[{self.text[start:end]}]", start)
        return found if isinstance(found, list) else [found]

    def _strict(self, start: int, end: int) -> Json:
        return self._loads(self.text[start:end], start)

    def _loads(self, piece: str, start: int) -> Json:
        found = strict_json_loads(piece)
        if isinstance(found, JsonProblem):
            before = self.text.count("\n", 0, start)
            column = found.column if found.line > 1 else found.column + start - self.text.rfind("\n", 0, start) - 1
            raise BadJsonError(JsonProblem(found.message, before + found.line, column))
        return found
