"""What a subject may be told in plain words, as a value: of criteria that don't pass, what it is about, what is missing, what comes next.

It names no other person, no arm, no dose, and no verdict that the decision does not have; it advises nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ...engine.dates import format_day, format_partial
from ...engine.explain_reasons import title_words
from ...engine.explain_rule import fact_words, moment_words
from ...engine.explain_words import words
from .words import HTML_LANG, say, texts

if TYPE_CHECKING:
    from ...engine.explain_words import Lang
    from ...engine.outcome import Advice, CriterionOutcome, Decision, RankedNeed
    from ..models.subjects import Subject


@frozen
class LetterItem:
    """One criterion: its title, what is known of it, what is missing, what comes next."""

    title: str
    known: str
    missing: tuple[str, ...]
    next: str


@frozen
class Letter:
    """The page. `lang` is that of the letter, which need not be that of whoever prints it."""

    lang: Lang
    html_lang: str
    head: str
    study: str
    about: str
    intro: str
    items: tuple[LetterItem, ...]
    close: str
    t: dict[str, str]


def letter(subject: Subject, decision: Decision, advice: Advice, lang: Lang) -> Letter:
    """The letter about a decision."""
    t = texts(lang)
    open_ = [one for one in decision.criteria if one.passes is not True or one.provisional]
    fails = any(one.passes is False and not one.provisional for one in open_)
    unknown = any(one.passes is None for one in open_)
    intro = "fails" if fails else "unknown" if unknown else "later" if open_ else "passes"
    return Letter(
        lang,
        HTML_LANG[lang],
        t["letter_head"],
        subject.study.short_name,
        say(lang, "letter_about", code=subject.code, site=subject.site.name, day=format_partial(decision.now)),
        t[f"letter_intro_{intro}"],
        tuple(_item(one, decision, advice, lang) for one in open_),
        t["letter_close"],
        {name: t[f"letter_{name}"] for name in ("missing", "next", "investigator", "signature", "date", "questions", "not_real")},
    )


def _item(outcome: CriterionOutcome, decision: Decision, advice: Advice, lang: Lang) -> LetterItem:
    t = texts(lang)
    title = title_words(words(lang), outcome.criterion)
    if outcome.provisional:
        day = "" if outcome.recheck is None else format_day(outcome.recheck)
        return LetterItem(title, t["letter_later"], (), say(lang, "letter_next_day", day=day) if day else t["letter_next_later"])
    if outcome.passes is None:
        needed = [need for need in advice.needs if outcome.criterion.id in need.criteria]
        missing = tuple(dict.fromkeys(name for need in needed if (name := _name(need, decision, lang)) not in ("", title)))
        return LetterItem(title, t["letter_unknown"], missing, t["letter_next_unknown"])
    known = "letter_not_so" if outcome.criterion.kind == "inclusion" else "letter_is_so"
    return LetterItem(title, t[known], (), t["letter_next_fails"])


def _name(need: RankedNeed, decision: Decision, lang: Lang) -> str:
    """What is missing, by its name alone; empty where it has none that says something to a subject."""
    w, unknown = words(lang), need.unknown
    if unknown.fact is not None:
        return fact_words(w, unknown.fact)
    moment = decision.protocol.moments.get(unknown.detail)
    return "" if moment is None else moment_words(w, moment)
