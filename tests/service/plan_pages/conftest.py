"""People at their browsers."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client


class Page:
    """What a browser shows: the words of a page without its tags."""

    def __init__(self, response):
        self.status = response.status_code
        self.html = response.content.decode()
        body = re.sub(r"<(script|style)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        self.words = " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())

    def hidden(self, name):
        """The value of a hidden field."""
        return unescape(re.search(rf'name="{name}" value="([^"]*)"', self.html)[1])


class Browser:
    """Somebody signed in, in one study."""

    def __init__(self, user, study):
        self.client = Client(SERVER_NAME="localhost")
        self.client.force_login(user)
        self.home = f"/s/{study.slug}/"

    def get(self, path):
        return Page(self.client.get(self.home + path))

    def post(self, path, fields):
        return Page(self.client.post(self.home + path, fields))

    def json(self, path):
        response = self.client.get(self.home + path)
        assert response.headers["Content-Type"].startswith("application/"), response.content[:200]
        return response.json()


@pytest.fixture
def browse(world):
    return lambda user: Browser(user, world.study)


@pytest.fixture
def browse_blinded(blinded_world):
    return lambda user: Browser(user, blinded_world.study)
