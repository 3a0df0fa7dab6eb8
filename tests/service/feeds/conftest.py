"""A world with an enrolled subject, and a program that fetches calendars."""

from __future__ import annotations

import pytest
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from trialrules.service.feeds import fetches, serve
from trialrules.service.work import feeds
from trialrules.service.work.outcome import taken


@pytest.fixture(autouse=True)
def _nothing_remembered():
    serve.MEMORY.clear()
    fetches._gathered.clear()
    yield
    serve.MEMORY.clear()
    fetches._gathered.clear()


@pytest.fixture
def browser():
    return Client(SERVER_NAME="localhost")


class Link:
    """A link that somebody subscribed to."""

    def __init__(self, browser, made):
        self.browser, self.feed, self.token, self.url = browser, made.feed, made.token, f"/c/{made.token}/calendar.ics"

    def get(self, **headers):
        return self.browser.get(self.url, headers=headers)

    def text(self):
        return self.get().content.decode().replace("\r\n ", "")


@pytest.fixture
def subscribe(browser):
    """Makes a link and gives what fetches it."""

    def make(world, kind="subject", user=None, **more):
        return Link(browser, taken(feeds.create(user or world.coordinator, world.study, kind, **more)))

    return make


@pytest.fixture
def one_connection():
    """The server would close its connection after each request, and the test's transaction with it."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)
