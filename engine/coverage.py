"""Three-valued coverage of scenarios: each criterion and each branch of it seen with every result that it can have.

A branch is a member of a group, a row of `cases`, a branch of a choice of numbers, or a `when`. Where a node can never be unknown
(`is recorded`, `known that`) or is constant, only what it can be is asked for.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

from ..dsl import model
from ..dsl.source import NOWHERE, Span
from .plan import children
from .truth import all_of, any_of, at_least, at_most, exactly, negate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .outcome import CriterionOutcome, Decision, Truth

TargetKind = Literal["criterion", "when", "member", "row", "branch"]
_WORDS: Mapping[Truth, str] = {True: "true", False: "false", None: "unknown"}
_ALL: frozenset[Truth] = frozenset((True, False, None))
_DEFINITE: frozenset[Truth] = frozenset((True, False))
_ORDER = ("met", "not met", "not applicable", "true", "false", "unknown")


@frozen
class Covered:
    """One criterion or branch: every result it can have, and those that the scenarios showed."""

    kind: TargetKind
    name: str
    criterion: str
    can: tuple[str, ...]
    seen: tuple[str, ...]
    span: Span = field(default=NOWHERE, eq=False)

    @property
    def missing(self) -> tuple[str, ...]:
        """What it can be and was never seen to be."""
        return tuple(word for word in self.can if word not in self.seen)

    @property
    def note(self) -> str:
        """What it can never be, in words; empty where it can be everything."""
        whole = ("met", "not met", "unknown") if self.kind == "criterion" else ("true", "false", "unknown")
        never = [word for word in whole if word not in self.can]
        return f"cannot be {' or '.join(never)}" if never else ""


@frozen
class Coverage:
    """The coverage of one protocol by its scenarios, in order of the file."""

    targets: tuple[Covered, ...]

    @property
    def wanted(self) -> int:
        """How many results there are to be seen."""
        return sum(len(target.can) for target in self.targets)

    @property
    def found(self) -> int:
        """How many of them were seen."""
        return sum(len(target.can) - len(target.missing) for target in self.targets)

    @property
    def percent(self) -> int:
        """The share that was seen, rounded down; 100 only where nothing is missing."""
        return 100 if not self.wanted else self.found * 100 // self.wanted


@frozen
class _Target:
    kind: TargetKind
    name: str
    criterion: str
    node: model.Condition
    span: Span


def coverage(protocol: model.Protocol, decisions: Iterable[Decision]) -> Coverage:
    """What the decisions of the scenarios showed of a protocol."""
    verdicts: dict[str, set[str]] = {}
    truths: dict[int, set[str]] = {}
    for decision in decisions:
        for criterion in decision.criteria:
            verdicts.setdefault(criterion.criterion.id, set()).add(criterion.verdict)
            for node, truth in _truths(criterion):
                truths.setdefault(node, set()).add(_WORDS[truth])
    found: list[Covered] = []
    named = _Names()
    for rule in protocol.criteria:
        can = _ordered(possible_verdicts(rule))
        found.append(Covered("criterion", rule.id, rule.id, can, _ordered(verdicts.get(rule.id, ())), rule.span))
        for target in named.targets(rule):
            can = _ordered(_WORDS[truth] for truth in possible(target.node))
            seen = _ordered(truths.get(id(target.node), ()))
            found.append(Covered(target.kind, target.name, target.criterion, can, seen, target.span))
    return Coverage(tuple(found))


def _ordered(words: Iterable[str]) -> tuple[str, ...]:
    kept = set(words)
    return tuple(word for word in _ORDER if word in kept)


def _truths(criterion: CriterionOutcome) -> Iterator[tuple[int, Truth]]:
    for block in criterion.blocks:
        for root in (block.when, block.body):
            if root is not None:
                for outcome in root.walk():
                    yield id(outcome.node), outcome.truth


# ---------------------------------------------------------------- the branches of a criterion


@define
class _Names:
    """Finds the branches of one criterion after the other; a definition's belong to the first criterion that uses it."""

    entered: set[int] = field(factory=set)
    counts: dict[tuple[str, str], int] = field(factory=dict)

    def targets(self, criterion: model.Criterion) -> list[_Target]:
        found: list[_Target] = []
        for block in criterion.blocks:
            if block.when is not None:
                found.append(_Target("when", self.numbered(criterion.id, "when"), criterion.id, block.when, block.when.span))
                self.below(block.when, criterion.id, criterion.id, found)
            self.below(block.condition, criterion.id, criterion.id, found)
        return found

    def below(self, node: object, owner: str, criterion: str, found: list[_Target]) -> None:
        definitions: list[model.Definition] = []
        stack = [node]
        while stack:
            at = stack.pop()
            match at:
                case model.Member():
                    name = f"{owner}.{at.label}" if at.label else self.numbered(owner, "member")
                    found.append(_Target("member", name, criterion, at.condition, at.span))
                case model.Case():
                    found.append(_Target("row", self.numbered(owner, "row"), criterion, at.condition, at.span))
                case model.NumberBranch():
                    found.append(_Target("branch", self.numbered(owner, "branch"), criterion, at.condition, at.span))
                case model.DefinedTruth() | model.DefinedNumber() if id(at.definition) not in self.entered:
                    self.entered.add(id(at.definition))
                    definitions.append(at.definition)
                case _:
                    pass
            stack.extend(reversed(list(children(at))))
        for definition in definitions:
            self.below(definition.body, definition.name, criterion, found)

    def numbered(self, owner: str, what: str) -> str:
        number = self.counts.get((owner, what), 0) + 1
        self.counts[owner, what] = number
        return f"{owner} {what} {number}"


# ---------------------------------------------------------------- what a node can be


def possible(condition: model.Condition) -> frozenset[Truth]:
    """Every truth that a condition can have, its parts taken as independent."""
    match condition:
        case model.Constant():
            return frozenset((condition.value,))
        case model.UnknownBecause():
            return frozenset((None,))
        case model.IsRecorded():
            return _DEFINITE
        case model.KnownThat():
            return frozenset(truth is True for truth in possible(condition.operand))
        case model.Not():
            return frozenset(negate(truth) for truth in possible(condition.operand))
        case model.Connective():
            return _combined(condition.kind, 0, [possible(operand) for operand in condition.operands])
        case model.Group():
            return _combined(condition.kind, condition.count, [possible(member.condition) for member in condition.members])
        case model.Differs():
            pairs = product(possible(condition.left), possible(condition.right))
            return frozenset(None if left is None or right is None else left is not right for left, right in pairs)
        case model.Cases():
            return _cases(condition)
        case model.DefinedTruth():
            body = condition.definition.body
            return _ALL if condition.definition.kind == "number" else possible(body)  # type: ignore[arg-type]
        case _:
            return _ALL


def _cases(condition: model.Cases) -> frozenset[Truth]:
    results: set[Truth] = set()
    for row in condition.rows:
        answers = possible(row.condition)
        if True in answers:
            results |= possible(row.result)
        if None in answers:
            results.add(None)
        if answers == {True}:
            return frozenset(results)
    return frozenset(results | possible(condition.otherwise))


def _combined(kind: str, count: int, parts: list[frozenset[Truth]]) -> frozenset[Truth]:
    """What a group can be: every reachable number of true and of unknown members, put through the group's own table."""
    reachable = {(0, 0)}
    for part in parts:
        reachable = {(true + (truth is True), unknown + (truth is None)) for true, unknown in reachable for truth in part}
    return frozenset(_of_counts(kind, count, true, unknown, len(parts)) for true, unknown in reachable)


def _of_counts(kind: str, count: int, true: int, unknown: int, total: int) -> Truth:
    values: list[Truth] = [True] * true + [None] * unknown + [False] * (total - true - unknown)
    match kind:
        case "all":
            return all_of(values)
        case "any":
            return any_of(values)
        case "none":
            return negate(any_of(values))
        case "at least":
            return at_least(count, values)
        case "at most":
            return at_most(count, values)
        case "exactly":
            return exactly(count, values)
        case _:
            raise ValueError(f"no such group: {kind}")


def possible_verdicts(criterion: model.Criterion) -> frozenset[str]:
    """Every verdict that a criterion can have."""
    deciding, other = ("not met", "met") if criterion.kind == "inclusion" else ("met", "not met")
    decides = criterion.kind != "inclusion"
    found: set[str] = set()
    blocks = [(frozenset((True,)) if block.when is None else possible(block.when), possible(block.condition)) for block in criterion.blocks]
    if all(False in when for when, _ in blocks):
        found.add("not applicable")
    if any(True in when and decides in body for when, body in blocks):
        found.add(deciding)
    # The other verdict needs an active block, and none that decides or is unknown.
    if any(True in when and (not decides) in body for when, body in blocks):
        found.add(other)
    if any(None in when or (None in body and when != {False}) for when, body in blocks):
        found.add("unknown")
    return frozenset(found)
