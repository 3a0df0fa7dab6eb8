"""A name that got into a record by accident goes, everywhere, by two people; and everything still verifies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from trialrules.service import guards, seals
from trialrules.service.models.accounts import Role
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.decisions import Decision, SignatureVoid
from trialrules.service.models.redactions import Redaction
from trialrules.service.models.subjects import Subject
from trialrules.service.operations import examine
from trialrules.service.work import audit, overrides, redactions, replay, rules, screening, subjects, visits
from trialrules.service.work.outcome import taken

from .redacting import CANARY, STONE, approved, asked, code_of, dump, holding, named, run, with_name
from .world import PASSWORD, World, code


@pytest.fixture
def subject(world):
    return named(world)


@pytest.mark.req("T-15")
def test_the_text_is_gone_from_every_table_and_all_still_verifies(world, subject):
    assert {
        "trialrules_subject.document",
        "trialrules_decision.snapshot",
        "trialrules_decision.reason",
        "trialrules_auditentry.new",
    } <= set(holding())
    redaction = approved(world, subject)
    assert holding() == []
    found = examine.verify()
    assert found.faults == []
    subject.refresh_from_db()
    stone = STONE.format(redaction.pk)
    facts = json.loads(subject.document)["patient"]["facts"]
    assert facts[0]["source"] == f"letter of {stone}, page 2"
    assert [one["value"] for one in facts if one["fact"] == "patient_name"] == [stone]
    entry = AuditEntry.objects.get(action="facts entered")
    assert entry.reason == f"fax of {stone} came"
    assert all(one.agrees for _, one in examine.replay_all(None))


@pytest.mark.req("T-15")
def test_the_trail_says_who_when_why_and_what(world, subject):
    redaction = approved(world, subject)
    asking, done = AuditEntry.objects.filter(action__in=("redaction asked", "redacted")).order_by("seq")
    assert (asking.actor, asking.reason) == (world.coordinator.username, "a name got in")
    assert (done.actor, done.reason, done.target) == (world.investigator.username, "a name got in", "subject S-01")
    told = json.loads(done.new)
    assert (told["redaction"], told["asked_by"], told["approved_by"]) == (
        f"R-{redaction.pk}",
        world.coordinator.username,
        world.investigator.username,
    )
    assert {one["column"] for one in told["columns"]} == {"new", "reason", "snapshot", "data_sha256", "result"}
    assert all(len(one["before"]) == len(one["after"]) == 64 and one["before"] != one["after"] for one in told["columns"])


@pytest.mark.req("T-15")
def test_a_signature_holds_and_nothing_is_decided_anew(world):
    subject = world.decided("S-01", change=with_name)
    taken(world.sign(subject))
    before = screening.latest(subject)
    redaction = approved(world, subject)
    after = screening.latest(subject)
    assert (before.pk, before.record_hash) == (after.pk, after.record_hash)
    assert (before.data_sha256 != after.data_sha256, after.snapshot.count(STONE.format(redaction.pk))) == (True, 2)
    assert screening.signature_of(subject).decision_id == before.pk
    change = taken(screening.decide(world.coordinator, subject))
    assert change.new.pk == before.pk


@pytest.mark.req("T-15")
def test_a_void_of_a_signature_loses_the_text_too(world, subject):
    assert SignatureVoid.objects.get().why == f"A later decision rests on other evidence: fax of {CANARY} came"
    redaction = approved(world, subject)
    assert SignatureVoid.objects.get().why == f"A later decision rests on other evidence: fax of {STONE.format(redaction.pk)} came"
    assert holding() == []
    assert examine.verify().faults == []


@pytest.mark.req("T-15")
def test_two_people_are_needed(world, subject):
    redaction = asked(world, subject)
    assert code(redactions.approve(world.coordinator, redaction, PASSWORD)) == "forbidden"
    own = taken(redactions.ask(world.investigator, subject, CANARY, "a name got in"))
    assert code(redactions.approve(world.investigator, own, PASSWORD)) == "own-redaction"
    assert code(redactions.approve(world.investigator, redaction, "not the password")) == "password-wrong"
    assert code(redactions.approve(world.monitor, redaction, PASSWORD)) == "not-found"
    assert holding("redacted R-") == []
    taken(redactions.approve(world.administrator, own, PASSWORD))
    assert code(redactions.approve(world.investigator, own, PASSWORD)) in ("redaction-closed", "own-redaction")
    assert code(redactions.approve(world.investigator, redaction, PASSWORD)) == "redaction-closed"


@pytest.mark.req("T-15")
def test_the_database_asks_for_two_accounts_too(world, subject):
    redaction = asked(world, subject)
    with pytest.raises(DatabaseError, match="redaction_by_two"), transaction.atomic():
        Redaction.objects.filter(pk=redaction.pk).update(state="done", decider=redaction.asker)


@pytest.mark.req("T-15")
def test_whoever_may_not_write_asks_for_nothing(world, subject):
    for user in (world.monitor, world.writer, world.local, world.outsider):
        assert code(redactions.ask(user, subject, CANARY, "a name got in")) == "not-found"


@pytest.mark.req("T-15")
@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ("Z", "a name got in", "text-wrong"),
        ("12345", "a number got in", "text-wrong"),
        ('Zhang "Xiaoming', "a name got in", "text-wrong"),
        ("Zhang\nXiaoming", "a name got in", "text-wrong"),
        ("S-0", "a name got in", "text-wrong"),
        ("redacted", "a name got in", "text-wrong"),
        (CANARY, "  ", "reason-missing"),
        (CANARY, f"{CANARY.upper()} got in", "reason-tells"),
        ("Nobody Atall", "a name got in", "text-unknown"),
        ("patient_name", "a name got in", None),
    ],
)
def test_what_can_be_asked_for(world, subject, text, reason, said):
    found = redactions.ask(world.coordinator, subject, text, reason)
    assert code_of(found) == (said or "")


@pytest.mark.req("T-15")
def test_a_refused_one_leaves_the_record_and_forgets_the_text(world, subject):
    redaction = asked(world, subject)
    before = subject.document
    assert code(redactions.refuse_it(world.investigator, redaction, f"{CANARY} is a street")) == "reason-tells"
    taken(redactions.refuse_it(world.investigator, redaction, "it is a street"))
    subject.refresh_from_db()
    redaction.refresh_from_db()
    assert (subject.document, redaction.text, redaction.state) == (before, "", "refused")
    assert AuditEntry.objects.get(action="redaction refused").reason == "it is a street"
    assert code(redactions.approve(world.investigator, redaction, PASSWORD)) == "redaction-closed"
    assert examine.verify().faults == []


@pytest.mark.req("T-15")
def test_a_value_is_corrected_not_redacted(world, subject):
    """What the rules may read stays: the redaction is refused, and nothing has changed."""
    facts = json.loads(subject.document)["patient"]["facts"]
    texts = {one[key] for one in facts for key in ("value", "unit", "date") if isinstance(one.get(key), str)} - {CANARY, "kg", "g"}
    assert len(texts) > 5
    before = list(dump())
    for text in sorted(texts):
        found = redactions.ask(world.coordinator, subject, text, "got in")
        # One letter, or a date, which is no text of 6 digits to begin with.
        assert code(found) in ("redaction-changes", "text-wrong", "redaction-stuck"), text
    assert list(dump()) == before


@pytest.mark.req("T-15")
def test_what_was_corrected_is_redacted_where_it_still_stands(world):
    def wrong(patient):
        (fact,) = [one for one in patient["facts"] if one["fact"] == "hiv_test"]
        fact["value"] = f"{CANARY}: negative"
        return patient

    subject = world.decided("S-01", change=wrong)
    verdicts = screening.verdicts_of(screening.latest(subject))
    found = redactions.ask(world.coordinator, subject, CANARY, "a name got in")
    assert (code(found), "hiv_test" in found.message, "correct the fact first" in found.mend) == ("redaction-changes", True, True)
    facts = json.loads(subject.document)["patient"]["facts"]
    (at,) = [number for number, one in enumerate(facts) if one["fact"] == "hiv_test"]
    done = subjects.correct_fact(world.coordinator, subject, subject.version, at, {**facts[at], "value": "negative"}, "typed wrongly")
    subject = taken(done).subject
    assert CANARY not in subject.document
    approved(world, subject)
    assert holding() == []
    assert examine.verify().faults == []
    first = Decision.objects.get(supersedes=None)
    assert (screening.verdicts_of(first), replay.replay(first).agrees) == (verdicts, True)


@pytest.mark.req("T-15")
def test_a_verdict_never_changes(world):
    """A text that only older decisions hold, and that they hang on: the redaction is refused, and nothing has changed."""

    def positive(patient):
        (fact,) = [one for one in patient["facts"] if one["fact"] == "hiv_test"]
        fact["value"] = "positive"
        return patient

    subject = world.decided("S-01", change=positive)
    facts = json.loads(subject.document)["patient"]["facts"]
    (at,) = [number for number, one in enumerate(facts) if one["fact"] == "hiv_test"]
    done = subjects.correct_fact(world.coordinator, subject, subject.version, at, {**facts[at], "value": "negative"}, "typed wrongly")
    subject = taken(done).subject
    assert "positive" not in subject.document
    before = list(dump())
    assert code(redactions.ask(world.coordinator, subject, "positive", "got in")) == "redaction-changes"
    assert list(dump()) == before


@pytest.mark.req("T-15")
def test_a_number_takes_no_tombstone(world):
    def phone(patient):
        patient["facts"].append({"fact": "phone", "value": 13800138000})
        return patient

    subject = world.decided("S-01", change=phone)
    found = redactions.ask(world.coordinator, subject, "13800138000", "a phone number")
    assert (code(found), found.where.startswith("patient/facts/")) == ("redaction-stuck", True)


@pytest.mark.req("T-15")
@pytest.mark.req("T-12")
def test_a_changed_byte_is_found_in_redacted_rows_too(world, subject):
    approved(world, subject)
    told = json.loads(AuditEntry.objects.get(action="redacted").new)
    guards.remove(connection)
    for one in told["columns"]:
        kind, name = one["row"].split(" ")
        table, key = (
            ("trialrules_auditentry", f"{world.study.pk}:{name}")
            if kind == "entry"
            else ("trialrules_decision", name.replace("-", "") if connection.vendor == "sqlite" else name)
        )
        column = "key" if kind == "entry" else "id"
        for changed in (one["column"], "salts"):
            with transaction.atomic():
                run(f"UPDATE {table} SET {changed} = {flipped(changed)} WHERE {column} = %s", key)
                assert any(one["row"] in fault for fault in faults()), (one["row"], changed)
                transaction.set_rollback(True)
    assert examine.verify().faults == []


def flipped(column):
    """The middle letter, another one."""
    at = f"(length({column}) / 2)"
    other = f"CASE substr({column}, {at} + 1, 1) WHEN 'b' THEN 'c' ELSE 'b' END"
    return f"substr({column}, 1, {at}) || {other} || substr({column}, {at} + 2)"


def faults():
    return [one.replace("aclf1: ", "") for one in examine.verify().faults]


@pytest.mark.req("T-15")
def test_a_second_redaction_of_the_same_rows(world, subject):
    approved(world, subject, "Xiaoming")
    approved(world, subject, "Zhang")
    assert holding("Zhang") == holding("Xiaoming") == []
    assert examine.verify().faults == []
    assert all(one.agrees for _, one in examine.replay_all(None))


@pytest.mark.req("T-15")
def test_a_record_says_that_it_was_redacted(world, subject):
    redaction = approved(world, subject)
    decision = Decision.objects.get(supersedes=None)
    again = replay.replay(decision)
    assert again.agrees
    (line,) = again.redacted
    assert line.startswith(f"R-{redaction.pk}, asked for by {world.coordinator.username}, approved by {world.investigator.username}, 2026-")
    other = world.decided("S-02")
    assert replay.replay(screening.latest(other)).redacted == ()


@pytest.mark.req("T-15")
def test_other_requests_for_the_same_text_are_closed_with_it(world, subject):
    same = taken(redactions.ask(world.investigator, subject, f"fax for {CANARY}", "a name got in"))
    other = taken(redactions.ask(world.coordinator, subject, "page 2", f"there too, as for {CANARY}"))
    redaction = approved(world, subject)
    same.refresh_from_db()
    other.refresh_from_db()
    assert (same.state, same.text, other.state, other.text) == ("refused", "", "open", "page 2")
    assert other.reason == f"there too, as for {STONE.format(redaction.pk)}"
    assert AuditEntry.objects.get(action="redaction refused").reason == f"R-{redaction.pk} took it out"
    assert holding() == []
    taken(redactions.approve(world.investigator, other, PASSWORD))
    assert examine.verify().faults == []


@pytest.mark.req("T-15")
def test_another_subject_keeps_its_text(world, subject):
    other = world.decided("S-02", change=with_name)
    approved(world, subject)
    other.refresh_from_db()
    assert CANARY in other.document
    assert examine.verify().faults == []


@pytest.mark.req("T-15")
def test_reasons_of_visits_are_found(world):
    subject = world.enrolled("S-01")
    subject = taken(visits.book(world.coordinator, subject, subject.version, "d28", "2026-03-30"))
    subject = taken(visits.move(world.coordinator, subject, subject.version, "d60", "2026-05-02", f"{CANARY} is abroad")).subject
    approved(world, subject)
    subject.refresh_from_db()
    assert holding() == []
    assert "is abroad" in subject.document
    assert examine.verify().faults == []


@pytest.mark.req("T-15")
@pytest.mark.req("T-22")
def test_asking_is_no_way_to_learn_the_arm(blinded_world):
    """The answer is the same under every allocation, whether the text is a word of the arm or a number of a dose."""
    world, found = blinded_world, {}
    for number, arm in enumerate(("placebo", *other_arms(world))):
        subject = world.enrolled(f"S-{number}", arm=arm)
        for text in ("placebo", *other_arms(world), "71000000"):
            found.setdefault(text, set()).add(code_of(redactions.ask(world.coordinator, subject, text, "got in")))
    assert all(len(answers) == 1 for answers in found.values()), found


def other_arms(world):
    return [one for one in rules.protocol_of(world.version).study.arms if one != "placebo"]


@pytest.mark.req("T-15")
def test_salts_of_what_is_gone_are_gone(world, subject):
    before = {
        key: seals.salts_of(text)["new"] for key, text in AuditEntry.objects.filter(action="facts entered").values_list("key", "salts")
    }
    approved(world, subject)
    everything = "\n".join(text for _, text in dump())
    assert not any(salt in everything for salt in before.values())


@pytest.mark.req("T-15")
def test_no_byte_of_it_is_left_in_the_files(shared_db, noon):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's files are its own; see the documentation")
    world = World()
    subject = named(world)
    path = Path(connection.settings_dict["NAME"])
    files = [path, path.with_name(f"{path.name}-wal")]
    assert any(CANARY.encode() in file.read_bytes() for file in files if file.exists())
    approved(world, subject)
    assert [file.name for file in files if file.exists() and CANARY.encode() in file.read_bytes()] == []
    assert audit.verify().breaks == ()
    assert Subject.objects.get(code="S-01").version == subject.version + 1


@pytest.mark.req("T-15")
def test_overrides_and_their_marks_lose_the_text_and_hold(world):
    second = world.user("second", Role.INVESTIGATOR)
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    made = overrides.record(world.investigator, screening.latest(subject), "E5", f"letter about {CANARY}", f"letter of {CANARY}, no. 17")
    override = taken(made)
    taken(overrides.countersign(second, override, second.username, PASSWORD))
    taken(overrides.withdraw(second, override, f"{CANARY} does not want it"))
    redaction = approved(world, subject)
    override.refresh_from_db()
    assert override.reference == f"letter of {STONE.format(redaction.pk)}, no. 17"
    assert holding() == []
    assert examine.verify().faults == []
    guards.remove(connection)
    run("UPDATE trialrules_override SET reference = replace(reference, 'no. 17', 'no. 18')")
    assert f"override {override.pk}: it is not what was written" in faults()
