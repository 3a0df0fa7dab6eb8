"""An occurrence becomes the bytes of one VEVENT, written by the icalendar library, once for each way of showing it.

Nothing of the moment of writing gets in: DTSTAMP and LAST-MODIFIED are when the present form was first seen (RFC 5545 section 3.8.7.2: they
are one without a METHOD). No METHOD, CLASS, ORGANIZER, alarm or SOURCE: a feed belongs to its reader, and prints no address of itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, get_args

from attrs import frozen
from icalendar import Event
from icalendar.prop import vDate, vDatetime, vDDDLists, vInt, vRecur, vText

from .occurrence import Occurrence, Repeat, Titles
from .text import clean_description, clean_title, escape
from .words import Language, say

TitleStyle = Literal["full", "visit", "private"]
"""What a title tells: study, visit and subject; visit and subject; study and subject only. All name the subject: some readers take two
events that differ in nothing but their UID for one."""
TITLE_STYLES: Final[tuple[TitleStyle, ...]] = get_args(TitleStyle)

_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@frozen
class Variant:
    """A way of showing events. `details`: the assessments are listed in the description."""

    titles: TitleStyle = "full"
    language: Language = "en"
    details: bool = False

    @property
    def text(self) -> str:
        """Its name in the stored state."""
        return f"{self.titles}.{self.language}{'.details' if self.details else ''}"


class _Text(vText):
    """A TEXT value of cleaned text."""

    def to_ical(self) -> bytes:
        return escape(str(self)).encode("utf-8")


def text_value(text: str) -> vText:
    """A TEXT value with the escapes that the standard knows, and no others."""
    return _Text(text)


def render(occurrence: Occurrence, variant: Variant, uid: str, sequence: int, modified: int, *, cancelled: bool = False) -> bytes:
    """The VEVENT, with folded lines that end in CRLF; `modified` counts seconds since 1970 in UTC."""
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=modified)
    event = Event()
    event["UID"] = vText(uid)
    event["DTSTAMP"] = vDatetime(stamp)
    event["LAST-MODIFIED"] = vDatetime(stamp)
    event["SEQUENCE"] = vInt(sequence)
    _times(event, occurrence)
    event["SUMMARY"] = _Text(title_of(occurrence, variant, cancelled=cancelled))
    if variant.details and occurrence.purposes and not cancelled:
        event["DESCRIPTION"] = _Text(clean_description("\n".join(_in(titles, variant.language) for titles in occurrence.purposes)))
    timed = occurrence.clock is not None
    event["STATUS"] = vText("CANCELLED" if cancelled else "CONFIRMED" if occurrence.confirmed else "TENTATIVE")
    event["TRANSP"] = vText("OPAQUE" if timed and not cancelled else "TRANSPARENT")
    # Outlook shows all-day events as busy whatever TRANSP says, unless told in its own words.
    event["X-MICROSOFT-CDO-BUSYSTATUS"] = vText("FREE" if cancelled or not timed else "BUSY")
    return bytes(event.to_ical(sorted=False))


def _times(event: Event, occurrence: Occurrence) -> None:
    clock = occurrence.clock
    if clock is not None:
        parameters = {} if clock.zone is None else {"TZID": clock.zone}
        event["DTSTART"] = vText(clock.start, params=parameters)
        event["DTEND"] = vText(clock.end, params=parameters)
        return
    event["DTSTART"] = _day(occurrence.first)
    event["DTEND"] = _day(occurrence.last + 1)
    repeat = occurrence.repeat
    if repeat is None:
        return
    event["RRULE"] = _rule(repeat, date.fromordinal(occurrence.first))
    if repeat.without:
        event["EXDATE"] = _days(repeat.without)
    if repeat.also:
        event["RDATE"] = _days(repeat.also)


def _rule(repeat: Repeat, first: date) -> vRecur:
    until = date.fromordinal(repeat.until)
    if repeat.months:
        return vRecur(FREQ="MONTHLY", INTERVAL=repeat.months, UNTIL=until)
    if not repeat.step:
        # A rule for the first day alone: ical.js leaves it out where an event has dates without a rule.
        return vRecur(FREQ="DAILY", UNTIL=first)
    if repeat.step % 7 == 0:
        return vRecur(FREQ="WEEKLY", INTERVAL=repeat.step // 7, BYDAY=_WEEKDAYS[first.weekday()], UNTIL=until)
    return vRecur(FREQ="DAILY", INTERVAL=repeat.step, UNTIL=until)


def _day(ordinal: int) -> vDate:
    return vDate(date.fromordinal(ordinal), params={"VALUE": "DATE"})


def _days(ordinals: tuple[int, ...]) -> vDDDLists:
    days = vDDDLists([date.fromordinal(day) for day in ordinals])
    days.params["VALUE"] = "DATE"
    return days


def title_of(occurrence: Occurrence, variant: Variant, *, cancelled: bool = False) -> str:
    """What the event is called: at most the study's short name, the visit and the subject's code, and what kind of event it is."""
    language = variant.language
    visit = say("join", language).join(_in(titles, language) for titles in occurrence.titles)
    if occurrence.per_day > 1:
        visit = say("per day", language, visit, occurrence.per_day)
    words = {
        "full": (occurrence.study, visit, occurrence.key.subject),
        "visit": (visit, occurrence.key.subject),
        "private": (occurrence.study, occurrence.key.subject),
    }[variant.titles]
    title = " ".join(word for word in words if word)
    if occurrence.mark:
        title = say(occurrence.mark, language, title)
    return clean_title(say("cancelled", language, title) if cancelled else title)


def _in(titles: Titles, language: Language) -> str:
    texts = dict(titles)
    return texts.get(language) or texts[""]
