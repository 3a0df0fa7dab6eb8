from __future__ import annotations

from datetime import timedelta

import pytest
from trialrules.service import access, clock
from trialrules.service.access import May
from trialrules.service.models.accounts import Role, User
from trialrules.service.models.audit import AuditEntry
from trialrules.service.work import accounts, door, sites, throttle
from trialrules.service.work.outcome import taken

from .world import code

GOOD = "a long enough sentence"
pytestmark = pytest.mark.django_db


@pytest.fixture
def made(noon):
    return taken(accounts.create_user(None, "wei", "Wei Lin"))


def test_there_is_no_account_by_default():
    assert User.objects.count() == 0


def test_a_link_sets_the_password_once(made):
    assert accounts.user_of_link(made.token) == made.user
    taken(accounts.set_password(made.token, GOOD))
    assert accounts.user_of_link(made.token) is None
    assert code(accounts.set_password(made.token, GOOD)) == "not-found"
    assert door.log_in("wei", GOOD, "10.0.0.1") == made.user


def test_a_link_is_kept_hashed_and_runs_out(made):
    assert made.token not in str(list(made.user.links.values()))
    with clock.standing_at(clock.now() + timedelta(hours=accounts.LINK_HOURS, seconds=1)):
        assert accounts.user_of_link(made.token) is None


def test_a_new_link_ends_the_old_one(made):
    again = taken(accounts.new_link(None, "wei"))
    assert accounts.user_of_link(made.token) is None
    assert accounts.user_of_link(again.token) == made.user


@pytest.mark.parametrize("password", ["short", "password1234", "x" * 129, "wei lin wei l"])
def test_weak_passwords_are_refused(made, password):
    assert code(accounts.set_password(made.token, password)) == "password-weak"
    assert accounts.user_of_link(made.token) == made.user


def test_passwords_are_argon2id(made):
    user = taken(accounts.set_password(made.token, GOOD))
    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.req("T-14")
def test_unknown_names_and_wrong_passwords_look_alike(made):
    taken(accounts.set_password(made.token, GOOD))
    assert door.log_in("wei", "wrong", "10.0.0.1") == door.log_in("nobody-here", "wrong", "10.0.0.1")
    told = list(AuditEntry.objects.filter(action="sign-in failed").values_list("target", flat=True))
    # What was typed as a name may be a password.
    assert told == ["user wei", "unknown user"]


@pytest.mark.req("T-14")
def test_sign_ins_are_logged(made):
    user = taken(accounts.set_password(made.token, GOOD))
    door.log_in("wei", GOOD, "10.0.0.1")
    door.log_out(user)
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == [
        "user created", "link made", "password set", "signed in", "signed out",
    ]  # fmt: skip


def test_attempts_run_out_and_come_back(made):
    taken(accounts.set_password(made.token, GOOD))
    answers = [door.log_in("wei", "wrong", f"10.0.0.{n}") for n in range(11)]
    assert [one.code for one in answers] == ["login-wrong"] * 10 + ["too-many-attempts"]
    assert code(door.log_in("wei", GOOD, "10.0.1.1")) == "too-many-attempts"
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        assert door.log_in("wei", GOOD, "10.0.1.1") == made.user


def test_one_address_runs_out_over_many_names(noon):
    answers = [door.log_in(f"name{n}", "wrong", "10.9.9.9").code for n in range(21)]
    assert answers == ["login-wrong"] * 20 + ["too-many-attempts"]


def test_a_clock_that_goes_back_gives_nothing(noon):
    assert all(throttle.take("x", 3, 60) for _ in range(3))
    assert not throttle.take("x", 3, 60)
    back = clock.now() - timedelta(days=1)
    with clock.standing_at(back):
        assert not throttle.take("x", 3, 60)
    # From then on the bucket fills up by the clock as it is.
    with clock.standing_at(back + timedelta(minutes=1, seconds=1)):
        assert throttle.take("x", 3, 60)
        assert not throttle.take("x", 3, 60)


def test_a_bucket_holds_no_more_than_its_capacity(noon):
    assert throttle.take("y", 2, 3600)
    with clock.standing_at(clock.now() + timedelta(days=9)):
        assert [throttle.take("y", 2, 3600) for _ in range(3)] == [True, True, False]


def test_switched_off_users_stay_out(made):
    user = taken(accounts.set_password(made.token, GOOD))
    taken(accounts.set_active(None, user, active=False, reason="left the site"))
    assert code(door.log_in("wei", GOOD, "10.0.0.1")) == "login-wrong"
    token = taken(accounts.create_token(user, "script"))
    assert accounts.user_of_token(token.token) is None


@pytest.mark.parametrize("name", ["", "A", "with blank", "ä", "x" * 65, "-x", "../x"])
def test_odd_user_names_are_refused(noon, name):
    assert code(accounts.create_user(None, name, "Name")) == "username-wrong"


def test_names_are_taken_once(made):
    assert code(accounts.create_user(None, "wei", "Other")) == "username-taken"


def test_only_administrators_make_accounts(world):
    for role in ("writer", "coordinator", "investigator", "monitor"):
        assert code(accounts.create_user(world.users[role], "new", "New")) == "forbidden"
        assert code(accounts.grant(world.users[role], world.outsider, world.study, "monitor", reason="why not")) == "forbidden"
    made = taken(accounts.create_user(world.administrator, "new", "New"))
    taken(accounts.grant(world.administrator, made.user, world.study, "monitor", reason="new monitor"))
    assert code(accounts.create_user(world.administrator, "boss", "Boss", superuser=True)) == "forbidden"


def test_roles_are_given_once_and_end(world):
    first = taken(accounts.grant(None, world.outsider, world.study, Role.MONITOR, reason="new"))
    assert taken(accounts.grant(None, world.outsider, world.study, Role.MONITOR, reason="again")) == first
    other = taken(accounts.grant(None, world.outsider, world.study, Role.MONITOR, unblinded=True, reason="sees arms"))
    first.refresh_from_db()
    assert first.ended is not None
    assert access.unblinded(world.outsider, world.study)
    taken(accounts.revoke(None, other, "left"))
    assert not access.allows(world.outsider, May.READ_SUBJECTS, world.study)
    assert access.study_of(world.outsider, world.study.slug) is None


def test_a_reason_is_wanted_for_roles(world):
    assert code(accounts.grant(None, world.outsider, world.study, Role.MONITOR, reason=" ")) == "reason-missing"
    assert code(accounts.grant(None, world.outsider, world.study, "king", reason="why not")) == "role-wrong"


def test_tokens(world):
    made = taken(accounts.create_token(world.coordinator, "nightly import"))
    assert accounts.user_of_token(made.token) == world.coordinator
    assert code(accounts.revoke_token(world.monitor, made.record)) == "not-found"
    taken(accounts.revoke_token(world.coordinator, made.record))
    assert accounts.user_of_token(made.token) is None


def test_change_password(made):
    user = taken(accounts.set_password(made.token, GOOD))
    assert code(door.change_password(user, "wrong", "another long sentence")) == "password-wrong"
    before = user.get_session_auth_hash()
    taken(door.change_password(user, GOOD, "another long sentence"))
    assert user.get_session_auth_hash() != before


def test_studies_and_sites_are_checked(world):
    assert code(accounts.create_study(world.administrator, "x", "X", "X")) == "forbidden"
    assert code(accounts.create_study(None, "no good", "X", "X")) == "slug-wrong"
    assert code(accounts.create_study(None, "aclf1", "X", "X")) == "study-taken"
    assert code(sites.create_site(None, world.study, "GZ", "X", "Asia/Shanghai")) == "site-taken"
    assert code(sites.create_site(None, world.study, "NX", "X", "Mars/Base")) == "timezone-wrong"
    assert code(sites.create_site(world.coordinator, world.study, "NX", "X", "Asia/Shanghai")) == "forbidden"


def test_closed_days(world):
    taken(sites.set_closed_days(world.administrator, world.site, [("2026-10-01", "National Day"), ("2026-02-17", "")], "calendar of 2026"))
    world.site.refresh_from_db()
    assert [one["date"] for one in world.site.closed_days] == ["2026-02-17", "2026-10-01"]
    assert set(sites.closed_days(world.site).of_site("GZ").values()) == {"National Day", ""}
    assert code(sites.set_closed_days(world.administrator, world.site, [("October", "x")], "oops once")) == "day-wrong"
    assert code(sites.set_closed_days(world.coordinator, world.site, [], "oops once")) == "forbidden"
