"""Somebody in front of a browser. Whatever the browser complains about is a fault."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".browser"
AXE = TOOLS / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = TOOLS / "shots"
PASSWORD = "four calm otters swim"
WIDE, NARROW = 1280, 375
# What a page's policy refuses is told to the page, too.
_POLICY = "addEventListener('securitypolicyviolation', (one) => console.error(`policy: ${one.violatedDirective} ${one.blockedURI}`))"
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_FOUND = """async () => (await axe.run({resultTypes: ["violations"]}))
  .violations.map((one) => [one.id, one.impact, one.nodes.map((node) => node.html)])"""
# The outline or the shadow that shows where the keyboard is; null where nothing has the focus.
_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) { return null; }
  const look = getComputedStyle(one), box = one.getBoundingClientRect();
  return {seen: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0, width: box.width, tag: one.outerHTML.slice(0, 120)};
}"""


class Person:
    """One account at one browser; `lang` is chosen with the button in the bar."""

    def __init__(self, browser, service, name, *, width=WIDE, scripts=True):
        self.service, self.name = service, name
        self.context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        if scripts:
            self.context.add_init_script(_POLICY)
        self.page = self.context.new_page()
        self.page.set_default_timeout(45_000)
        self.complaints = []
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda one: self.complaints.append(str(one)))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", lambda one: self.complaints.append(one.url) if not one.url.startswith((service.url, "data:")) else None)
        self.page.on("response", lambda one: self.complaints.append(f"{one.url}: {one.status}") if one.status >= 400 else None)

    def _failed(self, request):
        # Whoever goes on before a page is there, breaks off what it was loading.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def arrive(self):
        """Open the one-time link, set a password."""
        self.open(self.service.links.pop(self.name))
        self.page.fill("#password", PASSWORD)
        self.page.fill("#again", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url(f"{self.service.url}/")
        return self

    def log_in(self):
        """With the password that was set."""
        self.open("/login")
        self.page.fill("#username", self.name)
        self.page.fill("#password", PASSWORD)
        self.page.click("main form button")
        self.page.wait_for_url(f"{self.service.url}/")
        return self

    def speak(self, lang):
        """Choose the language, unless it is chosen."""
        html = {"en": "en", "zh": "zh-Hans"}[lang]
        if self.page.get_attribute("html", "lang") != html:
            self.page.click(f".language button[value={lang}]")
            self.page.wait_for_selector(f"html[lang={html}]")
        return self

    def open(self, path):
        self.page.goto(path if path.startswith("http") else self.service.url + path)
        return self

    def text(self, selector="main"):
        return " ".join(self.page.inner_text(selector).split())

    def refused(self, path, status):
        """The address answers with this status, and the browser's words about that are no complaint."""
        self.settled()
        assert (path, self.page.goto(self.service.url + path).status) == (path, status)
        # What it says to the console arrives a little later than the page.
        self.page.wait_for_function("document.readyState === 'complete'")
        self.complaints = [one for one in self.complaints if str(status) not in one]
        return self

    def settled(self):
        """Nothing was complained about."""
        assert self.complaints == [], self.complaints
        return self

    def keep(self, name):
        """A picture of the whole page."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        return self

    def look(self, name):
        """Keep a picture, let axe look for what hinders people, and see that nothing sticks out to the side."""
        self.keep(name)
        assert AXE.exists(), "axe-core is missing: say make browser"
        # Through the debugger: the page's own policy rightly refuses scripts of others.
        debugger = self.context.new_cdp_session(self.page)
        debugger.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        debugger.detach()
        found = self.page.evaluate(_FOUND)
        hindering = [one for one in found if one[1] in ("serious", "critical", "moderate")]
        assert hindering == [], (name, hindering)
        assert self.page.evaluate(_SIDEWAYS) == 0, name
        return self.settled()

    # ---------------------------------------------------------------- the keyboard alone

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def write(self, text):
        """What is in the field is replaced."""
        self.press("Control+a")
        self.page.keyboard.type(text)
        return self

    def tab_to(self, selector, *, most=200):
        """Tab until the element has the focus; on every stop on the way one sees where one is."""
        for _ in range(most):
            self.press("Tab")
            focus = self.page.evaluate(_FOCUS)
            if focus is None:
                continue
            assert focus["seen"], f"one does not see the focus on {focus['tag']}"
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return self
        raise AssertionError(f"{selector} is not reached with the Tab key on {self.page.url}")

    def focused(self, selector):
        """Wait until the element has the focus."""
        self.page.wait_for_function("(selector) => document.activeElement?.matches(selector)", arg=selector)
        return self

    def announced(self):
        """What a screen reader is told."""
        return re.sub(r"\s+", " ", self.page.inner_text("#announce")).strip()
