"""Browsers as attackers and users have them."""

from __future__ import annotations

import pytest
from django.test import Client

from ..world import PASSWORD
from .device import Device, later


@pytest.fixture
def anybody():
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


@pytest.fixture
def client_of():
    def make(user, *, csrf=False):
        client = Client(SERVER_NAME="localhost", enforce_csrf_checks=csrf, raise_request_exception=False)
        assert client.login(username=user.username, password=PASSWORD)
        return client

    return make


@pytest.fixture
def device(world):
    made = Device(world.investigator)
    # The code that confirmed it is used up: what follows happens a little later.
    with later():
        yield made
