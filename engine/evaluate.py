"""The evaluator: one protocol, one patient, one instant. Pure: no clock, no disk, no network.

`start` opens a context; the plan of a protocol ties conditions, numbers and dates together, which need each other.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import evolve

from ..dsl import model
from .conditions import condition_rule
from .context import Context, DateValue, Record, open_context, read_record
from .dates import PartialDate
from .numeric import number_rule
from .outcome import Item
from .picked import pick
from .plan import CACHED_PROTOCOLS, Plan, marked_plan
from .record import Patient
from .values import items_of
from .viewpoint import Course, View
from .windows import frame_of


@lru_cache(maxsize=CACHED_PROTOCOLS)
def plan_for(protocol: model.Protocol, *, short_cuts: bool = True) -> Plan:
    """The plan of a protocol, made once; protocols are compared by identity. Without short cuts every leaf takes its own full rule."""
    plan = marked_plan(protocol, short_cuts=short_cuts)
    plan.make_condition, plan.make_number, plan.day_of = condition_rule, number_rule, day_of
    plan.criteria = [(criterion, plan.blocks_of(criterion)) for criterion in protocol.criteria]
    return plan


def build_record(protocol: model.Protocol, patient: Patient, now: PartialDate) -> Record:
    """Make a patient ready for a protocol at an instant: items, moments, and the days of every window that hangs on moments alone."""
    record = _read(protocol, patient, now, None)
    ctx = start(record)
    for window in ctx.plan.windows:
        frame_of(ctx, window)
    return record


def build_course_record(protocol: model.Protocol, patient: Patient, now: PartialDate, course: Course) -> Record:
    """Make a subject in the study ready: everything known up to now counts, and visits and doses have days."""
    return _read(protocol, patient, now, course)


def _read(protocol: model.Protocol, patient: Patient, now: PartialDate, course: Course | None) -> Record:
    record = read_record(protocol, patient, now, {}, course)
    if plan_for(protocol).moment_days:
        record = read_record(protocol, patient, now, _days_of_records(start(record)), course)
    return record


def seen_from(record: Record, view: View) -> Record:
    """The same record from another viewpoint: its days and windows are worked out anew."""
    return evolve(record, view=view, dates={}, frames={})


def _days_of_records(ctx: Context) -> dict[int, PartialDate]:
    """The dates of the records that moments are made from, as far as they are known."""
    found: dict[int, PartialDate] = {}
    for node in ctx.plan.moment_days:
        value = day_of(ctx, node)
        if value.low is not None and value.high is not None:
            found[id(node)] = PartialDate(value.low, value.high, value.seconds, value.offset)
    return found


def start(record: Record) -> Context:
    """Everything that an evaluation of a record stands on."""
    return open_context(plan_for(record.protocol), record)


def day_of(ctx: Context, node: model.DayOf) -> DateValue:
    """`the day of …`: the date of the selected record (the begin of an interval); unset where no record is selected."""
    selection = node.selection
    alternatives, members = pick(ctx, selection)
    span = members.frame.span
    items: tuple[Item, ...] = items_of(alternatives)
    missing = [a.unknown for a in alternatives if a.unknown is not None and not a.items]
    if not items or missing:
        unknowns = tuple(unknown for unknown in missing) or tuple(a.unknown for a in alternatives if a.unknown is not None)
        return DateValue(None, None, planned=span.planned, unknowns=unknowns, unset=True, items=items)
    low, high = min(item.first for item in items), max(item.last for item in items)
    timed = [item for item in items if item.seconds is not None]
    single = timed[0] if len(items) == 1 and timed else None
    seconds, offset = (None, None) if single is None else (single.seconds, single.offset)
    # A first record stays the first; a later one may still become the latest.
    unsettled = span.open and selection.pick != "first"
    options: tuple[DateValue, ...] = ()
    if len(items) > 1 and (low != high or timed):
        options = tuple([DateValue(item.first, item.last, item.seconds, item.offset) for item in items])
    return DateValue(low, high, seconds, offset, span.planned, items=items, unsettled=unsettled, options=options)
