"""A clock that is put back: order comes from numbers, and nobody gains or loses by it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from trialrules.service import clock, sessions
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.subjects import Subject
from trialrules.service.work import accounts, audit, feeds, integrity, screening, subjects, throttle, visits
from trialrules.service.work.outcome import taken

from .conftest import NOON
from .world import PASSWORD, patient_file

HOUR = timedelta(hours=1)


def inr(value):
    return [{"fact": "inr", "value": value, "date": "2026-03-02"}]


@pytest.mark.req("T-12")
def test_the_trail_and_the_decisions_keep_their_order(world):
    subject = world.decided()
    with clock.standing_at(NOON - HOUR):
        taken(subjects.enter_facts(world.coordinator, subject, 1, inr(9.5)))
    with clock.standing_at(NOON - 2 * HOUR):
        taken(subjects.enter_facts(world.coordinator, subject, 2, inr(1.9)))
        draft = taken(screening.try_version(world.coordinator, subject, world.version))
    entries = list(AuditEntry.objects.filter(study=world.study).order_by("seq"))
    assert [one.seq for one in entries] == list(range(1, len(entries) + 1))
    assert [one.at for one in entries] != sorted(one.at for one in entries)
    assert audit.verify().breaks == ()
    assert list(integrity.flaws()) == []
    found = [one for one in screening.history(subject) if one.pk != draft.pk]
    assert [one.subject_version for one in found] == [3, 2, 1]
    assert screening.latest(subject) == found[0]
    assert [one.supersedes for one in found] == [*found[1:], None]


def test_an_empty_bucket_fills_up_by_the_new_time(db):
    with clock.standing_at(NOON):
        assert [throttle.take("b", 2, 60) for _ in range(3)] == [True, True, False]
    with clock.standing_at(NOON - HOUR):
        assert not throttle.take("b", 2, 60), "nothing comes back by putting the clock back"
    with clock.standing_at(NOON - HOUR + timedelta(seconds=61)):
        assert throttle.take("b", 2, 60), "and nobody waits for the hour that was lost"
        assert not throttle.take("b", 2, 60)


def test_a_session_goes_on_and_is_still_idle_after_half_an_hour(world):
    client = Client()
    assert client.login(username=world.coordinator.username, password=PASSWORD)
    assert client.get("/api/v1/studies").status_code == 200
    back = NOON - HOUR
    with clock.standing_at(back):
        assert client.get("/api/v1/studies").status_code == 200
    with clock.standing_at(back + timedelta(seconds=sessions.IDLE_SECONDS + 1)):
        assert client.get("/api/v1/studies").status_code == 401


@pytest.mark.req("T-24")
def test_a_key_still_gets_its_answer(world):
    token = taken(accounts.create_token(world.coordinator, "test")).token
    client = Client(headers={"authorization": f"Bearer {token}", "idempotency-key": "one"})
    body = b'{"subject": "S-9", "site": "GZ", "patient": ' + patient_file("aclf_01_eligible.json") + b"}"
    answers = []
    for at in (NOON, NOON - HOUR, NOON - timedelta(days=1)):
        with clock.standing_at(at):
            answers.append(client.post("/api/v1/studies/aclf1/subjects", body, content_type="application/json"))
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert Subject.objects.count() == 1


def test_a_calendar_goes_on_counting(world):
    subject = world.enrolled()
    link = taken(feeds.create(world.coordinator, world.study, "subject", subject=subject))
    seen = [fetched(link)]
    for hours, day in ((1, "2026-03-30"), (2, "2026-03-31")):
        with clock.standing_at(NOON - hours * HOUR):
            subject = taken(visits.book(world.coordinator, subject, subject.version, "d28", f"{day}T09:00+08:00"))
            seen.append(fetched(link))
    modified = [one.headers["Last-Modified"] for one in seen]
    assert len({one.headers["ETag"] for one in seen}) == 3
    assert modified == sorted(modified)
    assert len(set(modified)) == 3
    numbers = [sequence_of(one.content.decode()) for one in seen]
    assert numbers == sorted(set(numbers))


def fetched(link):
    answer = Client().get(f"/c/{link.token}/calendar.ics")
    assert answer.status_code == 200
    return answer


def sequence_of(text):
    """The highest sequence number of the events of that month."""
    events = text.replace("\r\n ", "").split("BEGIN:VEVENT")[1:]
    return max(int(re.search(r"SEQUENCE:(\d+)", one)[1]) for one in events if "202603" in one)


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        (datetime(2028, 2, 29, 12, tzinfo=UTC), "Asia/Shanghai", "2028-02-29"),
        (datetime(2028, 2, 28, 16, tzinfo=UTC), "Asia/Shanghai", "2028-02-29"),
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), "America/New_York", "2026-03-08"),
        (datetime(2026, 11, 1, 4, 30, tzinfo=UTC), "America/New_York", "2026-11-01"),
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), "America/New_York", "2026-10-31"),
    ],
)
def test_the_day_of_a_decision_is_that_of_the_site(world, at, zone, day):
    world.site.timezone = zone
    world.site.save(update_fields=["timezone"])
    with clock.standing_at(at):
        world.decided()
        assert screening.latest(Subject.objects.get()).as_of == day
