"""Several people at one subject in the same instant."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from trialrules.service import clock
from trialrules.service.models.accounts import Membership
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.subjects import Subject
from trialrules.service.work import accounts, audit, enrolment, integrity, rules, screening, signing, sites, subjects, throttle, visits
from trialrules.service.work.outcome import Refused

from ..conftest import NOON
from ..world import World, patient_file, rule_files

INR = {"fact": "inr", "value": 1.9, "date": "2026-03-02"}


@pytest.fixture
def shared(shared_db, noon):
    return World()


def at_once(*actions):
    """Do all of them in threads that start together; what each gave."""
    gate = threading.Barrier(len(actions))

    def run(action):
        try:
            gate.wait()
            with clock.standing_at(NOON):
                return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def codes(found):
    return sorted(one.code if isinstance(one, Refused) else "done" for one in found)


@pytest.mark.req("T-24")
def test_two_coordinators_move_one_visit(shared):
    subject = shared.enrolled()
    entries = AuditEntry.objects.count()
    found = at_once(*[
        lambda user=user, day=day: visits.move(user, subject, subject.version, "d28", day, "abroad that week")
        for user, day in ((shared.coordinator, "2026-03-31"), (shared.unblinded, "2026-03-29"))
    ])  # fmt: skip
    assert codes(found) == ["done", "stale"]
    (refused,) = [one for one in found if isinstance(one, Refused)]
    assert refused.status == 409
    assert refused.more == {"yours": subject.version, "current": subject.version + 1}
    assert AuditEntry.objects.count() == entries + 1
    assert Subject.objects.get().version == subject.version + 1
    assert list(integrity.flaws()) == []


@pytest.mark.req("T-24")
def test_eight_people_change_one_subject(shared):
    subject = shared.decided()
    found = at_once(*[lambda: subjects.enter_facts(shared.coordinator, subject, subject.version, [INR])] * 8)
    assert codes(found) == ["done", *["stale"] * 7]
    assert audit.verify().breaks == ()


@pytest.mark.req("T-24")
def test_one_code_is_given_once(shared):
    found = at_once(*[lambda: attempt_to_create(shared)] * 4)
    assert codes(found) == ["code-taken"] * 3 + ["done"]
    assert Subject.objects.count() == 1


def attempt_to_create(world):
    return subjects.create(world.coordinator, world.study, world.site, "S-1", patient_file("aclf_01_eligible.json"))


MAKERS = {
    "username-taken": lambda _: accounts.create_user(None, "new", "New Name"),
    "study-taken": lambda _: accounts.create_study(None, "new", "New", "New"),
    "site-taken": lambda world: sites.create_site(None, world.study, "NX", "New", "Asia/Shanghai"),
    "label-taken": lambda world: rules.import_version(world.writer, world.study, *rule_files("aclf_phase1.rules"), label="9.0"),
}


@pytest.mark.req("T-24")
@pytest.mark.parametrize("refused", MAKERS)
def test_a_name_is_given_once(shared, refused):
    found = at_once(*[lambda: MAKERS[refused](shared)] * 4)
    assert codes(found) == sorted(["done", *[refused] * 3])
    assert audit.verify().breaks == ()


@pytest.mark.req("T-24")
def test_a_role_is_given_once_and_ended_once(shared):
    def give(unblinded):
        return accounts.grant(None, shared.outsider, shared.study, "monitor", unblinded=unblinded, reason="new monitor")

    found = at_once(*[lambda: give(False)] * 4)
    # Whoever comes when it is there gets what is there; whoever comes in the same instant is told.
    assert {one.code for one in found if isinstance(one, Refused)} <= {"role-taken"}
    held = Membership.objects.get(user=shared.outsider, ended=None)
    found = at_once(*[lambda: give(True)] * 3)
    assert {one.code for one in found if isinstance(one, Refused)} <= {"role-taken"}
    assert Membership.objects.get(user=shared.outsider, ended=None).unblinded is True
    held.refresh_from_db()
    assert held.ended is not None
    living = Membership.objects.get(user=shared.outsider, ended=None)
    at_once(*[lambda: accounts.revoke(None, living, "left the study")] * 4)
    told = AuditEntry.objects.filter(target=f"user {shared.outsider.username}").values_list("action", flat=True)
    assert sorted(told) == ["link made", "role ended", "role ended", "role given", "role given", "user created"]


@pytest.mark.req("T-05")
def test_a_decision_is_signed_once_and_enrolled_once(shared):
    subject = shared.decided()
    decision = screening.latest(subject)
    outcomes = screening.verdicts_of(decision)
    found = at_once(*[lambda: signing.seal(shared.investigator, decision, outcomes, signing.MEANINGS[0])] * 3)
    assert codes(found) == ["done", "signed", "signed"]
    found = at_once(*[lambda: enrolment.enrol(shared.investigator, subject, subject.version)] * 3)
    assert codes(found) == ["done", "stale", "stale"]
    assert list(integrity.flaws()) == []


@pytest.mark.req("T-24")
def test_asking_for_a_decision_at_once_makes_one(shared):
    subject = shared.subject()
    found = at_once(*[lambda: screening.decide(shared.coordinator, subject)] * 4)
    assert len({one.new.pk for one in found}) == 1


def test_the_last_attempts_are_shared_by_nobody(shared):
    assert sorted(at_once(*[lambda: throttle.take("bucket", 3, 1)] * 8)) == [False] * 5 + [True] * 3


@pytest.mark.req("T-12")
def test_many_subjects_at_once_leave_one_chain(shared):
    made = [shared.subject(f"S-{number}") for number in range(6)]
    at_once(*[lambda subject=subject: screening.decide(shared.coordinator, subject) for subject in made])
    found = audit.verify()
    assert found.breaks == ()
    assert AuditEntry.objects.filter(action="decided").count() == 6
