"""Clients that are signed in, one for each role."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.fixture
def as_(world):
    """`as_("coordinator")` is a browser in which that user is signed in, in a language."""

    def sign_in(name, lang="en"):
        user = world.users[name]
        type(user).objects.filter(pk=user.pk).update(language=lang)
        client = Client()
        client.force_login(user)
        return client

    return sign_in
