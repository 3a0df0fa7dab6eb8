"""Whoever reads Chinese is refused in Chinese: no code is without it, and no sentence that stands in the service's own text."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from trialrules.engine.schedule.problem_words import problem_words
from trialrules.service.pages.refusals import chinese, mend_of, message_of, said
from trialrules.service.pages.words import texts
from trialrules.service.work.outcome import Refused

from ..world import ROOT
from .test_why import url, words_of

SOURCES = sorted((ROOT / "service").rglob("*.py"))
SCHEDULES = [ROOT / "engine" / "schedule" / name for name in ("expand.py", "move.py", "recorded.py")]


def text_of(node: ast.expr) -> list[str]:
    """The texts that an expression may be, with `x` in the places of f-strings; nothing where that can't be told."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return [*text_of(node.body), *text_of(node.orelse)]
    if isinstance(node, ast.Subscript):
        return text_of(node.value)
    return []


def refusals():
    """(file:line, code, sentences) of every refusal in the service."""
    for path in SOURCES:
        tree = ast.parse(Path(path).read_text(encoding="utf-8"))
        named = {
            node.targets[0].id: text_of(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in ("message", "mend")
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("refuse", "Refused") and len(node.args) >= 3:
                texts = [named.get(one.id, []) if isinstance(one, ast.Name) else text_of(one) for one in node.args]
                for code in texts[0]:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", code, [text for part in texts[2:4] for text in part if text]


FOUND = list(refusals())
API_ONLY = {"query-wrong", "body-wrong", "not-json", "key-wrong", "key-used"}
"""Codes that only programs meet: their sentences stay English, behind a Chinese word for the code."""
BY_CODE = {key.removeprefix("refused_") for key in texts("zh") if key.startswith("refused_")}
"""Codes that are told to people in one sentence, in either language."""
PAST = "d28: 2026-01-01 is before 2026-03-02; what took place is recorded, not planned."
OF_THE_RECORD = {"xx."}
"""What is said of a record is what its reader says of it."""


def test_the_sources_have_refusals():
    assert len(FOUND) > 120
    assert {"stale", "forbidden", "wrong-order", "login-wrong", "not-found"} <= {code for _, code, _ in FOUND}


def test_no_code_lacks_chinese():
    assert sorted({code for _, code, _ in FOUND} - chinese().codes.keys() - BY_CODE) == []


def test_no_sentence_lacks_chinese():
    told = [(place, text) for place, code, texts in FOUND if code not in API_ONLY | BY_CODE for text in texts]
    lacking = [(place, text) for place, text in told if text not in OF_THE_RECORD and chinese().say(text) is None]
    assert lacking == []


@pytest.mark.parametrize(
    ("refused", "english", "told"),
    [
        (
            Refused("wrong-order", 409, "The subject is not eligible.", "Enrol the subject first."),
            "The subject is not eligible. Enrol the subject first.",
            "受试者当前状态：不合格。 请先将受试者入组。",
        ),
        (Refused("forbidden", 403, "Your role may not write visits."), "Your role may not write visits.", "您的角色无权记录访视。"),
        (Refused("not-found", 404, "There is no such subject."), "There is no such subject.", "没有此受试者。"),
        (Refused("day-ahead", 422, "2026-04-01 is still to come."), "2026-04-01 is still to come.", "2026-04-01 尚未到来。"),
        (Refused("record-wrong", 422, "`inr` has no unit."), "`inr` has no unit.", "无法使用该记录：`inr` has no unit."),
        (
            Refused("move-impossible", 422, "x", more={"problems": (PAST,)}),
            "x",
            "无法改期：d28：2026-01-01 早于 2026-03-02；已发生的访视应记录，而非安排。",
        ),
    ],
)  # fmt: skip
def test_a_refusal_in_both_languages(refused, english, told):
    assert said(refused, "en") == english
    assert said(refused, "zh") == told


def test_a_mend_without_chinese_is_left_out_and_a_message_never():
    refused = Refused("no-such-code", 400, "Something new.", "Do something new.")
    assert message_of(refused, "zh") == "Something new."
    assert mend_of(refused, "zh") == ""


def problems():
    for path in SCHEDULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                text = text_of(node)[0]
                if text.endswith(".") and " " in text:
                    yield text


def test_no_problem_of_a_schedule_lacks_chinese():
    found = list(problems())
    assert len(found) > 15
    assert [text for text in found if problem_words([text], "zh") == (text,)] == []


def test_a_problem_says_its_values():
    english = "d28: recorded as missed, without a day."
    assert problem_words([english], "en") == (english,)
    assert problem_words([english, "Something else."], "zh") == ("d28：记录为“缺失”，但没有日期。", "Something else.")


def test_pages_refuse_in_chinese_and_the_api_in_english(world, as_):
    subject = world.decided("S-01")
    form = {"version": subject.version, "action": "end", "status": "withdrawn", "day": "2027-01-01", "reason": "moved away"}
    page = as_("coordinator", "zh").post(url(subject, "page"), form)
    assert page.status_code == 422
    assert "2027-01-01 尚未到来。 请在结束当日或之后记录。" in words_of(page)
    assert "没有此受试者。" in words_of(as_("coordinator", "zh").get("/s/aclf1/subjects/S-99/why"))
    body = {"version": subject.version, "status": "withdrawn", "day": "2027-01-01", "reason": "moved away"}
    answer = as_("coordinator", "zh").post("/api/v1/studies/aclf1/subjects/S-01/end", body, content_type="application/json")
    assert answer.json()["title"] == "2027-01-01 is still to come."
    assert answer.json()["code"] == "day-ahead"
