"""A subject's life through the API, for programs: screen, sign, enrol, schedule, move; stale edits, keys, problems."""

from __future__ import annotations

import json

import pytest
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.feeds import Feed
from trialrules.service.models.subjects import Subject
from trialrules.service.models.web import Idempotency
from trialrules.service.work import rules, screening

from ..security.device import Device, later
from ..world import PASSWORD, patient_file

S = "/studies/aclf1"
ONE = f"{S}/subjects/S-01"


def record():
    return json.loads(patient_file("aclf_01_eligible.json"))


def test_the_whole_story(world, program):
    coordinator, investigator = program(world.coordinator), program(world.investigator)
    status, studies = coordinator.get("/studies")
    assert (status, studies["studies"][0]["study"]) == (200, "aclf1")
    status, made = coordinator.post(f"{S}/subjects", {"subject": "S-01", "site": "GZ", "patient": record()})
    assert (status, made["version"], made["state"]) == (201, 1, "screening")
    status, decided = coordinator.post(f"{ONE}/decisions", {"reason": "screening"})
    assert (status, decided["decision"]["decision"]) == (201, "eligible")
    number = decided["decision"]["id"]
    status, whole = investigator.get(f"{ONE}/decisions/{number}")
    assert (status, whole["result"]["schema"]) == (200, "trialrules/decision/1")
    signature = {
        "username": world.investigator.username,
        "password": PASSWORD,
        "meaning": "eligibility confirmed",
        "outcomes": {one["id"]: one["verdict"] for one in whole["result"]["criteria"]},
    }
    assert coordinator.post(f"{ONE}/decisions/{number}/signature", signature)[0] == 403
    wrong = investigator.post(f"{ONE}/decisions/{number}/signature", signature | {"password": "wrong password here"})
    assert (wrong[0], wrong[1]["code"]) == (403, "password-wrong")
    status, signed = investigator.post(f"{ONE}/decisions/{number}/signature", signature)
    assert (status, signed["signature"]["name"]) == (201, world.investigator.name)
    version = coordinator.get(ONE)[1]["version"]
    status, enrolled = investigator.post(f"{ONE}/enrolment", {"version": version})
    assert (status, enrolled["state"]) == (200, "enrolled")
    status, schedule = coordinator.get(f"{ONE}/schedule?lang=zh")
    assert (status, schedule["lang"]) == (200, "zh")
    visit = next(one["key"] for one in schedule["visits"] if one["status"] in ("planned", "due") and one["target"])
    version = enrolled["version"]
    status, booked = coordinator.post(f"{ONE}/visits", {"version": version, "visit": visit, "status": "booked", "when": "2026-03-05T09:00"})
    assert status == 200
    status, plan = coordinator.post(f"{ONE}/move", {"visit": visit, "to": "2026-03-06"})
    assert (status, plan["possible"], plan["applied"]) == (200, True, False)
    move = {"visit": visit, "to": "2026-03-06", "apply": True, "version": booked["version"], "reason": "room taken"}
    status, moved = coordinator.post(f"{ONE}/move", move)
    assert (status, moved["applied"], moved["version"]) == (200, True, booked["version"] + 1)
    status, stale = coordinator.post(f"{ONE}/move", move | {"to": "2026-03-07"})
    assert (status, stale["code"], stale["yours"], stale["current"]) == (409, "stale", booked["version"], moved["version"])
    status, trail = program(world.monitor).get(f"{S}/audit?limit=500")
    assert status == 200
    assert [one["seq"] for one in trail["entries"]] == list(range(1, len(trail["entries"]) + 1))
    assert "visit moved" in [one["action"] for one in trail["entries"]]


@pytest.mark.req("T-06")
def test_who_has_a_second_factor_signs_with_a_code_each_time(world, program):
    user = world.investigator
    device = Device(user)
    investigator = program(user)

    def sign(subject, **more):
        decision = screening.latest(subject)
        words = {"username": user.username, "password": PASSWORD, "meaning": "eligibility confirmed"}
        words |= {"outcomes": screening.verdicts_of(decision), **more}
        status, said = investigator.post(f"{S}/subjects/{subject.code}/decisions/{decision.pk}/signature", words)
        return status, said.get("code"), said.get("place")

    with later():
        first, second = world.decided("S-01"), world.decided("S-02")
        assert sign(first) == (403, "code-needed", "code")
        assert sign(first, code="000000") == (403, "code-wrong", "code")
        assert sign(first, code=device.code())[0] == 201
        assert sign(second) == (403, "code-needed", "code")
        assert sign(second, code=device.code()) == (403, "code-wrong", "code")
        assert sign(second, code=device.recovery[0])[0] == 201


def test_facts_are_entered_and_decided_again(world, program):
    world.decided("S-01", file="aclf_03_missing_inr.json")
    coordinator = program(world.coordinator)
    version = coordinator.get(ONE)[1]["version"]
    facts = [{"fact": "inr", "value": 2.1, "date": "2026-03-01"}]
    status, entered = coordinator.post(f"{ONE}/facts", {"version": version, "facts": facts})
    assert status == 200
    assert entered["subject"]["version"] == version + 1
    assert {"criterion", "old", "new"} == set(entered["decided"]["shifts"][0])
    assert coordinator.post(f"{ONE}/facts", {"version": version, "facts": facts})[0] == 409
    wrong = [{"fact": "inrr", "value": 2.1}]
    status, problem = coordinator.post(f"{ONE}/facts", {"version": version + 1, "facts": wrong})
    assert (status, problem["code"]) == (422, "fact-undeclared")
    assert "inr" in problem["mend"]


@pytest.mark.req("T-24")
def test_a_key_makes_a_write_happen_once(world, program):
    coordinator = program(world.coordinator)
    body = {"subject": "S-01", "site": "GZ", "patient": record()}
    first = coordinator.post(f"{S}/subjects", body, idempotency_key="one")
    again = coordinator.post(f"{S}/subjects", body, idempotency_key="one")
    assert first == again
    assert first[0] == 201
    assert Subject.objects.count() == 1
    status, problem = coordinator.post(f"{S}/subjects", body | {"subject": "S-02"}, idempotency_key="one")
    assert (status, problem["code"]) == (422, "key-used")
    # Somebody else's key is another one; and what was refused may be mended and sent again.
    assert program(world.unblinded).post(f"{S}/subjects", body, idempotency_key="one")[0] == 409
    wrong = body | {"subject": "S-02", "site": "XX"}
    assert coordinator.post(f"{S}/subjects", wrong, idempotency_key="two")[0] == 404
    assert coordinator.post(f"{S}/subjects", wrong | {"site": "GZ"}, idempotency_key="two")[0] == 201
    assert coordinator.post(f"{S}/subjects", body, idempotency_key="ü" * 3)[0] == 422
    assert Idempotency.objects.count() == 2


def test_links_are_made_and_ended_and_their_secret_is_told_once(world, program):
    coordinator = program(world.coordinator)
    status, made = coordinator.post(f"{S}/feeds", {"kind": "mine"}, idempotency_key="k")
    assert status == 201
    token = made["url"].split("/c/")[1].split("/")[0]
    assert token not in json.dumps(coordinator.get(f"{S}/feeds"))
    assert all(token not in one.response for one in Idempotency.objects.all())
    status, problem = coordinator.post(f"{S}/feeds", {"kind": "mine"}, idempotency_key="k")
    assert (status, problem["code"]) == (409, "told-once")
    assert Feed.objects.count() == 1
    status, other = coordinator.post(f"{S}/feeds/{made['id']}/rotation")
    assert status == 201
    assert program(world.local).ask("delete", f"{S}/feeds/{other['id']}")[0] == 404
    assert coordinator.ask("delete", f"{S}/feeds/{other['id']}")[0] == 200
    assert coordinator.ask("delete", f"{S}/feeds/{other['id']}")[0] == 409


def test_rules_are_checked_and_patients_screened_without_keeping_anything(world, program):
    writer = program(world.writer)
    before = AuditEntry.objects.count()
    status, found = writer.post("/check", {"main": "a.rules", "files": {"a.rules": "protocol"}})
    assert (status, found["ok"]) == (200, False)
    assert found["diagnostics"]
    status, decision = writer.post(f"{S}/screen", {"patient": record(), "on": "2026-03-02", "lang": "zh"})
    assert (status, decision["decision"], decision["lang"]) == (200, "eligible", "zh")
    status, problem = writer.post(f"{S}/screen", {"patient": {"id": "P", "facts": [{"fact": "inr", "value": True}]}})
    assert (status, problem["code"]) == (422, "record-wrong")
    assert problem["problems"][0]["place"]
    assert (AuditEntry.objects.count(), Subject.objects.count()) == (before, 0)
    status, listed = writer.get(f"{S}/protocols")
    assert status == 200
    label = listed["protocols"][0]["label"]
    assert "aclf_phase1.rules" in writer.get(f"{S}/protocols/{label}")[1]["files"]
    texts = writer.get(f"{S}/protocols/{label}")[1]["files"]
    assert writer.post(f"{S}/protocols", {"main": "aclf_phase1.rules", "files": texts, "label": "next"})[0] == 201
    status, problem = writer.post(f"{S}/protocols", {"main": "a.rules", "files": {"a.rules": "protocol"}})
    assert (status, problem["code"]) == (422, "rules-wrong")
    assert problem["diagnostics"][0]["code"].startswith("TR")


def test_lists_have_pages_and_filters(world, program):
    for number in range(5):
        world.subject(f"S-0{number}", site=world.other_site if number == 3 else None)
    coordinator = program(world.coordinator)
    codes, after = [], ""
    while after is not None:
        page = coordinator.get(f"{S}/subjects?limit=2" + (f"&after={after}" if after else ""))[1]
        codes += [one["subject"] for one in page["subjects"]]
        after = page["next"]
    assert codes == [f"S-0{number}" for number in range(5)]
    assert [one["subject"] for one in coordinator.get(f"{S}/subjects?site=CD")[1]["subjects"]] == ["S-03"]
    assert [one["subject"] for one in program(world.local).get(f"{S}/subjects")[1]["subjects"]] == ["S-03"]
    assert coordinator.get(f"{S}/subjects?state=eligible")[1]["subjects"] == []
    for query in ("limit=0", "limit=x", "limit=1&limit=2", "state=happy", "colour=red", "limit=" + "9" * 30):
        assert coordinator.get(f"{S}/subjects?{query}")[0] == 422


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"visit": "a", "visit": "b"}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"visit": "a", "to": "b", "more": 1}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"visit": 1, "to": "b"}', "application/json", 422),
        (b'{"visit": "a\\u0000", "to": "b"}', "application/json", 422),
        (b"visit=a", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 415),
    ],
)
def test_bad_bodies_are_problems_with_a_place(world, program, content, kind, status):
    world.subject("S-01")
    someone = program(world.coordinator)
    response = someone.client.post(
        f"/api/v1{ONE}/move", data=content, content_type=kind, headers={"authorization": f"Bearer {someone.token}"}
    )
    value = json.loads(response.content)
    assert (response.status_code, bool(value["place"]), bool(value["mend"])) == (status, True, True)


def test_moments_fact_corrections_and_ends(world, program):
    world.decided("S-01")
    someone = program(world.coordinator)
    version = someone.get(ONE)[1]["version"]
    status, done = someone.post(f"{ONE}/moments", {"version": version, "moment": "screening", "day": "2026-03-01"})
    assert status == 200
    version = done["subject"]["version"]
    status, done = someone.post(f"{ONE}/facts/0", {"version": version, "fact": None, "reason": "a slip"})
    assert status == 200
    assert someone.post(f"{ONE}/facts/99999", {"version": version + 1, "fact": None, "reason": "a slip"})[0] == 404
    assert someone.post(f"{ONE}/facts/x", {"version": version + 1, "fact": None, "reason": "a slip"})[0] == 404
    assert someone.post(f"{ONE}/allocation", {"version": version + 1, "arm": "low", "reason": "list"})[0] == 409
    body = {"version": version + 1, "status": "withdrawn", "day": "2026-03-02", "reason": "wish"}
    assert someone.post(f"{ONE}/end", body | {"reason": " "})[0] == 422
    assert someone.post(f"{ONE}/end", body)[1]["state"] == "withdrawn"


@pytest.mark.req("T-22")
def test_who_may_not_know_the_arm_learns_it_nowhere(blinded_world, program):
    world = blinded_world
    arms = list(rules.protocol_of(world.version).study.arms)
    world.enrolled(arm=arms[0])
    path = "/studies/aclf2/subjects/S-01"

    def told(user):
        someone = program(user)
        return {
            name: json.dumps(someone.get(name)[1], default=str)
            for name in (path, f"{path}/schedule", f"{path}/decisions", "/studies/aclf2/audit?limit=500", "/studies/aclf2/subjects")
        }

    words = [f'"{arm}"' for arm in arms]
    blind, open_ = told(world.coordinator), told(world.unblinded)
    assert [name for name, text in blind.items() for word in words if word in text] == []
    assert [name for name, text in told(world.monitor).items() for word in words if word in text] == []
    assert any(word in open_[path] for word in words)
