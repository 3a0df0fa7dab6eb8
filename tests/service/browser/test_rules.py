"""Rules from a draft in the editor over review and approval to the subjects whose verdict they change."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LABEL = "1.1"


@pytest.mark.req("T-18")
@pytest.mark.req("T-19")
def test_a_draft_is_written_reviewed_approved_and_its_effect_is_shown(person):
    write(person("writer"))
    step(person("investigator"), "review", "read against the amended registry entry", effect=True)
    step(person("admin"), "approve", "reviewed by Dr Lin", effect=False)
    reader = person("monitor").open(f"/s/as/rules/{LABEL}")
    assert reader.page.locator("main form[method=post]").count() == 0
    assert "A-04" in reader.text("#diff")


def write(writer):
    """What is wrong stands beside the text while somebody writes; a draft with faults is not taken."""
    page = writer.open("/s/as/editor").page
    page.wait_for_selector(".cm-content")
    assert "No problems" in writer.text("#problems")
    replace(writer, "back_pain_vas >= 40 mm", "back_pain_vaz >= 35 mm")
    page.wait_for_selector("#problems li.error")
    assert "back_pain_vas" in writer.text("#problems"), "it says what was meant"
    page.wait_for_selector(".cm-lintRange-error")
    writer.look("rules-01-problem")
    replace(writer, "back_pain_vaz", "back_pain_vas")
    page.wait_for_selector("#problems .good")
    assert page.locator(".cm-lintRange-error").count() == 0
    assert page.locator("[name=subject]").count() == 0, "who writes rules may see no subject"
    page.fill("[name=label]", LABEL)
    page.fill("[name=note]", "back pain of 35 mm is enough")
    page.click("button[value=store]")
    page.wait_for_url(f"**/rules/{LABEL}")
    writer.look("rules-02-draft")
    assert page.locator("form:has([name=what])").count() == 0, "nobody reviews what he wrote"


def replace(writer, old, new):
    """As with the keyboard: search for the text, and write over it."""
    writer.page.focus(".cm-content")
    writer.press("Control+f")
    writer.page.keyboard.type(old)
    writer.press("Enter", "Escape")
    writer.page.keyboard.type(new)


def step(someone, what, reason, *, effect):
    """Another person's step, with a reason; who may read subjects sees on the same page whose verdict changes."""
    page = someone.open("/s/as/rules").page
    page.click(f"th a:has-text('{LABEL}')")
    page.wait_for_url(f"**/rules/{LABEL}")
    assert ("A-04" in someone.text("#diff")) is effect
    someone.look(f"rules-03-{what}")
    form = page.locator(f"form:has([name=what][value={what}])")
    form.locator("[name=reason]").fill(reason)
    form.locator("button").click()
    page.wait_for_selector(f"form:has([name=what][value={what}])", state="detached")
    someone.look(f"rules-04-after-{what}")
