"""Saving what was missing, and saying what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from .. import clock
from ..work import screening, subjects
from ..work.outcome import Refused, RefusedError
from .entry import Form, Option, choices, fact_of, form_of, moment_form
from .subject_view import answer_line, verdict_text
from .times import local_time
from .words import say, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.decisions import Decision
    from ..models.subjects import Subject

_NO_VERSION = Refused("stale", 409, "The form does not say which version it is about.", "Load the page again.", "version")


@frozen
class Shifted:
    """A criterion whose verdict changed, in words."""

    id: str
    old: str
    new: str


@frozen
class Saved:
    """What saving did: the answer before and after, the criteria that changed, and the signature that holds no longer."""

    told: str
    old: tuple[str, str, str] | None
    new: tuple[str, str, str] | None
    same: bool
    shifts: tuple[Shifted, ...]
    why: str
    void: str = ""


@frozen
class Other:
    """Recording something that is not on the list: which there are, and the form of the chosen one."""

    options: tuple[Option, ...]
    chosen: str
    form: Form | None


def save(user: User, subject: Subject, typed: Mapping[str, str], lang: Lang) -> subjects.Entered | Refused:
    """Record what was typed: a fact, a moment, or sex or birth date."""
    version = typed.get("version", "")
    if not version.isdecimal():
        return _NO_VERSION
    kind, _, name = typed.get("target", "").partition(":")
    reason = typed.get("why") or texts(lang)["reason_default"]
    seen = int(version[:9])
    if kind == "moment":
        return subjects.set_moment(user, subject, seen, name, typed.get("date", "").strip(), reason)
    if kind == "person":
        value = typed.get("value", "").strip()
        known = {"sex": {"sex": value}, "birth_date": {"birth_date": value}}.get(name, {})
        return subjects.set_person(user, subject, seen, **known, reason=reason)
    try:
        _, protocol = screening.protocol_for(subject)
    except RefusedError as error:
        return error.refused
    fact = protocol.facts.get(name)
    if kind != "fact" or fact is None:
        return Refused("fact-undeclared", 422, "The rules ask for no such fact.", "Choose one of the list.", "target")
    return subjects.enter_facts(user, subject, seen, [fact_of(fact, typed, clock.today(subject.site.timezone).isoformat())], reason)


def saved(done: subjects.Entered, before: Decision | None, title: str, lang: Lang) -> Saved:
    """What saving changed."""
    told = say(lang, "entry_saved", fact=title) if title else texts(lang)["saved"]
    if done.change is None:
        return Saved(told, None, None, True, (), done.why)
    old = None if before is None else answer_line(screening.computed(before), lang)
    new = answer_line(screening.computed(done.change.new), lang)
    shifts = tuple(Shifted(one.criterion, verdict_text(lang, one.old), verdict_text(lang, one.new)) for one in done.change.shifts)
    voided = done.change.voided
    void = "" if voided is None else say(lang, "void_now", name=voided.printed_name, at=local_time(voided.created, voided.zone))
    return Saved(told, old, new, old == new and not shifts, shifts, "", void)


def other_form(subject: Subject, wanted: str, lang: Lang) -> Other:
    """The choice of everything that the rules ask for."""
    _, protocol = screening.protocol_for(subject)
    form: Form | None = None
    if wanted in protocol.facts:
        form = form_of(protocol.facts[wanted], lang)
    elif wanted in protocol.moments:
        form = moment_form(protocol.moments[wanted], lang)
    return Other(tuple(choices(protocol, lang)), wanted, form)
