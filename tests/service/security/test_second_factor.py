"""The second factor: set up, asked for at the door, used once, guessed never, required, lost and reset."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from trialrules.service import clock, sealed
from trialrules.service.models.accounts import User
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.factors import RecoveryCode, SecondFactor
from trialrules.service.work import accounts, door, factors, integrity
from trialrules.service.work.outcome import Refused, taken

from ..world import PASSWORD, code
from .device import NEXT, Device, browser, later, sign_in


def told(user, study=None):
    return list(AuditEntry.objects.filter(target=f"user {user.username}", study=study).order_by("seq").values_list("action", flat=True))[3:]


# ---------------------------------------------------------------- codes


def test_a_code_is_used_once(world, device):
    given = device.code()
    assert factors.take_code(world.investigator, given, "code wrong") is None
    assert code(factors.take_code(world.investigator, given, "code wrong")) == "code-wrong"


def test_the_code_that_confirmed_the_device_is_used_up(world):
    device = Device(world.investigator)
    assert code(factors.take_code(world.investigator, device.code(), "code wrong")) == "code-wrong"


@pytest.mark.parametrize(("away", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_a_step_away(world, away, fits):
    device = Device(world.investigator)
    with later(timedelta(minutes=5)):
        found = factors.take_code(world.investigator, device.code(away), "code wrong")
        assert (found is None) is fits


def test_an_older_code_does_not_work_after_a_newer_one(world):
    device = Device(world.investigator)
    with later(timedelta(minutes=5)):
        assert factors.take_code(world.investigator, device.code(1), "code wrong") is None
        assert code(factors.take_code(world.investigator, device.code(0), "code wrong")) == "code-wrong"


@pytest.mark.parametrize("typed", ["", "  ", "-"])
def test_no_code_is_told_from_a_wrong_one(world, device, typed):
    assert factors.take_code(world.investigator, typed, "code wrong") == factors.NEEDED


@pytest.mark.parametrize("typed", ["12345", "1234567", "１２３４５６", "abcdef", "\x00", "a" * 5000, "٠١٢٣٤٥"])
def test_odd_codes_are_wrong_ones(world, device, typed):
    assert code(factors.take_code(world.investigator, typed, "code wrong")) == "code-wrong"


def test_blanks_within_a_code_do_no_harm(world, device):
    given = device.code()
    assert factors.take_code(world.investigator, f" {given[:3]} {given[3:]} ", "code wrong") is None


def test_codes_are_not_guessed(world, device):
    answers = [code(factors.take_code(world.investigator, "000000", "code wrong")) for _ in range(8)]
    assert answers == ["code-wrong"] * 5 + ["too-many-attempts"] * 3
    # Not even with the right one, until time has passed.
    assert code(factors.take_code(world.investigator, device.code(), "code wrong")) == "too-many-attempts"
    with later(timedelta(minutes=6, seconds=30)):
        assert factors.take_code(world.investigator, device.code(), "code wrong") is None
    assert told(world.investigator).count("code wrong") == 5


def test_a_code_of_one_device_is_none_of_another_s(world, device):
    other = Device(world.coordinator)
    with later():
        assert code(factors.take_code(world.investigator, other.code(), "code wrong")) == "code-wrong"


def test_a_recovery_code_works_once_in_place_of_the_device(world, device):
    first, second = device.recovery[:2]
    assert factors.take_code(world.investigator, first.lower(), "code wrong") is None
    assert code(factors.take_code(world.investigator, first, "code wrong")) == "code-wrong"
    assert factors.take_code(world.investigator, second.replace("-", ""), "code wrong") is None
    assert factors.recovery_codes_left(world.investigator) == factors.RECOVERY_CODES - 2
    assert told(world.investigator) == ["second factor set up", "recovery code used", "code wrong", "recovery code used"]


# ---------------------------------------------------------------- how it is kept


def test_neither_key_nor_recovery_codes_stand_in_the_database_or_the_trail(world, device):
    kept = str([*SecondFactor.objects.values(), *RecoveryCode.objects.values(), *AuditEntry.objects.values()])
    assert device.key not in kept
    for one in device.recovery:
        assert one not in kept
        assert one.replace("-", "") not in kept
    assert len(RecoveryCode.objects.filter(user=world.investigator)) == factors.RECOVERY_CODES


def test_a_sealed_secret_is_opened_by_its_key_for_what_it_is_about(settings):
    made = sealed.seal("secret", "one")
    assert sealed.unseal(made, "one") == "secret"
    assert sealed.unseal(made, "other") is None
    assert sealed.unseal(made[:-4], "one") is None
    assert sealed.unseal("", "one") is None
    assert sealed.unseal("ü", "one") is None
    assert sealed.seal("secret", "one") != made
    settings.SECRET_KEY = "k" * 40
    assert sealed.unseal(made, "one") is None


def test_under_another_key_nobody_gets_in_without_a_code(world, device, settings):
    settings.SECRET_KEY = "k" * 40
    assert factors.unreadable() == [world.investigator.username]
    assert code(factors.take_code(world.investigator, device.code(), "code wrong")) == "factor-unreadable"
    assert factors.take_code(world.investigator, device.recovery[0], "code wrong") is None


def test_a_draft_is_for_its_user_only(world):
    draft = factors.begin(world.investigator, PASSWORD, "")
    assert factors.shown(world.coordinator, draft) is None
    assert code(factors.set_up(world.coordinator, draft, "123456")) == "draft-over"
    assert factors.of(world.coordinator) is None


# ---------------------------------------------------------------- at the door


def test_the_code_is_asked_for_in_the_language_of_the_account(world, device):
    User.objects.filter(pk=world.investigator.pk).update(language="zh")
    client = browser()
    sign_in(client, world.investigator)
    assert '<html lang="zh-Hans">' in client.get("/login/code", headers={"Accept-Language": "en"}).content.decode()


def test_the_password_alone_lets_nobody_in(world, device):
    client = browser()
    sign_in(client, world.investigator)
    assert client.get("/account").headers["Location"].startswith("/login?")
    assert client.get("/api/v1/studies").status_code == 401
    assert client.post("/login/code", {"code": "000000"}).status_code == 403
    assert client.get("/api/v1/studies").status_code == 401
    assert client.post("/login/code", {"code": device.code(), "next": "/account"}).headers["Location"] == "/account"
    assert client.get("/api/v1/studies").status_code == 200
    assert told(world.investigator) == ["second factor set up", "code asked for", "sign-in failed", "signed in"]


def test_unknown_users_and_wrong_passwords_never_see_the_second_page(world, device):
    for user, password in ((world.investigator.username, "wrong password"), ("nobody-here", PASSWORD)):
        client = browser()
        response = client.post("/login", {"username": user, "password": password})
        assert response.status_code == 401
        assert "User name or password is wrong." in response.content.decode()
        assert client.get("/login/code").headers["Location"].startswith("/login?")


def test_a_password_waits_five_minutes_for_its_code(world, device):
    client = browser()
    sign_in(client, world.investigator)
    with later(timedelta(seconds=301)):
        assert client.post("/login/code", {"code": device.code()}).headers["Location"].startswith("/login?")


def test_a_password_that_was_changed_meanwhile_waits_for_no_code(world, device):
    client = browser()
    sign_in(client, world.investigator)
    taken(door.change_password(world.investigator, PASSWORD, "eight noisy herons wade"))
    assert client.post("/login/code", {"code": device.code()}).headers["Location"].startswith("/login?")


def test_a_one_time_link_does_not_go_around_the_code(world, device):
    link = taken(accounts.new_link(None, world.investigator.username)).token
    client, new = browser(), "eight noisy herons wade"
    response = client.post(f"/welcome/{link}", {"password": new, "again": new})
    assert response.headers["Location"].startswith("/login/code?")
    assert client.get("/api/v1/studies").status_code == 401
    assert client.post("/login/code", {"code": device.code()}).status_code == 302
    assert client.get("/api/v1/studies").status_code == 200


def test_a_code_on_the_second_page_leads_to_our_own_pages_only(world, device):
    client = browser()
    sign_in(client, world.investigator)
    response = client.post("/login/code", {"code": device.code(), "next": "https://evil.example/"})
    assert response.headers["Location"] == "/"


def test_setting_up_ends_the_other_sessions(world, client_of):
    client = client_of(world.investigator)
    assert client.get("/api/v1/studies").status_code == 200
    Device(world.investigator)
    assert client.get("/api/v1/studies").status_code == 401


# ---------------------------------------------------------------- setting up, replacing, removing


def test_the_pages_set_up_show_once_replace_and_remove(world, client_of):
    user, client = world.investigator, client_of(world.investigator)
    assert "Not set up." in client.get("/account").content.decode()
    bare = client.get("/account/second-factor/remove").content.decode()
    assert "You have no second factor: there is nothing to remove." in bare
    assert "danger" not in bare
    assert client.post("/account/second-factor", {"password": "wrong password"}).status_code == 403
    page = client.post("/account/second-factor", {"password": PASSWORD}).content.decode()
    assert "<svg" in page
    key = re.search(r'class="key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert client.post("/account/second-factor", {"step": "confirm", "code": "000000"}).status_code == 403
    assert factors.of(user) is None
    done = client.post("/account/second-factor", {"step": "confirm", "code": pyotp.TOTP(key).at(int(clock.now().timestamp()))})
    codes = re.findall(r"<li><code>([A-Z2-7-]{29})</code>", done.content.decode())
    assert (done.status_code, len(codes)) == (200, factors.RECOVERY_CODES)
    assert done.headers["Cache-Control"] == "no-store"
    # The own session goes on; what was shown is not shown again.
    again = client.get("/account/second-factor").content.decode() + client.get("/account").content.decode()
    assert "Recovery codes left: 8." in again
    assert key not in again
    assert codes[0] not in again
    # Another device: with the present one's code, or a recovery code.
    assert client.post("/account/second-factor", {"password": PASSWORD}).status_code == 403
    page = client.post("/account/second-factor", {"password": PASSWORD, "code": codes[0]}).content.decode()
    second = re.search(r'class="key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    with later():
        now = int(clock.now().timestamp())
        client.post("/account/second-factor", {"step": "confirm", "code": pyotp.TOTP(second).at(now)})
        assert code(factors.take_code(user, codes[1], "code wrong")) == "code-wrong"
    with later(2 * NEXT):
        now = int(clock.now().timestamp())
        assert code(factors.take_code(user, pyotp.TOTP(key).at(now), "code wrong")) == "code-wrong"
        assert client.post("/account/second-factor/remove", {"password": PASSWORD, "code": ""}).status_code == 403
        assert client.post("/account/second-factor/remove", {"password": "wrong", "code": pyotp.TOTP(second).at(now)}).status_code == 403
        assert client.post("/account/second-factor/remove", {"password": PASSWORD, "code": pyotp.TOTP(second).at(now)}).status_code == 302
        assert "Not set up." in client.get("/account").content.decode()
    assert factors.of(user) is None
    assert RecoveryCode.objects.filter(used=None).count() == 0
    wanted = [
        "password wrong", "second factor set up", "recovery code used", "second factor replaced", "code wrong", "code wrong",
        "password wrong", "second factor removed",
    ]  # fmt: skip
    assert told(user) == wanted


def test_a_device_is_confirmed_within_a_quarter_of_an_hour(world, client_of):
    client = client_of(world.investigator)
    page = client.post("/account/second-factor", {"password": PASSWORD}).content.decode()
    key = re.search(r'class="key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    with later(timedelta(seconds=901)):
        now = int(clock.now().timestamp())
        assert client.post("/account/second-factor", {"step": "confirm", "code": pyotp.TOTP(key).at(now)}).status_code == 409
    assert factors.of(world.investigator) is None


def test_the_address_in_the_qr_code_is_what_apps_read(world):
    draft = factors.shown(world.investigator, factors.begin(world.investigator, PASSWORD, ""))
    read = pyotp.parse_uri(draft.address)
    assert (read.secret, read.issuer, read.name) == (draft.key.replace(" ", ""), "trialrules", "investigator-aclf1@127.0.0.1")
    assert (read.digits, read.interval) == (6, 30)


# ---------------------------------------------------------------- for everybody


@pytest.fixture
def required(world):
    taken(factors.require(everybody=True, reason="decided by the sponsor"))


def test_it_is_up_to_the_owner_unless_the_trail_says_otherwise(world):
    assert not factors.required()
    taken(factors.require(everybody=True, reason="decided by the sponsor"))
    taken(factors.require(everybody=True, reason="said again"))
    assert factors.required()
    assert code(factors.require(everybody=False, reason=" ")) == "reason-missing"
    assert factors.required()
    taken(factors.require(everybody=False, reason="devices are late"))
    assert not factors.required()
    found = AuditEntry.objects.filter(target="second factors").order_by("seq").values_list("actor", "action", "reason")
    assert list(found) == [
        ("command line", "second factor required", "decided by the sponsor"),
        ("command line", "second factor optional", "devices are late"),
    ]


def test_where_it_is_required_nothing_else_comes_before_it(world, required, client_of, anybody):
    user, client = world.investigator, client_of(world.investigator)
    token = taken(accounts.create_token(user, "t")).token
    for address in ("/", "/s/aclf1/worklist", "/account/tokens"):
        assert client.get(address).headers["Location"] == "/account/second-factor"
    for one, headers in ((client, {}), (anybody, {"authorization": f"Bearer {token}"})):
        response = one.get("/api/v1/studies", headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "second-factor-needed")
    assert client.get("/s/aclf1/worklist", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "Every account here needs a second factor" in client.get("/account/second-factor").content.decode()
    page = client.post("/account/second-factor", {"password": PASSWORD}).content.decode()
    key = re.search(r'class="key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    client.post("/account/second-factor", {"step": "confirm", "code": pyotp.TOTP(key).at(int(clock.now().timestamp()))})
    assert client.get("/s/aclf1/worklist").status_code == 200
    assert anybody.get("/api/v1/studies", headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_where_it_is_required_nobody_removes_it(world, device):
    taken(factors.require(everybody=True, reason="decided by the sponsor"))
    assert code(factors.remove(world.investigator, PASSWORD, device.code())) == "second-factor-required"
    assert factors.of(world.investigator) is not None


def test_whoever_may_not_go_on_can_sign_out(world, required, client_of):
    assert client_of(world.investigator).post("/logout").headers["Location"] == "/login"


# ---------------------------------------------------------------- lost


def test_a_lost_device_is_reset_at_the_machine_with_a_reason(world, device, client_of):
    user = world.investigator
    client = client_of(user)
    assert client.get("/api/v1/studies").status_code == 200
    assert code(factors.reset(user, " ")) == "reason-missing"
    taken(factors.reset(user, "telephone lost, seen in person"))
    assert factors.of(user) is None
    assert client.get("/api/v1/studies").status_code == 401
    assert code(factors.take_code(user, device.recovery[0], "code wrong")) == "code-wrong"
    entry = AuditEntry.objects.get(action="second factor reset")
    assert (entry.actor, entry.reason) == ("command line", "telephone lost, seen in person")
    assert code(factors.reset(user, "once more")) == "second-factor-none"


def test_a_factor_that_vanished_from_its_table_is_found(world, device):
    assert list(integrity.flaws()) == []
    SecondFactor.objects.all().delete()
    (flaw,) = integrity.flaws()
    assert (flaw.study, flaw.target) == ("", f"user {world.investigator.username}")


def test_nothing_else_is_told_of_a_refusal_than_its_code(world, device):
    for found in (factors.NEEDED, factors.take_code(world.investigator, "000000", "code wrong")):
        assert isinstance(found, Refused)
        assert device.key not in f"{found.message} {found.mend}"
