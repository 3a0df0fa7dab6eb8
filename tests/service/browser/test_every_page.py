"""Every page, made from the list of addresses, in both languages and on two widths; axe looks, and nothing may be complained about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from trialrules.service.access import URLS

from .person import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NO_PAGES = {
    "logout": "takes a form only; leads to login",
    "language": "takes a form only; every page here is seen after it",
    "healthz": "for programs",
    "metrics": "for programs",
    "feed": "for calendar programs",
    "feed-unknown": "for calendar programs",
    "editor-check": "part of the editor's page",
    "editor-format": "part of the editor's page",
    "editor-evaluate": "part of the editor's page",
}
"""Names that no page of their own has, and why."""
PAGES = {
    "login": {"login": ("", "/login")},
    "welcome": {"welcome": ("", "WELCOME")},
    "studies": {"studies": ("investigator", "/")},
    "worklist": {
        "worklist": ("coordinator", "/s/as/worklist"),
        "worklist-none": ("investigator", "/s/as/worklist?q=NOBODY"),
        "worklist-monitor": ("monitor", "/s/aclf1/worklist?verdict=ineligible"),
    },
    "subject-new": {"subject-new": ("coordinator", "/s/as/new-subject")},
    "subject": {
        "subject-enrolled": ("coordinator", "/s/as/subjects/A-12/page"),
        "subject-eligible": ("investigator", "/s/aclf1/subjects/L-06/page"),
        "subject-void": ("monitor", "/s/aclf1/subjects/L-07/page"),
        "subject-ended": ("investigator", "/s/as/subjects/A-13/page"),
    },
    "why": {
        "why-ineligible": ("investigator", "/s/aclf1/subjects/L-02/why"),
        "why-open": ("coordinator", "/s/aclf1/subjects/L-03/why"),
        "why-eligible": ("coordinator", "/s/aclf1/subjects/L-01/why"),
        "why-provisional": ("coordinator", "/s/as/subjects/A-03/why"),
        "why-signed": ("monitor", "/s/aclf1/subjects/L-06/why"),
        "why-not-screened": ("coordinator", "/s/as/subjects/A-06/why"),
    },
    "criterion": {"criterion": ("investigator", "/s/aclf1/subjects/L-02/criteria/E5")},
    "missing": {
        "missing": ("coordinator", "/s/aclf1/subjects/L-03/missing"),
        "missing-other": ("coordinator", "/s/aclf1/subjects/L-01/missing?fact=creatinine"),
    },
    "log": {"log": ("coordinator", "/s/as/log")},
    "sign": {"sign": ("investigator", "/s/as/subjects/A-02/sign"), "sign-not": ("investigator", "/s/as/subjects/A-03/sign")},
    "schedule": {
        "schedule": ("coordinator", "/s/as/subjects/A-12/schedule"),
        "schedule-unblinded": ("pharmacist", "/s/as/subjects/A-12/schedule"),
        "schedule-ended": ("monitor", "/s/as/subjects/A-13/schedule"),
    },
    "visit": {"visit": ("coordinator", "/s/as/subjects/A-12/visits/w8")},
    "move": {
        "move": ("coordinator", "/s/as/subjects/A-12/visits/w8/move"),
        "move-plan": ("coordinator", "/s/aclf2/subjects/S-07/visits/d60/move?to=TO"),
    },
    "soa": {"soa": ("writer", "/s/as/soa")},
    "board": {"board": ("investigator", "/s/aclf1/board"), "board-none": ("monitor", "/s/aclf2/board")},
    "feeds": {"feeds": ("coordinator", "/s/as/feeds"), "feeds-all": ("admin", "/s/as/feeds?kind=study")},
    "rules": {"rules": ("writer", "/s/as/rules"), "rules-read": ("monitor", "/s/aclf1/rules")},
    "rule": {"rule": ("admin", "/s/as/rules/1.0")},
    "editor": {"editor": ("writer", "/s/as/editor"), "editor-read": ("coordinator", "/s/aclf1/editor")},
    "audit": {"audit": ("investigator", "/s/as/audit"), "audit-checked": ("admin", "/s/aclf1/audit?verify=1")},
}
"""For each name: pictures, who looks (empty: nobody is signed in), and where."""


def test_every_name_of_an_address_has_its_pictures():
    pages = {name for name in URLS if not name.startswith("api-")}
    assert sorted(pages - PAGES.keys()) == sorted(NO_PAGES), "a new page has to be looked at here"


@pytest.fixture
def looker(person):
    """`looker(name, width, lang)` is always the same browser for the same person; without a name, nobody who is signed in."""
    there = {}

    def find(name, width, lang):
        if name not in there:
            there[name] = person(name, width=width, arrive=bool(name))
            if not name:
                there[name].open("/login")
            there[name].speak(lang)
        return there[name]

    return find


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page(looker, service, lang, width):
    ahead = (datetime.now(UTC).date() + timedelta(days=16)).isoformat()
    for pictures in PAGES.values():
        for name, (who, path) in pictures.items():
            at = path.replace("WELCOME", service.links["coordinator-gz"]).replace("TO", ahead)
            looker(who, width, lang).open(at).look(f"{name}-{width}-{lang}")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_new_link_its_menu_and_the_list_of_keys(looker, width):
    someone = looker("pharmacist", width, "en").open("/s/aclf2/feeds?kind=study")
    page = someone.page
    page.click("form:has([value=create]) button")
    someone.look(f"feeds-made-{width}")
    page.click(".p-menu summary >> nth=0")
    someone.look(f"feeds-menu-{width}")
    page.click(".keys-open")
    someone.look(f"keys-{width}")


def test_what_is_printed(looker):
    someone = looker("investigator", WIDE, "en")
    page = someone.page
    page.emulate_media(media="print")
    for name, path in (("why", "/s/aclf1/subjects/L-02/why"), ("log", "/s/as/log"), ("schedule", "/s/as/subjects/A-12/schedule")):
        someone.open(path)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        someone.keep(f"printed-{name}")
        assert not page.locator(".bar").is_visible()
    someone.open("/s/aclf1/subjects/L-02/why")
    assert not page.locator("#c-I5 .tree").is_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#c-I5 .tree").is_visible()
    assert "formula of the source" in page.inner_text("#c-I5 .tree")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not page.locator("#c-I5 .tree").is_visible()
