"""Signatures: user name and password each time, the code of the second factor at the first one of each session."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
import time_machine
from trialrules.service import clock
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.decisions import Signature
from trialrules.service.sessions import IDLE_SECONDS
from trialrules.service.work import factors, overrides, screening, signing
from trialrules.service.work.outcome import taken

from ..world import PASSWORD
from .device import NEXT, Device, browser, later, through


def form(subject, user, **more):
    decision = screening.latest(subject)
    outcomes = {f"confirm-{name}": verdict for name, verdict in screening.verdicts_of(decision).items()}
    words = {"decision": str(decision.pk), "meaning": "eligibility confirmed", "username": user.username, "password": PASSWORD}
    return {**words, **outcomes, **more}


def sign(client, subject, user, **more):
    """What became of it: 302 is signed."""
    response = client.post(f"/s/aclf1/subjects/{subject.code}/sign", form(subject, user, **more))
    return response.status_code


def components():
    return [re.findall(r'"components":\[([^\]]*)\]', one.new)[0] for one in AuditEntry.objects.filter(action="signed").order_by("seq")]


@pytest.mark.req("T-06")
def test_every_signature_needs_user_name_and_password(world, client_of):
    subject, client = world.decided("S-01"), client_of(world.investigator)
    assert sign(client, subject, world.investigator, password="") == 403
    assert sign(client, subject, world.investigator, username="") == 403
    assert not Signature.objects.exists()
    assert sign(client, subject, world.investigator) == 302
    assert sign(client, world.decided("S-02"), world.investigator, password="") == 403
    assert components() == ['"user name","password"']


@pytest.mark.req("T-06")
def test_the_first_signature_of_a_session_needs_the_code_and_later_ones_the_password(world):
    # Real time, as sessions know it.
    with time_machine.travel(datetime(2026, 3, 2, 5, 0, tzinfo=UTC), tick=False) as at:
        clock._STANDS.set(None)
        one, two, three, four = (world.decided(f"S-0{number}") for number in range(1, 5))
        user, client = world.investigator, browser()
        device = Device(user)
        at.shift(30)
        assert through(client, user, device.code()).status_code == 302
        # The code at the door is none for the signature, and it is used up.
        assert 'name="code"' in client.get("/s/aclf1/subjects/S-01/sign").content.decode()
        assert sign(client, one, user) == 403
        assert sign(client, one, user, code=device.code()) == 403
        at.shift(30)
        assert sign(client, one, user, code=device.code(), password="wrong password") == 403
        assert sign(client, one, user, code=device.code()) == 302
        assert 'name="code"' not in client.get("/s/aclf1/subjects/S-02/sign").content.decode()
        assert sign(client, two, user, password="") == 403
        assert sign(client, two, user) == 302
        # The session runs out: everything is needed again, at the door and for the next signature.
        at.shift(IDLE_SECONDS + 1)
        assert client.get("/account").headers["Location"].startswith("/login?")
        assert through(client, user, device.code()).status_code == 302
        at.shift(30)
        assert sign(client, three, user) == 403
        assert sign(client, three, user, code=device.code()) == 302
        # Another session of the same person proves for itself.
        at.shift(30)
        other = browser()
        assert through(other, user, device.code()).status_code == 302
        assert sign(other, four, user) == 403
        assert sign(client, four, user) == 302
    assert components() == [
        '"user name","password","code"',
        '"user name","password"',
        '"user name","password","code"',
        '"user name","password"',
    ]


@pytest.mark.req("T-06")
def test_signing_in_again_in_one_session_starts_from_nothing(world, device):
    client, user = browser(), world.investigator
    through(client, user, device.code())
    with later():
        assert sign(client, world.decided("S-01"), user, code=device.code()) == 302
    with later(2 * NEXT):
        through(client, user, device.code())
        assert sign(client, world.decided("S-02"), user) == 403


@pytest.mark.req("T-06")
def test_what_was_proven_without_a_device_or_with_another_one_does_not_count(world, client_of):
    user = world.investigator
    assert taken(world.sign(world.decided("S-01"))).user == user
    before = signing.proof(user)
    device = Device(user)
    assert signing.needs_code(user, before)
    with later():
        draft = factors.begin(user, PASSWORD, device.code())
        mark = signing.proof(user)
        assert not signing.needs_code(user, mark)
        key = factors.shown(user, draft).key.replace(" ", "")
        taken(factors.set_up(user, draft, pyotp.TOTP(key).at(int(clock.now().timestamp()))))
        assert signing.needs_code(user, mark)


@pytest.mark.req("T-06")
def test_a_wrong_code_at_a_signature_is_in_the_trail_of_the_study(world, device):
    client, user = browser(), world.investigator
    through(client, user, device.code())
    assert sign(client, world.decided("S-01"), user, code="000000") == 403
    assert AuditEntry.objects.filter(study=world.study, action="signing code wrong", actor=user.username).count() == 1
    assert not Signature.objects.exists()


@pytest.mark.req("T-06")
def test_a_countersignature_is_a_signature_like_any_other(world, client_of):
    second = world.user("second", "investigator")
    subject = world.decided("S-01", file="aclf_02_three_organs.json")
    decision = screening.latest(subject)
    letter = "sponsor letter of 2026-03-01, no. 17"
    one, two = (taken(overrides.record(world.investigator, decision, name, "the sponsor agrees", letter)) for name in ("I5", "E5"))
    device = Device(second)
    client, address = client_of(second), "/s/aclf1/subjects/S-01/overrides"
    with later():
        form = {"action": "countersign", "username": second.username, "password": PASSWORD}
        assert 'name="code" ' in client.get(address).content.decode()
        assert client.post(address, {**form, "override": str(one.pk)}).status_code == 403
        assert client.post(address, {**form, "override": str(one.pk), "code": device.code()}).status_code == 302
        assert 'name="code" ' not in client.get(address).content.decode()
        assert client.post(address, {**form, "override": str(two.pk)}).status_code == 302
    found = AuditEntry.objects.filter(action="override countersigned").order_by("seq")
    assert [re.findall(r'"components":\[([^\]]*)\]', entry.new)[0] for entry in found] == [
        '"user name","password","code"',
        '"user name","password"',
    ]
