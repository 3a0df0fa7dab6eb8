"""Chromium, driven by Playwright, against the running service; axe-core looks at every page. `make browser` installs what is needed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".browser"
AXE = TOOLS / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = TOOLS / "shots"
PASSWORD = "four calm otters swim"


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium")
    assert program, "chromium is missing: say make browser"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Service:
    """The running service: its address, and the links that are still unused."""

    def __init__(self, base, links):
        self.base, self.links = base, links


@pytest.fixture
def service(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    more = {"TRIALRULES_HOME": str(tmp_path / "home"), "TRIALRULES_URL": address, "DATABASE_URL": ""}
    program = [sys.executable, str(Path(__file__).with_name("serve_demo.py")), str(port)]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(program, env=os.environ | more, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        line = process.stdout.readline()
        assert line, (tmp_path / "log").read_text()[-2000:]
        yield Service(address, json.loads(line))
        process.terminate()
        process.wait(20)


class Person:
    """Somebody in front of a browser. Whatever the console complains about is a fault."""

    def __init__(self, chromium, service, name, width=1280):
        self.service, self.name = service, name
        self.context = chromium.new_context(viewport={"width": width, "height": 900})
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type in ("error", "warning") else None)
        self.page.on("request", lambda one: self.complaints.append(one.url) if not one.url.startswith((service.base, "data:")) else None)

    def arrive(self):
        """Open the one-time link, set a password."""
        self.open(f"/welcome/{self.service.links[self.name]}")
        self.page.fill("#password", PASSWORD)
        self.page.fill("#again", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url(f"{self.service.base}/")
        return self

    def open(self, path):
        self.page.goto(self.service.base + path)
        return self

    def text(self, selector="main"):
        return " ".join(self.page.inner_text(selector).split())

    def look(self, name):
        """Keep a picture, let axe look for what hinders people, and see that nothing sticks out to the side."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        assert AXE.exists(), "axe-core is missing: say make browser"
        # Through the debugger: the page's own policy rightly refuses scripts of others.
        self.context.new_cdp_session(self.page).send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        found = self.page.evaluate("async () => (await axe.run()).violations.map((one) => [one.id, one.impact, one.nodes[0].html])")
        assert [one for one in found if one[1] in ("serious", "critical", "moderate")] == [], name
        assert self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, name
        assert self.complaints == []
        return self


@pytest.fixture
def person(chromium, service):
    """`person("coordinator")` is somebody with a browser of their own."""
    people = []

    def make(name, **more):
        people.append(Person(chromium, service, name, **more))
        return people[-1]

    yield make
    for one in people:
        one.context.close()
