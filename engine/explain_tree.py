"""The evidence of one criterion as lines: each node of the rule in words, its truth, and what it was found from.

Nothing is evaluated here. Which children decided a node follows from the truths that the outcome holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

from ..dsl import model
from ..dsl.source import NOWHERE, Span as Place
from .explain_evidence import Moments, amounts_words, item_words, note_words, number_found, number_unit, unknown_words
from .explain_rule import CONDITIONS, NUMBERS, condition_words, definition_words, node_words, number_words
from .explain_words import Lang, Words, words
from .outcome import CriterionOutcome, Item, Outcome, Span, Truth, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..dsl.model import Condition, Date, Number

MARKS: dict[Truth, str] = {True: "✓", False: "✗", None: "?"}
LineKind = Literal["rule", "value", "record", "window", "unknown", "note", "assumption", "warning", "provisional"]


@frozen
class Line:
    """One line of the evidence tree.

    `mark` is ✓, ✗ or ? for a line of the rule (its condition is met, is not met, is unknown) and · for what stands below it.
    `decisive` marks the path of the nodes that decided the criterion. `place` leads to the rule text.
    """

    depth: int
    mark: str
    text: str
    kind: LineKind
    truth: Truth = None
    decisive: bool = False
    provisional: bool = False
    place: Place = NOWHERE


def tree(outcome: CriterionOutcome, lang: Lang, moments: Moments | None = None) -> tuple[Line, ...]:
    """The evidence tree of one criterion.

    Args:
        outcome: the criterion's outcome.
        lang: the language of the words.
        moments: the protocol's moments by name, so that a moment that is not set is called by its title.
    """
    found = _Tree(words(lang), moments or {})
    found.criterion(outcome)
    return tuple(found.lines)


def condition_lines(outcome: Outcome, w: Words, moments: Moments | None = None) -> tuple[Line, ...]:
    """The evidence tree of one condition that is no criterion: of an outcome."""
    found = _Tree(w, moments or {})
    found.condition(outcome, 0, decisive=True)
    return tuple(found.lines)


def number_lines(parts: tuple[Outcome, ...], unknowns: tuple[Unknown, ...], w: Words, moments: Moments | None = None) -> tuple[Line, ...]:
    """The evidence of a number: itself, and if there are more parts its baseline and the changes; then what keeps it unknown."""
    found = _Tree(w, moments or {})
    found.number(parts, unknowns)
    return tuple(found.lines)


def decisive_children(outcome: Outcome) -> frozenset[int]:
    """Positions of the children that decided an outcome: the false ones of a false `all`, the unknown ones of an unknown one."""
    truths = [child.truth for child in outcome.children]
    node, truth = outcome.node, outcome.truth
    everything = frozenset(range(len(truths)))
    if isinstance(node, model.Cases):
        return _deciding_rows(truths)
    if not isinstance(node, model.Connective | model.Group):
        return everything
    if truth is None:
        return frozenset(index for index, found in enumerate(truths) if found is None)
    if isinstance(node, model.Group) and node.kind == "exactly":
        return everything
    wanted = truth if node.kind in ("all", "any", "at least") else not truth
    return frozenset(index for index, found in enumerate(truths) if found is wanted)


def _deciding_rows(truths: list[Truth]) -> frozenset[int]:
    """Of condition, result, condition, result, …, otherwise: up to the first condition that holds."""
    found: set[int] = set()
    for index in range(0, len(truths) - 1, 2):
        if truths[index] is not False:
            found |= {index, index + 1}
        if truths[index] is True:
            return frozenset(found)
    return frozenset(found | {len(truths) - 1})


class _Tree:
    """Renders in one language, line after line. `compared`: numbers whose records were shown beside their baseline already."""

    def __init__(self, w: Words, moments: Moments) -> None:
        self.w = w
        self.moments = moments
        self.compared: set[int] = set()
        self.lines: list[Line] = []

    # ---- the criterion

    def criterion(self, outcome: CriterionOutcome) -> None:
        inclusion = outcome.criterion.kind == "inclusion"
        for block in outcome.blocks:
            depth = 0
            decided = len(outcome.blocks) == 1 or _block_decides(block.when, block.body, outcome.truth, inclusion=inclusion)
            if block.when is not None:
                self.condition(block.when, 0, decisive=decided, prefix="block.when")
                depth = 1
            counts = decided and (block.when is None or block.when.truth is not False)
            self.condition(block.body, depth, decisive=counts, prefix="block.then" if depth else "")
        for text in outcome.criterion.assumptions:
            self._add(0, "assumption", self.w("assumption", detail=text))
        for warning in outcome.warnings:
            self._add(0, "warning", self.w("warning", detail=warning.message))
            self.condition(warning.outcome, 1, decisive=False)

    def _add(self, depth: int, kind: LineKind, text: str) -> None:
        self.lines.append(Line(depth, "·", text, kind))

    # ---- conditions

    def condition(self, outcome: Outcome, depth: int, *, decisive: bool, prefix: str = "", label: str = "") -> None:
        node = outcome.node
        text, below = self._head(outcome)
        if label:
            text = self.w("line.label", label=label, text=text)
        if prefix:
            text = self.w(prefix, condition=text)
        place = getattr(node, "span", NOWHERE)
        self.lines.append(Line(depth, MARKS[outcome.truth], text, "rule", outcome.truth, decisive, outcome.provisional, place))
        if below:
            deciding = decisive_children(outcome)
            for index, (child, name, key) in enumerate(self._children(outcome)):
                self.condition(child, depth + 1, decisive=decisive and index in deciding, prefix=key, label=name)
        else:
            self._found(outcome, depth + 1)
        self._beside(outcome, depth + 1, below=below)

    def _head(self, outcome: Outcome) -> tuple[str, bool]:
        """The line's words, and whether its parts are conditions with lines of their own."""
        node, w = outcome.node, self.w
        match node:
            case model.Connective():
                return self._tally(w(f"head.{node.kind}"), outcome), True
            case model.Group():
                return self._tally(w(f"head.{node.kind}", n=str(node.count)), outcome), True
            case model.Not():
                return (w("head.not"), True) if _composite(node.operand) else (w.once(condition_words, node), False)
            case model.KnownThat():
                return w("head.known"), True
            case model.Differs():
                return w("head.differs"), True
            case model.Cases():
                return w("head.cases"), True
            case model.DefinedTruth():
                return definition_words(w, node.definition), True
            case _:
                return self.w.once(_phrase, node), False

    def _tally(self, head: str, outcome: Outcome) -> str:
        """`at least 3 of (2 met, 1 unknown)`: how the members came out."""
        truths = [child.truth for child in outcome.children]
        names: tuple[tuple[Truth, str], ...] = ((True, "truth.true"), (False, "truth.false"), (None, "truth.unknown"))
        counted = [self.w("tally", n=str(truths.count(truth)), truth=self.w(key)) for truth, key in names if truth in truths]
        return self.w("head.tally", head=head, tally=self.w.chain(counted))

    def _children(self, outcome: Outcome) -> Iterator[tuple[Outcome, str, str]]:
        """The parts with their label and the key of their introduction."""
        node = outcome.node
        if isinstance(node, model.Group):
            for child, member in zip(outcome.children, node.members, strict=False):
                yield child, self._label(member), ""
            return
        if isinstance(node, model.Cases):
            last = len(outcome.children) - 1
            for index, child in enumerate(outcome.children):
                yield child, "", "line.otherwise" if index == last else ("line.result" if index % 2 else "line.case")
            return
        for child in outcome.children:
            yield child, "", ""

    def _label(self, member: model.Member) -> str:
        """What introduces a member: nothing where a definition's own title does, or where the file's title is in another language."""
        known = f"label.{member.label}"
        if self.w.has(known):
            return self.w(known)
        title = member.title or (self.w.term(member.label) if member.label else "")
        return "" if isinstance(member.condition, model.DefinedTruth) or self.w.foreign(title) else title

    # ---- what a condition was found from

    def _found(self, outcome: Outcome, depth: int) -> None:
        """Values and records of a leaf: those of its numbers, or its own. Nothing is said twice."""
        if isinstance(outcome.node, model.Not) and outcome.children:
            self._found(outcome.children[0], depth)
            self._beside(outcome.children[0], depth, below=False)
            return
        seen = _Seen()
        if isinstance(outcome.node, model.Improved):
            again = id(outcome.node.operand) in self.compared
            self.compared.add(id(outcome.node.operand))
            if again:
                self._in_short(outcome.children, depth)
            else:
                self._since(outcome.children, depth, seen)
            return
        compared = isinstance(outcome.node, model.Compare)
        for index, child in enumerate(outcome.children):
            if compared and index:
                self._threshold(child, outcome.children[0], depth, seen)
            else:
                self._part(child, depth, seen, alone=True)
        fact = _fact_of(outcome)
        for item in seen.new(outcome.items):
            self._add(depth, "record", item_words(self.w, item, name=item.fact is not fact))
        self._window(outcome, depth, seen)

    def number(self, parts: tuple[Outcome, ...], unknowns: tuple[Unknown, ...]) -> None:
        self._since(parts, 0, _Seen())
        for unknown in unknowns:
            self._add(0, "unknown", unknown_words(self.w, unknown, self.moments))

    def _since(self, children: tuple[Outcome, ...], depth: int, seen: _Seen) -> None:
        """A number now and at the baseline, each with its records, and what lies between them."""
        for key, child in zip(("value.now", "value.baseline"), children, strict=False):
            value = number_found(self.w, child) or self.w("value.missing")
            self._add(depth, "value", self.w(key, value=value))
            for part in child.children:
                self._part(part, depth + 1, seen, alone=False)
            for item in seen.new(child.items):
                self._add(depth + 1, "record", item_words(self.w, item))
            self._window(child, depth + 1, seen)
            self._notes(child, depth + 1)
        if changes := self._changes(children):
            self._add(depth, "value", self.w("value.change", value=changes))

    def _changes(self, children: tuple[Outcome, ...]) -> str:
        return self.w.chain(number_found(self.w, child) for child in children[2:])

    def _in_short(self, children: tuple[Outcome, ...], depth: int) -> None:
        """What was shown before, in one line."""
        found = [
            self.w(key, value=number_found(self.w, child) or self.w("value.missing"))
            for key, child in zip(("value.now", "value.baseline"), children, strict=False)
        ]
        changes = self._changes(children)
        self._add(depth, "value", self.w.clauses([*found, self.w("value.change", value=changes) if changes else ""]))

    def _threshold(self, outcome: Outcome, compared: Outcome, depth: int, seen: _Seen) -> None:
        """What the right side of a comparison came to, where that hangs on the patient; in the unit of the left side."""
        if isinstance(outcome.node, model.Quantity):
            return
        if outcome.amounts:
            value = amounts_words(self.w, outcome.amounts, number_unit(compared.node))
            self._add(depth, "value", self.w("value.threshold", value=value))
        for child in outcome.children:
            self._part(child, depth + 1, seen, alone=False)
        for item in seen.new(outcome.items):
            self._add(depth + 1, "record", item_words(self.w, item))
        self._notes(outcome, depth)

    def _part(self, outcome: Outcome, depth: int, seen: _Seen, *, alone: bool) -> None:
        """A number of a leaf, or a part of one; `alone` for the number that is compared itself."""
        node = outcome.node
        if isinstance(node, CONDITIONS):
            self.condition(outcome, depth, decisive=False)
            return
        match node:
            case model.Quantity() | model.MomentDate() | model.AssessmentDay() | model.DateLiteral():
                return
            case model.Value() if node.selection.attribute is None:
                for item in seen.new(outcome.items):
                    self._add(depth, "record", item_words(self.w, item, name=not alone))
                self._window(outcome, depth, seen)
            case model.SinceBaseline():
                self._value(outcome, depth, alone=alone)
                self._since(outcome.children, depth + 1, seen)
            case model.Arith() | model.InUnit() | model.Negative() | model.Call() if not alone:
                for child in outcome.children:
                    self._part(child, depth, seen, alone=False)
            case _:
                self._value(outcome, depth, alone=alone)
                for child in outcome.children:
                    self._part(child, depth + 1, seen, alone=False)
                for item in seen.new(outcome.items):
                    self._add(depth + 1, "record", item_words(self.w, item))
                self._window(outcome, depth + 1, seen)
        self._notes(outcome, depth)

    def _value(self, outcome: Outcome, depth: int, *, alone: bool) -> None:
        """`found: 27.1`, or `MELD = 27.1` for a part of a greater number."""
        node, w = outcome.node, self.w
        if not isinstance(node, NUMBERS):
            return
        value = number_found(w, outcome) if outcome.amounts else ""
        if alone:
            self._add(depth, "value", w("value.found", value=value) if value else w("value.bare"))
        else:
            number = w.once(number_words, node)
            self._add(depth, "value", w("value.of", number=number, value=value) if value else w("value.none", number=number))

    def _window(self, outcome: Outcome, depth: int, seen: _Seen) -> None:
        span, fact = outcome.window, _fact_of(outcome)
        if span is None or span in seen.spans or (fact is not None and fact.kind in ("attribute", "judgement")):
            return
        seen.spans.append(span)
        text = self.w.window(span)
        if span.open and span.recheck is not None:
            self._add(depth, "window", self.w("window.recheck", window=text, day=self.w.day(span.recheck)))
        elif span.open or text != self.w("window.any"):
            self._add(depth, "window", self.w("window.open" if span.open else "window.label", window=text))

    # ---- what stands beside a truth

    def _notes(self, outcome: Outcome, depth: int) -> None:
        for note in outcome.notes:
            self._add(depth, "note", note_words(self.w, note, _fact_of(outcome), self.moments, outcome.items))

    def _beside(self, outcome: Outcome, depth: int, *, below: bool) -> None:
        """Notes, and the causes that no line below has named yet."""
        self._notes(outcome, depth)
        if outcome.truth is not None or not outcome.unknowns or isinstance(outcome.node, model.UnknownBecause):
            return
        named = [unknown for child in outcome.children for part in child.walk() for unknown in part.unknowns] if below else []
        for unknown in outcome.unknowns:
            if unknown not in named:
                self._add(depth, "unknown", unknown_words(self.w, unknown, self.moments))


class _Seen:
    """What one leaf has shown already: records by identity, windows by value."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.spans: list[Span] = []

    def new(self, items: Iterable[Item]) -> list[Item]:
        """Those not shown before; they count as shown from now on."""
        fresh = [item for item in items if not any(item is other for other in self.items)]
        self.items += fresh
        return fresh


def _phrase(w: Words, node: Condition | Number | Date) -> str:
    """The condition with its thresholds, a threshold also in the unit that it was compared in."""
    text = node_words(w, node)
    right = node.right if isinstance(node, model.Compare) else None
    if not isinstance(right, model.Quantity) or right.unit is None or right.unit.text in right.text:
        return text
    return w("item.converted", recorded=text, converted=amounts_words(w, (right.value,), right.unit))


def _composite(node: object) -> bool:
    return isinstance(node, model.Connective | model.Group | model.Cases | model.DefinedTruth | model.Not | model.KnownThat | model.Differs)


def _block_decides(when: Outcome | None, body: Outcome, truth: Truth, *, inclusion: bool) -> bool:
    """Whether a block of several is among those that gave the criterion its truth."""
    active = True if when is None else when.truth
    if truth is None:
        return active is not False and None in (active, body.truth)
    return active is True and body.truth is truth if truth is not inclusion else active is not True or body.truth is truth


def _fact_of(outcome: Outcome) -> model.Fact | None:
    """The fact that a node is about, where it is about one."""
    selection = getattr(outcome.node, "selection", None)
    return selection.fact if isinstance(selection, model.Selection) else None


def flat(lines: Iterable[Line]) -> str:
    """Lines as indented text, for logs and tests; verbs lay them out themselves."""
    return "\n".join(f"{'  ' * line.depth}{line.mark} {line.text}" for line in lines)
