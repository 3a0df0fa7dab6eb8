"""UIDs: stable, opaque, of nothing but the occurrence key."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from attrs import evolve
from trialrules.engine.calendar.identity import OccurrenceKey, occurrence_key, uid

from .builders import DOMAIN, KEY, after, events, schedule, study_feed, visit


def test_a_uid_is_the_hmac_of_the_key():
    key = occurrence_key("study-42", "S-0007", "screening2:fu.3", "visit")
    assert key == OccurrenceKey("study-42", "S-0007", "screening2", "fu", 3, "visit")
    message = b'["study-42","S-0007","screening2","fu",3,"visit"]'
    assert key.text.encode() == message
    assert uid(KEY, DOMAIN, key) == f"{hmac.new(KEY, message, hashlib.sha256).hexdigest()}@calendars.example.org"


@pytest.mark.parametrize(
    ("text", "timeline", "visit_name", "repeat"),
    [
        ("d28", "", "d28", 0),
        ("fu.12", "", "fu", 12),
        ("screening3:pre", "screening3", "pre", 0),
        ("unscheduled:2026-03-20.2", "", "unscheduled:2026-03-20", 2),
    ],
)
def test_keys_of_schedules(text, timeline, visit_name, repeat):
    assert occurrence_key("s", "x", text, "visit") == OccurrenceKey("s", "x", timeline, visit_name, repeat, "visit")


def test_every_part_of_the_key_counts():
    base = OccurrenceKey("s", "x", "", "fu", 1, "visit")
    changes = [
        {"study": "t"},
        {"subject": "y"},
        {"timeline": "screening2"},
        {"visit": "f"},
        {"repeat": 2},
        {"kind": "window"},
        {"subject": 'x","'},
    ]
    others = [evolve(base, **change) for change in changes]
    assert len({uid(KEY, DOMAIN, key) for key in [base, *others]}) == 8
    assert uid(bytes(32), DOMAIN, base) != uid(KEY, DOMAIN, base)


def test_neither_date_nor_title_nor_arm_is_in_the_uid():
    plain = schedule(visit("d28", "2026-09-28", title="A"))
    other = schedule(visit("d28", "2027-01-01", "booked", title="B", booked="2027-01-01T08:00"), arm="low")
    assert [event["UID"] for event in events(study_feed(after(None, plain)))] == [
        event["UID"] for event in events(study_feed(after(None, other)))
    ]


@pytest.mark.parametrize("domain", ["", "Example.org", "a b.org", "x\r\nY:1", "-a.org", "a..org", "a.org.", "x" * 64 + ".org", "例.org"])
def test_a_domain_that_is_none_is_refused(domain):
    with pytest.raises(ValueError, match="not a domain"):
        uid(KEY, domain, occurrence_key("s", "x", "d", "visit"))


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes, not 16"):
        uid(bytes(16), DOMAIN, occurrence_key("s", "x", "d", "visit"))
