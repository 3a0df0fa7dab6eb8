"""Overrides: by whom, on what, countersigned by somebody else; verdicts and signatures stay; enrolment only where a study allows it."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError, transaction
from trialrules.service.models.accounts import Role
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.decisions import Decision, Signature
from trialrules.service.models.overrides import Override, OverrideMark
from trialrules.service.work import audit, enrolment, integrity, overrides, replay, screening, studies, subjects
from trialrules.service.work.outcome import taken

from .world import PASSWORD, code

LETTER = "sponsor letter of 2026-03-01, no. 17"
WHY = "the sponsor agrees"
SICK = {"file": "aclf_02_three_organs.json"}


@pytest.fixture
def second(world):
    return world.user("second", Role.INVESTIGATOR)


@pytest.fixture
def subject(world):
    """I5 and E5 fail."""
    return world.decided("S-02", **SICK)


def override(world, subject, criterion="E5", *, by=None, **more):
    words = {"reason": WHY, "reference": LETTER, **more}
    return overrides.record(by or world.investigator, screening.latest(subject), criterion, words["reason"], words["reference"])


def countersign(user, found, **more):
    return overrides.countersign(user, found, more.get("username", user.username), more.get("password", PASSWORD))


def both(world, second, subject, criteria=("I5", "E5")):
    for criterion in criteria:
        taken(countersign(second, taken(override(world, subject, criterion))))


def enter(world, subject, **fact):
    done = taken(subjects.enter_facts(world.coordinator, subject, subject.version, [fact], "new value"))
    subject.refresh_from_db()
    return done.change


@pytest.mark.req("T-05")
@pytest.mark.parametrize("role", ["writer", "coordinator", "monitor", "administrator", "unblinded"])
def test_only_investigators_override(world, subject, second, role):
    assert code(override(world, subject, by=world.users[role])) in ("forbidden", "not-found")
    found = taken(override(world, subject))
    assert code(countersign(world.users[role], found)) in ("forbidden", "not-found")
    assert code(overrides.withdraw(world.users[role], found, "a slip")) in ("forbidden", "not-found")
    assert (Override.objects.count(), OverrideMark.objects.count()) == (1, 0)


@pytest.mark.req("T-05")
def test_nobody_countersigns_their_own_override(world, subject, second):
    found = taken(override(world, subject))
    refused = countersign(world.investigator, found)
    assert (code(refused), refused.status) == ("own-override", 403)
    assert code(overrides.seal(world.investigator, found)) == "own-override"
    assert taken(countersign(second, found)).printed_name == "Second Name"
    assert code(countersign(second, found)) == "signed"


@pytest.mark.req("T-05")
def test_countersigning_takes_name_and_password(world, subject, second):
    found = taken(override(world, subject))
    assert code(countersign(second, found, password="wrong wrong wrong")) == "password-wrong"
    assert code(countersign(second, found, username="somebody")) == "username-wrong"
    assert not OverrideMark.objects.exists()


@pytest.mark.req("T-05")
def test_an_override_changes_neither_verdict_nor_word_nor_signature(world, subject, second):
    signature = taken(world.sign(subject))
    before = Decision.objects.values().get(subject=subject)
    both(world, second, subject)
    assert Decision.objects.values().get(subject=subject) == before
    assert (before["decision"], screening.verdicts_of(screening.latest(subject))["E5"]) == ("ineligible", "met")
    assert screening.signature_of(subject) == signature
    subject.refresh_from_db()
    assert subject.state == "not eligible"
    assert replay.replay(screening.latest(subject)).agrees


def test_who_why_by_which_document_and_when_is_kept(world, subject, second):
    found = taken(override(world, subject))
    taken(countersign(second, found))
    (one,) = overrides.of_subject(screening.latest(subject))
    said = overrides.override_json(one)
    stamp = "2026-03-02T04:00:00.000000Z"
    kept = {key: said[key] for key in ("criterion", "author_name", "role", "reason", "reference", "created", "zone", "current", "holds")}
    assert kept == {
        "criterion": "E5",
        "author_name": "Investigator Name",
        "role": "investigator",
        "reason": WHY,
        "reference": LETTER,
        "created": stamp,
        "zone": "Asia/Shanghai",
        "current": True,
        "holds": True,
    }
    mark = said["countersigned"]
    assert (mark["printed_name"], mark["created"], mark["zone"], mark["reason"]) == (
        "Second Name",
        stamp,
        "Asia/Shanghai",
        "override countersigned",
    )
    assert mark["record_hash"] == said["record_hash"]
    told = [entry.action for entry in AuditEntry.objects.filter(target="subject S-02", action__startswith="override").order_by("seq")]
    assert told == ["override recorded", "override countersigned"]
    assert list(integrity.flaws()) == []
    assert replay.record_of(screening.latest(subject))["overrides"] == [said]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"reason": " - "}, "reason-missing"),
        ({"reference": "  "}, "reference-missing"),
        ({"reference": "n" * 201}, "reference-missing"),
        ({"criterion": "E1"}, "not-failing"),
        ({"criterion": "E99"}, "not-failing"),
        ({"criterion": ""}, "not-failing"),
    ],
)
def test_what_does_not_fit_is_refused(world, subject, change, wanted):
    assert code(override(world, subject, **change)) == wanted
    assert not Override.objects.exists()


def test_what_is_unknown_is_not_overridden(world):
    subject = world.decided("S-03", file="aclf_03_missing_inr.json")
    assert screening.verdicts_of(screening.latest(subject))["I5"] == "unknown"
    assert code(override(world, subject, "I5")) == "not-failing"


def test_one_at_a_time_and_another_after_it_was_withdrawn(world, subject, second):
    found = taken(override(world, subject))
    assert code(override(world, subject)) == "override-there"
    assert code(overrides.withdraw(second, found, "")) == "reason-missing"
    taken(overrides.withdraw(second, found, "the letter was about somebody else"))
    assert code(overrides.withdraw(second, found, "again")) == "withdrawn"
    assert code(countersign(second, found)) == "withdrawn"
    taken(countersign(second, taken(override(world, subject))))
    # They were written in the same instant, in which either may come first.
    standing = {(one.holds, one.withdrawn is not None) for one in overrides.of_subject(screening.latest(subject))}
    assert standing == {(False, True), (True, False)}
    assert list(integrity.flaws()) == []


@pytest.mark.req("T-05")
def test_new_evidence_makes_it_one_of_an_earlier_decision(world, subject, second):
    both(world, second, subject)
    first = screening.latest(subject)
    enter(world, subject, fact="he_grade", value=3, date="2026-03-02")
    now = screening.latest(subject)
    assert now.pk != first.pk
    assert screening.verdicts_of(now)["E5"] == "met"
    standing = {one.override.criterion: one for one in overrides.of_subject(now)}
    # The verdicts are the same; the evidence of E5 is another one.
    assert (standing["E5"].current, standing["E5"].holds) == (False, False)
    assert (standing["I5"].current, standing["I5"].holds) == (True, True)
    assert [one.current for one in overrides.of_subject(first)] == [True, True]
    assert code(overrides.record(world.investigator, first, "E5", WHY, LETTER)) == "superseded"


def test_an_earlier_one_is_not_countersigned(world, subject, second):
    found = taken(override(world, subject))
    enter(world, subject, fact="he_grade", value=3, date="2026-03-02")
    assert code(countersign(second, found)) == "superseded"


def test_another_sites_investigator_has_nothing_to_do_with_it(world, subject):
    there = world.user("elsewhere", Role.INVESTIGATOR, site=world.other_site)
    found = taken(override(world, subject))
    assert code(override(world, subject, "I5", by=there)) == "not-found"
    assert code(countersign(there, found)) == "not-found"


# ---------------------------------------------------------------- enrolment


def allow(world, *, allowed=True):
    return studies.allow_waivers(world.administrator, world.study, allowed=allowed, reason="protocol amendment 2")


@pytest.mark.req("T-05")
def test_overrides_open_no_enrolment_unless_the_study_says_so(world, subject, second):
    both(world, second, subject)
    taken(world.sign(subject))
    assert code(enrolment.enrol(world.investigator, subject, subject.version)) == "not-eligible"
    taken(allow(world))
    taken(allow(world, allowed=False))
    assert code(enrolment.enrol(world.investigator, subject, subject.version)) == "not-eligible"


@pytest.mark.req("T-05")
def test_only_administrators_allow_waivers_and_the_trail_has_it(world):
    for role in ("writer", "coordinator", "investigator", "monitor"):
        assert code(studies.allow_waivers(world.users[role], world.study, allowed=True, reason="because")) == "forbidden"
    assert code(studies.allow_waivers(world.administrator, world.study, allowed=True, reason="")) == "reason-missing"
    assert taken(allow(world)).waivers is True
    entry = AuditEntry.objects.get(action="waivers set")
    assert (json.loads(entry.old), json.loads(entry.new), entry.reason) == (
        {"waivers": False},
        {"waivers": True},
        "protocol amendment 2",
    )
    taken(allow(world))
    assert AuditEntry.objects.filter(action="waivers set").count() == 1


@pytest.mark.req("T-05")
def test_under_a_waiver_every_failing_criterion_needs_a_countersigned_override(world, subject, second):
    taken(allow(world))
    enrol = lambda: enrolment.enrol(world.investigator, subject, subject.version)  # noqa: E731 - asked often below
    both(world, second, subject, ("I5",))
    half = taken(override(world, subject))
    refused = enrol()
    assert (code(refused), refused.message) == ("not-eligible", "No countersigned override lets E5 pass.")
    taken(countersign(second, half))
    assert code(enrol()) == "not-signed"
    taken(world.sign(subject))
    taken(overrides.withdraw(second, half, "a slip"))
    assert code(enrol()) == "not-eligible"
    taken(countersign(second, taken(override(world, subject))))
    held = taken(enrol())
    assert held.state == "enrolled"
    holding = {one.override.criterion: str(one.override.pk) for one in overrides.of_subject(screening.latest(subject)) if one.holds}
    assert held.waivers == [holding["I5"], holding["E5"]]
    assert json.loads(AuditEntry.objects.get(action="enrolled").new)["waivers"] == held.waivers
    assert code(override(world, subject)) == "wrong-order"
    assert list(integrity.flaws()) == []
    assert audit.verify().breaks == ()
    assert screening.latest(subject).decision == "ineligible"


@pytest.mark.req("T-05")
def test_what_is_unknown_or_changed_meanwhile_is_not_waived(world, subject, second):
    taken(allow(world))
    both(world, second, subject)
    taken(world.sign(subject))
    enter(world, subject, fact="he_grade", value=3, date="2026-03-02")
    # No verdict differs; but what was signed and what the override of E5 let pass was other evidence.
    assert not Signature.objects.filter(void=None).exists()
    taken(world.sign(subject))
    refused = enrolment.enrol(world.investigator, subject, subject.version)
    assert (code(refused), refused.message) == ("not-eligible", "No countersigned override lets E5 pass.")


@pytest.mark.req("T-05")
def test_an_unknown_criterion_keeps_the_door_shut(world, second):
    taken(allow(world))
    subject = world.decided("S-04", file="aclf_03_missing_inr.json")
    enter(world, subject, fact="hiv_test", value="positive", date="2026-03-02")
    decision = screening.latest(subject)
    assert (decision.decision, screening.verdicts_of(decision)["I5"]) == ("ineligible", "unknown")
    both(world, second, subject, overrides.failing(decision))
    taken(world.sign(subject))
    refused = enrolment.enrol(world.investigator, subject, subject.version)
    assert code(refused) == "not-eligible"
    assert refused.message.startswith("No override covers what is unknown or provisional: I5")


# ---------------------------------------------------------------- rows that stay


@pytest.mark.req("T-09")
@pytest.mark.parametrize("model", [Override, OverrideMark])
def test_rows_stay_as_they_were_written(world, subject, second, model):
    both(world, second, subject)
    for act in (lambda: model.objects.update(role="monitor"), lambda: model.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert model.objects.count() == 2


@pytest.mark.req("T-12")
def test_integrity_sees_a_row_that_the_trail_does_not_know(world, subject, second):
    both(world, second, subject)
    known = Override.objects.get(criterion="E5")
    forged = Override(
        decision=known.decision,
        criterion="I5",
        author=second,
        role="investigator",
        reason="x",
        reference="y",
        created=known.created,
        zone="UTC",
    )
    overrides.salt(forged)
    forged.record_hash = overrides.row_hash(forged)
    forged.save(force_insert=True)
    mark = OverrideMark.objects.create(
        override=forged, kind="countersigned", user=second, printed_name="x", role="investigator", reason="x",
        record_hash=forged.record_hash, created=known.created, zone="UTC", salts="{}",
    )  # fmt: skip
    assert [(flaw.target, flaw.why) for flaw in integrity.flaws()] == [
        (f"override {forged.pk}", "it is not what was written"),
        (f"override {forged.pk}", "that it was countersigned is not what was written"),
    ]
    assert mark.kind == "countersigned"
