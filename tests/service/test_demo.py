from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from trialrules.service import clock
from trialrules.service.models.accounts import User
from trialrules.service.models.decisions import Decision, Signature, SignatureVoid
from trialrules.service.models.subjects import State, Subject
from trialrules.service.work import accounts, audit, demo, integrity, replay, visits
from trialrules.service.work.outcome import taken

# A leap day, a turn of the year, and a day after which the clocks of Europe change.
DAYS = (date(2026, 11, 22), date(2028, 2, 29), date(2027, 1, 1), date(2026, 10, 24))


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_the_demonstration_shows_every_state_and_stands_up_to_an_inspector(db, today):
    found = demo.load_demo(today)
    for studies in (["as"], ["aclf1", "aclf2"]):
        assert set(Subject.objects.filter(study__slug__in=studies).values_list("state", flat=True)) == set(State)
    assert set(Decision.objects.values_list("decision", flat=True)) == {"eligible", "ineligible", "undetermined"}
    assert Signature.objects.count() > SignatureVoid.objects.count() >= 1
    assert audit.verify().breaks == ()
    assert list(integrity.flaws()) == []
    assert {accounts.user_of_link(token).username for token in found.links.values()} == {*demo.USERS, *demo.SITE_USERS}
    assert {replay.replay(one).agrees for one in Decision.objects.all()} == {True}
    statuses = statuses_on(today)
    assert statuses >= {"done", "booked", "planned", "missed", "skipped"}
    assert statuses & {"due", "overdue"}


def statuses_on(today):
    found = set()
    for subject in Subject.objects.filter(state__in=("enrolled", "withdrawn", "completed")).select_related("study", "site"):
        with clock.standing_at(datetime(today.year, today.month, today.day, 4, tzinfo=UTC)):
            schedule = taken(visits.schedule(User.objects.get(username="coordinator"), subject))
        found |= {one.status for one in schedule.visits}
        assert schedule.problems == ()
    return found
