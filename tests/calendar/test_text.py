"""Texts at the edge: whatever a title holds, it stays one visible line."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from icalendar import Calendar
from trialrules.engine.calendar.lint import lint
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.text import clean_description, clean_title, escape
from trialrules.limits import MAX_EVENT_DESCRIPTION, MAX_EVENT_TITLE

from .builders import after, purpose, schedule, study_feed, visit


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Visit\r\nATTENDEE:mailto:x@example.org", "Visit ATTENDEE:mailto:x@example.org"),
        ("Vis\x07it\x00\x7f\x9b", "Visit"),
        ("a\rb\nc\u2028d\u2029e\x85f\x0bg\th", "a b c d e f g h"),
        ("\u202eevil\u202c \u2066x\u2069 \u200fy", "evil x y"),
        ("zero\u200bwidth \ufeffmark", "zerowidth mark"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("  many   spaces\u00a0\u00a0here ", "many spaces here"),
        ("", "?"),
        ("\u202e\x00", "?"),
        ("C:\\NOTES, one; two", "C:\\NOTES, one; two"),
        ("👩‍⚕️ naïve 第28天", "👩‍⚕️ naïve 第28天"),
    ],
)
def test_titles(text, clean):
    assert clean_title(text) == clean


def test_a_long_title_is_cut_between_signs():
    assert clean_title("x" * 500) == "x" * (MAX_EVENT_TITLE - 1) + "…"
    accents = clean_title("e\u0301" * 200)
    assert len(accents) <= MAX_EVENT_TITLE
    assert accents.endswith("e\u0301…")
    doctors = clean_title("👩‍⚕️" * 100)
    assert doctors.removesuffix("…") == "👩‍⚕️" * (len(doctors) // 4)


def test_descriptions_keep_their_lines():
    assert clean_description("a\r\nb\u2028c\x07\n\n") == "a\nb\nc"
    assert len(clean_description("x\n" * 5_000)) <= MAX_EVENT_DESCRIPTION


def test_escapes():
    assert escape("a\\N;b,c:d\ne") == "a\\\\N\\;b\\,c:d\\ne"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=400), st.text(max_size=60))
def test_no_text_breaks_a_feed(title, other):
    one = visit("d28", "2026-09-28", title=title, titles={"zh": other}, purposes=(purpose("p", other or "p"), purpose("q", title)))
    state = after(None, schedule(one, subject=other))
    for language in ("en", "zh"):
        content = study_feed(state, variant=Variant("full", language, details=True))
        assert lint(content) == ()
        calendar = Calendar.from_ical(content)
        assert [len(calendar.events), calendar.errors, calendar.events[0].errors] == [1, [], []]
        shown = str(calendar.events[0]["SUMMARY"])
        assert shown == clean_title(
            " ".join(["AS-1", other or title if language == "zh" else title, other] if other else ["AS-1", title]).replace("  ", " ")
        )
