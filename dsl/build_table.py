"""Makes `grammar.lalr`, the parser's table, from `grammar.lark`: `python -m trialrules.dsl.build_table`.

Lark reads the grammar, proves it LALR(1) (strict: nothing is resolved in silence) and computes the automaton. What is written down is the
automaton alone, as JSON, so that a run needs neither Lark's import nor its half second of analysis.
"""

from __future__ import annotations

import json
import re
from collections import deque
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from lark import Lark
from lark.grammar import Rule
from lark.lexer import PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift

from ._automaton import GRAMMAR, TABLE, fingerprint

WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# What every scanner tries, whether its state can take it or not: no other terminal of the same rank begins like one of these, so trying
# them changes no token, and the scanners become so few that compiling them hardly counts.
COMMON: Final = frozenset(
    {
        "NL",
        "NUMBER",
        "ID",
        "NAME",
        "STRING",
        "LE",
        "GE",
        "NE",
        "LT",
        "GT",
        "EQ",
        "CIRCUMFLEX",
        "COMMA",
        "COLON",
        "MINUS",
        "PLUS",
        "SLASH",
        "STAR",
    }
)


class LineEnds:
    """Tells Lark's lexer that a line may end anywhere; the layout itself is the parser's own."""

    always_accept = ("NL",)

    def process(self, stream: Any) -> Any:  # noqa: ANN401 - Lark's interface
        """Hand the tokens on as they are."""
        return stream


def open_grammar(text: str, *, strict: bool = False) -> Lark:
    """The grammar as Lark reads it; `strict` also proves that no two terminals collide (it needs interegular)."""
    options: dict[str, Any] = {"parser": "lalr", "strict": strict, "keep_all_tokens": True, "maybe_placeholders": False}
    return Lark(text, postlex=LineEnds(), **options)


def make_table(grammar: str, *, strict: bool = False) -> dict[str, Any]:
    """The automaton of a grammar as plain data.

    Args:
        grammar: The text of `grammar.lark`.
        strict: Whether Lark checks the terminals against each other, too.

    Returns:
        `terminals` (name to regular expression), `keywords` (word to terminal), `scanners` (which terminals a state tries, in order),
        `states` (scanner, actions, gotos; an action n >= 0 shifts to state n, n < 0 reduces rule ~n), `rules` and the first and last state.
    """
    lark = open_grammar(grammar, strict=strict)
    automaton = lark.parser.parser._parse_table  # noqa: SLF001 - the table has no public name
    rules = {rule: number for number, rule in enumerate(sorted(lark.rules, key=rule_order))}
    keywords = {t.pattern.value: t.name for t in lark.terminals if is_keyword(t)}
    order = [t.name for t in sorted(lark.terminals, key=lexer_order) if not is_keyword(t)]
    scanners: dict[tuple[str, ...], int] = {}
    states = []
    numbers = number_states(automaton.states, automaton.start_states["start"])
    for state in numbers:
        actions = {}
        gotos = {}
        for symbol, (action, target) in sorted(automaton.states[state].items(), key=itemgetter(0)):
            if action is not Shift:
                actions[symbol] = ~rules[target]
            elif symbol.isupper():
                actions[symbol] = numbers[target]
            else:
                gotos[symbol] = numbers[target]
        tried = tuple(name for name in order if name in COMMON or name in actions)
        states.append([scanners.setdefault(tried, len(scanners)), actions, gotos])
    return {
        "terminals": {t.name: t.pattern.to_regexp() for t in lark.terminals if t.name in order},
        "keywords": keywords,
        "scanners": [list(names) for names in scanners],
        "states": states,
        "rules": [describe_rule(rule) for rule in rules],
        "first": numbers[automaton.start_states["start"]],
        "last": numbers[automaton.end_states["start"]],
    }


def number_states(states: dict[Any, dict[str, tuple[Any, Any]]], first: Any) -> dict[Any, int]:  # noqa: ANN401 - Lark's own numbers
    """States in the order in which they are reached: Lark's own numbers differ from run to run, the table must not."""
    numbers = {first: 0}
    waiting = deque([first])
    while waiting:
        for _, (action, target) in sorted(states[waiting.popleft()].items(), key=itemgetter(0)):
            if action is Shift and target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
    return numbers


def rule_order(rule: Rule) -> tuple[str, list[str]]:
    """An order of rules that does not depend on the run."""
    return rule.origin.name, [symbol.name for symbol in rule.expansion]


def is_keyword(terminal: TerminalDef) -> bool:
    """Whether a terminal is a word of the language."""
    return isinstance(terminal.pattern, PatternStr) and WORD.fullmatch(terminal.pattern.value) is not None


def lexer_order(terminal: TerminalDef) -> tuple[int, int, int, str]:
    """Lark's order of trying: priority, then the longest."""
    return (-terminal.priority, -terminal.pattern.max_width, -len(terminal.pattern.value), terminal.name)


def describe_rule(rule: Rule) -> list[Any]:
    """Size, nonterminal, the builder's method, and the children that are lists to be spliced in.

    The method is `""` for a rule that hands on its only child, and `"*"` for the lists that Lark makes of `x*` and `x+`.
    """
    origin = rule.origin.name
    spliced = [at for at, symbol in enumerate(rule.expansion) if not symbol.is_term and symbol.name.startswith("__")]
    if origin.startswith("__"):
        method = "*"
    elif rule.options.expand1 and not rule.alias and len(rule.expansion) == 1:
        method = ""
    else:
        method = rule.alias or origin
    return [len(rule.expansion), origin, method, spliced]


def write_table(target: Path = TABLE) -> None:
    """Write the table beside the grammar; the first line says which grammar it belongs to."""
    grammar = GRAMMAR.read_text(encoding="utf-8")
    table = json.dumps(make_table(grammar, strict=True), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    target.write_text(f"{fingerprint(grammar)}\n{table}\n", encoding="utf-8")


if __name__ == "__main__":
    write_table()
