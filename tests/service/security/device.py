"""An authenticator app and a browser, for tests of the second factor."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from django.test import Client
from trialrules.service import clock
from trialrules.service.work import factors
from trialrules.service.work.outcome import taken

from ..world import PASSWORD

NEXT = timedelta(seconds=factors.STEP_SECONDS)


class Device:
    """An authenticator app: it has the key, and the clock of the test."""

    def __init__(self, user):
        draft = factors.begin(user, PASSWORD, "")
        assert isinstance(draft, str), draft
        self.key = factors.shown(user, draft).key.replace(" ", "")
        self.recovery = taken(factors.set_up(user, draft, self.code()))

    def code(self, away=0):
        return pyotp.TOTP(self.key).at(int(clock.now().timestamp()) + away * factors.STEP_SECONDS)


def later(by=NEXT):
    return clock.standing_at(clock.now() + by)


def browser():
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


def sign_in(client, user, password=PASSWORD):
    return client.post("/login?next=/account", {"username": user.username, "password": password})


def through(client, user, given):
    """Signed in with password and code; the answer to the code."""
    assert sign_in(client, user).headers["Location"] == "/login/code?next=%2Faccount"
    return client.post("/login/code", {"code": given, "next": "/account"})
