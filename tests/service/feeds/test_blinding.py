"""Under every possible allocation a feed is the same: bytes, ETag, order and status, as HTTP sees them; and nothing private is in one."""

from __future__ import annotations

import pytest
from trialrules.service import clock
from trialrules.service.feeds import serve
from trialrules.service.models.feeds import CalendarStore, Feed
from trialrules.service.models.subjects import Subject
from trialrules.service.work import documents, feeds, rules, visits
from trialrules.service.work.outcome import taken

KEY = "0" * 64
CANARIES = {"name": "Canary-Name", "diagnosis": "Canary-Diagnosis", "remark": "Canary-Remark", "source": "Canary-Source"}


def allocated(subject, arm):
    """Another arm in the document, as if the list had said so; everything else of the world stays."""
    text = documents.put(subject.document, ("arm",), arm) if arm else subject.document
    Subject.objects.filter(pk=subject.pk).update(document=text)


@pytest.mark.req("T-22")
def test_every_allocation_gives_the_same_feed(blinded_world, browser):
    world = blinded_world
    subject = world.enrolled(arm=None)
    arms = [None, *rules.protocol_of(world.version).study.arms]
    assert len(arms) > 2
    token = taken(feeds.create(world.coordinator, world.study, "subject", subject=subject)).token
    schedule = taken(visits.schedule(world.coordinator, subject))
    assert schedule.visits
    seen = set()
    for arm in arms:
        # The same moment of the world again, with another arm: nothing that was made before is left.
        serve.MEMORY.clear()
        from trialrules.service.models.feeds import FeedBytes, SubjectCalendar

        FeedBytes.objects.all().delete()
        SubjectCalendar.objects.all().delete()
        allocated(subject, arm)
        for headers in ({}, {"accept_encoding": "gzip"}):
            response = browser.get(f"/c/{token}/calendar.ics", headers=headers)
            assert response.status_code == 200
            told = tuple(sorted((name, value) for name, value in response.headers.items() if name != "Last-Modified"))
            seen.add((bool(headers), response.content, told))
    assert len(seen) == 2
    text = next(content for zipped, content, _ in seen if not zipped)
    assert text.count(b"BEGIN:VEVENT") > 3


@pytest.mark.req("T-22")
def test_a_change_of_the_arm_changes_no_sequence_and_no_etag(blinded_world, browser):
    world = blinded_world
    subject = world.enrolled(arm=None)
    arms = list(rules.protocol_of(world.version).study.arms)
    token = taken(feeds.create(world.coordinator, world.study, "study")).token
    tags = set()
    for arm in [None, *arms]:
        allocated(subject, arm)
        Subject.objects.filter(pk=subject.pk).update(version=subject.version + 1 + len(tags) + arms.index(arm) if arm else subject.version)
        serve.MEMORY.clear()
        response = browser.get(f"/c/{token}/calendar.ics")
        tags.add((response.headers["ETag"], response.headers["Last-Modified"]))
    assert len(tags) == 1


@pytest.mark.req("T-23")
@pytest.mark.parametrize("titles", ["full", "visit", "private"])
def test_nothing_private_is_in_a_feed(world, browser, titles):
    def marked(patient):
        patient["id"] = CANARIES["name"]
        for fact in patient["facts"]:
            fact["source"] = CANARIES["source"]
            fact["reason"] = CANARIES["diagnosis"]
        return patient

    subject = world.enrolled(change=marked)
    key = next(one.key for one in taken(visits.schedule(world.coordinator, subject)).visits if one.status in ("planned", "due"))
    taken(visits.book(world.coordinator, subject, subject.version, key, "2026-03-05T09:00", CANARIES["remark"]))
    for kind, more in (("subject", {"subject": subject}), ("site", {"site": world.site}), ("study", {}), ("mine", {})):
        token = taken(feeds.create(world.coordinator, world.study, kind, titles=titles, **more)).token
        text = browser.get(f"/c/{token}/calendar.ics").content.decode().replace("\r\n ", "")
        assert "S-01" in text
        # The birth date, whole or as iCalendar writes days; what was entered; arm, dose, criterion.
        person = documents.value_of(subject.document)["patient"]
        birth = person["birth_date"]
        words = [
            *CANARIES.values(),
            birth,
            birth.replace("-", ""),
            "mesenchymal",
            "cells/kg",
            "low dose",
            "bilirubin",
            world.coordinator.name,
        ]
        assert [word for word in words if word.lower() in text.lower()] == []


def test_the_key_of_a_study_is_made_once(world, browser):
    subject = world.enrolled()
    for _ in range(2):
        token = taken(feeds.create(world.coordinator, world.study, "subject", subject=subject)).token
        browser.get(f"/c/{token}/calendar.ics")
    assert CalendarStore.objects.count() == 1
    assert Feed.objects.count() == 2
    assert clock.now() == Feed.objects.first().created
