"""What administrators do on the pages: studies, sites, people, closed days; and what nobody else can."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from trialrules.service.models.accounts import Membership, User
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.studies import RuleVersion, Site, Study
from trialrules.service.work import accounts, rules
from trialrules.service.work.outcome import taken

from ..world import PASSWORD

LINK = re.compile(r"/welcome/([\w-]{43})")
PERSON = {"what": "person", "username": "wei.lin", "name": "Wei Lin", "role": "investigator", "site": "", "reason": "joins the team"}


@pytest.fixture
def superuser(db, noon):
    made = taken(accounts.create_user(None, "root", "Ro Ot", superuser=True))
    return taken(accounts.set_password(made.token, PASSWORD))


@pytest.fixture
def client(superuser):
    found = Client(SERVER_NAME="localhost")
    found.force_login(superuser)
    return found


def test_from_an_empty_installation_to_rules_in_force_with_the_pages_alone(client):
    assert 'href="/new-study"' in client.get("/").content.decode()
    made = client.post("/new-study", {"what": "create", "slug": "aclf2", "name": "Liver failure", "short_name": ""})
    assert (made.status_code, made.headers["Location"]) == (302, "/s/aclf2/settings")
    page = "/s/aclf2/settings"
    assert client.post(page, {"what": "site", "code": "GZ", "name": "Guangzhou", "timezone": "Asia/Shanghai"}).status_code == 302
    clients = {}
    for name, role in (("wr.iter", "writer"), ("in.vestigator", "investigator")):
        answer = client.post(page, {**PERSON, "username": name, "name": name.title(), "role": role})
        assert answer.status_code == 200
        token = LINK.search(answer.content.decode())[1]
        clients[role] = Client(SERVER_NAME="localhost")
        assert clients[role].post(f"/welcome/{token}", {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    handed = clients["writer"].post("/s/aclf2/rules", {"included": "aclf_phase2.rules"})
    assert (handed.status_code, handed.headers["Location"]) == (302, "/s/aclf2/rules/1.0")
    version = "/s/aclf2/rules/1.0"
    assert clients["investigator"].post(version, {"what": "review", "reason": "read it"}).status_code == 302
    assert client.post(version, {"what": "approve", "reason": "fits"}).status_code == 302
    assert client.post(version, {"what": "effect", "site": "GZ", "from": "2026-03-02", "reason": "start"}).status_code == 302
    site = Site.objects.get(study__slug="aclf2", code="GZ")
    assert rules.current(site).label == "1.0"
    assert client.get(page + ".json").json() == {
        "schema": "trialrules/study-settings/1",
        "study": "aclf2",
        "name": "Liver failure",
        "short_name": "ACLF2",
        "waivers": False,
        "retention": {"ended": None, "keep_years": None, "retain_until": None},
        "sites": [{"site": "GZ", "name": "Guangzhou", "timezone": "Asia/Shanghai", "rules": "1.0", "closed_days": []}],
        "people": [
            {
                "username": "in.vestigator",
                "name": "In.Vestigator",
                "active": True,
                "roles": [{"role": "investigator", "site": None, "unblinded": False}],
            },
            {"username": "root", "name": "Ro Ot", "active": True, "roles": [{"role": "administrator", "site": None, "unblinded": False}]},
            {"username": "wr.iter", "name": "Wr.Iter", "active": True, "roles": [{"role": "writer", "site": None, "unblinded": False}]},
        ],
    }


def test_only_an_administrator_of_the_installation_makes_studies(world, browse):
    administrator = browse(world.administrator)
    assert administrator.client.get("/new-study").status_code == 404
    assert administrator.client.post("/new-study", {"slug": "x", "name": "X"}).status_code == 404
    assert "/new-study" not in administrator.client.get("/").content.decode()
    assert list(Study.objects.values_list("slug", flat=True)) == ["aclf1"]


def test_taking_the_role_in_a_study_that_somebody_else_made_needs_a_reason_and_is_recorded(world, client):
    assert client.get("/s/aclf1/settings").status_code == 404
    refused = client.post("/new-study", {"what": "join", "study": "aclf1", "reason": " "})
    assert refused.status_code == 422
    assert client.post("/new-study", {"what": "join", "study": "aclf1", "reason": "stands in for Ada"}).status_code == 302
    assert client.get("/s/aclf1/settings").status_code == 200
    entry = AuditEntry.objects.filter(study=world.study).order_by("-seq").first()
    assert (entry.actor, entry.action, entry.target, entry.reason) == ("root", "role given", "user root", "stands in for Ada")


def test_an_account_that_is_there_gets_the_role_and_no_link(world, browse):
    page = browse(world.administrator)
    answer = page.post("settings", {**PERSON, "username": world.outsider.username, "role": "monitor"})
    assert (answer.status, LINK.search(answer.html)) == (302, None)
    assert Membership.objects.get(user=world.outsider, study=world.study).role == "monitor"


def test_nothing_is_kept_of_a_person_whose_role_is_refused(world, browse):
    page = browse(world.administrator)
    answer = page.post("settings", {**PERSON, "role": "king"})
    assert answer.status == 422
    assert "There is no role" in answer.words
    assert 'value="wei.lin"' in answer.html
    assert not User.objects.filter(username="wei.lin").exists()


def test_closed_days_are_typed_one_a_line_and_a_wrong_one_changes_nothing(world, browse):
    page = browse(world.administrator)
    fields = {"what": "closed", "site": "GZ", "reason": "holidays"}
    assert page.post("settings", {**fields, "days": "2026-10-01 National Day\n\n2026-10-02"}).status == 302
    days = [{"date": "2026-10-01", "name": "National Day"}, {"date": "2026-10-02", "name": ""}]
    assert Site.objects.get(pk=world.site.pk).closed_days == days
    answer = page.post("settings", {**fields, "days": "the first of May"})
    assert (answer.status, "'the' is no day" in answer.words) == (422, True)
    assert Site.objects.get(pk=world.site.pk).closed_days == days
    assert page.json("settings.json")["sites"][1]["closed_days"] == ["2026-10-01 National Day", "2026-10-02"]


@pytest.mark.req("T-17")
def test_how_long_records_are_kept_is_said_with_a_reason(world, browse):
    page = browse(world.administrator)
    fields = {"what": "kept", "ended": "2024-02-29", "years": "25", "reason": "last visit"}
    assert page.post("settings", {**fields, "reason": ""}).status == 422
    assert page.post("settings", {**fields, "years": "many"}).status == 422
    assert page.post("settings", fields).status == 302
    assert page.json("settings.json")["retention"] == {"ended": "2024-02-29", "keep_years": 25, "retain_until": "2049-03-01"}
    assert "2049-03-01" in page.get("settings").words


@pytest.mark.req("T-05")
def test_waivers_are_off_until_an_administrator_says_why_they_are_allowed(world, browse):
    page = browse(world.administrator)
    assert "overrides never open enrolment" in page.get("settings").words
    assert page.post("settings", {"what": "waivers", "allowed": "1", "reason": " "}).status == 422
    assert page.json("settings.json")["waivers"] is False
    assert page.post("settings", {"what": "waivers", "allowed": "1", "reason": "amendment 2"}).status == 302
    assert page.json("settings.json")["waivers"] is True
    assert page.post("settings", {"what": "waivers", "allowed": "0", "reason": "amendment 3"}).status == 302
    assert page.json("settings.json")["waivers"] is False


def test_a_role_ends_with_a_reason_and_the_page_is_gone_for_its_holder(world, browse):
    page, monitor = browse(world.administrator), browse(world.monitor)
    held = Membership.objects.get(user=world.monitor, study=world.study)
    assert page.post("settings", {"what": "end", "role": held.pk, "reason": ""}).status == 422
    assert monitor.get("worklist").status == 200
    assert page.post("settings", {"what": "end", "role": held.pk, "reason": "left"}).status == 302
    assert monitor.get("worklist").status == 404


def test_an_account_that_is_switched_off_is_out_at_once(world, browse):
    page, monitor = browse(world.administrator), browse(world.monitor)
    fields = {"what": "switch", "username": world.monitor.username, "active": "0", "reason": "on leave"}
    assert page.post("settings", fields).status == 302
    assert monitor.client.get(monitor.home + "worklist").status_code == 302
    assert page.post("settings", {**fields, "active": "1"}).status == 302
    assert User.objects.get(pk=world.monitor.pk).active


@pytest.mark.req("T-21")
def test_who_has_roles_elsewhere_is_not_in_the_hands_of_this_studys_administrator(world, browse):
    """A link sets the password: whoever makes it could sign in the other study in that person's name."""
    other = taken(accounts.create_study(None, "other", "Other", "O"))
    taken(accounts.grant(None, world.investigator, other, "investigator", reason="test"))
    page = browse(world.administrator)
    for fields in ({"what": "link"}, {"what": "switch", "active": "0", "reason": "because"}):
        answer = page.post("settings", {"username": world.investigator.username, **fields})
        assert (answer.status, LINK.search(answer.html)) == (403, None)
    assert User.objects.get(pk=world.investigator.pk).active
    assert LINK.search(page.post("settings", {"what": "link", "username": world.monitor.username}).html)


def test_an_account_without_a_role_in_this_study_is_not_found(world, browse):
    answer = browse(world.administrator).post("settings", {"what": "link", "username": world.outsider.username})
    assert answer.status == 404


def test_an_included_protocol_that_there_is_not_is_refused(world, browse):
    before = RuleVersion.objects.count()
    answer = browse(world.writer).post("rules", {"included": "../../etc/passwd"})
    assert (answer.status, RuleVersion.objects.count()) == (422, before)


@pytest.mark.parametrize(
    ("role", "page"), [("coordinator", "worklist"), ("monitor", "worklist"), ("administrator", "settings"), ("writer", "rules")]
)
def test_the_address_of_a_study_leads_to_where_its_reader_begins(world, browse, role, page):
    reader = browse(getattr(world, role))
    answer = reader.client.get(reader.home)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/s/aclf1/{page}")
