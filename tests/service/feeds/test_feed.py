"""A calendar link from its making to its end, through HTTP."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from trialrules.engine.calendar.lint import lint
from trialrules.service import clock
from trialrules.service.feeds import events, fetches, serve
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.feeds import Feed, FeedBytes
from trialrules.service.models.studies import Study
from trialrules.service.work import accounts, enrolment, feeds, rules, subjects, visits
from trialrules.service.work.outcome import Refused, taken
from trialrules.service.wsgi import application

NOWHERE = "/c/" + "A" * 43 + "/calendar.ics"


@pytest.fixture
def person(world):
    return world.enrolled()


def booked(world, subject, key="d28", when="2026-03-30T09:00"):
    return taken(visits.book(world.coordinator, subject, subject.version, key, when))


def first_open(world, subject):
    schedule = taken(visits.schedule(world.coordinator, subject))
    return next(
        one.key for one in schedule.visits if one.status in ("planned", "due") and one.target is not None and one.merged_into is None
    )


def test_a_link_shows_the_visits_of_its_subject(world, person, subscribe):
    link = subscribe(world, subject=person)
    response = link.get()
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert lint(response.content) == ()
    assert "SUMMARY:ACLF1" in link.text()
    assert "S-01" in link.text()


def test_unchanged_is_304_and_the_same_bytes(world, person, subscribe):
    link = subscribe(world, subject=person)
    first = link.get()
    assert link.get(if_none_match=first.headers["ETag"]).status_code == 304
    serve.MEMORY.clear()
    again = link.get()
    assert (again.content, again.headers["ETag"], again.headers["Last-Modified"]) == (
        first.content, first.headers["ETag"], first.headers["Last-Modified"],
    )  # fmt: skip
    zipped = link.get(accept_encoding="gzip")
    assert gzip.decompress(zipped.content) == first.content
    assert link.browser.head(link.url).content == b""
    assert link.get(accept="image/png").status_code == 200


def test_a_fetch_of_what_is_unchanged_is_one_query(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    with CaptureQueriesContext(connection) as queries:
        assert link.get().status_code == 200
    assert len(queries) == 1


def test_a_moved_visit_is_told_with_its_uid_and_a_higher_sequence(world, person, subscribe):
    link = subscribe(world, subject=person)
    key = first_open(world, person)
    taken(visits.book(world.coordinator, person, person.version, key, "2026-03-05T09:00"))
    person.refresh_from_db()
    before = link.text()
    assert "DTSTART;TZID=Asia/Shanghai:20260305T090000" in before
    taken(visits.move(world.coordinator, person, person.version, key, "2026-03-06", "the room is taken"))
    after = link.text()
    assert "DTSTART;TZID=Asia/Shanghai:20260306T090000" in after
    uids = [sorted(line for line in text.splitlines() if line.startswith("UID:")) for text in (before, after)]
    assert uids[0] == uids[1]
    assert "SEQUENCE:1" in after


def test_the_day_turns_and_the_calendar_with_it(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    made = FeedBytes.objects.get().made_from
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert link.get().status_code == 200
    assert FeedBytes.objects.get().made_from != made


def test_nobody_has_visits_in_a_calendar_before_enrolment(world, subscribe):
    """The record names the day of the first infusion long before it is known whether there will be one."""
    subject = world.decided()
    link = subscribe(world, "site", site=world.site)
    assert "first_infusion" in subject.document
    assert taken(visits.schedule(world.coordinator, subject)).visits[1].target is not None
    assert "BEGIN:VEVENT" not in link.text()
    world.sign(subject)
    subject.refresh_from_db()
    assert "BEGIN:VEVENT" not in link.text()
    taken(enrolment.enrol(world.investigator, subject, subject.version))
    assert "SUMMARY:ACLF1 Day 28 S-01" in link.text()


def test_scopes(world, subscribe):
    world.enrolled("S-01")
    world.enrolled("S-02", site=world.other_site)
    study = subscribe(world, "study", user=world.coordinator)
    site = subscribe(world, "site", site=world.other_site)
    mine = subscribe(world, "mine", user=world.local)
    assert ("S-01" in study.text(), "S-02" in study.text()) == (True, True)
    assert ("S-01" in site.text(), "S-02" in site.text()) == (False, True)
    assert ("S-01" in mine.text(), "S-02" in mine.text()) == (False, True)


def test_nobody_subscribes_to_what_they_may_not_see(world, person):
    def refused(user, kind, **more):
        found = feeds.create(user, world.study, kind, **more)
        return found.status if isinstance(found, Refused) else None

    assert refused(world.local, "subject", subject=person) == 404
    assert refused(world.local, "site", site=world.site) == 404
    assert refused(world.local, "study") == 403
    assert refused(world.writer, "mine") == 403
    assert refused(world.outsider, "study") == 403
    assert refused(world.coordinator, "subject") == 422
    assert refused(world.coordinator, "weather") == 422
    assert refused(world.coordinator, "study", days=0) == 422
    assert refused(world.coordinator, "study", titles="all") == 422
    assert refused(world.coordinator, "study", language="de") == 422


def test_whoever_loses_the_role_loses_the_calendar(world, person, subscribe):
    link = subscribe(world, "mine", user=world.local)
    assert link.get().status_code == 200
    taken(accounts.revoke(None, world.local.memberships.get(), "left"))
    stone = link.text()
    assert stone.count("BEGIN:VEVENT") == 1
    assert "no longer available" in stone
    assert AuditEntry.objects.filter(action="feed revoked", actor="service").count() == 1


def test_whoever_is_switched_off_has_no_calendar(world, person, subscribe):
    link = subscribe(world, subject=person)
    assert "S-01" in link.text()
    taken(accounts.set_active(None, world.coordinator, active=False, reason="left"))
    assert "S-01" not in link.text()


@pytest.mark.req("T-23")
def test_a_revoked_link_leaves_a_stone_for_thirty_days_and_then_nothing(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    taken(feeds.revoke(world.coordinator, link.feed))
    stone = link.get()
    assert stone.status_code == 200
    assert stone.content.count(b"BEGIN:VEVENT") == 1
    assert b"S-01" not in stone.content
    assert lint(stone.content) == ()
    assert link.get(if_none_match=stone.headers["ETag"]).status_code == 304
    with clock.standing_at(clock.now() + timedelta(days=29)):
        assert link.get().content == stone.content
    with clock.standing_at(clock.now() + timedelta(days=30)):
        assert link.get().status_code == 404


def test_a_link_that_has_expired_is_like_a_revoked_one(world, person, subscribe):
    link = subscribe(world, subject=person, days=10)
    assert "S-01" in link.text()
    with clock.standing_at(clock.now() + timedelta(days=10)):
        assert "S-01" not in link.text()
        assert link.get().status_code == 200
    with clock.standing_at(clock.now() + timedelta(days=40)):
        assert link.get().status_code == 404


def test_a_rotated_link_has_another_secret_and_the_same_events(world, person, subscribe):
    link = subscribe(world, subject=person)
    before = link.get()
    made = taken(feeds.rotate(world.coordinator, link.feed))
    assert link.browser.get(f"/c/{made.token}/calendar.ics").content == before.content
    assert "S-01" not in link.text()
    assert isinstance(feeds.rotate(world.coordinator, link.feed), Refused)


ODD = ["/c/", "/c/x", "/c/x/calendar.ics", NOWHERE, NOWHERE + "/", "/c/%00/calendar.ics", "/c/é" + "A" * 42 + "/calendar.ics",
       "/c/" + "A" * 5000 + "/calendar.ics", "/c/../calendar.ics", "/c/a/b/calendar.ics", "/c/a%0Ab/calendar.ics"]  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_unknown_malformed_and_long_revoked_answer_alike(world, person, subscribe, path):
    link = subscribe(world, subject=person)
    taken(feeds.revoke(world.coordinator, link.feed))
    with clock.standing_at(clock.now() + timedelta(days=31)):
        old = link.get()
        found = link.browser.get(path)
    assert (found.status_code, found.content) == (old.status_code, old.content) == (404, b"There is no such calendar.\n")
    assert found.headers.keys() == old.headers.keys()


def test_only_reading_is_possible(world, person, subscribe):
    link = subscribe(world, subject=person)
    for method in ("post", "put", "patch", "delete", "options"):
        assert getattr(link.browser, method)(link.url).status_code == 405


def test_the_last_good_bytes_are_served_while_nothing_can_be_made(world, person, subscribe, monkeypatch):
    link = subscribe(world, subject=person)
    before = link.get()
    taken(visits.book(world.coordinator, person, person.version, first_open(world, person), "2026-03-05T09:00"))

    def broken(*_):
        raise RuntimeError("S-01 is broken")

    with monkeypatch.context() as patch:
        patch.setattr(serve.store, "renewed", broken)
        during = link.get()
        assert (during.status_code, during.content) == (200, before.content)
        # Of a new feed there are none: an empty calendar would say that there are no visits.
        other = subscribe(world, subject=person)
        refused = other.get()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
        assert b"VCALENDAR" not in refused.content
        # Never of a revoked one.
        taken(feeds.revoke(world.coordinator, link.feed))
        assert "S-01" not in link.text()
    assert "20260305T090000" in other.text()


def test_what_is_in_memory_is_served_while_what_is_stored_cannot_be_read(world, person, subscribe, monkeypatch):
    link = subscribe(world, subject=person)
    before = link.get()
    taken(visits.book(world.coordinator, person, person.version, first_open(world, person), "2026-03-05T09:00"))

    def away(_feed):
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(serve.store, "last_good", away)
        assert link.get().content == before.content
        assert link.get().content == before.content
    assert "20260305T090000" in link.text()


def test_one_subject_whose_schedule_fails_keeps_its_events_and_takes_nobody_elses(world, subscribe, monkeypatch):
    first, second = world.enrolled("S-01"), world.enrolled("S-02")
    link = subscribe(world, "study")
    before = link.text()
    told = events._told

    def broken(subject, *rest):
        if subject.code == "S-01":
            raise RuntimeError("no")
        return told(subject, *rest)

    monkeypatch.setattr(events, "_told", broken)
    for subject in (first, second):
        taken(visits.book(world.coordinator, subject, subject.version, first_open(world, subject), "2026-03-05T09:00"))
    after = link.text()
    assert after.count("20260305T090000") == 1
    assert before.count("S-01") == after.count("S-01")


def test_memory_serves_while_the_database_is_away_but_not_for_long(world, person, subscribe, monkeypatch):
    link = subscribe(world, subject=person)
    before = link.get()

    def away():
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(serve.connection, "cursor", away)
        assert link.get().content == before.content
        link.browser.raise_request_exception = False
        for seconds in (serve.BLIND_SECONDS, -serve.BLIND_SECONDS):
            with clock.standing_at(clock.now() + timedelta(seconds=seconds)):
                assert link.get().status_code == 503


def test_what_is_revoked_is_forgotten_at_once(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    assert serve.MEMORY.get(link.feed.token_hash) is not None
    taken(feeds.revoke(world.coordinator, link.feed))
    assert serve.MEMORY.get(link.feed.token_hash) is None


def test_memory_has_a_bound(world, person, subscribe):
    small = serve.Memory(10)
    link = subscribe(world, subject=person)
    link.get()
    small.put("a", serve.MEMORY.get(link.feed.token_hash))
    assert small.get("a") is None


def test_fetches_are_gathered_and_written(world, person, subscribe):
    link = subscribe(world, subject=person)
    for _ in range(3):
        link.get(user_agent="Thunderbird/153\nx")
    assert Feed.objects.get().fetches == 0
    assert fetches.write() == 1
    feed = Feed.objects.get()
    assert (feed.fetches, feed.last_fetch, feed.agent) == (3, clock.now(), "Thunderbird/153x")
    assert fetches.write() == 0


def test_fetches_that_cannot_be_written_are_kept(world, person, subscribe, monkeypatch):
    link = subscribe(world, subject=person)
    link.get()

    def broken(**_):
        raise DatabaseError("full")

    with monkeypatch.context() as patch:
        patch.setattr(fetches.Feed.objects, "filter", broken)
        with pytest.raises(DatabaseError):
            fetches.write()
    assert fetches.write() == 1


def test_the_secret_is_kept_nowhere(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    for model in (Feed, FeedBytes, AuditEntry, Study):
        for row in model.objects.values():
            assert link.token not in repr(row)


def test_rules_that_change_are_seen(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    made = FeedBytes.objects.get().made_from
    taken(rules.retire(world.investigator, world.version, "withdrawn"))
    link.get()
    assert FeedBytes.objects.get().made_from != made


def test_new_facts_are_seen(world, person, subscribe):
    link = subscribe(world, subject=person)
    link.get()
    made = FeedBytes.objects.get().made_from
    taken(subjects.set_moment(world.coordinator, person, person.version, "first_infusion", "2026-03-02", "given"))
    link.get()
    assert FeedBytes.objects.get().made_from != made


def through_wsgi(path, method="GET", **headers):
    """Status, headers and body of the application that servers load."""
    seen = {}

    def start(status, given, _error=None):
        seen.update(status=status, headers=given)

    environ = RequestFactory(SERVER_NAME="localhost").generic(method, path, headers=headers).environ
    body = b"".join(application(environ, start))
    return seen["status"], sorted((name, value) for name, value in seen["headers"] if name != "X-Request-Id"), body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_in_front_of_django_the_answers_are_the_same(world, person, subscribe, one_connection, method):
    link = subscribe(world, subject=person)
    old = subscribe(world, subject=person)
    taken(feeds.revoke(world.coordinator, old.feed))
    etag = link.get().headers["ETag"]
    asked = [{}, {"accept_encoding": "gzip"}, {"if_none_match": etag}, {"if_none_match": '"x"'}]
    for url in (link.url, old.url, NOWHERE, "/c/x/calendar.ics"):
        for headers in asked:
            response = link.browser.generic(method, url, headers=headers)
            wanted = sorted((name, value) for name, value in response.headers.items() if name != "X-Request-Id")
            status, given, body = through_wsgi(url, method, **headers)
            assert int(status[:3]) == response.status_code
            assert {name: value for name, value in given if name != "Content-Length"} == {
                name: value for name, value in wanted if name != "Content-Length"
            }
            assert body == response.content


def test_what_fails_in_front_is_answered_by_django(world, person, subscribe, one_connection, monkeypatch):
    link = subscribe(world, subject=person)

    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(serve, "find", broken)
    status, headers, body = through_wsgi(link.url)
    assert status == "500 Internal Server Error"
    assert ("X-Content-Type-Options", "nosniff") in headers
    assert b"no\n" not in body
