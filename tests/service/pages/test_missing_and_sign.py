"""Missing data: forms, saving, what changed. Sign-off: every outcome, name and password again."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from trialrules.service.models.decisions import Signature
from trialrules.service.work import documents, screening

from ..world import PASSWORD
from .test_why import url, words_of


@pytest.fixture
def open_subject(world):
    return world.decided("S-03", file="aclf_03_missing_inr.json")


def typed(subject, **more):
    return {"version": subject.version, "target": "fact:inr", "title": "INR", "value": "1.8", "date": "2026-03-02", "source": "lab", **more}


def test_what_is_missing_in_order_with_forms(open_subject, as_):
    response = as_("coordinator").get(url(open_subject, "missing"))
    text = words_of(response)
    assert "1. INR: a newer record, dated 2026-02-27 to 2026-03-02 (too old; alone decides I5)" in text
    assert re.findall(r'name="target" value="([^"]+)"', response.content.decode()) == ["fact:inr", "fact:other_unsuitability"]


@pytest.mark.parametrize("page", ["missing", "why", "missing?fact=screening", "missing?fact=pulmonary_embolism"])
def test_no_form_presumes_a_day(open_subject, as_, page):
    fields = re.findall(r'<input id="f[^"]*-date"[^>]*>', as_("coordinator").get(url(open_subject, page)).content.decode())
    assert fields
    assert [one for one in fields if 'value=""' not in one or " required" not in one] == []


def test_who_only_reads_gets_no_forms(open_subject, as_):
    html = as_("monitor").get(url(open_subject, "missing")).content.decode()
    assert 'name="target"' not in html
    assert as_("monitor").post(url(open_subject, "missing"), typed(open_subject)).status_code == 403


def test_saving_decides_again_and_says_old_and_new(open_subject, as_):
    client = as_("coordinator")
    response = client.post(url(open_subject, "missing"), typed(open_subject), headers={"HX-Request": "true"})
    text = words_of(response)
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert "✓ INR is recorded. was: ? Undetermined: nothing fails; 2 unknown (I5 and E16)" in text
    assert "now: ? Undetermined: nothing fails; 1 unknown (E16) I5 unknown → met" in text
    open_subject.refresh_from_db()
    judged = {
        "version": open_subject.version,
        "target": "fact:other_unsuitability",
        "value": "no",
        "date": "2026-03-02",
        "reason": "none seen",
    }
    text = words_of(client.post(url(open_subject, "missing"), {**judged, "title": "Another reason", "from": "why"}))
    assert "now: ✓ Eligible" in text
    open_subject.refresh_from_db()
    entered = documents.facts_of(open_subject.document)[-2:]
    assert entered[0] == {"fact": "inr", "value": entered[0]["value"], "date": "2026-03-02", "source": "lab"}
    assert str(entered[0]["value"]) == "1.8"
    assert entered[1]["by"] == "Coordinator Name"
    assert entered[1]["value"] is False


@pytest.mark.req("T-24")
def test_a_stale_form_is_refused_and_nothing_is_written(open_subject, as_):
    client = as_("coordinator")
    before = open_subject.document
    response = client.post(url(open_subject, "missing"), typed(open_subject, version="7"))
    assert response.status_code == 409
    assert "Somebody else changed this record meanwhile." in words_of(response)
    open_subject.refresh_from_db()
    assert open_subject.document == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": "high"}, "This can't be saved"),
        ({"date": "yesterday"}, "This can't be saved"),
        ({"target": "fact:nonsense"}, "The rules ask for no such fact."),
        ({"target": "moment:nonsense"}, "The rules have no moment 'nonsense'."),
        ({"target": ""}, "The rules ask for no such fact."),
    ],
)
def test_what_can_t_be_read_is_refused_in_place(open_subject, as_, change, said):
    response = as_("coordinator").post(url(open_subject, "missing"), typed(open_subject, **change))
    assert response.status_code == 422
    assert said in words_of(response)


def test_any_fact_can_be_recorded_and_a_moment_set(open_subject, as_):
    client = as_("coordinator")
    html = client.get(url(open_subject, "missing") + "?fact=creatinine").content.decode()
    assert 'value="fact:creatinine"' in html
    assert '<option value="mg/dL">' in html
    day = {"version": open_subject.version, "target": "moment:screening", "date": "2026-03-01"}
    assert client.post(url(open_subject, "missing"), day).status_code == 200
    open_subject.refresh_from_db()
    assert documents.value_of(open_subject.document)["patient"]["moments"]["screening"] == "2026-03-01"


# ---------------------------------------------------------------- sign-off


def confirmed(subject, **more):
    decision = screening.latest(subject)
    outcomes = {f"confirm-{name}": verdict for name, verdict in screening.verdicts_of(decision).items()}
    return {"decision": str(decision.pk), "meaning": "eligibility confirmed", "password": PASSWORD, **outcomes, **more}


@pytest.mark.req("T-05")
def test_an_investigator_signs_every_outcome(world, as_):
    subject = world.decided("S-01")
    client = as_("investigator")
    page = client.get(url(subject, "sign"))
    assert page.content.decode().count('type="checkbox" name="confirm-') == len(screening.verdicts_of(screening.latest(subject)))
    assert "I confirm that the subject is eligible. You sign as Investigator Name." in words_of(page)
    done = client.post(url(subject, "sign"), confirmed(subject, username=world.investigator.username))
    assert done.headers["Location"] == url(subject)
    text = words_of(client.get(url(subject)))
    assert (
        "✎ Signed by Investigator Name, 2026-03-02 04:00 UTC = 2026-03-02 12:00 (Asia/Shanghai): I confirm that the subject is eligible."
        in text
    )
    twin = json.loads(client.get(url(subject, "sign.json")).content)
    assert twin["signature"]["printed_name"] == "Investigator Name"
    assert twin["obstacle"]["code"] == "signed"


@pytest.mark.req("T-05")
@pytest.mark.req("T-05")
def test_a_provisional_verdict_is_shown_but_not_confirmed(db, noon):
    from ..world import World

    world = World("as", "ankylosing_spondylitis.rules")
    subject = world.decided("S-01", file="as_02_embolism.json")
    client = Client()
    client.force_login(world.investigator)
    page = client.get(url(subject, "sign"))
    boxes = re.findall(r'name="confirm-(\w+)"', page.content.decode())
    assert "I7" not in boxes
    assert "E17" in boxes
    assert "I7 Other synthetic DMARDs stopped ✓ met so far, passes" in words_of(page)
    assert words_of(page).count("provisional: not signed") == 7


def test_a_coordinator_does_not_sign(world, as_):
    subject = world.decided("S-01")
    client = as_("coordinator")
    assert client.get(url(subject, "sign")).status_code == 403
    assert client.post(url(subject, "sign"), confirmed(subject, username=world.coordinator.username)).status_code == 403
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"password": "wrong wrong wrong"}, 403, "The password does not fit."),
        ({"confirm-E5": ""}, 422, "E5 is not met; that is what has to be confirmed."),
        ({"meaning": "not eligible, confirmed"}, 422, "This is not what the decision says."),
        ({"username": "somebody"}, 403, "The user name is not yours."),
        ({"decision": "0"}, 409, "Somebody else changed this record meanwhile."),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(world, as_, change, status, said):
    subject = world.decided("S-01")
    form = {**confirmed(subject, username=world.investigator.username), **change}
    response = as_("investigator").post(url(subject, "sign"), form)
    assert response.status_code == status
    assert said in words_of(response)
    assert not Signature.objects.exists()
    if "decision" not in change:
        assert len(re.findall(r'name="confirm-I1"[^>]* checked', response.content.decode())) == 1


def test_what_is_open_can_t_be_signed(open_subject, as_):
    text = words_of(as_("investigator").get(url(open_subject, "sign")))
    assert "This decision can't be signed. The decision is undetermined. Enter what is missing." in text


@pytest.mark.req("T-08")
def test_a_later_change_voids_the_signature_visibly(world, as_):
    subject = world.decided("S-01")
    client = as_("investigator")
    client.post(url(subject, "sign"), confirmed(subject, username=world.investigator.username))
    late = typed(subject, target="fact:pulmonary_embolism", value="yes", date="2026-03-01")
    assert client.post(url(subject, "missing"), late).status_code == 200
    assert "The signature of Investigator Name of 2026-03-02 04:00 UTC = 2026-03-02 12:00 is void:" in words_of(client.get(url(subject)))


@pytest.mark.parametrize(
    ("role", "page"),
    [("investigator", "s/aclf1/subjects/S-01/page"), ("coordinator", "s/aclf1/new-subject"), ("administrator", "s/aclf1/rules/1.0"),
     ("administrator", "s/aclf1/settings"), ("investigator", "s/aclf1/subjects/S-03/overrides"), ("investigator", "s/aclf1/board")],
)  # fmt: skip
def test_no_choice_that_must_be_made_is_made_beforehand(world, as_, role, page):
    world.enrolled("S-01")
    world.decided("S-03", file="aclf_02_three_organs.json")
    html = as_(role).get(f"/{page}").content.decode()
    posted = "".join(re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL))
    choices = re.findall(r"<select[^>]* required[^>]*>\s*<option([^>]*)>", posted)
    assert choices
    assert [one for one in choices if 'value=""' not in one] == []
