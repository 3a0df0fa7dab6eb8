"""Asking for a redaction, and approving one, on pages; the text never stands where it need not."""

from __future__ import annotations

import pytest
from trialrules.service.models.redactions import Redaction
from trialrules.service.work import redactions, replay, screening
from trialrules.service.work.outcome import taken

from ..world import PASSWORD

CANARY = "Zhang Xiaoming"


def with_name(patient):
    patient["facts"][0]["source"] = f"letter of {CANARY}"
    return patient


@pytest.fixture
def subject(world):
    return world.decided("S-01", change=with_name)


def asked(client, text=CANARY, reason="a name got in", **more):
    return client.post("/s/aclf1/redactions", {"subject": "S-01", "text": text, "reason": reason, **more})


@pytest.mark.req("T-15")
def test_from_the_subject_to_the_tombstone(world, subject, as_):
    coordinator, investigator = as_("coordinator"), as_("investigator")
    page = coordinator.get("/s/aclf1/subjects/S-01/page").content.decode()
    assert 'href="/s/aclf1/redactions?subject=S-01"' in page
    response = asked(coordinator)
    number = Redaction.objects.get().pk
    assert (response.status_code, response.headers["Location"]) == (302, f"/s/aclf1/redactions/{number}")
    own = coordinator.get(response.headers["Location"]).content.decode()
    assert ('value="approve"' in own, 'value="refuse"' in own, "You asked for it yourself" in own) == (False, True, True)
    assert f'href="/s/aclf1/redactions/{number}"' in coordinator.get("/s/aclf1/subjects/S-01/page").content.decode()
    other = investigator.get(response.headers["Location"]).content.decode()
    assert (CANARY in other, 'value="approve"' in other, "the subject&#x27;s record" in other) == (True, True, True)
    wrong = investigator.post(response.headers["Location"], {"action": "approve", "password": "not the password"})
    assert (wrong.status_code, "The password does not fit." in wrong.content.decode()) == (403, True)
    done = investigator.post(response.headers["Location"], {"action": "approve", "password": PASSWORD})
    assert done.status_code == 302
    for path in (
        "/s/aclf1/redactions",
        f"/s/aclf1/redactions/{number}",
        "/s/aclf1/subjects/S-01/page",
        "/s/aclf1/audit",
        "/s/aclf1/audit.json",
    ):
        text = investigator.get(path).content.decode()
        assert (path, CANARY in text) == (path, False)
        assert (path, f"R-{number}" in text) == (path, True)
    why = investigator.get("/s/aclf1/subjects/S-01/why?replay=1").content.decode()
    assert "the same answer, byte for byte" in why
    assert f"Redacted since (R-{number}, asked for by {world.coordinator.username}" in why


@pytest.mark.req("T-15")
def test_a_list_tells_no_text(world, subject, as_):
    asked(as_("coordinator"))
    for path in ("/s/aclf1/redactions", "/s/aclf1/redactions.json"):
        assert CANARY not in as_("administrator").get(path).content.decode()


@pytest.mark.req("T-15")
def test_a_refused_ask_says_what_to_do_and_keeps_what_was_typed(world, subject, as_):
    client = as_("coordinator")
    for text, status, said in (("negative", 409, "Correct that fact first"), ("Nobody Atall", 422, "Copy it exactly")):
        response = asked(client, text)
        page = response.content.decode()
        assert (response.status_code, said in page, f'value="{text}"' in page) == (status, True, True)
    assert asked(client, reason=f"{CANARY} got in").status_code == 422
    assert asked(client, subject="S-99").status_code == 404


@pytest.mark.req("T-15")
def test_refusing_on_the_page(world, subject, as_):
    asked(as_("coordinator"))
    path = f"/s/aclf1/redactions/{Redaction.objects.get().pk}"
    response = as_("administrator").post(path, {"action": "refuse", "reason": "a street, no person"})
    assert response.status_code == 302
    assert Redaction.objects.get().state == "refused"
    assert CANARY not in as_("administrator").get(path).content.decode()


@pytest.mark.req("T-15")
def test_the_pages_in_chinese(world, subject, as_):
    asked(as_("coordinator"))
    page = as_("investigator", "zh").get(f"/s/aclf1/redactions/{Redaction.objects.get().pk}").content.decode()
    assert ("永久涂销" in page, "受试者记录" in page) == (True, True)


@pytest.mark.req("T-15")
@pytest.mark.req("T-21")
def test_a_redaction_of_another_site_is_not_there(world, subject, as_):
    number = taken(redactions.ask(world.coordinator, subject, CANARY, "a name got in")).pk
    client = as_("local")
    assert client.get(f"/s/aclf1/redactions/{number}").status_code == 404
    assert client.post(f"/s/aclf1/redactions/{number}", {"action": "refuse", "reason": "not mine"}).status_code == 404
    assert f"R-{number}" not in client.get("/s/aclf1/redactions").content.decode()
    assert replay.redactions_of(screening.latest(subject)) == []
