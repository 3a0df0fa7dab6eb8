"""The 3+3 against tables that a clinician can read: every state that one level can reach, and how three levels go together.

The tables are the expectation: `tests/tables/escalation_*.csv`. After a wanted change of the rules
`TRIALRULES_RENEW=1 pytest tests/escalation/test_table.py` writes them anew; read every line of the difference.
"""

from __future__ import annotations

import csv
import os
from itertools import product
from pathlib import Path

import pytest
from attrs import evolve
from trialrules.engine.escalation.decide import escalation_state
from trialrules.engine.escalation.register import Register

from .levels import BEGIN, LEVELS, STEP, WITH_SENTINEL, WITHOUT_SENTINEL, Walk, name, reachable

TABLES = Path(__file__).parent.parent / "tables"
RENEW = os.environ.get("TRIALRULES_RENEW") == "1"
ONE_LEVEL = (
    "sentinel",
    "sentinel reviewed",
    "others clear",
    "others toxic",
    "others observed",
    "level reviewed",
    "status",
    "places",
    "may enrol",
    "next",
    "why",
)
THREE = ("low", "medium", "high", "in work", "next", "may enrol", "why", "overall", "highest passed")
DESIGNS = {"sentinel": WITH_SENTINEL, "plain": WITHOUT_SENTINEL}


def expected(file: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    path = TABLES / file
    if RENEW:
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    with path.open(encoding="utf-8", newline="") as lines:
        head, *wanted = csv.reader(lines)
    assert tuple(head) == columns
    return [tuple(row) for row in wanted]


def next_step(state, level: str) -> tuple[str, str, str]:
    """What may happen next at a level: the action, the number of places, the reason; missing records are another matter."""
    action = next((one for one in state.actions if one.level == level and one.kind != "record"), None)
    return ("none", "0", "") if action is None else (action.kind, str(action.count) if action.kind == "enrol" else "0", action.why)


def row_of(design, level: str, walk: Walk) -> tuple[str, ...]:
    state = walk.state(design)
    own = next(one for one in state.levels if one.level == level)
    kind, count, why = next_step(state, level)
    return (*name(walk, level), own.status, str(own.size), count, kind, why)


@pytest.mark.parametrize("design", DESIGNS)
def test_every_state_that_a_level_can_reach_is_in_the_table_with_what_may_happen_next(design):
    found = reachable(DESIGNS[design], "low", Walk(Register(), BEGIN))
    rows = sorted(row_of(DESIGNS[design], "low", walk) for walk in found.values())
    assert rows == expected(f"escalation_{design}.csv", ONE_LEVEL, rows)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("level", ["medium", "high"])
def test_a_higher_level_goes_through_the_same_states_once_the_lower_ones_have_passed(design, level):
    plan = DESIGNS[design]
    lowest = reachable(plan, "low", Walk(Register(), BEGIN))
    wanted = {row[:6]: row for row in expected_rows(f"escalation_{design}.csv")}
    for passed in [walk for walk in lowest.values() if walk.state(plan).levels[0].status == "passed"]:
        below = passed if level == "medium" else lift(passed)
        for walk in reachable(plan, level, below).values():
            row = row_of(plan, level, walk)
            wanted_row = wanted[row[:6]]
            # Above the highest level there is nothing to go on to, and it says so.
            if level == LEVELS[-1] and row[6] == "passed":
                wanted_row = (*wanted_row[:10], "all levels passed")
            assert row == wanted_row


def expected_rows(file: str) -> list[tuple[str, ...]]:
    with (TABLES / file).open(encoding="utf-8", newline="") as lines:
        return [tuple(row) for row in csv.reader(lines)][1:]


def lift(walk: Walk) -> Walk:
    """The same history at the low and at the medium level, one after the other."""
    later = moved(walk, "medium", walk.day - BEGIN + STEP)
    return Walk(Register(walk.register.subjects + later.subjects, walk.register.reviews + later.reviews), 2 * walk.day - BEGIN + STEP)


def moved(walk: Walk, level: str, days: int) -> Register:
    def late(day: int | None) -> int | None:
        return None if day is None else day + days

    return Register(
        tuple(
            evolve(
                s,
                number=s.number.replace("low", level),
                level=level,
                dosed=late(s.dosed),
                clear_until=late(s.clear_until),
                toxic_on=late(s.toxic_on),
            )
            for s in walk.register.subjects
        ),
        tuple(evolve(r, level=level, day=r.day + days) for r in walk.register.reviews),
    )


def test_three_levels_in_every_combination_of_states_go_on_where_the_lowest_unfinished_one_says():
    found = reachable(WITH_SENTINEL, "low", Walk(Register(), BEGIN))
    by_status: dict[str, Walk] = {}
    for key in sorted(found):
        by_status.setdefault(found[key].state(WITH_SENTINEL).levels[0].status, found[key])
    rows = [combined(words, by_status) for words in product(sorted(by_status), repeat=3)]
    assert len(rows) == 8**3
    assert rows == expected("escalation_levels.csv", THREE, rows)


def combined(words: tuple[str, ...], by_status: dict[str, Walk]) -> tuple[str, ...]:
    parts = [moved(by_status[word], level, 0) for word, level in zip(words, LEVELS, strict=True)]
    register = Register(tuple(s for part in parts for s in part.subjects), tuple(r for part in parts for r in part.reviews))
    state = escalation_state(WITH_SENTINEL, register, max(by_status[word].day for word in words))
    assert tuple(one.status for one in state.levels) == words
    kind, count, why = next_step(state, state.current or LEVELS[-1])
    return (*words, state.current or "", kind, count, why, state.overall, state.highest_passed or "")


@pytest.mark.parametrize("design", DESIGNS)
def test_no_reachable_state_lets_more_than_six_take_part_or_goes_on_after_two_toxicities(design):
    for row in expected_rows(f"escalation_{design}.csv"):
        sentinel, clear, toxic, observed, may = row[0], *(int(row[index]) for index in (2, 3, 4, 8))
        people = clear + toxic + observed + (sentinel != "none")
        toxicities = toxic + (sentinel == "toxic")
        assert people + may <= 6
        assert (row[6] == "stopped") == (toxicities >= 2)
        assert not (row[6] == "passed" and (people not in (3, 6) or toxicities > 1 or (people == 3 and toxicities)))
