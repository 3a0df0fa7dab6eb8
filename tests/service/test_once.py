"""Somebody is quicker between the look and the making: a refusal all the same, and nothing half made."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from trialrules.service.models.accounts import Membership, Role, User
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.studies import RuleVersion, Site, Study
from trialrules.service.work import accounts, rules, sites, subjects
from trialrules.service.work.once import given_once
from trialrules.service.work.outcome import Refused, refuse, taken, use_case

from .world import patient_file, rule_files


@pytest.fixture
def blind(monkeypatch):
    """The first look finds nothing, whatever is there."""
    look, looked = QuerySet.exists, []

    def exists(query):
        looked.append(query.model)
        return False if looked.count(query.model) == 1 else look(query)

    return lambda: monkeypatch.setattr(QuerySet, "exists", exists)


def a_user(world):
    return accounts.create_user(None, world.coordinator.username, "Somebody Else")


def a_study(world):
    return accounts.create_study(None, world.study.slug, "Another", "Another")


def a_site(world):
    return sites.create_site(None, world.study, world.site.code, "Another", "Asia/Shanghai")


def a_version(world):
    main, files = rule_files("aclf_phase1.rules")
    return rules.import_version(world.writer, world.study, main, files, label=world.version.label)


def a_subject(world):
    return subjects.create(world.coordinator, world.study, world.site, "S-01", patient_file("aclf_01_eligible.json"))


@pytest.mark.req("T-24")
@pytest.mark.parametrize(
    ("make", "model", "code"),
    [
        (a_user, User, "username-taken"),
        (a_study, Study, "study-taken"),
        (a_site, Site, "site-taken"),
        (a_version, RuleVersion, "label-taken"),
        (a_subject, None, "code-taken"),
    ],
)
def test_who_is_second_is_refused(world, blind, make, model, code):
    world.subject("S-01")
    before = (0 if model is None else model.objects.count(), AuditEntry.objects.count())
    blind()
    found = make(world)
    assert isinstance(found, Refused), found
    assert (found.code, found.status) == (code, 409)
    assert (0 if model is None else model.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.req("T-24")
def test_a_role_that_was_given_meanwhile_is_not_given_twice(world, blind, monkeypatch):
    taken(accounts.grant(None, world.outsider, world.study, Role.MONITOR, reason="new monitor"))
    blind()
    monkeypatch.setattr(QuerySet, "first", lambda _query: None)
    found = accounts.grant(None, world.outsider, world.study, Role.MONITOR, unblinded=True, reason="new monitor")
    assert (found.code, found.status) == ("role-taken", 409)
    assert list(Membership.objects.filter(user=world.outsider).values_list("unblinded", "ended")) == [(False, None)]


def test_another_fault_of_the_database_stays_one(world):
    @use_case
    def half():
        with given_once(User.objects.filter(username="nobody-here"), refuse("username-taken", 409, "Taken.")):
            User.objects.create(username="nobody-here", name="N", created=None)

    with pytest.raises(IntegrityError):
        half()
    assert not User.objects.filter(username="nobody-here").exists()
