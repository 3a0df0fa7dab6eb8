"""A writer changes rules in the editor: problems and mends, completion, what a name is, values, examples, effect; nothing is lost."""

from __future__ import annotations

import pytest

from .person import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (ROOT / "service" / "static" / "trialrules" / "editor" / "editor.js").exists(), reason="the bundle is not built: make editor"
    ),
]
EDITOR = "/s/aclf1/editor"


def written(page):
    """The text as it would be sent."""
    return page.input_value("#source")


def put_at_end(page, text):
    page.click(".cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def opened(person, name):
    someone = person(name).open(EDITOR)
    someone.page.wait_for_selector(".cm-content")
    return someone


def test_a_slip_is_shown_in_place_and_mended(person):
    writer = opened(person, "writer")
    page = writer.page
    put_at_end(page, '\nexclusion E99 "Jaundice"\n  source exclusion 99\n  totl_bilirubin on screening > 3 mg/dL\n')
    page.wait_for_selector("#problems li.error")
    assert page.locator(".cm-lint-marker-error").count() == 1
    assert page.locator(".cm-lintRange-error").inner_text() == "totl_bilirubin"
    writer.look("editor-problem")
    # The list leads to the place, by keyboard too.
    page.focus("#problems li.error a >> nth=0")
    page.keyboard.press("Enter")
    assert page.evaluate("getSelection().toString()") == "totl_bilirubin"
    page.click("#problems [data-fix]")
    page.wait_for_selector("#problems li.error", state="detached")
    assert written(page).endswith('exclusion E99 "Jaundice"\n  source exclusion 99\n  total_bilirubin on screening > 3 mg/dL\n')


def test_completion_and_what_a_name_is(person):
    writer = opened(person, "investigator")
    page = writer.page
    put_at_end(page, '\nexclusion E99 "Jaundice"\n  ')
    page.keyboard.type("total_b")
    page.wait_for_selector(".cm-tooltip-autocomplete")
    page.wait_for_selector(".cm-completionInfo")
    assert "Such as: total_bilirubin within 28 days before screening" in page.inner_text(".cm-completionInfo")
    # An editor ignores the key just after the list came up, lest somebody who types on takes a word unawares.
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    assert written(page).endswith("  total_bilirubin")
    page.keyboard.press("Control+i")
    page.wait_for_selector(".p-said:has-text('Recorded for')")
    assert "total_bilirubin" in page.inner_text(".p-said code")


def test_values_outline_examples_and_effect(person):
    writer = opened(person, "investigator")
    page = writer.page
    page.fill("input[name=subject]", "L-02")
    page.click("button:has-text('Evaluate')")
    page.wait_for_selector("#values .p-lead")
    page.click(".p-outline summary")
    page.click("#outline a:has-text('E4')")
    page.wait_for_selector(".cm-line:has-text('he_grade = 4') .cm-values")
    assert page.inner_text(".cm-line:has-text('he_grade = 4') .cm-values").startswith("✗ 3")
    writer.look("editor-values")
    page.click("summary:has-text('Examples')")
    page.click("button:has-text('Run the examples')")
    page.wait_for_selector("#tests b")
    assert "All examples hold: 225." in writer.text("#tests")
    page.click("summary:has-text('What it would change')")
    page.click("button:has-text('Compare with the approved version')")
    page.wait_for_selector("#effect b")
    assert writer.text("#effect").startswith("No subject's verdict changes (")


def test_what_was_written_is_not_lost(person):
    writer = opened(person, "writer")
    page = writer.page
    put_at_end(page, "# my remark\n")
    asked = []
    page.on("dialog", lambda one: (asked.append(one.type), one.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    page.wait_for_selector("#kept:visible")
    page.click("#kept button >> nth=0")
    assert written(page).endswith("# my remark\n")
    # Storing fails: the text stays, and the page says so.
    page.route("**/editor", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.fill("input[name=label]", "1.1")
    page.click("#store")
    page.wait_for_selector("#store-result [role=alert]")
    assert "what you wrote is still here" in writer.text("#store-result")
    assert written(page).endswith("# my remark\n")
    page.unroute("**/editor")
    writer.complaints.clear()
    page.click("#store")
    page.wait_for_url("**/rules/1.1")
    assert "draft" in writer.text("h1")
    assert len(asked) == 1
    writer.look("rules-draft")


def test_on_a_narrow_screen(person):
    writer = person("writer", width=375).open(EDITOR)
    writer.page.wait_for_selector(".cm-content")
    writer.look("editor-narrow")
    writer.open("/codes/TR012")
    writer.look("code-narrow")
