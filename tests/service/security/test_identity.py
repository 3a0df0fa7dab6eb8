"""Who is signed in, for how long, and what is told of it: in the audit trail, and (for what is only looked at) in the log."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from importlib import util
from pathlib import Path

import pytest
from django.conf import settings
from trialrules.service import clock, passwords
from trialrules.service.feeds import fetches
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.web import ApiToken, Throttle
from trialrules.service.sessions import IDLE_SECONDS, MOST_SECONDS
from trialrules.service.work import accounts, door, feeds
from trialrules.service.work.outcome import taken

from ..world import PASSWORD, World, code

NEW = "eight noisy herons wade"


def sign_in(client, user, password=PASSWORD):
    return client.post("/login", {"username": user.username, "password": password})


def lines(capfd, event="request"):
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    return [one for one in said if one["event"] == event]


def actions(user):
    return list(AuditEntry.objects.filter(target=f"user {user.username}").order_by("seq").values_list("action", flat=True))


# ---------------------------------------------------------------- what is logged


@pytest.mark.req("T-14")
def test_the_pages_tell_of_signing_in_and_out(world, anybody):
    user = taken(accounts.create_user(None, "wei", "Wei Lin"))
    anybody.post(f"/welcome/{user.token}", {"password": NEW, "again": NEW})
    anybody.post("/logout")
    assert sign_in(anybody, user.user, "wrong password").status_code == 401
    assert sign_in(anybody, user.user, NEW).status_code == 302
    told = ["user created", "link made", "password set", "signed in", "signed out", "sign-in failed", "signed in"]
    assert actions(user.user) == told


@pytest.mark.req("T-14")
def test_roles_and_switches_are_in_the_trail(world):
    user = world.outsider
    membership = taken(accounts.grant(None, user, world.study, "monitor", reason="new monitor"))
    taken(accounts.revoke(None, membership, "left the study"))
    taken(accounts.set_active(None, user, active=False, reason="left the site"))
    taken(accounts.set_active(None, user, active=True, reason="came back"))
    told = AuditEntry.objects.filter(target=f"user {user.username}").exclude(reason="").order_by("study", "seq")
    assert {(one.study, one.action, one.reason) for one in told} == {
        (world.study, "role given", "new monitor"),
        (world.study, "role ended", "left the study"),
        (None, "user switched off", "left the site"),
        (None, "user switched on", "came back"),
    }


@pytest.mark.req("T-14")
@pytest.mark.parametrize(
    "address", ["/s/aclf1/subjects/S-01/why", "/s/aclf1/subjects/S-01/schedule", "/api/v1/studies/aclf1/subjects/S-01"]
)
def test_who_looks_at_a_subject_is_in_the_log(world, client_of, capfd, address):
    subject = world.enrolled()
    client = client_of(world.coordinator)
    capfd.readouterr()
    assert client.get(address).status_code == 200
    (line,) = lines(capfd)
    assert (line["user"], line["study"], line["subjects"], line["status"]) == (world.coordinator.pk, "aclf1", [subject.pk], 200)
    assert "S-01" not in json.dumps(line)


@pytest.mark.req("T-14")
def test_who_may_not_look_has_not_looked(world, client_of, capfd):
    world.decided()
    client = client_of(world.local)
    capfd.readouterr()
    assert client.get("/s/aclf1/subjects/S-01/why").status_code == 404
    (line,) = lines(capfd)
    assert (line["user"], line["status"], "subjects" in line) == (world.local.pk, 404, False)


@pytest.mark.req("T-14")
@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("page", ["log", "worklist"])
def test_taking_tables_out_is_in_the_log(world, client_of, capfd, page, form):
    world.decided()
    client = client_of(world.coordinator)
    capfd.readouterr()
    b"".join(client.get(f"/s/aclf1/{page}.{form}"))
    (line,) = lines(capfd)
    assert (line["user"], line["study"], line["name"], line["form"]) == (world.coordinator.pk, "aclf1", page, form)


@pytest.mark.req("T-14")
def test_fetches_of_feeds_are_in_the_log(world, anybody, capfd):
    fetches.write()
    link = taken(feeds.create(world.coordinator, world.study, "mine"))
    for _ in range(3):
        assert anybody.get(f"/c/{link.token}/calendar.ics").status_code == 200
    capfd.readouterr()
    fetches.write()
    (line,) = lines(capfd, "feed fetched")
    assert (line["feed"], line["fetches"], line["last"]) == (link.feed.pk, 3, "2026-03-02T04:00:00+00:00")
    link.feed.refresh_from_db()
    assert link.feed.fetches == 3


def test_one_request_does_not_tell_of_another(world, client_of, capfd):
    world.decided()
    client = client_of(world.coordinator)
    client.get("/s/aclf1/subjects/S-01/why")
    capfd.readouterr()
    client.get("/")
    (line,) = lines(capfd)
    assert {"study", "subjects"} & line.keys() == set()


# ---------------------------------------------------------------- sessions


def test_signing_in_begins_a_session_with_another_key(world, anybody):
    anybody.post("/language", {"language": "zh"})
    before = anybody.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in(anybody, world.coordinator)
    after = anybody.cookies[settings.SESSION_COOKIE_NAME].value
    assert before != after
    anybody.cookies[settings.SESSION_COOKIE_NAME] = before
    assert anybody.get("/").headers["Location"].startswith("/login")


def test_a_session_ends_after_twelve_hours_however_it_is_used(world, anybody):
    began = clock.now()
    sign_in(anybody, world.coordinator)
    for minutes in range(20, MOST_SECONDS // 60, 20):
        with clock.standing_at(began + timedelta(minutes=minutes)):
            assert anybody.get("/api/v1/studies").status_code == 200
    with clock.standing_at(began + timedelta(seconds=MOST_SECONDS - 1)):
        assert anybody.get("/api/v1/studies").status_code == 200
    with clock.standing_at(began + timedelta(seconds=MOST_SECONDS)):
        assert anybody.get("/api/v1/studies").status_code == 401
    # It is over for good, not only then.
    assert anybody.get("/api/v1/studies").status_code == 401


def test_a_session_is_idle_from_the_start(world, anybody):
    sign_in(anybody, world.coordinator)
    with clock.standing_at(clock.now() + timedelta(seconds=IDLE_SECONDS + 1)):
        assert anybody.get("/api/v1/studies").status_code == 401


def test_a_session_that_does_not_say_when_it_began_is_none(world, client_of):
    client = client_of(world.coordinator)
    session = client.session
    del session["began"]
    session.save()
    assert client.get("/api/v1/studies").status_code == 401


def test_switching_off_ends_sessions_tokens_and_links_for_good(world, client_of, anybody):
    user = world.coordinator
    client, token, link = (
        client_of(user),
        taken(accounts.create_token(user, "t")).token,
        taken(accounts.new_link(None, user.username)).token,
    )
    taken(accounts.set_active(None, user, active=False, reason="telephone stolen"))
    assert client.get("/api/v1/studies").status_code == 401
    taken(accounts.set_active(None, user, active=True, reason="has a new one"))
    assert client.get("/api/v1/studies").status_code == 401
    assert anybody.get("/api/v1/studies", headers={"authorization": f"Bearer {token}"}).status_code == 401
    assert anybody.get(f"/welcome/{link}").status_code == 404
    assert sign_in(anybody, user).status_code == 302


def test_another_password_ends_the_links_that_are_out(world):
    link = taken(accounts.new_link(None, world.monitor.username)).token
    taken(door.change_password(world.monitor, PASSWORD, NEW))
    assert accounts.user_of_link(link) is None


# ---------------------------------------------------------------- passwords


def test_passwords_are_kept_by_argon2id_with_three_passes_over_64_mib():
    # The tests' own settings make it quick; this is the file as it stands.
    spec = util.spec_from_file_location("passwords_as_written", Path(passwords.__file__))
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert settings.PASSWORD_HASHERS == ["trialrules.service.passwords.Argon2"]
    assert (module.Argon2.time_cost, module.Argon2.memory_cost, module.Argon2.algorithm) == (3, 65_536, "argon2")


@pytest.mark.parametrize(
    ("password", "fine"), [("a" * 11, False), ("kx9 lm2 pq7w", True), ("wool " * 25 + "abc", True), ("wool " * 26, False)]
)
def test_passwords_have_12_to_128_characters(world, password, fine):
    assert len(password) in (11, 12, 128, 130)
    found = door.change_password(world.monitor, PASSWORD, password)
    assert found == world.monitor if fine else code(found) == "password-weak"


def test_a_password_is_compared_whole(world):
    long = "wool " * 25 + "abc"
    taken(door.change_password(world.monitor, PASSWORD, long))
    assert door.log_in(world.monitor.username, f"{long}d", "10.0.0.1").code == "login-wrong"
    assert door.log_in(world.monitor.username, long, "10.0.0.1") == world.monitor


@pytest.mark.parametrize("name", ["", "\x00", "x" * 1000, "coordinator-aclf1\x00", "\ud800", "😀"])
def test_names_that_can_t_be_get_the_answer_of_unknown_ones(world, name):
    assert door.log_in(name, "wrong password", "10.0.0.1") == door.WRONG
    assert AuditEntry.objects.filter(action="sign-in failed").get().target == "unknown user"


def test_the_present_password_is_not_guessed_from_a_session(world):
    answers = [door.change_password(world.monitor, f"wrong password {number}", NEW).status for number in range(12)]
    assert answers == [403] * 10 + [429] * 2
    assert AuditEntry.objects.filter(action="password wrong").count() == 10


def test_who_knows_the_password_does_not_run_out_of_attempts(world):
    for _ in range(25):
        assert door.log_in(world.monitor.username, PASSWORD, "10.0.0.1") == world.monitor
        assert door.confirm_password(world.monitor, PASSWORD, world.study) is None


def test_what_was_typed_as_a_name_is_not_kept(world):
    door.log_in("My Secret Password 1", "", "10.0.0.1")
    assert [one for one in Throttle.objects.values_list("bucket", flat=True) if "ecret" in one] == []
    assert not AuditEntry.objects.filter(target__contains="ecret").exists()


def test_the_page_changes_the_password_and_ends_the_other_sessions(world, client_of):
    here, elsewhere, page = client_of(world.monitor), client_of(world.monitor), "/account/password"
    assert here.post(page, {"old": "wrong password", "password": NEW, "again": NEW}).status_code == 403
    assert here.post(page, {"old": PASSWORD, "password": NEW, "again": f"{NEW}!"}).status_code == 422
    assert here.post(page, {"old": PASSWORD, "password": "short", "again": "short"}).status_code == 422
    assert elsewhere.get("/api/v1/studies").status_code == 200
    assert here.post(page, {"old": PASSWORD, "password": NEW, "again": NEW}).headers["Location"] == "/account?changed"
    assert here.get("/api/v1/studies").status_code == 200
    assert elsewhere.get("/api/v1/studies").status_code == 401
    assert actions(world.monitor)[-2:] == ["password wrong", "password set"]


def test_the_page_makes_a_token_shows_it_once_and_ends_it(world, client_of, anybody):
    client, page = client_of(world.coordinator), "/account/tokens"
    assert client.post(page, {"name": "import", "password": "wrong password"}).status_code == 403
    assert client.post(page, {"name": " ", "password": PASSWORD}).status_code == 422
    made = client.post(page, {"name": "import", "password": PASSWORD}).content.decode()
    token = re.search(r'class="key">([\w-]{43})<', made)[1]
    assert token not in client.get(page).content.decode()
    headers = {"authorization": f"Bearer {token}"}
    assert anybody.get("/api/v1/studies", headers=headers).status_code == 200
    number = str(ApiToken.objects.get(user=world.coordinator).pk)
    for one, wanted in ((client_of(world.monitor), 404), (client, 200)):
        assert one.post(page, {"what": "revoke", "token": number}).status_code == wanted
    for odd in ("", "x", "9" * 30, "-1", "٣"):
        assert client.post(page, {"what": "revoke", "token": odd}).status_code == 404
    assert anybody.get("/api/v1/studies", headers=headers).status_code == 401


# ---------------------------------------------------------------- accounts in whose hands


def test_an_administrator_of_one_study_has_no_hold_of_accounts_of_another(world):
    other = World("aclf2", "aclf_phase2.rules")
    both = world.monitor
    assert code(accounts.new_link(other.administrator, both.username)) == "forbidden"
    assert code(accounts.set_active(other.administrator, both, active=False, reason="why not")) == "forbidden"
    taken(accounts.grant(None, both, other.study, "monitor", reason="both studies"))
    assert code(accounts.new_link(other.administrator, both.username)) == "forbidden"
    assert taken(accounts.new_link(world.administrator, world.writer.username)).user == world.writer
