"""Overrides on pages, in JSON and CSV, and by the API: a band of their own beside verdicts that stay."""

from __future__ import annotations

import csv
import io
import json

import pytest
from trialrules.service.models.accounts import Role
from trialrules.service.models.overrides import Override, OverrideMark
from trialrules.service.work import enrolment, overrides, screening, studies
from trialrules.service.work.outcome import taken

from ..world import PASSWORD
from .test_why import url, words_of

LETTER = "sponsor letter 17"
BAND = (
    "⚑ Override of E5; the verdict stays. the sponsor agrees. Document: sponsor letter 17. "
    "Investigator Name (investigator), 2026-03-02 04:00 UTC = 2026-03-02 12:00 (Asia/Shanghai)."
)


@pytest.fixture
def second(world):
    return world.user("second", Role.INVESTIGATOR)


@pytest.fixture
def subject(world, second):
    return world.decided("S-02", file="aclf_02_three_organs.json")


def typed(subject, **more):
    decision = str(screening.latest(subject).pk)
    return {"action": "record", "decision": decision, "criterion": "E5", "reason": "the sponsor agrees", "reference": LETTER, **more}


def waived(world, subject, second):
    """Enrolled under a waiver."""
    taken(studies.allow_waivers(world.administrator, world.study, allowed=True, reason="amendment 2"))
    for criterion in ("I5", "E5"):
        found = taken(overrides.record(world.investigator, screening.latest(subject), criterion, "the sponsor agrees", LETTER))
        taken(overrides.seal(second, found))
    taken(world.sign(subject))
    return taken(enrolment.enrol(world.investigator, subject, subject.version))


@pytest.mark.req("T-05")
def test_written_by_one_countersigned_by_another(subject, second, as_):
    page = url(subject, "overrides")
    one, other = as_("investigator"), as_("second")
    assert one.post(page, typed(subject)).headers["Location"] == page
    assert f"{BAND} Not countersigned yet: without effect." in words_of(one.get(url(subject)))
    number = str(Override.objects.get().pk)
    assert 'value="countersign"' not in one.get(page).content.decode()
    name = {"username": second.username, "password": PASSWORD}
    form = {"action": "countersign", "override": number, **name}
    own = one.post(page, {**form, "username": one.get("/").wsgi_request.user.username})
    assert own.status_code == 403
    assert "Nobody countersigns their own override. Ask another investigator." in words_of(own)
    assert 'value="countersign"' in other.get(page).content.decode()
    assert other.post(page, {**form, "password": "wrong wrong wrong"}).status_code == 403
    assert not OverrideMark.objects.exists()
    assert other.post(page, form).status_code == 302
    said = f"{BAND} Countersigned by Second Name, 2026-03-02 04:00 UTC = 2026-03-02 12:00 (Asia/Shanghai)."
    for shown in ("why", "sign", "page", "criteria/E5"):
        assert said in words_of(one.get(url(subject, shown)))
    text = words_of(one.get(url(subject)))
    assert "✗ Not eligible: I5 and E5 fail" in text
    assert "E5 ✗ met, excludes Three or more organ failures" in text


def test_a_monitor_reads_and_writes_nothing(subject, as_):
    page = url(subject, "overrides")
    as_("investigator").post(page, typed(subject))
    html = as_("monitor").get(page).content.decode()
    assert LETTER in html
    assert "<fieldset" not in html
    assert 'name="reference"' not in html
    assert as_("monitor").post(page, typed(subject, criterion="I5")).status_code == 403
    assert as_("coordinator").post(page, typed(subject, criterion="I5")).status_code == 403
    assert Override.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"reference": ""}, 422, "An override names the document of the sponsor or the ethics committee."),
        ({"reason": "-"}, 422, "A change needs a reason."),
        ({"criterion": "E1"}, 422, "Only a criterion that fails in this decision is overridden."),
    ],
)
def test_what_does_not_fit_is_said_and_what_was_typed_stays(subject, as_, change, status, said):
    response = as_("investigator").post(url(subject, "overrides"), typed(subject, **change))
    assert response.status_code == status
    assert said in words_of(response)
    kept = {"reference": LETTER, "reason": "the sponsor agrees"} | change
    assert all(f'value="{kept[name]}"' in response.content.decode() for name in ("reason", "reference"))


def test_withdrawn_stays_visible(subject, second, as_):
    page = url(subject, "overrides")
    client = as_("investigator")
    client.post(page, typed(subject))
    form = {"action": "withdraw", "override": str(Override.objects.get().pk), "reason": "about somebody else"}
    assert as_("second").post(page, form).status_code == 302
    assert "Withdrawn by Second Name, 2026-03-02 04:00 UTC = 2026-03-02 12:00: about somebody else." in words_of(client.get(url(subject)))
    assert 'value="E5"' in client.get(page).content.decode()


def test_the_same_in_chinese(subject, as_):
    client = as_("investigator", "zh")
    client.post(url(subject, "overrides"), typed(subject))
    text = words_of(client.get(url(subject)))
    assert "⚑ E5 的豁免记录（判定不变）。理由：the sponsor agrees。文件：sponsor letter 17。Investigator Name（研究者）" in text
    assert "尚未会签，不生效。" in text


@pytest.mark.req("T-21")
def test_another_site_s_overrides_are_not_there(subject, as_):
    as_("investigator").post(url(subject, "overrides"), typed(subject))
    assert as_("local").get(url(subject, "overrides")).status_code == 404
    assert as_("investigator").post(url(subject, "overrides"), {"action": "withdraw", "override": "x", "reason": "why"}).status_code == 404


@pytest.mark.req("T-05")
def test_the_twins_hold_the_override_and_the_machine_s_verdict(subject, as_):
    client = as_("investigator")
    client.post(url(subject, "overrides"), typed(subject))
    twin = json.loads(client.get(url(subject, "why.json")).content)
    (one,) = twin["overrides"]
    assert (one["criterion"], one["author_name"], one["reason"], one["reference"], one["holds"]) == (
        "E5",
        "Investigator Name",
        "the sponsor agrees",
        LETTER,
        False,
    )
    assert [row["verdict"] for row in twin["result"]["criteria"] if row["id"] == "E5"] == ["met"]
    assert json.loads(client.get(url(subject, "overrides.json")).content)["overrides"] == [one]


@pytest.mark.req("T-05")
def test_enrolled_under_a_waiver_is_said_wherever_the_state_is(world, subject, second, as_):
    held = waived(world, subject, second)
    client = as_("monitor")
    for page in ("page", "why", "overrides"):
        assert "enrolled under a waiver" in words_of(client.get(url(held, page)))
    assert "GZ enrolled under a waiver" in words_of(client.get("/s/aclf1/worklist"))
    assert "GZ enrolled under a waiver" in words_of(client.get("/s/aclf1/log"))
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/s/aclf1/log.csv")).decode("utf-8-sig"))))
    assert [(row["subject"], row["state"], row["decision"], row["waiver"]) for row in rows] == [("S-02", "enrolled", "ineligible", "true")]
    assert json.loads(client.get("/s/aclf1/worklist.json").content)["subjects"][0]["waiver"] is True
    assert json.loads(client.get(url(held, "page.json")).content)["waivers"] == held.waivers
    api = json.loads(client.get(f"/api/v1/studies/aclf1/subjects/{held.code}").content)
    assert (api["state"], api["waivers"]) == ("enrolled", held.waivers)
    ended = taken(enrolment.end(world.coordinator, held, held.version, "withdrawn", "2026-03-02", "moved away"))
    assert "withdrawn (enrolled under a waiver)" in words_of(client.get(url(ended, "page")))


@pytest.mark.req("T-05")
def test_the_button_to_enrol_is_there_only_once_the_study_and_two_investigators_let_it(world, subject, second, as_):
    client = as_("investigator")
    shown = lambda: 'value="enrol"' in client.get(url(subject, "page")).content.decode()  # noqa: E731 - asked three times
    taken(world.sign(subject))
    assert not shown()
    taken(studies.allow_waivers(world.administrator, world.study, allowed=True, reason="amendment 2"))
    for criterion in ("I5", "E5"):
        found = taken(overrides.record(world.investigator, screening.latest(subject), criterion, "the sponsor agrees", LETTER))
        assert not shown()
        taken(overrides.seal(second, found))
    assert shown()
    assert "Enrol under a waiver" in words_of(client.get(url(subject, "page")))
    assert client.post(url(subject, "page"), {"version": subject.version, "action": "enrol"}).status_code == 302
    subject.refresh_from_db()
    assert (subject.state, len(subject.waivers)) == ("enrolled", 2)


@pytest.mark.req("T-05")
def test_the_api_writes_countersigns_and_withdraws(subject, second, as_):
    base = f"/api/v1/studies/aclf1/subjects/{subject.code}"
    send = lambda name, path, body: as_(name).post(base + path, json.dumps(body), content_type="application/json")  # noqa: E731
    decision = screening.latest(subject)
    body = {"criterion": "E5", "reason": "the sponsor agrees", "reference": LETTER}
    assert send("coordinator", f"/decisions/{decision.pk}/overrides", body).status_code == 403
    made = send("investigator", f"/decisions/{decision.pk}/overrides", body)
    assert made.status_code == 201
    (one,) = made.json()["overrides"]
    assert made.json()["decision"] == "ineligible"
    words = {"username": second.username, "password": PASSWORD}
    own = send("investigator", f"/overrides/{one['id']}/countersignature", words)
    assert (own.status_code, own.json()["code"]) == (403, "own-override")
    signed = send("second", f"/overrides/{one['id']}/countersignature", words)
    assert (signed.status_code, signed.json()["overrides"][0]["holds"]) == (201, True)
    back = send("second", f"/overrides/{one['id']}/withdrawal", {"reason": "a slip"})
    assert (back.status_code, back.json()["overrides"][0]["holds"]) == (201, False)
    assert send("second", "/overrides/nothing/withdrawal", {"reason": "a slip"}).status_code == 404
