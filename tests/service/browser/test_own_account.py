"""Somebody sets up a device, comes in with it, signs with it, replaces it, takes it off; another password; a token for a program."""

from __future__ import annotations

import time

import pyotp
import pytest

from .person import NARROW, PASSWORD, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


class Device:
    """An authenticator app. No code is asked of it twice."""

    def __init__(self, key):
        self.device, self.last = pyotp.TOTP(key.replace(" ", "")), 0

    def code(self):
        while int(time.time()) // 30 <= self.last:
            time.sleep(1)
        self.last = int(time.time()) // 30
        return self.device.at(self.last * 30)


def set_up(someone, name, *, code=""):
    page = someone.page
    page.fill("#password", PASSWORD)
    if code:
        page.fill("#code", code)
    page.click("main form button")
    device = Device(page.inner_text("code.key"))
    someone.look(f"account-device-{name}")
    page.fill("#code", device.code())
    page.click("main form button")
    page.wait_for_selector(".codes")
    someone.look(f"account-codes-{name}")
    return device, page.locator(".codes code").all_inner_texts()


@pytest.mark.parametrize(("lang", "width", "subject"), [("en", WIDE, "A-02"), ("zh", NARROW, "A-04")])
def test_from_setting_up_to_removing(person, lang, width, subject):
    name = f"{width}-{lang}"
    someone = person("investigator", width=width).speak(lang)
    page = someone.page
    page.click("a.who")
    someone.look(f"account-before-{name}")
    page.click("a.button[href='/account/second-factor']")
    device, codes = set_up(someone, name)
    assert len(codes) == 8
    page.click("main a.button")
    someone.look(f"account-with-factor-{name}")

    page.click(".bar form[action='/logout'] button")
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/login/code**")
    someone.look(f"login-code-{name}")
    page.fill("#code", "000000")
    page.click("main form button")
    page.wait_for_selector("[role=alert]")
    someone.complaints.clear()
    page.fill("#code", device.code())
    page.click("main form button")
    page.wait_for_url(f"{someone.service.url}/")
    someone.settled()

    someone.open(f"/s/as/subjects/{subject}/sign").look(f"sign-code-{name}")
    for box in page.locator("input[type=checkbox][name^=confirm]").all():
        box.check()
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.fill("#code", device.code())
    page.click("fieldset button")
    page.wait_for_url("**/why")
    assert "Dr Lin" in someone.text(".signed, main")

    someone.open("/account/second-factor").look(f"account-replace-{name}")
    device, _ = set_up(someone, f"again-{name}", code=codes[0])
    someone.open("/account/second-factor/remove").look(f"account-remove-{name}")
    page.fill("#password", PASSWORD)
    page.fill("#code", codes[1])
    with page.expect_console_message(lambda message: "403" in message.text):
        page.click("main form button")
    page.wait_for_selector("[role=alert]")  # codes of before do not work
    someone.complaints = [one for one in someone.complaints if "403" not in one]
    someone.look(f"account-refused-{name}")
    page.fill("#password", PASSWORD)
    page.fill("#code", device.code())
    page.click("main form button")
    page.wait_for_url("**/account")
    assert page.locator("a.button[href='/account/second-factor']").count() == 1


@pytest.mark.parametrize(("lang", "width"), [("en", WIDE), ("zh", NARROW)])
def test_another_password_and_a_token(person, lang, width):
    name = f"{width}-{lang}"
    someone = person("coordinator", width=width).speak(lang).open("/account/password")
    page = someone.page
    page.fill("#old", PASSWORD)
    page.fill("#password", "eight noisy herons wade")
    page.fill("#again", "eight noisy herons wade")
    page.click("main form button")
    page.wait_for_selector("[role=status].notice")
    someone.look(f"account-password-changed-{name}").open("/account/tokens")
    page.fill("#name", "nightly import")
    page.fill("#password", "eight noisy herons wade")
    page.click(".narrow-page button")
    token = page.inner_text("code.key")
    assert len(token) == 43
    someone.look(f"account-token-made-{name}")
    # One tap ends nothing that programs work with.
    page.click("table summary")
    someone.look(f"account-token-sure-{name}")
    page.click("table button.danger")
    assert page.locator("table").count() == 0
    assert token not in page.content()
    # Who comes next finds the password that is known to all.
    someone.open("/account/password")
    page.fill("#old", "eight noisy herons wade")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main form button")
    page.wait_for_selector("[role=status].notice")
