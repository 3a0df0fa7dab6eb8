"""Canary strings in logs, oversized and hostile input, throttling, the same words and time for unknown users."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from trialrules import limits
from trialrules.service import clock, logs
from trialrules.service.errors import answer, problem
from trialrules.service.middleware.size import takes_up_to
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.subjects import Subject
from trialrules.service.models.web import Throttle
from trialrules.service.work import accounts, door, feeds, screening, throttle
from trialrules.service.work.outcome import Refused, taken

from ..world import PASSWORD, patient_file

CANARY = "CanaryOfAPatient"


def record(**more):
    return {**json.loads(patient_file("aclf_01_eligible.json")), **more}


def test_no_patient_token_or_password_is_in_the_log(world, client_of, anybody, capfd, monkeypatch):
    client = client_of(world.coordinator)
    link = taken(feeds.create(world.coordinator, world.study, "mine"))
    token = taken(accounts.create_token(world.coordinator, "t")).token
    body = {"subject": f"S-{CANARY}", "site": "GZ", "patient": record(id=CANARY)}
    post = {"content_type": "application/json"}
    assert client.post("/api/v1/studies/aclf1/subjects", data=json.dumps(body), **post).status_code == 201
    client.get(f"/api/v1/studies/aclf1/subjects/S-{CANARY}")
    client.get(f"/api/v1/studies/aclf1/subjects/{CANARY}?after={CANARY}")
    client.post("/api/v1/studies/aclf1/screen", data=json.dumps({"patient": {CANARY: CANARY}}), **post)
    anybody.get(f"/c/{link.token}/calendar.ics", headers={"user-agent": CANARY})
    anybody.get(f"/nowhere/{CANARY}/{link.token}")
    anybody.get("/api/v1/studies", headers={"authorization": f"Bearer {token}", "x-request-id": f"{CANARY} {CANARY}"})
    anybody.get("/healthz", SERVER_NAME=f"{CANARY.lower()}.example")
    anybody.generic(CANARY, "/healthz")

    def broken(*_):
        raise RuntimeError(f"{CANARY} {link.token}")

    monkeypatch.setattr("trialrules.service.access.studies", broken)
    assert client.get("/api/v1/studies").status_code == 500
    monkeypatch.setattr("trialrules.service.feeds.serve.find", broken)
    assert anybody.get(f"/c/{link.token}/calendar.ics").status_code == 500
    said = capfd.readouterr().err
    assert said.count('"event": "request"') > 6
    assert '"error": "RuntimeError"' in said
    for secret in (CANARY, CANARY.lower(), link.token, token, PASSWORD, world.coordinator.username):
        assert secret not in said
    for line in said.splitlines():
        assert json.loads(line)["at"].endswith("Z")


def test_other_loggers_are_told_without_their_arguments():
    import logging

    made = logging.LogRecord("waitress", logging.ERROR, "x.py", 1, "failed for %s", (CANARY,), None)
    assert CANARY not in logs.JsonLines().format(made)
    made = logging.LogRecord("django.security.DisallowedHost", logging.ERROR, "x.py", 1, f"Invalid {CANARY}", (), None)
    assert CANARY not in logs.JsonLines().format(made)


def test_metrics_count_without_telling(world, client_of, anybody):
    world.subject("S-77")
    client_of(world.coordinator).get("/api/v1/studies/aclf1/subjects/S-77")
    text = anybody.get("/metrics").content.decode()
    assert 'trialrules_requests_total{method="GET",name="api-subject",status="200"}' in text
    assert "S-77" not in text


# ---------------------------------------------------------------- sizes


def send(client, url, content, **more):
    return client.post(f"/api/v1{url}", data=content, content_type="application/json", **more)


def test_large_bodies_and_addresses_are_refused_before_they_are_read(world, client_of):
    client = client_of(world.coordinator)
    big = b'{"main": "' + b"a" * limits.MAX_BODY_BYTES + b'"}'
    assert send(client, "/check", big).status_code == 413
    assert client.get("/api/v1/studies?" + "a" * (limits.MAX_QUERY_BYTES + 1)).status_code == 414
    assert send(client, "/check", b"{}", CONTENT_LENGTH="x").status_code == 413
    assert send(client, "/check", b"{}", CONTENT_LENGTH="-1").status_code == 413
    # A record may be larger; one that is too large even so is not read.
    patient = json.dumps({"patient": record(note="a" * limits.MAX_BODY_BYTES)}).encode()
    assert send(client, "/studies/aclf1/screen", patient).status_code == 422
    assert send(client, "/studies/aclf1/screen", b"{}", CONTENT_LENGTH=str(limits.MAX_UPLOAD_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000, b'{"a":' * 50_000, b'{"patient": ' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"patient": {"id": "\\ud800"}}',
        b'{"patient": {"id": 1e999999999}}', b'{"patient": {"id": ' + b"9" * 100_000 + b"}}", b'{"patient": {"a": 1, "a": 2}}',
        b'{"patient": {"id": NaN}}', b"\x00", b"\xef\xbb\xbf{}", b'{"patient": {"id": "\\u0000"}}', b"null", b"0",
        b'{"patient": {"resourceType": "Bundle", "entry": [{"resource": null}]}}',
        b'{"patient": {"resourceType": "Bundle", "entry": [' + b'{"resource": {"resourceType": "Patient"}},' * 2000 + b"{}]}}",
        b'{"patient": {"id": "P", "facts": [{"fact": "inr", "value": "\\u202e<script>"}]}}',
    ],
)  # fmt: skip
def test_hostile_records_are_problems_and_quick(world, client_of, content):
    client = client_of(world.coordinator)
    began = time.perf_counter()
    response = send(client, "/studies/aclf1/screen", content)
    assert response.status_code in (400, 422)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert time.perf_counter() - began < 5
    assert Subject.objects.count() == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.rules", "file:///etc/passwd", "..\\x.rules"])
def test_rules_reach_no_file(world, client_of, name):
    text = f'use "{name}"\nprotocol x'
    for files in ({"a.rules": text}, {"a.rules": text, name: "root"}):
        response = send(client_of(world.writer), "/check", json.dumps({"main": "a.rules", "files": files}).encode())
        assert response.status_code == 200
        assert "root:" not in response.content.decode()


def test_a_view_may_take_more():
    @takes_up_to(5)
    def view():
        """Nothing."""

    assert view.max_body == 5


@pytest.mark.parametrize("path", ["/%00", "/%0d%0aSet-Cookie:x=1", "/api/v1/studies/%F0%9F/subjects", "/api/v1/studies/../../etc"])
def test_odd_addresses_are_not_found(world, client_of, path):
    response = client_of(world.coordinator).get(path)
    assert response.status_code in (301, 302, 400, 404)
    assert "Set-Cookie:x" not in str(response.headers)
    assert not response.headers.get("Location", "").startswith("//")


def test_problems_say_what_belongs_to_them():
    value = json.loads(problem(Refused("a", 422, "A.", "B.", "/c", {"n": (1, None, "x", object)})).content)
    assert (value["place"], value["mend"], value["n"][:3]) == ("/c", "B.", [1, None, "x"])


def test_text_of_a_refusal_is_escaped_in_pages(rf):
    response = answer(rf.get("/x"), Refused("a", 404, "<script>alert(1)</script>"))
    assert response.status_code == 404
    assert b"<script>alert" not in response.content or response.headers["Content-Type"].startswith("text/plain")


# ---------------------------------------------------------------- guessing


def test_guessing_ends_and_begins_again_with_time(world):
    answers = [door.log_in(f"nobody{number}", "x" * 12, "10.0.0.9") for number in range(25)]
    assert [one.status for one in answers] == [401] * 20 + [429] * 5
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        assert door.log_in(world.coordinator.username, PASSWORD, "10.0.0.9") == world.coordinator
    # Not even who asks is kept in the clear for ever: buckets of addresses only.
    assert Throttle.objects.count() > 0


def test_one_account_is_not_guessed_from_many_places(world):
    answers = [door.log_in(world.coordinator.username, "wrong password", f"10.0.0.{number}") for number in range(12)]
    assert [one.status for one in answers] == [401] * 10 + [429] * 2


def test_unknown_and_known_names_get_the_same_answer_in_the_same_time(world, monkeypatch):
    from trialrules.service.passwords import Argon2

    # As slow as in use, so that a difference would show.
    monkeypatch.setattr(Argon2, "time_cost", 2)
    monkeypatch.setattr(Argon2, "memory_cost", 16_384)
    world.coordinator.set_password(PASSWORD)
    world.coordinator.save()

    def took(name, number):
        began = time.perf_counter()
        found = door.log_in(name, "wrong password", f"10.1.0.{number}")
        return time.perf_counter() - began, found

    known = [took(world.coordinator.username, number) for number in range(7)]
    unknown = [took(f"nobody{number}", 100 + number) for number in range(7)]
    assert {(one.status, one.code, one.message) for _, one in known} == {(one.status, one.code, one.message) for _, one in unknown}
    slow, quick = sorted(time for time, _ in known)[3], sorted(time for time, _ in unknown)[3]
    assert 0.4 < slow / quick < 2.5


def test_a_signing_password_is_not_guessed(world):
    subject = world.decided()
    decision = screening.latest(subject)
    codes = [door.confirm_password(world.investigator, "wrong password", decision.study).status for _ in range(13)]
    assert codes == [403] * 10 + [429] * 3
    assert AuditEntry.objects.filter(action="signing password wrong").count() == 10


def test_a_bucket_gives_its_last_attempt_once(world):
    assert [throttle.take("b", 3, 1) for _ in range(5)] == [True, True, True, False, False]
    with clock.standing_at(clock.now() - timedelta(days=1)):
        assert throttle.take("b", 3, 1) is False


def test_no_account_is_there_by_itself(db):
    assert not Client(SERVER_NAME="localhost").login(username="admin", password="admin")
