"""Buttons that copy: what is then in the clipboard."""

from __future__ import annotations

import pytest

from .person import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def copied(person, service):
    """`copied(somebody)` presses the page's button that copies, and gives what is in the clipboard then."""

    def press(someone):
        someone.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.url)
        someone.page.evaluate("navigator.clipboard.writeText('nothing yet')")
        someone.page.click("main button[data-copied]")
        someone.page.wait_for_function("async () => (await navigator.clipboard.readText()) !== 'nothing yet'")
        assert someone.announced() == "Copied"
        return someone.settled().page.evaluate("navigator.clipboard.readText()")

    return press


def test_the_line_for_the_screening_log(person, copied):
    assert copied(person("coordinator").open("/s/aclf1/subjects/L-02/why")).startswith("L-02")


def test_a_calendar_link(person, copied):
    someone = person("coordinator").open("/s/aclf1/feeds?kind=mine")
    someone.page.click("form:has([value=create]) button")
    someone.page.wait_for_selector("#new-link")
    assert copied(someone) == someone.page.input_value("#new-link")


def test_a_token(person, copied):
    someone = person("coordinator").open("/account/tokens")
    someone.page.fill("#name", "the calendar of the ward")
    someone.page.fill("#password", PASSWORD)
    someone.page.click("main .card form button")
    someone.page.wait_for_selector(".notice.good .key")
    assert copied(someone) == someone.page.inner_text(".notice.good .key")
