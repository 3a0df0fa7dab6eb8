"""Properties of expansion over random plans and courses."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, strategies as st
from trialrules.engine.dates import of_day
from trialrules.engine.schedule.closed import ClosedDay, ClosedDays
from trialrules.engine.schedule.expand import expand
from trialrules.engine.schedule.move import apply_move, plan_move
from trialrules.engine.subject import End, Hold, UnscheduledVisit, VisitRecord

from .builder import day, plan, subject

BEGIN = day("2026-03-02")
PLANS = [
    plan(
        'visit pre "Before" day -14 to -1',
        'visit v1 "One" day 0',
        'visit v2 "Two" 7 days after v1 window -0 +2 days',
        'visit v3 "Three" 7 days after v2 window -1 +2 days',
        'visit w1 "Week 1" week 1 window +-1 days',
        'visit d28 "Day 28" day 28 window +-3 days optimum +-1 days',
        'visit m6 "Month 6" month 6 window -1 +2 weeks',
        'visit test "Test" day 28 if sex is female',
        'repeat drug "Drug" 1 g by mouth daily from v2 to day 28',
        'early termination "Last" within 7 days',
    ),
    plan(
        "closed days shift nearest",
        'visit v1 "One" day 0 window +-2 days',
        'visit v2 "Two" 1 months after v1 window +-3 days',
        'visit v3 "Three" 1 months after v2 window +-3 days',
        'visit d28 "Day 28" day 28 window +-3 days',
        'visit fu "Follow-up" every 2 weeks from week 12 to week 20 window +-3 days',
        head="months round up",
    ),
]
KEYS = ["v1", "v2", "v3", "w1", "d28", "pre", "m6", "test", "fu.1", "fu.3", "early_termination", "nothing"]
days_around = st.integers(BEGIN - 20, BEGIN + 240).map(of_day)
records = st.builds(
    VisitRecord,
    st.sampled_from(KEYS),
    st.sampled_from(["done", "booked", "moved", "missed", "skipped"]),
    st.none() | days_around,
    reason=st.none() | st.just("because"),
)
courses = st.builds(
    lambda visits, holds, unscheduled, end, sex: subject(*visits, holds=tuple(holds), unscheduled=tuple(unscheduled), end=end, sex=sex),
    st.lists(records, max_size=6),
    st.lists(st.builds(Hold, st.just("drug"), days_around, st.none() | days_around), max_size=2),
    st.lists(st.builds(UnscheduledVisit, days_around, st.none() | st.sampled_from(["a", "b"])), max_size=2),
    st.none() | st.builds(End, st.sampled_from(["completed", "withdrawn", "lost", "died", "screen failed"]), days_around),
    st.sampled_from(["female", "male", None]),
)
plans = st.sampled_from(PLANS)
holidays = st.frozensets(st.integers(BEGIN - 20, BEGIN + 240).map(ClosedDay), max_size=30).map(ClosedDays)


def seen(result):
    """Everything of a schedule, as a value."""
    visits = [evolve(state, visit=None) for state in result.visits]
    return (
        [tuple(getattr(state, name) for name in state.__slots__ if name not in ("__weakref__", "visit")) for state in visits],
        [(one.key, one.start, one.end, one.days, one.left_out, one.status, one.holds) for one in result.series],
        [(one.key, one.start, one.end, one.status) for one in result.periods],
        result.deviations,
        result.next_due,
        result.anchors,
    )


@given(plans, courses, days_around, holidays)
def test_nothing_is_raised_and_the_same_input_gives_the_same_schedule(made, one, now, closed):
    first, second = expand(made, one, now, closed), expand(made, one, now, closed)
    assert seen(first) == seen(second)
    assert first.problems == second.problems


@given(plans, courses, days_around, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(made, one, now, random):
    def shuffled(values):
        return tuple(random.sample(values, len(values)))

    other = evolve(one, visits=shuffled(one.visits), holds=shuffled(one.holds), unscheduled=shuffled(one.unscheduled))
    assert seen(expand(made, one, now)) == seen(expand(made, other, now))


@given(plans, courses, days_around, holidays)
def test_windows_contain_targets_and_what_was_found_open(made, one, now, closed):
    for state in expand(made, one, now, closed).visits:
        if state.window is not None and state.target is not None:
            assert state.window[0] <= state.target <= state.window[1]
            if state.optimum is not None:
                assert state.window[0] <= state.optimum[0] <= state.target <= state.optimum[1] <= state.window[1]
            if state.booked is None and state.actual is None and not any(record.key == state.key for record in one.visits):
                assert state.planned is not None
                assert state.deviation_days == 0 or state.name == "early_termination"
                assert state.window[0] <= state.planned <= state.window[1]
        if state.deviation_days and state.window is not None and state.day is not None:
            edge = state.window[0] if state.deviation_days < 0 else state.window[1]
            assert state.day == edge + state.deviation_days


@given(plans, courses, days_around)
def test_visits_stand_in_order_of_day_and_declaration(made, one, now):
    visits = expand(made, one, now).visits
    known = [(state.day, state.order) for state in visits if state.day is not None]
    assert known == sorted(known)
    assert all(state.day is None for state in visits[len(known) :])


@given(plans, courses, days_around)
def test_every_visit_is_shown_once_alone_or_joined(made, one, now):
    visits = expand(made, one, now).visits
    keys = [state.key for state in visits]
    assert len(keys) == len(set(keys))
    joined = {key: state.key for state in visits for key in state.merged}
    assert joined == {state.key: state.merged_into for state in visits if state.merged_into is not None}
    by_key = {state.key: state for state in visits}
    for key, into in joined.items():
        assert by_key[key].day == by_key[into].day
        assert by_key[key].order > by_key[into].order


@given(plans, st.sampled_from(["v1", "v2", "v3", "d28"]), st.integers(0, 20))
def test_an_actual_day_moves_only_what_is_chained(made, key, late):
    now = of_day(BEGIN + 300)
    plain = {state.key: state for state in expand(made, subject(), now).visits}
    planned = plain[key].planned
    actual = expand(made, subject(VisitRecord(key, "done", of_day(planned + late))), now)
    chain = {"v1": {"v2", "v3"}, "v2": {"v3"}, "v3": set(), "d28": set()}[key]
    for state in actual.visits:
        if state.key not in chain:
            assert state.target == plain[state.key].target
        elif late:
            assert state.target >= plain[state.key].target


@given(plans, courses, days_around, st.sampled_from(KEYS), days_around)
def test_moving_and_moving_back_restores(made, one, now, key, to):
    there = plan_move(made, one, now, key, to)
    if there.subject is None:
        return
    old = next(state for state in there.before.visits if state.key == key)
    if old.planned is None or old.planned < now.first:
        return
    at_old = old.booked or of_day(old.planned)
    back = plan_move(made, apply_move(there, "away"), now, key, at_old)
    restored = expand(made, apply_move(back, "back"), now)

    assert [(state.key, state.day, state.status, state.merged, state.booked) for state in restored.visits] == [
        (state.key, state.day, state.status, state.merged, state.booked) for state in there.before.visits
    ]
    assert seen(restored)[1:3] == seen(there.before)[1:3]
