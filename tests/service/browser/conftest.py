"""Chromium, driven by Playwright, against the running service; axe-core looks at every page. `make browser` installs what is needed."""

from __future__ import annotations

import shutil

import pytest

from ..running import running
from .person import SHOTS, Person
from .sheet import write_sheet


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium")
    assert program, "chromium is missing: say make browser"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The service with its demonstration; the tests of a module share it."""
    with running(tmp_path_factory.mktemp("service")) as one:
        yield one


@pytest.fixture
def person(chromium, service):
    """`person("coordinator")` is somebody with a browser of their own, signed in."""
    people = []

    def make(name, *, arrive=True, **more):
        one = Person(chromium, service, name, **more)
        people.append(one)
        if not arrive:
            return one
        return one.arrive() if name in service.links else one.log_in()

    yield make
    for one in people:
        one.context.close()


def pytest_sessionfinish():
    write_sheet(SHOTS)
