"""Runs the automaton over one top-level block: tokens, indentation, and going on behind a line that can't be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from ..limits import MAX_DEPTH, MAX_DIAGNOSTICS
from ._automaton import Automaton
from ._build_blocks import Builder
from ._build_expr import Token
from ._stand_ins import stand_in_for
from .diagnostics import Diagnostic
from .source import Source
from .syntax_errors import Failure, Trouble, explain
from .walk import depth

MAX_ERRORS_IN_BLOCK: Final = 20
BLANK: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n[ \t]*(?:#[^\n]*)?)*")
REST: Final = re.compile(r"[ \t]*(?:#[^\n]*)?")
LINE_END: Final = re.compile(r"(?:\r?\n[ \t]*(?:#[^\n]*)?)+")
FOUND: Final = re.compile(r'"[^"\n]*"?|[0-9][\w.]*|\w+|[<>=!]=|&&|\|\||\S')
# Words of the language that would be taken for a name at the beginning of a line; the checker refuses the others where they are declared.
NEVER_FIRST: Final = frozenset({"if", "else", "unless"})
# What nests an expression; a line with few of these needs no closer look.
NESTING: Final = re.compile(r"[-+*/^(]|\b(?:not|that|before|after)\b")
LOST_WORDS: Final = re.compile(r"[A-Za-z]\w*")

# `and` before a sign of comparison goes on with the margins of `improved by`; it is not the word `and`.
AND_MARGIN: Final = "AND_MARGIN"


class GiveUp(Exception):  # noqa: N818 - not an error: it ends one block
    """Nothing more of this block can be read."""


@frozen
class Mark:
    """The stacks before a line's first token: where reading resumes when the line can't be read."""

    states: list[int]
    values: list[Any]
    at: int
    errors: int


class BlockReader:
    """Reads the blocks of one file; problems gather in `diagnostics`."""

    def __init__(self, automaton: Automaton, builder: Builder, source: Source) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.lost: set[str] = set()
        self._automaton = automaton
        self._source = source
        self._text = source.text
        self._rules = [(size, origin, builder_of(builder, method), spliced) for size, origin, method, spliced in automaton.rules]
        self._begin(0, 0)

    def _begin(self, start: int, end: int) -> None:
        self._start, self._end = start, end
        self._states: list[int] = [self._automaton.first]
        self._values: list[Any] = []
        self._indents = [0]
        self._marks: list[Mark] = []
        self._errors = 0
        self._headless = False
        self._deep = False

    def read(self, start: int, end: int) -> Any:  # noqa: ANN401 - any top-level node
        """The node of the block that stands in text[start:end], or None where it can't be read (or there is none)."""
        self._begin(start, end)
        at = past(BLANK, self._text, start, end)
        if at >= end:
            return None
        first = at
        try:
            while at < end:
                at = self._line(at)
            self._close()
        except GiveUp:
            self._lose(first, end)
            return None
        return None if self._headless else self._sound(self._values[-1])

    def _sound(self, node: Any) -> Any:  # noqa: ANN401 - any top-level node
        """The node, unless it is nested so deeply that later passes would run out of stack."""
        if self._deep and depth(node) > MAX_DEPTH:
            self._report(node.span.start, node.span.start, trouble="too deep")
            self._lose(node.span.start, node.span.end)
            return None
        return node

    # ---- lines

    def _line(self, at: int) -> int:
        """Read one logical line; returns where the next one begins."""
        column = self._column(at)
        layout = self._layout(column)
        if len(self._indents) > MAX_DEPTH:
            self._report(at, at, trouble="too deep")
            raise GiveUp
        if layout is None:
            return self._unfitting(at, column)
        states: list[int] | None = self._states
        for kind in layout:
            states = states and self._automaton.advance(states, kind)
        if not states:
            return self._misplaced(at, column, layout)
        kind, text, end = self._scan(states[-1], at)
        reserved = kind == "NAME" and text in NEVER_FIRST
        if reserved or not self._automaton.advance(states, kind):
            if self._automaton.expected(states) == {"INDENT"}:
                return self._misplaced(at, column, layout)
            return self._refuse(at, at, self._automaton.expected(states), text)
        for layout_kind in layout:
            self._push(layout_kind, "", at, at)
            if layout_kind == "INDENT":
                self._indents.append(column)
                self._deep = self._deep or len(self._indents) > MAX_DEPTH // 4
            else:
                self._indents.pop()
        del self._marks[len(self._indents) - 1 :]
        self._push(kind, text, at, end, mark=True)
        return self._rest(at, end, kind)

    def _rest(self, line: int, at: int, kind: str) -> int:
        """Read a line behind its first token."""
        text, end, states = self._text, self._end, self._states
        actions, scanners, keywords, push = self._automaton.actions, self._automaton.scanners, self._automaton.keywords, self._push
        parens = 1 if kind == "LPAR" else 0
        while True:
            state = states[-1]
            match = scanners[state].match(text, at, end)
            if match is None:
                break
            kind = match.lastgroup or ""
            start, stop = match.span(kind)
            if kind == "NL":
                if parens:
                    at = stop
                    continue
                if kind not in actions[state] or not push(kind, "", start, stop):
                    break
                if stop - line > MAX_DEPTH and not self._deep:
                    self._deep = len(NESTING.findall(text, line, stop)) > MAX_DEPTH // 4
                return stop
            word = text[start:stop]
            keyword = keywords.get(word)
            if keyword is not None and keyword in actions[state] and kind != AND_MARGIN:
                kind = keyword
            elif kind == "LPAR":
                parens += 1
            elif kind == "RPAR":
                parens -= 1
            if kind not in actions[state] or parens > MAX_DEPTH or not push(kind, word, start, stop):
                break
            at = stop
        return self._broken(line, at, parens)

    def _broken(self, line: int, at: int, parens: int) -> int:
        """What to do where no token fits: the end of the file ends a line, all else is a mistake."""
        at = past(BLANK if parens > 0 else REST, self._text, at, self._end)
        if at >= self._end and not parens and self._automaton.advance(self._states, "NL"):
            self._push("NL", "", at, at)
            return at
        if parens > MAX_DEPTH:
            self._report(line, at, trouble="too deep")
            raise GiveUp
        found = FOUND.match(self._text, at, self._end)
        return self._refuse(line, at, self._automaton.expected(self._states), found.group() if found else "", parens)

    def _close(self) -> None:
        """Read the end of the block."""
        layout = ["DEDENT"] * (len(self._indents) - 1) + ["$END"]
        states: list[int] | None = self._states
        for kind in layout:
            states = states and self._automaton.advance(states, kind)
        if not states:
            self._misplaced(self._end, 0, layout)
            self._close()
            return
        for kind in layout:
            self._push(kind, "", self._end, self._end)

    # ---- tokens

    def _scan(self, state: int, at: int) -> tuple[str, str, int]:
        """The token at a place: its kind (nothing if none fits), text and end."""
        match = self._automaton.scanners[state].match(self._text, at, self._end)
        if match is None or match.lastgroup is None:
            found = FOUND.match(self._text, at, self._end)
            return "", found.group() if found else "", at
        kind = match.lastgroup
        text = match.group(kind)
        keyword = self._automaton.keywords.get(text)
        if keyword is not None and keyword in self._automaton.actions[state] and kind != AND_MARGIN:
            kind = keyword
        return kind, text, match.end()

    def _push(self, kind: str, text: str, start: int, end: int, *, mark: bool = False) -> bool:
        """Reduce what the token completes, then shift it; false where it can't stand after all (the stacks are then half reduced)."""
        states, values, actions, gotos = self._states, self._values, self._automaton.actions, self._automaton.gotos
        while True:
            action = actions[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                if mark:
                    self._marks.append(Mark(states[:], values[:], start, self._errors))
                states.append(action)
                values.append(Token(kind, text, start, end))
                return True
            size, origin, build, spliced = self._rules[~action]
            if build is None:
                states.pop()
            else:
                children = values[-size:]
                del states[-size:]
                del values[-size:]
                values.append(build(splice(children, spliced) if spliced else children))
            state = gotos[states[-1]][origin]
            states.append(state)
            if state == self._automaton.last:
                return True

    # ---- indentation

    def _column(self, at: int) -> int:
        return at - (self._text.rfind("\n", 0, at) + 1)

    def _layout(self, column: int) -> list[str] | None:
        """The layout tokens before a line that begins in a column; None where it fits no line above."""
        indents = self._indents
        if column > indents[-1]:
            return ["INDENT"]
        if column not in indents:
            return None
        return ["DEDENT"] * (len(indents) - 1 - indents.index(column))

    # ---- going on behind mistakes

    def _refuse(self, line: int, at: int, expected: frozenset[str], found: str, parens: int = 0) -> int:
        """Report a token that can't stand, leave its line out, and return where reading goes on."""
        self._report(line, at, expected, found, parens)
        started = bool(self._marks) and self._marks[-1].at == line
        if started:
            self._restore(self._marks.pop())
        column = self._column(line)
        following = self._after(max(at, line) if parens == 0 else line)
        if (started or not self._marks) and following < self._end and self._column(following) > column and self._stand_in(line):
            self._lose(line, line)
            return following
        if not self._marks and len(self._indents) == 1:
            raise GiveUp
        while following < self._end and self._column(following) > column:
            following = self._after(following)
        self._lose(line, following)
        return following

    def _unfitting(self, at: int, column: int) -> int:
        """Leave out the lines of an indentation that fits no line above."""
        self._report(at, at, trouble="fits no line")
        following = at
        while following < self._end and self._column(following) >= column and self._column(following) not in self._indents:
            following = self._after(following)
        self._lose(at, following)
        return following

    def _stand_in(self, line: int) -> bool:
        """Read a stand-in instead of a line that opens a block; whether there is one."""
        self._headless = self._headless or not self._marks
        stop = self._text.find("\n", line, self._end)
        stand_in = stand_in_for(self._text[line : stop if stop != -1 else self._end], first=not self._marks)
        if stand_in is None:
            return False
        tokens = []
        states: list[int] | None = self._states
        at = 0
        for piece in re.finditer(r"\S+", stand_in):
            scanner = self._automaton.scanners[states[-1]] if states else None
            match = scanner.match(stand_in, piece.start(), len(stand_in)) if scanner else None
            if match is None or states is None:
                return False
            kind = self._automaton.keywords.get(piece.group(), str(match.lastgroup))
            kind = kind if kind in self._automaton.actions[states[-1]] else str(match.lastgroup)
            states = self._automaton.advance(states, kind)
            tokens.append((kind, piece.group()))
        if not states or not self._automaton.advance(states, "NL"):
            return False
        for at, (kind, text) in enumerate([*tokens, ("NL", "")]):
            self._push(kind, text, line, line, mark=at == 0)
        return True

    def _misplaced(self, at: int, column: int, layout: list[str]) -> int:
        """A line that is indented for no reason, or a line above that lacks its indented lines."""
        if layout == ["INDENT"]:
            limit = self._indents[-1]
            self._report(at, at, trouble="deeper")
            following = at
            while following < self._end and self._column(following) > limit:
                following = self._after(following)
            self._lose(at, following)
            return following
        while len(self._marks) > 1:
            mark = self._marks.pop()
            self._restore(mark)
            if self._errors == mark.errors:
                self._report(mark.at, mark.at, trouble="no lines")
            states: list[int] | None = self._states
            for kind in self._layout(column) or ():
                states = states and self._automaton.advance(states, kind)
            if states:
                return at
        if self._marks and self._errors == self._marks[0].errors:
            self._report(self._marks[0].at, self._marks[0].at, trouble="no lines")
        raise GiveUp

    def _restore(self, mark: Mark) -> None:
        """Forget everything from a mark on."""
        self._states[:] = mark.states
        self._values[:] = mark.values
        del self._indents[len(self._marks) + 1 :]

    def _after(self, at: int) -> int:
        """The first character of the line with something in it that follows a place."""
        stop = self._text.find("\n", at, self._end)
        match = LINE_END.match(self._text, stop, self._end) if stop != -1 else None
        return match.end() if match else self._end

    def _report(
        self, line: int, at: int, expected: frozenset[str] = frozenset(), found: str = "", parens: int = 0, trouble: Trouble = "token"
    ) -> None:
        self._errors += 1
        if len(self.diagnostics) < MAX_DIAGNOSTICS:
            keywords = self._automaton.keywords
            self.diagnostics.append(explain(Failure(self._source, line, at, found, expected, keywords, parens, trouble)))
        if self._errors >= MAX_ERRORS_IN_BLOCK:
            raise GiveUp

    def _lose(self, start: int, end: int) -> None:
        """Remember the names that lines left out may have declared."""
        stop = end if end > start else self._text.find("\n", start) + 1 or len(self._text)
        for line in self._text[start:stop].splitlines():
            words = LOST_WORDS.findall(line)
            # A line of a scenario may give many things at once.
            self.lost.update(words if words[:1] == ["given"] else words[:2])


def past(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    """The place behind what a pattern matches there."""
    match = pattern.match(text, at, end)
    return match.end() if match else at


def builder_of(builder: Builder, method: str) -> Callable[[list[Any]], Any] | None:
    """What makes the value of a rule: nothing for a rule that hands on its child, the list itself for Lark's `x*` and `x+`."""
    if method == "":
        return None
    if method == "*":
        return as_list
    # Rules of blocks that the text does not have may have no builder (see `parser`): nothing is reduced by them.
    found: Callable[[list[Any]], Any] | None = getattr(builder, method, None)
    return found


def as_list(children: list[Any]) -> list[Any]:
    """The children themselves."""
    return children


def splice(children: list[Any], at: tuple[int, ...]) -> list[Any]:
    """The children with those that are lists themselves laid flat; a list that comes first is extended, not copied."""
    if at == (0,):
        first: list[Any] = children[0]
        first.extend(children[1:])
        return first
    flat: list[Any] = []
    for index, child in enumerate(children):
        if index in at:
            flat.extend(child)
        else:
            flat.append(child)
    return flat
