"""Whatever the arm is, who may not know it gets the same bytes from every use-case."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection, transaction
from trialrules import canonical
from trialrules.service.models.audit import AuditEntry
from trialrules.service.work import audit, enrolment, replay, screening, subjects, visits
from trialrules.service.work.outcome import Refused, taken

from .world import code

ARMS = ("low", "medium", "placebo")
BLINDED = ("coordinator", "investigator", "monitor")
# A digest of the arm with a secret in it tells nothing; that it differs from run to run is all that may differ.
_DIGESTS = ("hash", "prev_hash")


def told(world, arm, monkeypatch):
    """Everything that a subject of this arm shows to each of the blinded; undone afterwards."""
    numbers = count(1)
    monkeypatch.setattr("trialrules.service.ids.secrets.randbits", lambda _: next(numbers))
    monkeypatch.setattr("trialrules.service.seals.new_salt", lambda: f"{next(numbers):032x}")
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # Numbers of rows are in the hashes of records, and PostgreSQL's counters do not go back with the transaction.
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval(pg_get_serial_sequence('trialrules_subject', 'id'), 1000)")
        subject = world.enrolled(arm=arm)
        given = {"cg_bm1": (Decimal("7.1e7") if arm != "placebo" else Decimal(5), "cells" if arm != "placebo" else "mL")}
        subject = taken(visits.done(world.unblinded, subject, subject.version, "inf1", "2026-03-02T09:00+08:00", doses=given))
        subject = taken(visits.book(world.coordinator, subject, subject.version, "d28", "2026-03-30"))
        subject = taken(visits.move(world.coordinator, subject, subject.version, "d60", "2026-05-02", "abroad")).subject
        found = {name: everything(world.users[name], world, subject) for name in BLINDED}
        transaction.set_rollback(True)
    return found


def everything(user, world, subject):
    plan = taken(visits.plan(user, subject, "d90", "2026-06-10"))
    entries = [audit.shown(one, unblinded=False) for one in AuditEntry.objects.filter(study=world.study).order_by("seq")]
    for one in entries:
        for key in _DIGESTS:
            del one[key]
    return {
        "document": canonical.canonical_bytes(subjects.document_for(user, subject)),
        "schedule": repr(readable(taken(visits.schedule(user, subject)))),
        "plan": repr((readable(plan.before), readable(plan.after), plan.shifts, plan.stretches, plan.joinings, plan.subject)),
        "audit": canonical.canonical_bytes(entries),
        "record": without_ids(replay.record_of(screening.latest(subject))),
    }


def without_ids(found):
    return json.dumps(found, default=str, sort_keys=True)


def readable(schedule):
    return [
        (one.key, one.title, one.status, one.target, one.planned, one.window, one.day, one.doses, one.remarks, one.reason)
        for one in schedule.visits
    ], schedule.deviations, schedule.arm, schedule.part, schedule.series, schedule.periods  # fmt: skip


@pytest.mark.req("T-22")
def test_every_allocation_looks_the_same(blinded_world, monkeypatch):
    first, *others = [told(blinded_world, arm, monkeypatch) for arm in ARMS]
    for other in others:
        for name in BLINDED:
            for what, value in first[name].items():
                if what != "record":
                    assert other[name][what] == value, (name, what)


@pytest.mark.req("T-22")
@pytest.mark.parametrize("arm", ARMS)
def test_no_word_of_the_arm_is_told(blinded_world, arm, monkeypatch):
    found = told(blinded_world, arm, monkeypatch)
    for name in BLINDED:
        for what, value in found[name].items():
            if what == "record":
                continue  # it has the rule file in it, which names all arms; the snapshot is looked at below
            text = value.decode() if isinstance(value, bytes) else value
            for canary in (f'"{arm}"', f"'{arm}'", "7.1e7", "71000000", "5 mL"):
                assert canary not in text, (name, what, canary)
        stored = json.loads(found[name]["record"])
        assert arm not in stored["snapshot"]
        assert f'"{arm}"' not in stored["result"]


def test_unblinded_users_see_it(blinded_world):
    subject = blinded_world.enrolled(arm="placebo")
    assert subjects.document_for(blinded_world.unblinded, subject)["arm"] == "placebo"
    assert "arm" not in subjects.document_for(blinded_world.investigator, subject)
    assert taken(visits.schedule(blinded_world.unblinded, subject)).arm == "placebo"
    assert taken(visits.schedule(blinded_world.investigator, subject)).arm is None


def test_blinded_users_allocate_to_no_blinded_arm(blinded_world):
    subject = blinded_world.enrolled(arm=None)
    for name in ("coordinator", "investigator"):
        found = enrolment.allocate(blinded_world.users[name], subject, subject.version, arm="placebo", reason="list")
        assert code(found) == "blinded"
    taken(enrolment.allocate(blinded_world.unblinded, subject, subject.version, arm="placebo", reason="list"))


def test_refusals_do_not_tell_the_arm(blinded_world):
    refusals = []
    for number, arm in enumerate(ARMS):
        subject = blinded_world.enrolled(f"S-{number}", arm=arm)
        found = enrolment.allocate(blinded_world.coordinator, subject, subject.version, arm="low", reason="list")
        assert isinstance(found, Refused)
        refusals.append(found)
    assert len(set(map(repr, refusals))) == 1
