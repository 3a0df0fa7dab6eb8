"""The OpenAPI document says exactly what the API does: schemathesis tries every operation with good and bad input."""

from __future__ import annotations

import jsonschema
import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS
from trialrules.service import access
from trialrules.service.api.openapi import PREFIX, document
from trialrules.service.api.table import OPERATIONS
from trialrules.service.models.accounts import Role
from trialrules.service.models.subjects import Subject
from trialrules.service.work import accounts, feeds, screening
from trialrules.service.work.outcome import taken
from trialrules.service.wsgi import application

from .conftest import Program

schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", application)
EXAMPLES = 8
# Input that fits the schema may still be refused for what it means: an unknown study, a fact that no rule declares, a day that has passed.
WITHOUT = {"positive_data_acceptance"}


@pytest.fixture
def _one_connection():
    """The server would close its connection after each request, and the test's transaction with it."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def story(world, _one_connection):
    subject = world.enrolled("S-01")
    # Somebody who may do everything, so that nothing is refused before it is looked at.
    for role in (Role.INVESTIGATOR, Role.MONITOR, Role.WRITER, Role.ADMINISTRATOR):
        taken(accounts.grant(None, world.unblinded, world.study, role, unblinded=True, reason="test"))
    feed = taken(feeds.create(world.unblinded, world.study, "mine")).feed
    names = {"study": "aclf1", "subject": "S-01", "index": "0", "decision": str(screening.latest(subject).pk), "label": world.version.label}
    return names | {"feed": str(feed.pk)}, Program(world.unblinded)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
    deadline=None,
)
def test_schemathesis(case, story):
    names, program = story
    # Names and a version that exist, so that more is tried than the 404 and the 409.
    case.path_parameters = {name: names.get(name, value) for name, value in (case.path_parameters or {}).items()}
    if isinstance(case.body, dict) and isinstance(case.body.get("version"), int):
        case.body["version"] = Subject.objects.get(code="S-01").version
    checks = [check for check in CHECKS.get_all() if check.__name__ not in WITHOUT]
    case.call_and_validate(headers={"Authorization": f"Bearer {program.token}"}, checks=checks)


def test_the_document_is_openapi():
    made = document()
    assert made["openapi"] == "3.1.0"
    for name, one in made["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(one)
        assert name
    operations = [(path, method) for path, one in made["paths"].items() for method in one]
    assert len(operations) == len(OPERATIONS) == len(set(operations))
    numbers = [one["operationId"] for path in made["paths"].values() for one in path.values()]
    assert len(numbers) == len(set(numbers))


def test_the_document_and_the_addresses_are_the_same():
    served = {
        str(one.pattern).replace("<str:", "{").replace(">", "}")
        for one in get_resolver().url_patterns
        if (one.name or "").startswith("api-")
    }
    said = {f"{PREFIX}{path}".lstrip("/") for path in document()["paths"]}
    assert served - said == {"api/v1/openapi.json"}
    assert said - served == set()
    assert {one.name for one in OPERATIONS} <= access.URLS.keys()
