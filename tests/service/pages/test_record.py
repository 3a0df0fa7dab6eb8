"""What is recorded, corrected and taken out on pages; part and arm; and a whole life with the pages alone."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.test import Client
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.subjects import Subject
from trialrules.service.work import documents, recorded, screening, subjects
from trialrules.service.work.outcome import taken

from ..world import PASSWORD, ROOT
from .test_why import url, words_of


def now(subject):
    return Subject.objects.get(pk=subject.pk)


def index_of(subject, name):
    return next(at for at, raw in enumerate(documents.facts_of(now(subject).document)) if raw["fact"] == name)


def fact_url(subject, name):
    return url(subject, f"facts/{index_of(subject, name)}")


def fields_of(html):
    """What the browser would send with the first form of `main` that is for correcting."""
    form = next(one for one in re.findall(r"<form.*?</form>", html, flags=re.DOTALL) if 'value="correct"' in one)
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*?(?:value="([^"]*)")', form))
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', inner)
        found[name] = chosen[0] if chosen else ""
    return found


@pytest.fixture
def signed(world):
    subject = world.decided("S-01")
    taken(world.sign(subject))
    return now(subject)


def test_what_is_recorded_stands_on_the_page_with_the_way_to_change_it(signed, as_):
    html = as_("coordinator").get(url(signed, "page")).content.decode()
    for at in range(len(documents.facts_of(signed.document))):
        assert f"/facts/{at}" in html
    assert "/details/screening" in html
    assert "/facts/" not in as_("monitor").get(url(signed, "page")).content.decode()


def test_the_recorded_facts_are_a_table_to_take_along(signed, as_):
    response = as_("monitor").get(url(signed, "page.csv"))
    lines = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(lines) == len(documents.facts_of(signed.document))
    assert {"fact": "INR", "date": "2026-03-01"}.items() <= next(line for line in lines if line["fact"] == "INR").items()


@pytest.mark.req("T-11")
@pytest.mark.req("T-08")
def test_a_correction_shows_the_verdict_before_and_after_and_the_void_signature(signed, as_):
    client, path = as_("coordinator"), fact_url(signed, "inr")
    before = documents.facts_of(signed.document)[index_of(signed, "inr")]
    fields = fields_of(client.get(path).content.decode())
    assert fields["value"] == str(before["value"])
    assert fields["date"] == before["date"]
    text = words_of(client.post(path, {**fields, "value": "9.5", "why": "typing error"}))
    assert "was: ✓ Eligible" in text
    assert "now: ✗ Not eligible" in text
    assert "The signature of Investigator Name of 2026-03-02 04:00 UTC = 2026-03-02 12:00 is void now" in text
    assert screening.signature_of(signed) is None
    entry = AuditEntry.objects.get(action="fact corrected")
    assert (entry.reason, str(json.loads(entry.old)["fact"]["value"])) == ("typing error", str(before["value"]))


def test_a_form_that_is_sent_back_unchanged_changes_nothing_of_the_fact(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    client = as_("coordinator")
    for at, before in enumerate(documents.facts_of(subject.document)):
        path = url(subject, f"facts/{at}")
        fields = fields_of(client.get(path).content.decode())
        assert client.post(path, {**fields, "why": "looked at again"}).status_code == 200
        entries = [one.entry for one in recorded.recorded(now(subject), screening.protocol_for(subject)[1])]
        first = recorded.recorded(subject, screening.protocol_for(subject)[1])[at].entry
        assert entries[at] == first, before
    assert screening.latest(subject).data_sha256 == screening.latest(now(subject)).data_sha256


@pytest.mark.req("T-11")
def test_a_correction_wants_a_reason(signed, as_):
    path = fact_url(signed, "inr")
    fields = fields_of(as_("coordinator").get(path).content.decode())
    answer = as_("coordinator").post(path, {**fields, "value": "9.5", "why": " "})
    assert answer.status_code == 422
    assert "A change needs a reason." in words_of(answer)
    assert 'value="9.5"' in answer.content.decode()
    assert now(signed).document == signed.document


def test_a_fact_is_taken_out_with_a_reason(signed, as_):
    count, path = len(documents.facts_of(signed.document)), fact_url(signed, "inr")
    text = words_of(as_("coordinator").post(path, {"version": signed.version, "action": "remove", "why": "of another patient"}))
    assert "now: ? Undetermined" in text
    assert len(documents.facts_of(now(signed).document)) == count - 1


def test_a_reference_range_keeps_its_meaning_when_the_unit_of_the_value_changes(world, as_):
    def with_range(patient):
        patient["facts"] = [one for one in patient["facts"] if one["fact"] != "creatinine"]
        patient["facts"].append({"fact": "creatinine", "value": 1.1, "unit": "mg/dL", "date": "2026-03-01", "range": {"high": 1.2}})
        return patient

    subject = world.decided("S-01", change=with_range)
    path = fact_url(subject, "creatinine")
    fields = fields_of(as_("coordinator").get(path).content.decode())
    as_("coordinator").post(path, {**fields, "value": "97", "unit": "umol/L", "why": "the laboratory's own unit"})
    fact = documents.facts_of(now(subject).document)[index_of(subject, "creatinine")]
    assert (str(fact["value"]), fact["unit"]) == ("97", "umol/L")
    assert {key: str(value) for key, value in fact["range"].items()} == {"high": "1.2", "unit": "mg/dL"}


def test_what_the_rules_do_not_ask_for_can_be_taken_out_only(world, as_):
    def with_stray(patient):
        patient["facts"].append({"fact": "shoe_size", "value": 43, "date": "2026-03-01"})
        return patient

    subject = world.decided("S-01", change=with_stray)
    path, client = fact_url(subject, "shoe_size"), as_("coordinator")
    assert "Not used" in words_of(client.get(url(subject, "page")))
    html = client.get(path).content.decode()
    assert 'value="correct"' not in html
    kept = client.post(path, {"version": subject.version, "action": "correct", "value": "44", "why": "measured again"})
    assert kept.status_code == 422
    assert "shoe_size" in now(subject).document
    assert client.post(path, {"version": subject.version, "action": "remove", "why": "not ours"}).status_code == 200
    assert "shoe_size" not in now(subject).document


@pytest.mark.req("T-24")
def test_a_stale_correction_shows_both_versions_and_who_was_quicker(signed, world, as_):
    client, path = as_("coordinator"), fact_url(signed, "inr")
    fields = fields_of(client.get(path).content.decode())
    known = documents.facts_of(signed.document)[index_of(signed, "inr")]
    taken(subjects.correct_fact(world.investigator, signed, signed.version, index_of(signed, "inr"), {**known, "value": 2}, "misread"))
    before = now(signed).document
    answer = client.post(path, {**fields, "value": "9.5", "why": "typing error"})
    text = words_of(answer)
    assert answer.status_code == 409
    assert f"What you looked at {signed.version} {known['value']}" in text
    assert "What you sent Value: 9.5" in text
    assert f"What is there now {signed.version + 1} 2" in text
    assert f"Version {signed.version + 1}: fact corrected, Investigator Name" in text
    assert now(signed).document == before
    # The form is there again for the present version, with what was typed.
    again = fields_of(answer.content.decode())
    assert (again["version"], again["value"]) == (str(signed.version + 1), "9.5")
    assert client.post(path, {**again, "why": "typing error"}).status_code == 200


@pytest.mark.req("T-24")
def test_a_stale_correction_finds_a_fact_that_has_moved_and_says_when_it_is_gone(signed, world, as_):
    client, at = as_("coordinator"), index_of(signed, "inr")
    path = fact_url(signed, "inr")
    fields = fields_of(client.get(path).content.decode())
    assert at > 0
    subject = taken(subjects.correct_fact(world.investigator, signed, signed.version, 0, None, "of another patient")).subject
    assert f'action="{url(signed, f"facts/{at - 1}")}"' in client.post(path, {**fields, "why": "typing error"}).content.decode()
    taken(subjects.correct_fact(world.investigator, subject, subject.version, at - 1, None, "of another patient"))
    for at in reversed(range(len(documents.facts_of(now(signed).document)))[1:]):
        taken(subjects.correct_fact(world.investigator, now(signed), now(signed).version, at, None, "of another patient"))
    gone = client.post(path, {**fields, "why": "typing error"})
    assert gone.status_code == 409
    assert "It is no longer in the record." in words_of(gone)


def test_a_moment_is_set_and_taken_away_with_a_reason(world, as_):
    subject = world.decided("S-01")
    client, path = as_("coordinator"), url(subject, "details/first_infusion")
    assert client.post(path, {"version": subject.version, "date": "2026-03-01", "why": "list of the pharmacy"}).status_code == 200
    assert documents.value_of(now(subject).document)["patient"]["moments"]["first_infusion"] == "2026-03-01"
    assert client.post(path, {"version": subject.version + 1, "date": "soon", "why": "no idea"}).status_code == 422
    assert client.post(path, {"version": subject.version + 1, "action": "remove", "why": "wrong subject"}).status_code == 200
    assert documents.value_of(now(subject).document)["patient"]["moments"]["first_infusion"] is None
    assert "Take it out" not in words_of(client.get(path))
    assert client.get(url(subject, "details/nonsense")).status_code == 404


def test_the_person_is_corrected(world, as_):
    subject = world.decided("S-01")
    path = url(subject, "details/birth_date")
    assert as_("coordinator").post(path, {"version": subject.version, "value": "2015-05", "why": "misread"}).status_code == 200
    assert documents.value_of(now(subject).document)["patient"]["birth_date"] == "2015-05"
    assert now(subject).state == "not eligible"


def test_who_only_reads_gets_no_form(signed, as_):
    path = fact_url(signed, "inr")
    assert "<textarea" not in as_("monitor").get(path).content.decode()
    assert 'name="why"' not in as_("monitor").get(path).content.decode()
    assert as_("monitor").post(path, {"version": signed.version, "action": "remove", "why": "no reason"}).status_code == 403


@pytest.mark.req("T-24")
def test_a_stale_end_shows_both_versions_and_ends_nothing(signed, world, as_):
    form = {
        "version": signed.version,
        "seen": "eligible",
        "action": "end",
        "status": "withdrawn",
        "day": "2026-03-02",
        "reason": "moved away",
    }
    taken(subjects.set_moment(world.investigator, signed, signed.version, "screening", "2026-03-02", "looked again"))
    answer = as_("coordinator").post(url(signed, "page"), form)
    text = words_of(answer)
    assert answer.status_code == 409
    assert f"What you looked at {signed.version} eligible" in text
    assert "What you sent State: withdrawn; Day: 2026-03-02; Reason: moved away" in text
    assert f"What is there now {signed.version + 1} eligible" in text
    assert f"Version {signed.version + 1}: moment set, Investigator Name" in text
    assert now(signed).state == "eligible"


# ---------------------------------------------------------------- part and arm


def test_part_and_arm_are_said_by_who_may_know_them(blinded_world):
    def client_of(user):
        client = Client()
        client.force_login(user)
        return client

    subject = blinded_world.enrolled(arm=None)
    page = client_of(blinded_world.coordinator).get(f"/s/aclf2/subjects/{subject.code}/page")
    assert 'name="arm"' not in page.content.decode()
    assert "The arms are blinded" in words_of(page)
    client = client_of(blinded_world.unblinded)
    html = client.get(f"/s/aclf2/subjects/{subject.code}/page").content.decode()
    arms = re.findall(r'<option value="([^"]+)"', html.partition('id="arm"')[2].partition("</select>")[0])
    form = {"version": subject.version, "action": "allocate", "arm": arms[0], "reason": "list, no. 14"}
    assert client_of(blinded_world.coordinator).post(f"/s/aclf2/subjects/{subject.code}/page", form).status_code == 403
    assert client.post(f"/s/aclf2/subjects/{subject.code}/page", {**form, "arm": "nonsense"}).status_code == 422
    assert client.post(f"/s/aclf2/subjects/{subject.code}/page", form).status_code == 302
    assert documents.value_of(now(subject).document)["arm"] == arms[0]


# ---------------------------------------------------------------- a whole life


@pytest.mark.req("T-20")
def test_a_whole_life_is_possible_with_the_pages_alone(world, as_):
    coordinator, investigator, unblinded = as_("coordinator"), as_("investigator"), as_("unblinded")
    with (ROOT / "demo" / "aclf_01_eligible.json").open("rb") as file:
        made = coordinator.post("/s/aclf1/new-subject", {"site": "GZ", "code": "S-50", "file": file})
    assert made.status_code == 302
    subject = Subject.objects.get(code="S-50")
    page = url(subject, "page")
    assert next_step(coordinator, page) == "Signature"
    names = {f"confirm-{key}": value for key, value in screening.verdicts_of(screening.latest(subject)).items()}
    html = investigator.get(url(subject, "sign")).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))
    typed = {"username": world.investigator.username, "password": PASSWORD, "meaning": "eligibility confirmed"}
    assert investigator.post(url(subject, "sign"), {**hidden, **names, **typed}).status_code == 302
    assert next_step(investigator, page) == "Enrolment"
    assert investigator.post(page, {"version": now(subject).version, "action": "enrol"}).status_code == 302
    assert next_step(coordinator, page) == "Part and arm"
    form = {"version": now(subject).version, "action": "allocate", "arm": "low", "reason": "list, no. 1"}
    assert unblinded.post(page, form).status_code == 302
    assert next_step(unblinded, page) == "Visits"
    visit = {"version": now(subject).version, "what": "done", "date": "2026-03-02"}
    assert coordinator.post(url(subject, "visits/inf1"), visit).status_code == 302
    undo = {"version": now(subject).version, "what": "taken back", "reason": "the wrong subject"}
    assert coordinator.post(url(subject, "visits/inf1"), undo).status_code == 302
    end = {"version": now(subject).version, "action": "end", "status": "withdrawn", "day": "2026-03-02", "reason": "consent withdrawn"}
    assert coordinator.post(page, end).status_code == 302
    assert now(subject).state == "withdrawn"
    text = words_of(coordinator.get(page))
    assert "withdrawn" in text
    assert "They are said once the subject is enrolled." not in text
    assert "site GZ withdrawn 2026-03-02" in words_of(coordinator.get(url(subject, "schedule")))
    assert 'value="end"' not in coordinator.get(page).content.decode()


def test_before_enrolment_part_and_arm_wait_for_it(world, as_):
    subject = world.decided()
    assert "They are said once the subject is enrolled." in words_of(as_("coordinator").get(url(subject, "page")))


def test_the_time_of_a_record_is_easy_to_read_and_its_table_keeps_it_as_it_was(world, as_):
    subject = world.decided()
    value = {"fact": "inr", "value": 2, "date": "2026-03-02T08:10+08:00"}
    taken(subjects.enter_facts(world.coordinator, subject, subject.version, [value], "new value"))
    client = as_("coordinator")
    assert "2026-03-02 08:10+08:00" in words_of(client.get(url(subject, "page")))
    assert "2026-03-02T08:10+08:00" in client.get(url(subject, "page") + ".csv").content.decode()


def next_step(client, page):
    html = client.get(page).content.decode()
    return re.search(r'<li class="next"[^>]*><span aria-hidden="true">▸</span> ([^<]*)<', html)[1]
