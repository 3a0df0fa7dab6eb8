"""From conditions to verdicts to the decision. Polarity (inclusion or exclusion) is applied here and nowhere else.

With `when` blocks an inclusion is the Kleene and of (not when, or body), an exclusion the Kleene or of (when and body) ("Meaning" 1).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..dsl import model
from .context import Context, Record
from .dates import PartialDate
from .evaluate import build_record, start
from .logic import gather
from .outcome import BlockOutcome, CriterionOutcome, Decision, DecisionWord, Outcome, Truth, Unknown, Verdict, WarningOutcome
from .plan import ConditionRule
from .record import Patient
from .truth import all_of, any_of, negate


def screen(protocol: model.Protocol, patient: Patient, now: PartialDate) -> Decision:
    """Evaluate every criterion of a protocol for one patient on one day (or at one time).

    Args:
        protocol: A checked protocol.
        patient: What is recorded; entries of facts that the protocol doesn't declare are listed as unused.
        now: The instant of the assessment; nothing reads the clock.

    Returns:
        The decision with every criterion's verdict and evidence, in protocol order.
    """
    return evaluate(build_record(protocol, patient, now))


def evaluate(record: Record) -> Decision:
    """Evaluate every criterion for a record that has been built."""
    ctx = start(record)
    criteria = tuple([_decided(ctx, criterion, rules) for criterion, rules in ctx.plan.criteria])
    word = decision_word([outcome.passes for outcome in criteria])
    return Decision(
        record.protocol,
        record.patient,
        record.now,
        record.assessment,
        word,
        _provisional(word, criteria),
        criteria,
        tuple(record.moments.values()),
        record.facts.unused,
    )


def decision_word(passes: Sequence[Truth]) -> DecisionWord:
    """Ineligible as soon as one criterion definitely fails; eligible if all pass; otherwise undetermined."""
    truth = all_of(passes)
    if truth is False:
        return "ineligible"
    return "eligible" if truth is True else "undetermined"


def _provisional(word: DecisionWord, criteria: Sequence[CriterionOutcome]) -> bool:
    """Whether what is still to be observed could change the decision: an ineligible one stands on any firm failure."""
    if word == "undetermined":
        return False
    if word == "ineligible":
        return not any(c.passes is False and not c.provisional for c in criteria)
    return any(c.provisional for c in criteria)


def decide(ctx: Context, criterion: model.Criterion) -> CriterionOutcome:
    """The verdict of one criterion."""
    return _decided(ctx, criterion, ctx.plan.blocks_of(criterion))


def _decided(ctx: Context, criterion: model.Criterion, rules: Sequence[tuple[ConditionRule | None, ConditionRule]]) -> CriterionOutcome:
    when, rule = rules[0]
    if when is not None or len(rules) > 1:
        return _decided_by_blocks(ctx, criterion, rules)
    body = rule(ctx)
    truth, blocks = body.truth, (BlockOutcome(None, body),)
    warnings = _warnings(ctx, criterion) if criterion.warnings else ()
    if truth is None:
        return CriterionOutcome(criterion, "unknown", None, None, False, blocks, _each_once(gather(body)), warnings)
    verdict: Verdict = "met" if truth else "not met"
    passes = truth is (criterion.kind == "inclusion")
    if body.firm is None:
        planned, recheck = _recheck(blocks)
        return CriterionOutcome(criterion, verdict, truth, passes, True, blocks, (), warnings, recheck, planned)
    return CriterionOutcome(criterion, verdict, truth, passes, False, blocks, (), warnings)


def _decided_by_blocks(
    ctx: Context, criterion: model.Criterion, rules: Sequence[tuple[ConditionRule | None, ConditionRule]]
) -> CriterionOutcome:
    """The verdict where blocks say when they are active."""
    inclusion = criterion.kind == "inclusion"
    blocks = tuple([BlockOutcome(None if when is None else when(ctx), rule(ctx)) for when, rule in rules])
    truth, verdict = _judged(inclusion, [(_when(b.when), b.body.truth) for b in blocks])
    firms = [(True if b.when is None else b.when.firm, b.body.firm) for b in blocks]
    firm, _ = _judged(inclusion, firms)
    provisional = truth is not None and firm is None
    planned, recheck = _recheck(blocks) if provisional else ((), None)
    unknowns = _unknowns(blocks, truth) if verdict == "unknown" else ()
    warnings = _warnings(ctx, criterion) if criterion.warnings else ()
    passes = truth if inclusion else negate(truth)
    return CriterionOutcome(criterion, verdict, truth, passes, provisional, blocks, unknowns, warnings, recheck, planned)


def _judged(inclusion: bool, blocks: Sequence[tuple[Truth, Truth]]) -> tuple[Truth, Verdict]:  # noqa: FBT001 - the polarity
    """The truth of the condition over its blocks (when, body), and the verdict."""
    truth = _combined(inclusion, blocks)
    return truth, _verdict(inclusion, truth, [when for when, _ in blocks])


def _when(outcome: Outcome | None) -> Truth:
    return True if outcome is None else outcome.truth


def _combined(inclusion: bool, blocks: Sequence[tuple[Truth, Truth]]) -> Truth:  # noqa: FBT001 - the polarity
    if inclusion:
        return all_of([any_of((negate(when), body)) for when, body in blocks])
    return any_of([all_of((when, body)) for when, body in blocks])


def _verdict(inclusion: bool, truth: Truth, whens: Sequence[Truth]) -> Verdict:  # noqa: FBT001 - the polarity
    if all(when is False for when in whens):
        return "not applicable"
    if truth is None:
        return "unknown"
    harmless = truth is inclusion
    if harmless and not any(when is True for when in whens):
        # No block is known to be active: whatever it is, it passes, but nobody can say that it is met.
        return "unknown"
    return "met" if truth else "not met"


def _unknowns(blocks: Sequence[BlockOutcome], truth: Truth) -> tuple[Unknown, ...]:
    """The causes that keep a criterion unknown."""
    found: tuple[Unknown, ...] = ()
    for block in blocks:
        if block.when is not None:
            if block.when.truth is False:
                continue
            found += gather(block.when)
        if truth is None:
            found += gather(block.body)
    return _each_once(found)


def _each_once(found: tuple[Unknown, ...]) -> tuple[Unknown, ...]:
    if len(found) < 2:
        return found
    unique: list[Unknown] = []
    for unknown in found:
        if unknown not in unique:
            unique.append(unknown)
    return tuple(unique)


def _recheck(blocks: Sequence[BlockOutcome]) -> tuple[tuple[model.Moment, ...], int | None]:
    """The planned moments that a provisional verdict hangs on, and the latest day to check again."""
    moments: dict[model.Moment, None] = {}
    days: list[int] = []
    for block in blocks:
        for root in (block.when, block.body):
            if root is None:
                continue
            for outcome in root.walk():
                span = outcome.window
                if span is not None and span.open:
                    for moment in span.planned:
                        moments.setdefault(moment)
                    if span.recheck is not None:
                        days.append(span.recheck)
    return tuple(moments), max(days, default=None)


def _warnings(ctx: Context, criterion: model.Criterion) -> tuple[WarningOutcome, ...]:
    found: list[WarningOutcome] = []
    for warning in criterion.warnings:
        outcome = ctx.plan.condition(ctx, warning.condition)
        if outcome.truth is True:
            found.append(WarningOutcome(warning.message, outcome))
    return tuple(found)
