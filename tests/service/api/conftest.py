"""A program that talks to the API with a token."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from trialrules.canonical import strict_json_loads
from trialrules.service.work import accounts
from trialrules.service.work.outcome import taken


class Program:
    """Somebody's program. Answers are read strictly, and every refusal has to be a problem."""

    def __init__(self, user):
        self.user = user
        self.token = taken(accounts.create_token(user, "test")).token
        self.client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    def ask(self, method, path, body=None, **headers):
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        response = getattr(self.client, method)(f"/api/v1{path}", headers={"authorization": f"Bearer {self.token}", **headers}, **content)
        value = strict_json_loads(response.content.decode())
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == "application/problem+json"
            assert value["status"] == response.status_code
            assert value["code"]
            assert value["title"]
        return response.status_code, value

    def get(self, path, **headers):
        return self.ask("get", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("post", path, {} if body is None else body, **headers)


@pytest.fixture
def program():
    made = {}

    def of(user):
        return made.setdefault(user.pk, Program(user))

    return of
