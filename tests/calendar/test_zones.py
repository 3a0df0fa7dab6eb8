"""VTIMEZONEs against the zone data they come from: the same offset at every instant, whoever reads them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar
from trialrules.engine.calendar.occurrences import clock_of
from trialrules.engine.calendar.zone_file import Offset, YearlyRule, load_zone, parse_footer, parse_zone, zone_clock
from trialrules.engine.calendar.zones import observances, timezone_component
from trialrules.engine.dates import parse_partial

from .builders import SETTINGS, after, events, schedule, study_feed, visit

FOUR = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
ALL = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
# One name for each set of rules: the other names are of the same file.
DIFFERENT = sorted({files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes(): name for name in ALL}.values())
TABLES = Path(__file__).parents[1] / "tables"
HOUR = timedelta(hours=1)
AWKWARD = [
    "Asia/Jerusalem", "America/Santiago", "America/Nuuk", "Africa/Cairo", "Asia/Gaza", "Pacific/Easter", "Antarctica/Troll",
    "Africa/Casablanca", "Europe/Dublin", "Asia/Beirut", "Pacific/Chatham", "Asia/Tehran", "America/Mexico_City",
]  # fmt: skip
# Summer and winter, and beside each change of the clocks in the four test zones.
LOCAL_TIMES = [
    "2026-01-15T09:00", "2026-07-15T09:00", "2026-03-29T01:59", "2026-03-29T03:00", "2026-03-08T01:30", "2026-03-08T03:00",
    "2026-04-05T01:15", "2026-04-05T02:30", "2026-10-04T01:59", "2026-10-04T02:30", "2026-10-25T03:00", "2026-11-01T02:00",
    "2026-12-31T23:30",
]  # fmt: skip


def offset(name: str, first: int, last: int, instant: datetime) -> int:
    """The offset in seconds that the VTIMEZONE gives at an instant, read by another program's recurrence rules."""
    best = None
    for part in observances(load_zone(name), first, last):
        onset = part.onset
        if part.rule:
            rule = rrulestr(";".join(f"{key}={','.join(values)}" for key, values in part.rule), dtstart=onset)
            onset = rule.before(instant.replace(tzinfo=None) + timedelta(seconds=part.before), inc=True)
        if onset is not None:
            at = onset.replace(tzinfo=UTC) - timedelta(seconds=part.before) if onset.year > 1 else datetime(1, 1, 2, tzinfo=UTC)
            if at <= instant and (best is None or at > best[0]):
                best = (at, part.after.seconds)
    assert best is not None, f"{name} says nothing of {instant}"
    return best[1]


def expected(name: str, instant: datetime) -> int:
    return int(instant.astimezone(zone_clock(name)).utcoffset().total_seconds())


def instants(name: str, first: int, last: int) -> list[datetime]:
    """The middle of each month, and a minute either side of each change."""
    found = [datetime(year, month, 15, 12, tzinfo=UTC) for year in range(first, last + 1) for month in range(1, 13)]
    for change in load_zone(name).changes(first, last):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=change.at)
        found += [at - timedelta(minutes=1), at + timedelta(minutes=1)]
    return [one for one in found if first <= one.astimezone(zone_clock(name)).year <= last]


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize(("first", "last"), [(2026, 2030), (2008, 2009), (1995, 1997), (1970, 1975), (1986, 2036), (2037, 2040)])
def test_offsets_of_the_test_zones_in_all_times(name, first, last):
    wrong = [(one, offset(name, first, last, one), expected(name, one)) for one in instants(name, first, last)]
    assert [row for row in wrong if row[1] != row[2]] == []


@pytest.mark.parametrize("name", DIFFERENT)
def test_offsets_of_every_zone_this_decade(name):
    wrong = [one for one in instants(name, 2026, 2027) if offset(name, 2026, 2027, one) != expected(name, one)]
    assert wrong == []


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("first", [2005, 2016, 2022, 2026, 2032])
def test_offsets_of_the_awkward_zones(name, first):
    wrong = [one for one in instants(name, first, first + 3) if offset(name, first, first + 3, one) != expected(name, one)]
    assert wrong == []


def rows() -> dict[str, list[str]]:
    """The parts of each zone of the table, as `described` writes them."""
    found: dict[str, list[str]] = {}
    for row in csv.DictReader((TABLES / "vtimezones.csv").read_text(encoding="utf-8").splitlines()):
        parts = [row["part"], row["onset"], row["from"], row["to"], row["rule"]]
        found.setdefault(row["zone"], []).append(" ".join(part for part in parts if part))
    return found


@pytest.mark.parametrize("name", rows())
def test_the_parts_of_a_zone_with_its_present_rule(name):
    component = timezone_component(load_zone(name), 2026, 2026)
    assert [described(part) for part in component.subcomponents] == rows()[name]


def described(part) -> str:
    text = f"{part.name} {part['DTSTART'].dt:%Y-%m-%d %H:%M} {part['TZOFFSETFROM'].to_ical()} {part['TZOFFSETTO'].to_ical()}"
    return f"{text} {part['RRULE'].to_ical().decode()}" if "RRULE" in part else text


def test_a_change_that_no_rule_says_is_written_day_by_day():
    """Cairo's summer ends at 24:00 on the last Thursday of October, which may be the first of November."""
    assert len(rows()["Africa/Cairo"]) == 5
    assert not any("FREQ" in part for part in rows()["Africa/Cairo"])


def test_no_part_has_a_list_of_dates():
    assert [name for name in ALL if "RDATE" in str(timezone_component(load_zone(name), 2000, 2030).to_ical())] == []


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize("local", LOCAL_TIMES)
def test_an_appointment_is_read_back_at_its_instant(name, local):
    """By the library's own reading of the VTIMEZONE."""
    clock = zone_clock(name)
    wanted = datetime.fromisoformat(local).replace(tzinfo=clock).astimezone(UTC)
    booked = visit("d28", local[:10], "booked", booked=local)
    content = study_feed(after(None, schedule(booked), settings=SETTINGS.__class__("study-42", "AS-1", name)))
    calendar = Calendar.from_ical(content)
    (event,) = calendar.events
    assert event.start.astimezone(UTC) == wanted
    assert event.end.astimezone(UTC) - wanted == HOUR
    # An hour that ends in the second of two equal ones is said in UTC, without a zone.
    for timezone in calendar.timezones:
        assert wanted.astimezone(timezone.to_tz()).utcoffset() == wanted.astimezone(clock).utcoffset()


@pytest.mark.parametrize(
    ("name", "moment", "start", "end"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "20260329T033000", "20260329T043000"),  # left out: meant by winter time
        ("Europe/Berlin", "2026-10-25T02:30", "20261025T003000Z", "20261025T013000Z"),  # twice: the first, whose hour ends in the second
        ("Europe/Berlin", "2026-10-25T02:30+01:00", "20261025T013000Z", "20261025T023000Z"),  # the second of two, said in UTC
        ("Europe/Berlin", "2026-10-25T01:00", "20261025T010000", "20261025T020000"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "20261004T024500", "20261004T034500"),
        ("Australia/Lord_Howe", "2026-04-05T01:45+10:30", "20260404T151500Z", "20260404T161500Z"),
        ("America/New_York", "2026-03-08T01:30", "20260308T013000", "20260308T033000"),
        ("Asia/Shanghai", "2026-03-02T09:30:15Z", "20260302T173015", "20260302T183015"),
    ],
)
def test_times_at_the_change_of_the_clocks(name, moment, start, end):
    clock = clock_of(parse_partial(moment), name, zone_clock(name), 60)
    assert (clock.start, clock.end) == (start, end)
    assert (clock.zone is None) == start.endswith("Z")


def test_only_exact_moments_with_a_time_are_appointments():
    berlin = zone_clock("Europe/Berlin")
    assert [
        clock_of(parse_partial(text), "Europe/Berlin", berlin, 60)
        for text in ("2026-03", "2026-03-02", "0001-01-01T08:00", "9999-12-31T23:59")
    ] == [None] * 4


def test_a_feed_with_old_and_new_appointments_is_right_for_both():
    """New York's present rule began in 2007: in April 2006, before it, summer time had just begun by the rule of then."""
    old, new = visit("a", "2006-03-20", "booked", booked="2006-03-20T09:00"), visit("b", "2026-03-20", "booked", booked="2026-03-20T09:00")
    content = study_feed(after(None, schedule(old, new), settings=SETTINGS.__class__("study-42", "AS-1", "America/New_York")))
    zone = Calendar.from_ical(content).timezones[0].to_tz()
    assert [datetime(year, 3, 20, 9, tzinfo=zone).utcoffset() for year in (2006, 2026)] == [-5 * HOUR, -4 * HOUR]
    assert len(events(content)) == 2


def test_names_that_are_no_zone():
    for name in (
        "Europe/Nowhere",
        "../zones",
        "Europe",
        "",
        "Europe/Berlin\r\nX:1",
        "/etc/localtime",
        "zone.tab",
        "Europe/../Europe/Berlin",
    ):
        assert load_zone(name) is None
        assert zone_clock(name) is None


def test_footers():
    jerusalem = parse_footer("IST-2IDT,M3.4.4/26,M10.5.0")
    assert jerusalem.standard == Offset(7200, False, "IST")
    assert (jerusalem.summer, jerusalem.to_summer) == (Offset(10800, True, "IDT"), YearlyRule(3, 4, 4, 26 * 3600))
    assert parse_footer("<-02>2<-01>,M3.5.0/-1,M10.5.0/0").to_summer == YearlyRule(3, 5, 0, -3600)
    assert parse_footer("<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45").standard.seconds == 45900
    assert parse_footer("CST-8").summer is None
    assert parse_footer("") is None
    assert parse_footer("EST5EDT,J60,J300") is None


def test_a_file_that_is_none():
    with pytest.raises(ValueError, match="not a TZif file"):
        parse_zone("X", b"TZif1" + b"\0" * 60)


def test_the_zone_reader_agrees_with_the_standard_library():
    for name in ALL:
        zone, clock = load_zone(name), zone_clock(name)
        for year in (1975, 2005, 2026, 2038):
            at = datetime(year, 7, 1, tzinfo=UTC)
            assert zone.offset_at(int(at.timestamp())).seconds == at.astimezone(clock).utcoffset().total_seconds(), (name, year)
