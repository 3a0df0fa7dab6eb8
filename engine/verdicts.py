"""Verdicts without their explanation, for many patients: the same answers as `decide.evaluate`, without its evidence.

A criterion whose records are all exact (days, usable values, no ties, nothing planned) is decided by plain functions; anything else is
handed to
the explaining evaluator, which is the specification. A test proves both equal on random protocols and patients.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..dsl import model
from .context import Record
from .decide import decide
from .evaluate import plan_for, start
from .outcome import Truth, Verdict
from .plain_numbers import NotPlainError
from .plain_truth import TruthRule, truth_rule
from .plan import CACHED_PROTOCOLS
from .truth import negate


class VerdictOnly(NamedTuple):
    """A criterion's verdict, with the truth of its condition and whether it passes (inclusion: true; exclusion: false)."""

    id: str
    verdict: Verdict
    truth: Truth
    passes: Truth


def verdicts(record: Record) -> list[VerdictOnly]:
    """Every criterion's verdict for a built record, in protocol order."""
    ctx = None
    found = []
    for criterion, rule in _rules(record.protocol):
        if rule is not None:
            try:
                truth = rule(record)
            except NotPlainError:
                pass
            else:
                word: Verdict = "unknown" if truth is None else "met" if truth else "not met"
                found.append(VerdictOnly(criterion.id, word, truth, truth if criterion.kind == "inclusion" else negate(truth)))
                continue
        ctx = ctx or start(record)
        outcome = decide(ctx, criterion)
        found.append(VerdictOnly(criterion.id, outcome.verdict, outcome.truth, outcome.passes))
    return found


@lru_cache(maxsize=CACHED_PROTOCOLS)
def _rules(protocol: model.Protocol) -> list[tuple[model.Criterion, TruthRule | None]]:
    """A plain function for each criterion that can have one; those with `when` blocks are left to the explaining evaluator."""
    plan = plan_for(protocol)
    found: list[tuple[model.Criterion, TruthRule | None]] = []
    for criterion in protocol.criteria:
        block = criterion.blocks[0]
        plain = len(criterion.blocks) == 1 and block.when is None
        found.append((criterion, truth_rule(plan, block.condition) if plain else None))
    return found
