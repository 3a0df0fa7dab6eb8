"""The parser's table in memory: states, rules, and the regular expressions of the scanners.

A scanner tries the terminals that its state can take (and those that nothing else begins like), so `mg` is a unit after a number and a
name elsewhere. Keywords are read as words first and then looked up: `fortnight` never begins with the keyword `for`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1
GRAMMAR: Final = Path(__file__).with_name("grammar.lark")
TABLE: Final = Path(__file__).with_name("grammar.lalr")

Matcher = Callable[[str, int, int], "re.Match[str] | None"]

BLANKS: Final = r"[ \t]*(?:#[^\n]*)?"


def fingerprint(grammar: str) -> str:
    """What a saved table says of the grammar that it was made from."""
    return f"{FORMAT}:{sha256(grammar.encode()).hexdigest()}"


class Automaton:
    """The table of one grammar (see `build_table.make_table` for its fields)."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        states, rules = table["states"], table["rules"]
        self.keywords: dict[str, str] = table["keywords"]
        self.terminals: dict[str, str] = table["terminals"]
        self.actions: list[dict[str, int]] = [state[1] for state in states]
        self.gotos: list[dict[str, int]] = [state[2] for state in states]
        self.rules: list[tuple[int, str, str, tuple[int, ...]]] = [(size, origin, method, tuple(at)) for size, origin, method, at in rules]
        self.first: int = table["first"]
        self.last: int = table["last"]
        scanners = [Scanner(names, self.terminals) for names in table["scanners"]]
        self.scanners: list[Scanner] = [scanners[state[0]] for state in states]

    def advance(self, stack: Sequence[int], kind: str) -> list[int] | None:
        """The stack of states after a token, or None where the token can't stand; nothing is built."""
        states = list(stack)
        while True:
            action = self.actions[states[-1]].get(kind)
            if action is None:
                return None
            if action >= 0:
                states.append(action)
                return states
            size, origin, _, _ = self.rules[~action]
            del states[-size:]
            states.append(self.gotos[states[-1]][origin])
            if states[-1] == self.last:
                return states

    def expected(self, stack: Sequence[int]) -> frozenset[str]:
        """The terminals that can really stand here (a table row alone names some that only a reduction would refuse)."""
        return frozenset(kind for kind in self.actions[stack[-1]] if self.advance(stack, kind) is not None)


class Scanner:
    """One regular expression over some terminals, compiled when it is first needed: a file meets few of the fifty."""

    def __init__(self, names: Sequence[str], terminals: Mapping[str, str]) -> None:
        self.names = names
        self._terminals = terminals

    @cached_property
    def match(self) -> Matcher:
        """Match blanks, perhaps a comment, and one terminal, whose name is the match's last group."""
        choices = "|".join(f"(?P<{name}>{self._terminals[name]})" for name in self.names)
        return re.compile(f"{BLANKS}(?:{choices})").match
