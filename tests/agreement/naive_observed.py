"""What is still to be observed, for the second evaluator: open windows, and truths that no further record could change."""

from __future__ import annotations

from trialrules.dsl import model as m

from .naive_pick import chains, status
from .naive_records import Unset, bounds, dates, parts, positives
from .naive_values import FUTURE


def is_open(node, envs):
    """Whether a window of the condition ends after now, or hangs on a moment that is only planned."""
    case = envs[0].case
    inner = list(parts(node, None, (m.Fact, m.Moment, m.NumberBranch)))
    if any(case.planned(part, envs[0]) for part in inner if isinstance(part, m.Moment)):
        return True
    windows = [part for part in inner if isinstance(part, m.Window)] if not case.closed else []
    return any(_ends_after_now(window, each) for each in envs for window in windows)


def _ends_after_now(window, env):
    try:
        return any(case_end.day != FUTURE and case_end.day > env.case.now.first for _, case_end in bounds(window, env))
    except Unset:
        return False


def stands(node, found, envs):
    """A truth that no further record could change."""
    match node:
        case m.Exists():
            return found is True and all(_hit_already(node.selection, env) for env in envs)
        case m.IsRecorded():
            return found is not node.negated
        case m.Quantified() if node.selection.last is None:
            return found is (node.selection.pick != "every")
        case m.CompareDates():
            days = [part for part in parts(node, None, (m.Fact, m.Moment, m.NumberBranch)) if isinstance(part, m.DayOf)]
            moments = [part for part in parts(node, None, (m.Fact, m.Moment, m.NumberBranch)) if isinstance(part, m.Moment)]
            planned = any(envs[0].case.planned(moment, envs[0]) for moment in moments)
            return not planned and all(day.selection.pick == "first" for day in days)
        case m.Unchanged():
            return found is False
        case m.TakenSince():
            return found is False and all(_lasts(node, env) for env in envs)
        case m.Compare(left=m.Aggregate(selection=m.Selection(pick="count"))):
            return node.op in ((">", ">=") if found else ("<", "<="))
    return False


def _lasts(node, env):
    """Whether a record lasts on the observed part's last day, in every way that the records may be chosen."""
    days = [min(anchor.day, env.case.assessment.day) for anchor in dates(node.anchor, env) if anchor is not None]
    return all(any(rec.start <= day <= rec.end for rec in recs) for recs in chains(node.selection, env) for day in days)


def _hit_already(selection, env):
    now = env.case.now.first
    sure = [rec for rec in positives(selection, env) if status(rec, selection, env) is True]
    starts = [
        start.day + (1 if selection.window.start_open else 0) for rec in sure for start, _ in bounds(selection.window, env.at(rec=rec))
    ]
    return bool(starts) and max(starts) <= now
