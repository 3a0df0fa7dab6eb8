"""Canonical JSON and its digest, and a strict reader of JSON.

Writing follows RFC 8785 (keys in order of UTF-16 code units, no white space, shortest escapes, ECMAScript's form of numbers) with one
difference: numbers are not squeezed into doubles. Integers, decimals and fractions with a finite decimal are written exactly;
other fractions and doubles are written with 12 significant digits. Equal numbers give equal bytes: 1, 1.0 and 1.00 are `1`.
"""

import hashlib
import json
import math
import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from json.encoder import encode_basestring
from typing import Final, TypeAlias

from attrs import frozen

from . import limits

Json: TypeAlias = bool | int | Decimal | str | list["Json"] | dict[str, "Json"] | None
"""What `strict_json_loads` returns: numbers are exact, never doubles."""


_SHORT_NUMBER: Final = 18
"""Characters of a number that needs no care: neither long nor, written without exponent, far from 1."""
_FAR: Final = 10 * limits.MAX_CANONICAL_DIGITS
"""Decimals of a larger exponent are rounded as decimals: made exact first, `1E+1000000` would fill the memory."""
_ROUNDING: Final = Context(prec=limits.FLOAT_DIGITS, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)


@frozen
class JsonProblem:
    """Why a text is not acceptable JSON, and where; line and column count from 1."""

    message: str
    line: int
    column: int


def canonical_bytes(value: object) -> bytes:
    """Write `value` as canonical JSON in UTF-8.

    Takes None, bool, int, Decimal, Fraction, float, str, list, tuple, and dict with keys of type str.

    Raises:
        TypeError: for any other type, or another type of key.
        ValueError: for an infinite number, a NaN, or text that is no valid Unicode (a lone surrogate).
    """
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts).encode("utf-8")


def digest(value: object) -> str:
    """The SHA-256 of `canonical_bytes(value)`, in hexadecimal; raises the same errors."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _write(value: object, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int | Decimal | Fraction | float):
        parts.append(canonical_number(value))
    elif isinstance(value, dict):
        _write_object(value, parts)
    elif isinstance(value, list | tuple):
        separator = "["
        for item in value:
            parts.append(separator)
            _write(item, parts)
            separator = ","
        parts.append("]" if value else "[]")
    else:
        raise TypeError(f"{type(value).__name__} has no canonical JSON")


def _write_object(value: dict[object, object], parts: list[str]) -> None:
    keys = [key for key in value if isinstance(key, str)]
    if len(keys) != len(value):
        raise TypeError("keys of a JSON object are text")
    separator = "{"
    for key in sorted(keys) if "".join(keys).isascii() else sorted(keys, key=_utf16):
        parts.append(separator + encode_basestring(key) + ":")
        _write(value[key], parts)
        separator = ","
    parts.append("}" if keys else "{}")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def canonical_number(value: float | Decimal | Fraction) -> str:
    """Write a number as canonical JSON does: see the head of this module.

    Raises:
        ValueError: for an infinite number or a NaN.
    """
    if isinstance(value, int) and abs(value) < 10**21:
        return str(int(value))
    if not (value.is_finite() if isinstance(value, Decimal) else isinstance(value, int | Fraction) or math.isfinite(value)):
        raise ValueError("JSON has no infinite numbers and no NaN")
    if isinstance(value, Decimal) and "E" not in (text := str(value)) and len(text) <= _SHORT_NUMBER:
        short = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if short == "-0" else short
    if isinstance(value, Decimal) and value and abs(value.adjusted()) > _FAR:
        rounded = _ROUNDING.plus(value).as_tuple()
        digits, exponent = int("".join(map(str, rounded.digits))), int(rounded.exponent)
        return _ecmascript(-digits if rounded.sign else digits, exponent)
    digits, exponent = (
        _rounded_parts(value) if isinstance(value, float) else _exact_parts(value if isinstance(value, Fraction) else Fraction(value))
    )
    return _ecmascript(digits, exponent)


def _exact_parts(value: Fraction) -> tuple[int, int]:
    """Integer and power of ten whose product is `value`; rounded if the decimal is endless or too long to be written."""
    twos, rest = 0, value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    fives = 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > limits.MAX_CANONICAL_DIGITS:
        return _rounded_parts(value)
    digits = value.numerator * 2 ** (places - twos) * 5 ** (places - fives)
    return (digits, -places) if abs(digits) < 10**limits.MAX_CANONICAL_DIGITS else _rounded_parts(value)


def _rounded_parts(value: float | Fraction | Decimal) -> tuple[int, int]:
    """As `_exact_parts`, rounded half to even to `limits.FLOAT_DIGITS` significant digits."""
    exact = Fraction(value)
    if not exact:
        return 0, 0
    size = abs(exact)
    # The estimate from the bit lengths is off by at most one; the loop mends it.
    magnitude = math.floor((size.numerator.bit_length() - size.denominator.bit_length()) * math.log10(2))
    while size >= Fraction(10) ** (magnitude + 1):
        magnitude += 1
    while size < Fraction(10) ** magnitude:
        magnitude -= 1
    exponent = magnitude + 1 - limits.FLOAT_DIGITS
    return round(exact / Fraction(10) ** exponent), exponent


def _ecmascript(digits: int, exponent: int) -> str:
    """The form of ECMAScript's `Number::toString` for `digits` times ten to the power `exponent`."""
    if digits == 0:
        return "0"
    sign, text = ("-" if digits < 0 else ""), str(abs(digits))
    stripped = text.rstrip("0")
    exponent += len(text) - len(stripped)
    point = len(stripped) + exponent
    if exponent >= 0 and point <= 21:
        return sign + stripped + "0" * exponent
    if 0 < point <= 21:
        return f"{sign}{stripped[:point]}.{stripped[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{stripped}"
    mantissa = stripped if len(stripped) == 1 else f"{stripped[0]}.{stripped[1:]}"
    return f"{sign}{mantissa}e{point - 1:+d}"


class _RefusedError(Exception):
    """Raised inside the decoder's hooks; the text is then read again, slowly, to find the place."""


def strict_json_loads(text: str) -> Json | JsonProblem:
    """Read JSON, refusing what the standard library lets pass: NaN and infinities, duplicate keys, deep nesting, huge numbers.

    Integers become int, other numbers Decimal, as written. Nothing is raised for any text. The caller bounds the length of the text.

    Returns:
        The value, or a `JsonProblem` that says what is wrong and where.
    """
    try:
        text.encode("utf-8")
        value: Json = json.loads(text, parse_int=_integer, parse_float=_decimal, parse_constant=_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        return JsonProblem(f"This is not valid JSON: {error.msg.removesuffix(':')}.", error.lineno, error.colno)
    except UnicodeEncodeError as error:
        return _problem(_NO_UNICODE, text, error.start)
    except (_RefusedError, RecursionError):
        return _first_problem(text) or JsonProblem("This JSON is not acceptable.", 1, 1)
    if _is_deep(value) or _SURROGATE_ESCAPE.search(text):
        return _first_problem(text) or value
    return value


_NO_UNICODE: Final = "The text is not valid Unicode: it has half of a surrogate pair."
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s"\[\]{}:,]+', re.DOTALL)
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def _integer(text: str) -> int:
    if len(text) > limits.MAX_DIGITS and len(text.lstrip("-")) > limits.MAX_DIGITS:
        raise _RefusedError
    return int(text)


def _decimal(text: str) -> Decimal:
    """A number with a point or an exponent, its digits and exponent counted before it is converted.

    Every number that passes also passes in its canonical form.
    """
    if len(text) <= _SHORT_NUMBER and "e" not in text and "E" not in text:
        return Decimal(text)
    mantissa, _, exponent = text.lower().partition("e")
    digits = mantissa.lstrip("-0.").replace(".", "")
    if len(digits) > limits.MAX_DIGITS or len(mantissa) > 2 * limits.MAX_DIGITS or len(exponent.lstrip("+-0")) > 2:
        raise _RefusedError
    number = Decimal(text)
    if not -limits.MAX_DIGITS <= number.adjusted() < limits.MAX_DIGITS:
        raise _RefusedError
    return number


def _constant(_text: str) -> Json:
    raise _RefusedError


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError
    return found


def _is_deep(value: Json) -> bool:
    """Whether containers are nested deeper than `limits.MAX_DEPTH`; level by level, so that no recursion is needed."""
    level: list[Json] = [value] if isinstance(value, list | dict) else []
    for _ in range(limits.MAX_DEPTH):
        if not level:
            return False
        below: list[Json] = []
        for container in level:
            items = container.values() if isinstance(container, dict) else container if isinstance(container, list) else ()
            below += [item for item in items if type(item) is dict or type(item) is list]
        level = below
    return bool(level)


def _first_problem(text: str) -> JsonProblem | None:
    """Walk the tokens to the first thing refused; None if there is nothing. The text may be no valid JSON after that place."""
    keys: list[set[str] | None] = []  # one entry for each open container; None for an array
    before = ""
    for found in _TOKEN.finditer(text):
        word = found[0]
        message = None
        if word in "[{":
            keys.append(set() if word == "{" else None)
            if len(keys) > limits.MAX_DEPTH:
                message = f"The nesting is deeper than {limits.MAX_DEPTH}."
        elif word in "]}":
            if keys:
                keys.pop()
        elif word[0] == '"':
            is_key = before in ("{", ",") and bool(keys) and keys[-1] is not None
            message = _refusal_of_text(word, keys[-1] if is_key else None)
        elif word not in ":,":
            message = _refusal_of_word(word)
        if message is not None:
            return _problem(message, text, found.start())
        before = word
    return None


def _refusal_of_text(token: str, keys: set[str] | None) -> str | None:
    """Why a string is refused, if it is; `keys` are those seen in its object, if it is a key, and it is added to them."""
    try:
        value = str(json.loads(token, strict=False))
        value.encode("utf-8")
    except json.JSONDecodeError:
        return None
    except UnicodeEncodeError:
        return _NO_UNICODE
    if keys is None:
        return None
    if value in keys:
        return f"The key {json.dumps(value[: limits.MAX_NAME_LENGTH], ensure_ascii=False)} stands twice in one object."
    keys.add(value)
    return None


def _refusal_of_word(token: str) -> str | None:
    """Why a number or a bare word is refused, if it is."""
    if token in ("NaN", "Infinity", "-Infinity"):
        return f"{token} is no JSON number."
    if token in ("true", "false", "null"):
        return None
    try:
        (_integer if token.lstrip("-").isdecimal() else _decimal)(token)
    except _RefusedError:
        return f"The number has more than {limits.MAX_DIGITS} digits, before or behind the point or in all."
    except ArithmeticError:
        return "This is no number."
    return None


def _problem(message: str, text: str, at: int) -> JsonProblem:
    return JsonProblem(message, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
