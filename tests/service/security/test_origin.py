"""Writes from other sites' pages, forms without their token, tokens that are none."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import RequestFactory
from hypothesis import given, strategies as st
from trialrules.service import clock
from trialrules.service.middleware.origin import comes_from_here
from trialrules.service.models.feeds import Feed
from trialrules.service.sessions import IDLE_SECONDS
from trialrules.service.work import accounts, door
from trialrules.service.work.outcome import taken

URL = "/api/v1/studies/aclf1/feeds"
BODY = json.dumps({"kind": "mine"})


def write(client, **headers):
    return client.post(URL, data=BODY, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "anything"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, True),
        ({"origin": "http://localhost"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://localhost.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://localhost:81"}, False),
        ({"authorization": "Bearer x", "sec-fetch-site": "cross-site"}, True),
        ({"authorization": "Basic x", "sec-fetch-site": "cross-site"}, False),
        ({"authorization": "Bearer x", "cookie": f"{settings.SESSION_COOKIE_NAME}=1", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_where_a_write_may_come_from(headers, welcome):
    request = RequestFactory(SERVER_NAME="localhost").post("/", headers=headers)
    if "cookie" in headers:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "1"
    assert comes_from_here(request) is welcome


@given(st.text(max_size=40))
def test_no_origin_is_an_error(text):
    request = RequestFactory(SERVER_NAME="localhost").post("/", HTTP_ORIGIN=text)
    assert comes_from_here(request) in (True, False)


def test_other_sites_and_forms_without_token_write_nothing(world, client_of):
    client = client_of(world.coordinator, csrf=True)
    assert write(client) == 403
    assert write(client, sec_fetch_site="same-origin") == 403
    assert write(client, sec_fetch_site="cross-site") == 403
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    assert write(client, x_csrftoken="b" * 32) == 403
    assert Feed.objects.count() == 0
    assert write(client, x_csrftoken="a" * 32) == 201
    assert write(client, x_csrftoken="a" * 32, sec_fetch_site="cross-site") == 403
    assert write(client, x_csrftoken="a" * 32, origin="https://evil.example") == 403


def test_a_token_is_the_whole_proof_or_none(world, client_of, anybody):
    made = taken(accounts.create_token(world.coordinator, "test"))
    assert write(anybody, authorization=f"Bearer {made.token}") == 201
    client = client_of(world.coordinator)
    for bad in ("Bearer x", "Bearer ", "Basic abc", f"Bearer {made.token}x", "Bearer " + "a" * 5000, f"Token {made.token}", "Bearer ü"):
        assert client.get("/api/v1/studies", headers={"authorization": bad}).status_code == 401
    # Pages are for sessions.
    assert anybody.get("/studies/aclf1/feeds", headers={"authorization": f"Bearer {made.token}"}).status_code in (302, 401, 404)
    taken(accounts.revoke_token(world.coordinator, made.record))
    assert write(anybody, authorization=f"Bearer {made.token}") == 401


def test_a_token_ends_with_its_time_and_its_user(world, anybody):
    made = taken(accounts.create_token(world.coordinator, "test"))
    with clock.standing_at(clock.now() + timedelta(days=accounts.TOKEN_DAYS)):
        assert write(anybody, authorization=f"Bearer {made.token}") == 401
    taken(accounts.set_active(None, world.coordinator, active=False, reason="left"))
    assert write(anybody, authorization=f"Bearer {made.token}") == 401


def test_a_session_that_nobody_uses_ends(world, client_of):
    client = client_of(world.coordinator)
    assert client.get("/api/v1/studies").status_code == 200
    with clock.standing_at(clock.now() + timedelta(seconds=IDLE_SECONDS)):
        assert client.get("/api/v1/studies").status_code == 200
    with clock.standing_at(clock.now() + timedelta(seconds=2 * IDLE_SECONDS + 1)):
        assert client.get("/api/v1/studies").status_code == 401
    assert client.get("/api/v1/studies").status_code == 401


def test_whoever_is_switched_off_or_has_a_new_password_is_signed_out(world, client_of):
    first, second = client_of(world.coordinator), client_of(world.monitor)
    taken(accounts.set_active(None, world.coordinator, active=False, reason="left"))
    taken(door.change_password(world.monitor, "seven quiet herons wade", "eight noisy herons wade"))
    assert (first.get("/api/v1/studies").status_code, second.get("/api/v1/studies").status_code) == (401, 401)
