"""The main reasons of a decision: the protocol's wording, what was found, what would have passed, and how old the finding is.

The values come from the outcome; which of them decided follows from the truths that it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ..dsl import model
from .explain_evidence import amounts_words, found_words, item_words, note_words, number_unit, unknown_words
from .explain_rule import condition_words, node_words, number_words, subject_words, terms
from .explain_tree import decisive_children
from .explain_words import Lang, Words, number_text, with_unit, words
from .outcome import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .outcome import Advice, CriterionOutcome, Decision, Item, NearMiss, Outcome

MAX_REASONS = 4
_MAX_PARTS = 3
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_MEASURED = ("lab", "vital", "score", "grade", "finding")


@frozen
class Reason:
    """One main reason.

    `wording` is the protocol's (criterion text or title in the language), `found` what the record says, `needed` what would pass
    (empty where it is no matter of a value), `age_days` how long before the assessment the found record is dated.
    `detail` is what was found in one sentence, `text` the same behind the criterion's id and wording.
    """

    criterion: str
    wording: str
    text: str
    detail: str = ""
    found: str = ""
    needed: str = ""
    age_days: int | None = None


def title_words(w: Words, criterion: model.Criterion) -> str:
    """The criterion's short title in this language."""
    return criterion.titles.get(w.lang) or criterion.title


def wording(w: Words, criterion: model.Criterion) -> str:
    """The protocol's wording as the file gives it: text, quote, or title."""
    in_lang = criterion.texts.get(w.lang) or ("" if w.lang == "zh" else criterion.text or criterion.quote or "")
    return in_lang or criterion.titles.get(w.lang) or criterion.text or criterion.title


def reasons(decision: Decision, advice: Advice | None, lang: Lang) -> tuple[Reason, ...]:
    """At most four main reasons: of the criteria that fail, or, where none fails, of those that are open."""
    failing = [one for one in decision.criteria if one.passes is False]
    chosen = failing or [one for one in decision.criteria if one.passes is None]
    return tuple(criterion_reason(one, decision, advice, lang) for one in chosen[:MAX_REASONS])


def criterion_reason(outcome: CriterionOutcome, decision: Decision, advice: Advice | None, lang: Lang) -> Reason:
    """Why one criterion passes, fails or is open."""
    w = words(lang)
    moments = decision.protocol.moments
    if outcome.passes is None or (outcome.verdict == "unknown" and outcome.passes is not True):
        details = [unknown_words(w, unknown, moments) for unknown in outcome.unknowns[:_MAX_PARTS]]
        return _made(w, outcome, Part(w.clauses(details)))
    parts = [part for _, part in criterion_parts(outcome, decision, advice, lang)[:_MAX_PARTS]]
    joined = w.clauses(dict.fromkeys(part.text for part in parts))
    first = parts[0] if parts else Part("")
    return _made(w, outcome, Part(joined, first.found, first.needed, first.age))


def criterion_parts(outcome: CriterionOutcome, decision: Decision, advice: Advice | None, lang: Lang) -> list[tuple[Outcome, Part]]:
    """The leaves on the deciding path of a criterion that is not open, each with what it says."""
    w = words(lang)
    return [(leaf, _leaf(w, leaf, decision, advice, outcome, wanted=wanted)) for leaf, wanted in _deciding(outcome)]


def criterion_near_miss(advice: Advice | None, outcome: CriterionOutcome, leaf: Outcome) -> NearMiss | None:
    """How far a leaf is from passing, where that is known."""
    return _near_miss(advice, outcome, leaf)


@frozen
class Part:
    """What one leaf on the deciding path says: a sentence, the value found, what would pass, and how old the finding is."""

    text: str
    found: str = ""
    needed: str = ""
    age: int | None = None


def _made(w: Words, outcome: CriterionOutcome, part: Part) -> Reason:
    said = wording(w, outcome.criterion)
    key = "reason" if part.text else "reason.bare"
    text = w(key, id=outcome.criterion.id, wording=said.rstrip(".。"), detail=part.text)
    return Reason(outcome.criterion.id, said, text, part.text, part.found, part.needed, part.age)


def _deciding(outcome: CriterionOutcome) -> list[tuple[Outcome, bool]]:
    """The leaves on the deciding path, each with the truth that it would have to have for the criterion to pass."""
    inclusion = outcome.criterion.kind == "inclusion"
    found: list[tuple[Outcome, bool]] = []
    for block in outcome.blocks:
        active = True if block.when is None else block.when.truth
        if active is True and block.body.truth is not None and (len(outcome.blocks) == 1 or block.body.truth is outcome.truth):
            _collect(block.body, inclusion, found)
    return found


def _collect(outcome: Outcome, wanted: bool, found: list[tuple[Outcome, bool]]) -> None:  # noqa: FBT001 - a truth, not a switch
    node = outcome.node
    if not isinstance(node, model.Connective | model.Group | model.Not | model.KnownThat | model.DefinedTruth | model.Cases):
        found.append((outcome, wanted))
        return
    flips = isinstance(node, model.Not) or (isinstance(node, model.Group) and node.kind in ("none", "at most"))
    if isinstance(node, model.Cases):
        _collect_cases(outcome, wanted, found)
        return
    deciding = decisive_children(outcome)
    for index, child in enumerate(outcome.children):
        if index in deciding:
            _collect(child, wanted is not flips, found)


def _collect_cases(outcome: Outcome, wanted: bool, found: list[tuple[Outcome, bool]]) -> None:  # noqa: FBT001 - a truth, not a switch
    """The deciding results; of a result that is a constant, the condition that led to it."""
    deciding, last = decisive_children(outcome), len(outcome.children) - 1
    for index, result in enumerate(outcome.children):
        if index not in deciding or (index % 2 == 0 and index != last):
            continue
        condition = outcome.children[index - 1] if index % 2 else None
        if condition is None or condition.truth is None or not isinstance(result.node, model.Constant):
            _collect(result, wanted, found)
        else:
            _collect(condition, condition.truth if result.truth is wanted else not condition.truth, found)


def _leaf(w: Words, leaf: Outcome, decision: Decision, advice: Advice | None, outcome: CriterionOutcome, *, wanted: bool) -> Part:
    """What one deciding leaf says: the value found, what is needed, and how old it is."""
    node = leaf.node
    match node:
        case model.Compare():
            number = leaf.children[0] if leaf.children else leaf
            op = node.op if wanted else _NEGATED[node.op]
            needed = w("needed.op", op=w(f"op.{op}"), value=_threshold(w, node.right, leaf, _near_miss(advice, outcome, leaf)))
            return _measured(w, number, number_words(w, node.left), needed, decision, leaf.truth is not wanted)
        case model.Between():
            number = leaf.children[0] if leaf.children else leaf
            low, high = number_words(w, node.low), number_words(w, node.high)
            inside = wanted is not node.negated
            needed = w("needed.between" if inside else "needed.notbetween", low=low, high=high)
            return _measured(w, number, number_words(w, node.operand), needed, decision, leaf.truth is not wanted)
        case model.IsWord():
            needed = w("needed.is" if wanted is not node.negated else "needed.isnot", words=terms(w, node.words))
            return _recorded(w, leaf, subject_words(w, node.selection), needed, decision, fails=leaf.truth is not wanted)
        case model.Quantified() if leaf.items:
            needed = _quantified_need(w, node, wanted=wanted)
            return _recorded(w, leaf, subject_words(w, node.selection), needed, decision, fails=leaf.truth is not wanted)
        case model.Exists():
            return _presence(w, leaf, decision)
        case model.Constant():
            return Part(condition_words(w, node))
        case _:
            truth = w({True: "truth.true", False: "truth.false", None: "truth.unknown"}[leaf.truth])
            return Part(w("reason.plain", condition=_plain(w, leaf), truth=truth))


def _quantified_need(w: Words, node: model.Quantified, *, wanted: bool) -> str:
    """What the records would have to say."""
    if node.words:
        return w("needed.is" if wanted is not node.negated else "needed.isnot", words=terms(w, node.words))
    if node.op is not None and node.value is not None:
        return w("needed.op", op=w(f"op.{node.op if wanted else _NEGATED[node.op]}"), value=number_words(w, node.value))
    low, high = ("" if node.low is None else number_words(w, node.low)), ("" if node.high is None else number_words(w, node.high))
    return w("needed.between" if wanted is not node.negated else "needed.notbetween", low=low, high=high)


def _plain(w: Words, leaf: Outcome) -> str:
    return node_words(w, leaf.node)


def _near_miss(advice: Advice | None, outcome: CriterionOutcome, leaf: Outcome) -> NearMiss | None:
    if advice is None:
        return None
    return next((miss for miss in advice.nearest if miss.criterion == outcome.criterion.id and miss.outcome is leaf), None)


def _threshold(w: Words, right: model.Number, leaf: Outcome, miss: NearMiss | None) -> str:
    """The threshold as written; one that hangs on the record (`1.5 x ULN`, a choice) with what it came to."""
    said = number_words(w, right)
    if isinstance(right, model.Quantity):
        return said
    left_unit = number_unit(leaf.children[0].node) if leaf.children else None
    if miss is not None:
        return w("item.converted", recorded=said, converted=with_unit(number_text(miss.needed), left_unit))
    if len(leaf.children) > 1 and leaf.children[1].amounts:
        return w("item.converted", recorded=said, converted=amounts_words(w, leaf.children[1].amounts, left_unit))
    return said


def _measured(w: Words, number: Outcome, name: str, needed: str, decision: Decision, fails: bool) -> Part:  # noqa: FBT001 - a truth
    found = found_words(w, number)
    subject = number.node
    if isinstance(subject, model.Value):
        name = subject_words(w, subject.selection)
    age = _age(number.items, decision)
    said = w("reason.found", number=name, found=found)
    text = w("reason.needs", found=said, needed=needed) if fails else said
    if age is not None and fails:
        text = w("reason.measured.found", found=text, measured=w("reason.measured", age=age_words(w, age)))
    if not isinstance(subject, model.Value) and number.items:
        text = w("reason.from", text=text, items=w.clauses(item_words(w, item) for item in _unique(number.items)))
    return Part(text, found, needed if fails else "", age)


def _recorded(w: Words, leaf: Outcome, name: str, needed: str, decision: Decision, *, fails: bool) -> Part:
    items = leaf.items or tuple(item for child in leaf.children for item in child.items)
    if not items:
        return Part(_plain(w, leaf))
    found = w.clauses(item_words(w, item, name=False) for item in _unique(items))
    said = w("item.of", fact=name, what=found)
    return Part(w("reason.needs", found=said, needed=needed) if fails else said, found, needed if fails else "", _age(items, decision))


def _presence(w: Words, leaf: Outcome, decision: Decision) -> Part:
    """An event, condition or exposure: the records that are in the window, or why there is none."""
    if leaf.truth is True and leaf.items:
        found = w.clauses(item_words(w, item) for item in _unique(leaf.items))
        window = "" if leaf.window is None else w.window(leaf.window)
        span = leaf.window
        counts = span is not None and span.start_low is not None and span.start_low != span.end_low
        text = w("reason.window", found=found, window=window) if counts else found
        return Part(text, found, "", _age(leaf.items, decision))
    fact = leaf.node.selection.fact if isinstance(leaf.node, model.Exists) else None
    # Of a group each member has looked for itself; what they found beside the window is worth showing, their assumptions are one.
    beside = [note for child in leaf.children for note in child.notes if note.code in OUTSIDE][:_MAX_PARTS]
    notes = [note_words(w, note, fact, decision.protocol.moments) for note in (*leaf.notes, *beside)]
    # That nothing was found is said by why it is known: a recorded no, or an assumed absence.
    if any(note.code in ("assumed absent", "recorded no") for note in leaf.notes):
        return Part(w.clauses(notes))
    return Part(w.clauses([w("reason.absent", condition=_plain(w, leaf)), *notes]))


def _unique(items: Sequence[Item]) -> list[Item]:
    """The first few different items; they are compared by identity, as two equal records are two records."""
    return list({id(item): item for item in items}.values())[:_MAX_PARTS]


def _age(items: Sequence[Item], decision: Decision) -> int | None:
    """Days from the newest of the records to the assessment; None where a day is not known or the record is nothing measured."""
    days = [item.first for item in items if item.first == item.last and item.fact.kind in _MEASURED]
    return decision.assessment - max(days) if days and len(days) == len(items) else None


def age_words(w: Words, days: int) -> str:
    """How long before the assessment something was measured."""
    return w("age.today") if days == 0 else w.count("age.days", days)
