"""Role x address x site, made from the URLs: a new address without a rule fails here, and is refused to everybody."""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern, get_resolver, path
from django.urls.resolvers import RoutePattern
from trialrules.service import access
from trialrules.service.access import PERMISSIONS, URLS, Gate, May
from trialrules.service.models.accounts import Role
from trialrules.service.models.subjects import Subject
from trialrules.service.work import documents, feeds, rules, screening
from trialrules.service.work.outcome import taken

# Framework files: served by whitenoise before any address is looked up.
STEP = re.compile(r"<(?:\w+:)?(\w+)>")
SUBJECT_NAMES = {"code", "subject"}


def patterns(resolver=None):
    found = []
    for one in (resolver or get_resolver()).url_patterns:
        found += [one] if isinstance(one, URLPattern) else patterns(one)
    return found


def whole(one, resolver=None, before=""):
    """The address of a pattern, with the prefixes of the resolvers that it stands in."""
    for here in (resolver or get_resolver()).url_patterns:
        if here is one:
            return before + str(one.pattern)
        if not isinstance(here, URLPattern):
            inner = whole(one, here, before + str(here.pattern))
            if inner is not None:
                return inner
    return None


OF_STUDY = [one for one in patterns() if isinstance(one.pattern, RoutePattern) and isinstance(URLS.get(one.name), May)]
ROLES = [role.value for role in Role]


def address(one, world, *, subject="S-01", decision="x", feed=0):
    values = {
        "study": world.study.slug, "subject": subject, "code": subject, "decision": decision, "label": world.version.label, "index": "0",
        "feed": str(feed), "criterion": "I1", "key": "d28", "visit": "d28", "pk": str(feed), "number": str(feed), "site": "GZ",
        "name": "screening", "token": "A" * 43,
    }  # fmt: skip
    return "/" + STEP.sub(lambda step: values.get(step[1], "1"), whole(one))


@pytest.mark.req("T-21")
def test_every_address_has_a_name_and_a_rule():
    found = patterns()
    assert [str(one.pattern) for one in found if not one.name] == []
    assert sorted({one.name for one in found} - URLS.keys()) == []


@pytest.mark.req("T-21")
def test_every_rule_about_a_study_stands_in_an_address_with_a_study():
    assert [whole(one) for one in OF_STUDY if "study" not in STEP.findall(whole(one))] == []


def test_an_address_without_a_rule_is_refused_to_everybody(world, client_of, monkeypatch):
    def view(request):
        raise AssertionError("nobody gets here")

    resolver = get_resolver()
    monkeypatch.setattr(resolver, "url_patterns", [path("new", view, name="new"), *resolver.url_patterns])
    resolver._populated = False
    try:
        assert client_of(world.administrator).get("/new").status_code == 404
        monkeypatch.setitem(access.URLS, "new", May.READ_SUBJECTS)
        # A rule about a study, at an address without one.
        assert client_of(world.administrator).get("/new").status_code == 404
    finally:
        resolver._populated = False


@pytest.mark.req("T-21")
def test_nobody_who_is_not_signed_in_gets_anywhere(world, anybody):
    for one in OF_STUDY:
        url, name = address(one, world), one.name
        for method in ("get", "post"):
            response = getattr(anybody, method)(url)
            if url.startswith("/api/"):
                assert (name, method, response.status_code) == (name, method, 401)
            else:
                assert (name, method, response.status_code in (302, 401)) == (name, method, True)
                assert response.status_code == 401 or "/login" in response.headers["Location"]


@pytest.mark.req("T-21")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_where_the_table_says(world, client_of, role):
    subject = world.enrolled()
    number = str(screening.latest(subject).pk)
    user = getattr(world, role)
    client = client_of(user)
    kept = feeds.create(world.coordinator, world.study, "mine")
    for one in OF_STUDY:
        response = client.get(address(one, world, decision=number, feed=taken(kept).feed.pk))
        name, rule = whole(one), URLS[one.name]
        if role in PERMISSIONS[rule]:
            # 404: somebody else's link; 405: an address for writing; 409: nothing to show yet.
            assert (name, response.status_code in (200, 302, 404, 405, 409)) == (name, True), response.status_code
        else:
            assert (name, response.status_code) == (name, 403)


@pytest.mark.req("T-21")
def test_somebody_of_another_study_learns_of_nothing(world, client_of):
    world.enrolled()
    client = client_of_outsider(world, client_of)
    for one in OF_STUDY:
        for url in (address(one, world), address(one, world).replace("aclf1", "no-such")):
            assert (url, client.get(url).status_code) == (url, 404)


def client_of_outsider(world, client_of):
    user = world.outsider
    user.set_password("seven quiet herons wade")
    user.save()
    return client_of(user)


@pytest.mark.req("T-21")
def test_a_subject_of_another_site_is_not_there(world, client_of):
    world.enrolled("S-01")
    client = client_of(world.local)
    for one in OF_STUDY:
        if not SUBJECT_NAMES & set(STEP.findall(whole(one))) or Role.COORDINATOR not in PERMISSIONS[URLS[one.name]]:
            continue
        name = whole(one)
        there, nowhere = (client.get(address(one, world, subject=code)) for code in ("S-01", "S-99"))
        assert (name, there.status_code) == (name, nowhere.status_code)
        assert (name, there.status_code in (404, 405)) == (name, True)


def test_figures_are_for_this_machine(anybody, db):
    assert anybody.get("/metrics").status_code == 200
    assert anybody.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 404


def test_the_table_opens_little_to_anybody():
    assert {name for name, rule in URLS.items() if rule in (Gate.ANYBODY, Gate.TOKEN)} <= {
        "login", "login-code", "welcome", "healthz", "feed", "feed-unknown", "api-openapi", "language",
    }  # fmt: skip


@pytest.mark.req("T-21")
def test_a_reader_of_one_site_reads_nothing_of_another_in_the_audit(world, client_of):
    world.decided("S-01")
    world.decided("S-02", site=world.other_site)
    here = world.user("watcher", Role.MONITOR, site=world.other_site)
    text = client_of(here).get(f"/api/v1/studies/{world.study.slug}/audit?limit=500").content.decode()
    assert ("subject S-01" in text, "subject S-02" in text) == (False, True)


# What differs from one request to the next: nonces, the tokens of forms, numbers of requests.
PASSING = re.compile(rb'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^}]*')


def told(client, subject, arms, kept):
    """What every address says, for each allocation: the addresses whose answers differ, and all answers."""
    document, first, differ = subject.document, {}, set()
    for arm in [None, *arms]:
        text = documents.put(document, ("arm",), arm) if arm else document
        Subject.objects.filter(pk=subject.pk).update(document=text)
        for one in OF_STUDY:
            response = client.get(address(one, *kept[0], **kept[1]))
            content = PASSING.sub(b"", b"".join(response) if response.streaming else response.content)
            if first.setdefault(whole(one), (response.status_code, content)) != (response.status_code, content):
                differ.add(whole(one))
    return differ


@pytest.mark.req("T-22")
@pytest.mark.parametrize("role", ["coordinator", "investigator", "monitor", "administrator", "unblinded"])
def test_every_address_says_the_same_under_every_allocation(blinded_world, client_of, role):
    world = blinded_world
    subject = world.enrolled(arm=None)
    feed = taken(feeds.create(world.coordinator, world.study, "mine")).feed.pk
    kept = (world,), {"decision": str(screening.latest(subject).pk), "feed": feed}
    arms = rules.protocol_of(world.version).study.arms
    assert len(arms) > 1
    differ = told(client_of(getattr(world, role)), subject, arms, kept)
    # Who may know the arm sees it: so the test sees differences where there are some.
    assert bool(differ) is (role == "unblinded"), differ
