"""What a calendar shows is the same, byte for byte, whatever a blinded subject was allocated to."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from attrs import evolve
from hypothesis import given, strategies as st
from trialrules.engine.calendar.feed import FeedRequest, feed
from trialrules.engine.calendar.render import TITLE_STYLES, Variant
from trialrules.engine.calendar.state_json import dump_state
from trialrules.engine.schedule.result import DoseState

from .builders import after, purpose, schedule, visit

ARMS = ("low", "high", "placebo", None)
DAYS = ["2026-10-05", "2026-10-12", "2026-10-19"]


def dose(arm: str | None) -> DoseState:
    amount = {"low": Fraction(71_300_000), "high": Fraction(713_000_000)}.get(arm or "")
    return DoseState("cg_bm1", f"secret of {arm}", "IV", amount, None, str(amount), held=arm, given=arm, blinded_as="CG-BM1 or placebo")


def course(arm: str | None, statuses: tuple[str, ...]):
    visits = []
    for number, (status, on) in enumerate(zip(statuses, DAYS, strict=True), 1):
        more = {"booked": f"{on}T09:00"} if status == "booked" else {"actual": on} if status == "done" else {}
        visits.append(
            visit(
                f"inf{number}",
                on,
                status,
                title=f"Infusion {number}",
                doses=(dose(arm),),
                purposes=(purpose("alt", "ALT"),),
                window=(DAYS[0], DAYS[2]),
                **more,
            )
        )
    return schedule(*visits, arm=arm)


@given(st.lists(st.tuples(*[st.sampled_from(["planned", "booked", "done", "missed"])] * 3), min_size=1, max_size=4))
def test_every_allocation_gives_the_same_bytes_all_along(history):
    states = dict.fromkeys(ARMS)
    for number, statuses in enumerate(history):
        states = {arm: after(state, course(arm, statuses), days=number) for arm, state in states.items()}
        # The whole memory is one: bytes, order, SEQUENCE, dates, UIDs, and what is remembered of events that are gone.
        assert len({dump_state(state) for state in states.values()}) == 1
        for titles, language, details in product(TITLE_STYLES, ("en", "zh"), (False, True)):
            request = FeedRequest("study-42", "subject", "S-0007", Variant(titles, language, details=details), ends=True)
            feeds = {feed(state, request, "AS-1") for state in states.values()}
            assert len({(one.content, one.etag) for one in feeds}) == 1


def test_two_subjects_who_swap_arms_leave_the_sites_feed_alone():
    statuses = ("done", "booked", "planned")
    one = after(None, course("low", statuses), evolve(course("placebo", statuses), subject="S-0008"))
    other = after(None, course("placebo", statuses), evolve(course("low", statuses), subject="S-0008"))
    request = FeedRequest("study-42", "site", "GZ", Variant(details=True))
    assert feed(one, request, "AS-1") == feed(other, request, "AS-1")


@pytest.mark.parametrize("word", [b"secret", b"low", b"high", b"placebo", b"71300000", b"cg_bm1", b"CG-BM1"])
def test_no_word_of_arm_or_dose_is_kept(word):
    state = after(None, course("low", ("done", "booked", "planned")), variants=(Variant(details=True),))
    assert word not in dump_state(state).replace(b'"key":"' + state.key.hex().encode(), b"")
