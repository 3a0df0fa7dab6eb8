"""Headers on every response, errors too; nothing of a page is kept by anybody."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from trialrules.service.middleware.headers import Headers
from trialrules.service.work import feeds
from trialrules.service.work.outcome import taken

from ..world import PASSWORD

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def broken(*_args, **_kwargs):
    raise RuntimeError("canary of a patient")


@pytest.fixture
def responses(world, client_of, anybody, monkeypatch):
    client, link = client_of(world.coordinator), taken(feeds.create(world.coordinator, world.study, "mine"))
    found = [
        anybody.get("/"), anybody.get("/healthz"), anybody.get("/nowhere"), anybody.get("/api/nowhere"),
        anybody.get("/api/v1/openapi.json"),
        anybody.get(f"/c/{link.token}/calendar.ics"), anybody.get("/c/x"), anybody.post("/c/x"), anybody.get("/api/v1/studies"),
        client.get("/api/v1/studies"), client.post("/api/v1/check", data="{", content_type="application/json"),
        client.get("/api/v1/studies/aclf1/audit"), anybody.get("/?" + "a" * 5000), anybody.get("/healthz", SERVER_NAME="evil.example"),
        client.post("/api/v1/check", data="{}", content_type="application/json", headers={"sec-fetch-site": "cross-site"}),
        client_of(world.coordinator, csrf=True).post("/api/v1/check", data="{}", content_type="application/json"),
    ]  # fmt: skip
    monkeypatch.setattr("trialrules.service.access.studies", broken)
    found.append(client.get("/api/v1/studies"))
    return found


def test_every_response_has_its_headers(responses):
    assert {one.status_code for one in responses} >= {200, 400, 401, 403, 404, 405, 414, 500}
    for one in responses:
        path = one.request["PATH_INFO"]
        assert {name: one.headers.get(name) for name in WANTED} == WANTED, path
        policy = one.headers["Content-Security-Policy"]
        for part in ("default-src", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy, path
        assert "unsafe" not in policy
        assert "Server" not in one.headers
        kept = one.headers["Cache-Control"]
        assert kept == ("private, no-cache" if one.headers["Content-Type"].startswith("text/calendar") else kept)
        assert "no-store" in kept or "no-cache" in kept
        assert "Strict-Transport-Security" not in one.headers


def test_what_is_broken_tells_nothing(responses):
    (one,) = [one for one in responses if one.status_code == 500]
    assert b"canary" not in one.content
    assert b"Traceback" not in one.content


def test_a_page_has_a_nonce_of_its_own():
    made = set()
    for _ in range(3):
        request = RequestFactory().get("/")
        response = Headers(lambda _request: HttpResponse("<p>"))(request)
        policy = response.headers["Content-Security-Policy"]
        assert f"'nonce-{request.csp_nonce}'" in policy
        assert re.search(r"object-src 'none'.*form-action 'self'", policy)
        made.add(request.csp_nonce)
    assert len(made) == 3


def test_tls_is_kept_once_it_is_there(monkeypatch):
    monkeypatch.setattr(settings, "SECURE", True)
    response = Headers(lambda _request: HttpResponse("x"))(RequestFactory().get("/"))
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_are_for_this_site_only(world, anybody):
    assert anybody.post("/login", {"username": world.coordinator.username, "password": PASSWORD}).status_code == 302
    cookie = anybody.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
