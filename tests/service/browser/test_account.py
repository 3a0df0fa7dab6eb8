"""The own account: a second factor at the door and at the first signature of a session, tokens, another password."""

from __future__ import annotations

import time

import pyotp
import pytest

from .person import NARROW, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


class Device:
    """A telephone that makes codes; a code is never given twice."""

    def __init__(self, key):
        self._codes, self._last = pyotp.TOTP(key.replace(" ", "")), ""

    def code(self):
        while self._codes.now() == self._last:
            time.sleep(0.5)
        self._last = self._codes.now()
        return self._last


def test_a_second_factor_is_set_up_and_asked_for(person):
    someone = person("investigator", width=NARROW)
    page = someone.page
    page.click(".who")
    page.wait_for_url("**/account")
    page.click("a[href$='/second-factor']")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_selector(".device")
    someone.look("account-device-375")
    device = Device(page.inner_text(".device .key"))
    page.fill("#code", device.code())
    page.click("main form button")
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() >= 8
    someone.look("account-codes-375")
    page.click(".bar-end form:last-child button")
    page.wait_for_url("**/login*")
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/login/code*")
    for lang in ("zh", "en"):
        someone.speak(lang).look(f"login-code-375-{lang}")
    page.fill("#code", "000000")
    page.click("main form button")
    page.wait_for_selector("[role=alert]")
    someone.complaints.clear()
    page.fill("#code", device.code())
    page.click("main form button")
    page.wait_for_url(f"{someone.service.url}/")


def test_a_token_is_shown_once_and_ended(person):
    someone = person("coordinator").open("/account/tokens")
    page = someone.page
    page.fill("#name", "the calendar of the ward")
    page.fill("#password", PASSWORD)
    page.click("main .card form button")
    page.wait_for_selector(".notice.good .key")
    token = page.inner_text(".notice.good .key")
    someone.look("account-token-made")
    someone.open("/account/tokens")
    assert token not in page.content()
    page.click("table form button")
    page.wait_for_selector("table", state="detached")


def test_another_password(person):
    someone = person("writer").open("/account/password")
    page, new = someone.page, "nine warm badgers hum"
    page.fill("#old", PASSWORD)
    page.fill("#password", new)
    page.fill("#again", new)
    page.click("main form button")
    page.wait_for_url("**/account?changed")
    assert page.locator("[role=status].good").is_visible()
    someone.look("account-changed")
