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
from trialrules.service.work import screening
from trialrules.service.wsgi import application

from .conftest import Program

schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", application)
EXAMPLES = 12
# Input that fits the schema may still be refused for what it means: an unknown study, a fact that no rule declares, a day that has passed.
WITHOUT = {"positive_data_acceptance"}
NAMES = {"study": "aclf1", "subject": "S-01", "label": "1.0", "index": "0", "feed": "1"}


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
    world.decided("S-02")
    return {**NAMES, "decision": str(screening.latest(subject).pk), "label": world.version.label}, Program(world.coordinator)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    deadline=None,
)
def test_schemathesis(case, story):
    names, program = story
    if case.meta is None or case.meta.generation.mode.is_positive:
        # Names that exist, so that more than the 404 is tried.
        case.path_parameters = {name: names.get(name, value) for name, value in (case.path_parameters or {}).items()}
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
    served = {str(one.pattern).replace("<str:", "{").replace(">", "}") for one in get_resolver().url_patterns if (one.name or "").startswith("api-")}
    said = {f"{PREFIX}{path}".lstrip("/") for path in document()["paths"]}
    assert served - said == {"api/v1/openapi.json"}
    assert said - served == set()
    assert {one.name for one in OPERATIONS} <= access.URLS.keys()
