from __future__ import annotations

import json
from decimal import Decimal

import pytest
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.subjects import Subject
from trialrules.service.work import audit, enrolment, integrity, screening, subjects, visits
from trialrules.service.work.outcome import RefusedError, taken

from .world import code, patient_file

INR = {"fact": "inr", "value": 1.9, "date": "2026-03-02"}


@pytest.mark.req("T-20")
def test_the_order_is_enforced(world):
    subject = world.subject()
    assert code(enrolment.enrol(world.investigator, subject, 1)) == "not-eligible"
    assert code(visits.book(world.coordinator, subject, 1, "d28", "2026-03-30")) == "wrong-order"
    taken(screening.decide(world.coordinator, subject))
    assert code(enrolment.enrol(world.investigator, subject, 1)) == "not-signed"
    assert code(enrolment.allocate(world.unblinded, subject, 1, arm="low", reason="list")) == "wrong-order"
    taken(world.sign(subject))
    subject = taken(enrolment.enrol(world.investigator, subject, 1))
    assert subject.state == "enrolled"
    assert code(enrolment.enrol(world.investigator, subject, subject.version)) == "wrong-order"
    assert code(world.sign(subject)) == "wrong-order"
    subject = taken(enrolment.allocate(world.unblinded, subject, subject.version, arm="low", reason="list"))
    subject = taken(visits.book(world.coordinator, subject, subject.version, "d28", "2026-03-30T09:00+08:00"))
    subject = taken(visits.move(world.coordinator, subject, subject.version, "d28", "2026-03-31", "the subject is abroad")).subject
    subject = taken(enrolment.end(world.coordinator, subject, subject.version, "withdrawn", "2026-03-02", "consent withdrawn"))
    assert code(visits.book(world.coordinator, subject, subject.version, "d28", "2026-03-30")) == "wrong-order"
    assert code(subjects.enter_facts(world.coordinator, subject, subject.version, [INR])) == "wrong-order"
    assert code(enrolment.end(world.coordinator, subject, subject.version, "completed", "2026-03-02", "slip")) == "wrong-order"
    assert audit.verify().breaks == ()
    assert list(integrity.flaws()) == []


@pytest.mark.req("T-05")
@pytest.mark.parametrize("role", ["writer", "coordinator", "monitor", "administrator", "unblinded", "local"])
def test_only_investigators_enrol(world, role):
    subject = world.decided()
    taken(world.sign(subject))
    assert enrolment.enrol(world.users[role], subject, 1).status in (403, 404)


@pytest.mark.req("T-24")
def test_a_stale_edit_is_refused_with_both_versions(world):
    subject = world.enrolled()
    seen = subject.version
    taken(visits.book(world.coordinator, subject, seen, "d28", "2026-03-30"))
    attempts = [
        visits.book(world.unblinded, subject, seen, "d60", "2026-05-01"),
        visits.move(world.unblinded, subject, seen, "d28", "2026-03-31", "why not"),
        visits.done(world.unblinded, subject, seen, "inf1", "2026-03-02"),
        visits.missed(world.unblinded, subject, seen, "d28", "abroad"),
        visits.undo(world.unblinded, subject, seen, "d28", "slip"),
        subjects.enter_facts(world.unblinded, subject, seen, [INR]),
        subjects.correct_fact(world.unblinded, subject, seen, 0, None, "slip"),
        subjects.set_moment(world.unblinded, subject, seen, "screening", "2026-03-01", "slip"),
        enrolment.end(world.unblinded, subject, seen, "withdrawn", "2026-03-02", "consent withdrawn"),
        enrolment.allocate(world.unblinded, subject, seen, arm="high", reason="list"),
    ]
    for found in attempts:
        assert (code(found), found.status) == ("stale", 409)
        assert found.more == {"yours": seen, "current": seen + 1}


@pytest.mark.req("T-21")
def test_another_sites_subject_is_not_there(world):
    subject = world.enrolled()
    attempts = [
        screening.decide(world.local, subject),
        subjects.enter_facts(world.local, subject, subject.version, [INR]),
        visits.schedule(world.local, subject),
        visits.plan(world.local, subject, "d28", "2026-04-01"),
        visits.move(world.local, subject, subject.version, "d28", "2026-04-01", "why not"),
        enrolment.end(world.local, subject, subject.version, "withdrawn", "2026-03-02", "consent withdrawn"),
        subjects.create(world.local, world.study, world.site, "S-9", patient_file("aclf_01_eligible.json")),
    ]
    assert {(found.code, found.status) for found in attempts} == {("not-found", 404)}
    with pytest.raises(RefusedError):
        subjects.find(world.local, world.study, subject.code)
    assert subjects.visible(world.local, world.study) == [world.other_site]
    assert len(subjects.visible(world.coordinator, world.study)) == 2


@pytest.mark.req("T-17")
def test_nothing_is_deleted(world):
    subject = world.enrolled()
    subject = taken(enrolment.end(world.coordinator, subject, subject.version, "withdrawn", "2026-03-02", "consent withdrawn"))
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        subject.delete()
    assert Subject.objects.get(pk=subject.pk).document


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "record-wrong"), (b"{", "record-wrong"), (b"[]", "record-wrong"), (b"\xff\xfe", "record-wrong"), (b"null", "record-wrong"),
        (b'{"id": "a", "facts": [{"fact": "inr", "value": "x"}]}', "record-wrong"),
        (b'[{"id": "a"}, {"id": "b"}]', "several-patients"),
        (b'{"schema": "trialrules/subject/1", "subject": "a", "arm": "low", "patient": {"id": "a"}}', "course-given"),
        (b'{"id": "a", "birth_date": "2030-01-01"}', "record-wrong"),
        (b"patient_id,fact,value\na,inr,1.8\nb,inr,2.0\n", "several-patients"),
    ],
)  # fmt: skip
def test_bad_records_make_no_subject(world, content, expected):
    assert code(subjects.create(world.coordinator, world.study, world.site, "S-1", content)) == expected
    assert not Subject.objects.exists()
    assert not AuditEntry.objects.filter(action="subject created").exists()


def test_a_table_and_fhir_make_subjects_too(world):
    table = b"patient_id,fact,value,date\nP-77,inr,1.8,2026-03-01\n"
    made = taken(subjects.create(world.coordinator, world.study, world.site, "T-1", table)).subject
    assert "P-77" not in made.document
    assert '"fact": "inr"' in made.document
    made = taken(subjects.create(world.coordinator, world.study, world.site, "F-1", patient_file("aclf_02_three_organs.json"))).subject
    assert json.loads(made.document)["patient"]["id"] == "F-1"


def test_codes_and_sizes(world):
    content = patient_file("aclf_01_eligible.json")
    for bad in ("", "../x", "a b", "x" * 41, "-a", "=1+1"):
        assert code(subjects.create(world.coordinator, world.study, world.site, bad, content)) == "code-wrong"
    taken(subjects.create(world.coordinator, world.study, world.site, "S-1", content))
    assert code(subjects.create(world.coordinator, world.study, world.site, "S-1", content)) == "code-taken"
    assert code(subjects.create(world.coordinator, world.study, world.site, "S-2", b" " * (subjects.MAX_UPLOAD + 1))) == "too-large"
    assert code(subjects.create(world.monitor, world.study, world.site, "S-2", content)) == "forbidden"


def test_facts_are_checked_before_they_are_kept(world):
    subject = world.decided()
    bad = [
        ({"fact": "imr", "value": 1}, "fact-undeclared"),
        ({"fact": "inr", "value": 1, "date": "soon"}, "record-wrong"),
        ({"fact": "inr", "value": 1, "colour": "red"}, "record-wrong"),
        ({}, "record-wrong"),
        ({"value": 1}, "record-wrong"),
    ]
    for fact, expected in bad:
        assert code(subjects.enter_facts(world.coordinator, subject, 1, [fact])) == expected, fact
    assert code(subjects.enter_facts(world.coordinator, subject, 1, [])) == "facts-wrong"
    assert code(subjects.enter_facts(world.coordinator, subject, 1, [INR], reason=" ")) == "reason-missing"


def test_a_judgement_carries_its_author(world):
    subject = world.decided()
    fact = {"fact": "other_unsuitability", "value": False, "date": "2026-03-02", "reason": "none seen"}
    entered = taken(subjects.enter_facts(world.coordinator, subject, 1, [fact]))
    assert '"by": "Coordinator Name"' in entered.subject.document


def test_facts_are_corrected_and_the_trail_keeps_the_old(world):
    subject = world.decided()
    at = next(n for n, one in enumerate(json.loads(subject.document)["patient"]["facts"]) if one["fact"] == "inr")
    entered = taken(subjects.correct_fact(world.coordinator, subject, 1, at, {**INR, "value": Decimal("1.95")}, "typing error"))
    entry = AuditEntry.objects.get(action="fact corrected")
    assert '"value":1.8' in entry.old
    assert '"value":1.95' in entry.new
    entered = taken(subjects.correct_fact(world.coordinator, entered.subject, 2, at, None, "wrong patient"))
    assert "1.95" not in entered.subject.document
    assert code(subjects.correct_fact(world.coordinator, entered.subject, 3, 99, None, "slip")) == "fact-unknown"


def test_moments_and_person(world):
    subject = world.decided()
    entered = taken(subjects.set_moment(world.coordinator, subject, 1, "screening", "2026-03-01", "wrong day"))
    assert json.loads(entered.subject.document)["patient"]["moments"]["screening"] == "2026-03-01"
    assert code(subjects.set_moment(world.coordinator, entered.subject, 2, "scening", "2026-03-01", "slip")) == "moment-unknown"
    assert code(subjects.set_moment(world.coordinator, entered.subject, 2, "screening", "May", "slip")) == "day-wrong"
    entered = taken(subjects.set_person(world.coordinator, entered.subject, 2, birth_date="2015-01-01", reason="typing error"))
    assert entered.change.new.decision == "ineligible"


def test_visits_and_the_rest_of_the_document(world):
    subject = world.enrolled()
    before = subject.document
    subject = taken(visits.done(world.coordinator, subject, subject.version, "inf1", "2026-03-02T09:30+08:00", doses={"cg_bm1": None}))
    assert subject.document.startswith(before.rstrip().removesuffix("}").rstrip())
    assert code(visits.done(world.coordinator, subject, subject.version, "inf1", "2026-03-02")) == "visit-closed"
    assert code(visits.done(world.coordinator, subject, subject.version, "d28", "2026-03-30")) == "day-ahead"
    assert code(visits.book(world.coordinator, subject, subject.version, "d28", "2026-02-01")) == "day-past"
    assert code(visits.book(world.coordinator, subject, subject.version, "d99", "2026-03-30")) == "visit-unknown"
    assert code(visits.book(world.coordinator, subject, subject.version, "d28", "next week")) == "day-wrong"
    assert code(visits.missed(world.coordinator, subject, subject.version, "inf1", "abroad")) == "visit-closed"
    subject = taken(visits.skipped(world.coordinator, subject, subject.version, "d21", "agreed with the sponsor"))
    subject = taken(visits.undo(world.coordinator, subject, subject.version, "d21", "the wrong subject"))
    schedule = taken(visits.schedule(world.coordinator, subject))
    assert {one.key: one.status for one in schedule.visits}["inf1"] == "done"
    assert {one.key: one.status for one in schedule.visits}["d21"] == "planned"


def test_a_move_is_planned_then_made(world):
    subject = world.enrolled()
    document = subject.document
    plan = taken(visits.plan(world.monitor, subject, "d28", "2026-04-20"))
    assert plan.shifts[0].leaves_window
    assert plan.subject is None
    subject.refresh_from_db()
    assert subject.document == document
    assert code(visits.move(world.monitor, subject, subject.version, "d28", "2026-04-20", "why not")) == "forbidden"
    assert code(visits.move(world.coordinator, subject, subject.version, "d28", "2026-04-20", "")) == "reason-missing"
    assert code(visits.move(world.coordinator, subject, subject.version, "d28", "2020-01-01", "slip")) == "move-impossible"
    moved = taken(visits.move(world.coordinator, subject, subject.version, "d28", "2026-04-20", "the subject is abroad"))
    assert [one.key for one in moved.plan.shifts] == [one.key for one in plan.shifts]
    entry = AuditEntry.objects.get(action="visit moved")
    assert entry.reason == "the subject is abroad"


def test_data_after_enrolment_are_judged_as_of_the_signed_day(world):
    from datetime import timedelta

    from trialrules.service import clock

    subject = world.enrolled()
    with clock.standing_at(clock.now() + timedelta(days=60)):
        entered = taken(subjects.enter_facts(world.coordinator, subject, subject.version, [{**INR, "date": "2026-05-01"}]))
    assert entered.change.new.as_of == "2026-03-02"
    assert not entered.change.differs
    assert entered.change.voided is None
    assert entered.subject.state == "enrolled"


def test_a_patient_who_was_not_eligible_stays_enrolled_with_a_void_signature(world):
    subject = world.enrolled()
    bad = {"fact": "creatinine", "value": 400, "unit": "umol/L", "date": "2026-03-02"}
    entered = taken(subjects.enter_facts(world.coordinator, subject, subject.version, [bad], "found in the hospital's record"))
    assert entered.change.voided is not None
    assert entered.subject.state == "enrolled"


@pytest.mark.parametrize("status", ["withdrawn", "lost", "died", "screen failed"])
def test_ends_before_enrolment(world, status):
    subject = world.decided()
    assert code(enrolment.end(world.coordinator, subject, 1, "completed", "2026-03-02", "slip")) == "wrong-order"
    assert taken(enrolment.end(world.coordinator, subject, 1, status, "2026-03-02", "as recorded")).state == status


def test_an_end_is_checked(world):
    subject = world.decided()
    assert code(enrolment.end(world.coordinator, subject, 1, "gone", "2026-03-02", "slip")) == "status-wrong"
    assert code(enrolment.end(world.coordinator, subject, 1, "lost", "2026-03-03", "slip")) == "day-ahead"
    assert code(enrolment.end(world.coordinator, subject, 1, "lost", "2026", "slip")) == "day-wrong"
    assert code(enrolment.end(world.coordinator, subject, 1, "lost", "2026-03-02", "")) == "reason-missing"
