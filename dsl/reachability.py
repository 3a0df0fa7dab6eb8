"""Conditions that a reader would not write on purpose: branches never reached, members repeated, tests that exclude each other.

Runs over the checked protocol, so that what is compared has one unit and one window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Literal

from . import model
from .diagnostics import Diagnostic, Label
from .source import Span


def unreachable(protocol: model.Protocol) -> list[Diagnostic]:
    """Warnings about all conditions of a protocol."""
    found: list[Diagnostic] = []
    for condition in _conditions(protocol):
        match condition:
            case model.Cases():
                _cases(condition, found)
            case model.Group():
                _members(condition, found)
            case model.Connective(kind="all"):
                _never(condition.operands, condition.span, found)
            case _:
                pass
    return found


def _conditions(protocol: model.Protocol) -> Iterator[model.Condition]:
    """Every condition that has conditions below it, and what lies below."""
    stack: list[model.Condition] = []
    for criterion in protocol.criteria:
        for block in criterion.blocks:
            stack += [block.condition] if block.when is None else [block.condition, block.when]
        stack += [warn.condition for warn in criterion.warnings]
    for definition in protocol.definitions.values():
        if definition.kind == "truth":
            stack.append(definition.body)  # type: ignore[arg-type]
    while stack:
        node = stack.pop()
        yield node
        stack += conditions_below(node)


def conditions_below(node: model.Condition) -> Sequence[model.Condition]:
    """The conditions directly below one."""
    match node:
        case model.Group():
            return [member.condition for member in node.members]
        case model.Connective():
            return node.operands
        case model.Cases():
            return [*(row.condition for row in node.rows), *(row.result for row in node.rows), node.otherwise]
        case model.Not() | model.KnownThat():
            return [node.operand]
        case model.Differs():
            return [node.left, node.right]
        case _:
            return ()


def _cases(node: model.Cases, found: list[Diagnostic]) -> None:
    seen: dict[model.Condition, Span] = {}
    for index, row in enumerate(node.rows):
        condition = row.condition
        if condition in seen:
            message = "this row is never reached: a row above it has the same condition"
            found.append(
                _warning("TR052", row.span, message, "leave it out, or correct its condition", Label(seen[condition], "the same condition"))
            )
        elif condition == model.Constant(value=False):
            found.append(_warning("TR052", row.span, "this row is never reached: its condition is `never`", "leave it out"))
        seen.setdefault(condition, row.span)
        if condition == model.Constant(value=True):
            rest = node.rows[index + 1].span if index + 1 < len(node.rows) else node.otherwise.span
            message = "nothing behind `always` is reached"
            found.append(
                _warning("TR052", rest, message, "put the row with `always` last, as `otherwise`", Label(row.span, "always holds"))
            )
            return


def _members(node: model.Group, found: list[Diagnostic]) -> None:
    seen: dict[model.Condition, model.Member] = {}
    for member in node.members:
        first = seen.setdefault(member.condition, member)
        if first is not member and not isinstance(member.condition, model.Constant):
            counted = node.kind in {"at least", "at most", "exactly"}
            message = "this member stands in the group twice" + (", and counts twice" if counted else "")
            label = Label(first.span, "the same condition")
            severity: Literal["error", "warning"] = "error" if counted else "warning"
            found.append(Diagnostic("TR053", message, (Label(member.span), label), "leave one of them out, or correct it", severity))
    if node.kind == "all":
        _never([member.condition for member in node.members], node.span, found)


# ---------------------------------------------------------------- tests that exclude each other


class _Bounds:
    """What a conjunction leaves of one number."""

    __slots__ = ("high", "high_open", "low", "low_open", "spans")

    def __init__(self) -> None:
        self.low: Fraction | None = None
        self.high: Fraction | None = None
        self.low_open = self.high_open = False
        self.spans: list[Span] = []

    def take(self, op: str, value: Fraction, span: Span) -> None:
        """Narrow by one comparison."""
        if op in {">", ">=", "="} and (self.low is None or (value, op == ">") > (self.low, self.low_open)):
            self.low, self.low_open = value, op == ">"
        if op in {"<", "<=", "="} and (self.high is None or (value, op != "<") < (self.high, not self.high_open)):
            self.high, self.high_open = value, op == "<"
        self.spans.append(span)

    @property
    def empty(self) -> bool:
        """Whether no number is left."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


def _never(conditions: Iterable[model.Condition], span: Span, found: list[Diagnostic]) -> None:
    """Comparisons of one number, or tests of one word, that cannot hold together."""
    bounds: dict[model.Number, _Bounds] = {}
    words: dict[model.Selection, tuple[frozenset[str], list[Span]]] = {}
    for condition in conditions:
        match condition:
            case model.Compare(op=op, left=left, right=model.Quantity(value=value)):
                bounds.setdefault(left, _Bounds()).take(op, value, condition.span)
            case model.Between(operand=operand, negated=False):
                of = bounds.setdefault(operand, _Bounds())
                of.take(">=", condition.low.value, condition.span)
                of.take("<=", condition.high.value, condition.span)
            case model.IsWord(negated=False):
                left_over, spans = words.get(condition.selection, (frozenset(condition.words), []))
                words[condition.selection] = left_over & frozenset(condition.words), [*spans, condition.span]
            case _:
                pass
    clashes = [of.spans for of in bounds.values() if of.empty] + [spans for left_over, spans in words.values() if not left_over]
    for spans in clashes:
        message = "these conditions can never hold together"
        labels = [Label(place, "cannot hold together with the others") for place in dict.fromkeys(spans) if place != span]
        found.append(_warning("TR054", span, message, "correct a number, or join them by `or`", *labels))


def _warning(code: str, span: Span, message: str, help_: str, *more: Label) -> Diagnostic:
    return Diagnostic(code, message, (Label(span), *more), help_, "warning")
