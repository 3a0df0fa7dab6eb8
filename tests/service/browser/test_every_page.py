"""Every page, made from the list of addresses, in both languages and on two widths; axe looks, and nothing may be complained about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from .pages import PAGES
from .person import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


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
        someone.open(path).keep(f"printed-{name}")
        assert not page.locator(".bar").is_visible()
    # Number, verdict and title of a criterion stand side by side, on one line.
    someone.open("/s/aclf1/subjects/L-02/why")
    places = [page.locator(f"#c-I5 summary {part}").bounding_box() for part in (".row-id", ".status", ".row-title")]
    assert [one["x"] for one in places] == sorted(one["x"] for one in places)
    assert max(one["y"] for one in places) - min(one["y"] for one in places) < 10
