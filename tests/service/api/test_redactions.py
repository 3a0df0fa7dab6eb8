"""Redactions by programs; and answers that were kept for them lose the text too."""

from __future__ import annotations

import pytest
from trialrules.service.models.web import Idempotency

from ..world import PASSWORD, patient_file

CANARY = "Zhang Xiaoming"
ALL = "/studies/aclf1/redactions"


@pytest.fixture
def made(world, program):
    """A subject with a name in it, made and decided by a program that keeps keys."""
    import json

    patient = json.loads(patient_file("aclf_01_eligible.json"))
    patient["facts"][0]["source"] = f"letter of {CANARY}"
    client = program(world.coordinator)
    body = {"subject": "S-01", "site": "GZ", "patient": patient}
    status, _ = client.post("/studies/aclf1/subjects", body, **{"idempotency-key": "made"})
    assert status == 201
    status, found = client.post("/studies/aclf1/subjects/S-01/decisions", {"reason": f"for {CANARY}"}, **{"idempotency-key": "decided"})
    assert status == 201
    return body, found


@pytest.mark.req("T-15")
def test_two_programs_take_a_text_out(world, program, made):
    asker, approver = program(world.coordinator), program(world.administrator)
    body = {"subject": "S-01", "text": CANARY, "reason": "a name got in"}
    status, one = asker.post(ALL, body, **{"idempotency-key": "asked"})
    assert (status, one["state"], one["asked_by"]) == (201, "open", world.coordinator.username)
    assert CANARY not in str(one)
    path = f"{ALL}/{one['redaction']}"
    status, whole = approver.get(path)
    assert (status, whole["text"], whole["places"][0], whole["obstacle"]) == (200, CANARY, "document", None)
    assert asker.post(f"{path}/approval", {"password": PASSWORD})[0] == 403
    assert approver.post(f"{path}/approval", {"password": "no"})[1]["code"] == "password-wrong"
    status, done = approver.post(f"{path}/approval", {"password": PASSWORD}, **{"idempotency-key": "approved"})
    assert (status, done["state"], done["decided_by"]) == (200, "done", world.administrator.username)
    assert approver.post(f"{path}/approval", {"password": PASSWORD}, **{"idempotency-key": "approved"}) == (200, done)
    assert approver.post(f"{path}/approval", {"password": PASSWORD})[1]["code"] == "redaction-closed"
    assert approver.get(path)[1]["text"] is None
    assert [one["state"] for one in approver.get(ALL)[1]["redactions"]] == ["done"]


@pytest.mark.req("T-15")
def test_answers_that_were_kept_lose_text_and_digest(world, program, made):
    body, found = made
    digest = found["decision"]["data_sha256"]
    assert any(CANARY in one.response for one in Idempotency.objects.all())
    _, one = program(world.coordinator).post(
        ALL, {"subject": "S-01", "text": CANARY, "reason": "a name got in"}, **{"idempotency-key": "asked"}
    )
    program(world.investigator).post(f"{ALL}/{one['redaction']}/approval", {"password": PASSWORD})
    kept = list(Idempotency.objects.all())
    assert len(kept) == 3
    assert not any(CANARY in row.response or digest in row.response for row in kept)
    assert {row.request_hash for row in kept} == {""}
    # Nothing is done twice, though what was sent can't be compared any more.
    status, said = program(world.coordinator).post("/studies/aclf1/subjects", body, **{"idempotency-key": "made"})
    assert (status, said["code"]) == (422, "key-used")


@pytest.mark.req("T-15")
def test_a_refusal_by_a_program(world, program, made):
    _, one = program(world.coordinator).post(ALL, {"subject": "S-01", "text": CANARY, "reason": "a name got in"})
    path = f"{ALL}/{one['redaction']}/refusal"
    assert program(world.investigator).post(path, {"reason": f"{CANARY} is a street"})[1]["code"] == "reason-tells"
    status, done = program(world.coordinator).post(path, {"reason": "asked for the wrong text"})
    assert (status, done["state"]) == (200, "refused")


def test_nobody_reads_a_password_out_of_what_is_kept_of_a_request(world, program, made):
    """What was sent is kept as a digest with the installation's key: without it nobody tries passwords."""
    import hashlib
    import json

    client = program(world.coordinator)
    _, one = client.post(ALL, {"subject": "S-01", "text": CANARY, "reason": "a name got in"})
    path = f"{ALL}/{one['redaction']}/approval"
    program(world.investigator).post(path, {"password": PASSWORD}, **{"idempotency-key": "k"})
    sent = json.dumps({"password": PASSWORD}).encode()
    plain = hashlib.sha256(b'["POST","/api/v1' + path.encode() + b'"]' + sent).hexdigest()
    assert Idempotency.objects.get(key="k").request_hash not in ("", plain)
