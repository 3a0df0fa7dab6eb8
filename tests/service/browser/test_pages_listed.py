"""No page without pictures. This needs no browser: it fails as soon as there is a new page."""

from __future__ import annotations

from trialrules.service.access import URLS

from .pages import NO_PAGES, PAGES


def test_every_name_of_an_address_has_its_pictures():
    pages = {name for name in URLS if not name.startswith("api-")}
    assert sorted(pages - PAGES.keys()) == sorted(NO_PAGES), "a new page has to be looked at: tests/service/browser/pages.py"
    assert PAGES.keys() <= pages


def test_no_picture_is_taken_twice():
    names = [name for pictures in PAGES.values() for name in pictures]
    assert len(names) == len(set(names))
