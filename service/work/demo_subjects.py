"""The subjects of the demonstration: from which files they are made, and how far they have come. All of them are invented."""

from __future__ import annotations

from typing import Final

from attrs import frozen

Step = tuple[int, str, tuple[str, ...]]
"""Day before (negative) or after the present one, what happens, and with which words."""


@frozen
class Plan:
    """One subject: study, code, site, file of the demonstration, the day of the file that becomes day `day` (from today), and the steps."""

    study: str
    code: str
    site: str
    file: str
    day: int
    steps: tuple[Step, ...]


FILE_DAY: Final = "2026-03-02"
"""The day in the files on which patients are screened."""


def _screened(day: int) -> tuple[Step, ...]:
    return ((day, "decide", ()),)


def _enrolled(day: int, part: str, arm: str, *, screened: int | None = None) -> tuple[Step, ...]:
    """Screened (earlier, where eligibility is firm only on the day of randomization), signed, enrolled and allocated."""
    before = () if screened is None else _screened(screened)
    return (*before, *_screened(day), (day, "sign", ()), (day, "enrol", ()), (day, "allocate", (part, arm)))


def _done(*visits: tuple[str, int] | tuple[str, int, str]) -> tuple[Step, ...]:
    """Visits that took place, each recorded on its day."""
    return tuple((one[1], "done", (one[0], str(one[1]), *one[2:])) for one in visits)


def _ended(day: int, status: str) -> Step:
    return (day, "end", (status, str(day)))


ANKYLOSING_SPONDYLITIS: Final = (
    # Eligibility is firm on the day of randomization, a fortnight after screening.
    Plan("as", "A-01", "BJ", "as_01_eligible.json", 0, _screened(0)),
    Plan("as", "A-02", "BJ", "as_02_embolism.json", -6, _screened(-6)),
    Plan("as", "A-03", "BJ", "as_03_provisional.json", -1, _screened(-1)),
    Plan("as", "A-04", "SH", "as_04_near_miss.json", -3, _screened(-3)),
    Plan("as", "A-05", "SH", "as_01_eligible.json", -16, (*_screened(-16), *_screened(-2), (-1, "sign", ()))),
    Plan("as", "A-06", "BJ", "as_01_eligible.json", 0, ()),
    Plan("as", "A-07", "BJ", "as_01_eligible.json", -14, (*_screened(-14), *_screened(0))),
    Plan("as", "A-08", "SH", "as_02_embolism.json", -30, (*_screened(-30), _ended(-29, "screen failed"))),
    Plan(
        "as",
        "A-12",
        "BJ",
        "as_01_eligible.json",
        -49,
        (
            *_enrolled(-35, "phase2", "cg_bm1", screened=-49),
            (-35, "done", ("base", "-41")),
            *_done(("inf1", -35, "09:00"), ("inf2", -28), ("inf3", -20), ("inf4", -14), ("w4", -6)),
            (-6, "facts", ("subjects/as2_a12.json",)),
            (-5, "book", ("w8", "22", "08:30")),
        ),
    ),
    Plan(
        "as",
        "A-13",
        "SH",
        "as_01_eligible.json",
        -90,
        (
            *_enrolled(-76, "phase2", "placebo", screened=-90),
            (-76, "done", ("base", "-80")),
            *_done(("inf1", -76, "10:00")),
            (-68, "missed", ("inf2",)),
            _ended(-60, "withdrawn"),
        ),
    ),
    Plan(
        "as",
        "A-14",
        "BJ",
        "as_01_eligible.json",
        -210,
        (
            *_enrolled(-196, "phase2", "placebo", screened=-210),
            (-196, "done", ("base", "-200")),
            *_done(("inf1", -196), ("inf2", -189), ("w1", -189), ("inf3", -182), ("inf4", -175)),
            *_done(("w4", -168), ("w8", -140), ("w12", -112), ("w24", -28)),
            _ended(-27, "completed"),
        ),
    ),
    Plan(
        "as",
        "A-15",
        "SH",
        "as_01_eligible.json",
        -140,
        (
            *_enrolled(-126, "phase2", "cg_bm1", screened=-140),
            (-126, "done", ("base", "-130")),
            *_done(("inf1", -126), ("inf2", -119), ("inf3", -112)),
            _ended(-80, "lost"),
        ),
    ),
    Plan(
        "as",
        "A-16",
        "BJ",
        "as_01_eligible.json",
        -110,
        (
            *_enrolled(-96, "phase2", "placebo", screened=-110),
            (-96, "done", ("base", "-100")),
            *_done(("inf1", -96), ("inf2", -89)),
            _ended(-70, "died"),
        ),
    ),
)

LIVER_FAILURE_1: Final = (
    Plan("aclf1", "L-01", "GZ", "aclf_01_eligible.json", 0, (*_screened(0), (0, "redact", ("20260301-118", "leads to the person")))),
    Plan("aclf1", "L-02", "GZ", "aclf_02_three_organs.json", -4, _screened(-4)),
    Plan("aclf1", "L-03", "GZ", "aclf_03_missing_inr.json", 0, _screened(0)),
    Plan(
        "aclf1",
        "L-04",
        "GZ",
        "aclf_01_eligible.json",
        -49,
        (
            *_enrolled(-49, "", "low"),
            *_done(("inf1", -49, "09:30"), ("d3", -46), ("d7", -42), ("d14", -34)),
            (-28, "skipped", ("d21",)),
            *_done(("d28", -21, "08:00")),
            (-10, "book", ("d60", "11", "08:30")),
        ),
    ),
    Plan("aclf1", "L-05", "CD", "aclf_02_three_organs.json", -20, (*_screened(-20), _ended(-19, "screen failed"))),
    Plan("aclf1", "L-06", "CD", "aclf_01_eligible.json", -1, (*_screened(-1), (-1, "sign", ()))),
    Plan(
        "aclf1",
        "L-07",
        "GZ",
        "aclf_01_eligible.json",
        -1,
        (*_screened(-1), (-1, "sign", ()), (-1, "fact", ("hiv_test", "positive", "-1", "the laboratory's second report"))),
    ),
    Plan("aclf1", "L-08", "CD", "aclf_01_eligible.json", -9, (*_screened(-9), _ended(-8, "withdrawn"))),
)

LIVER_FAILURE_2: Final = (
    Plan("aclf2", "S-01", "GZ", "aclf_04_two_phases.json", 0, _screened(0)),
    Plan("aclf2", "S-02", "CD", "aclf_01_eligible.json", 0, _screened(0)),
    Plan(
        "aclf2",
        "S-07",
        "GZ",
        "aclf_01_eligible.json",
        -49,
        (
            *_enrolled(-49, "", "low"),
            *_done(("inf1", -49, "09:30"), ("inf2", -40, "10:00"), ("inf3", -33, "09:30"), ("inf4", -26, "09:30")),
            *_done(("d28", -20, "08:00")),
            (-20, "facts", ("subjects/aclf2_s07.json",)),
            (-10, "book", ("d60", "14", "08:30")),
        ),
    ),
    Plan(
        "aclf2",
        "S-08",
        "CD",
        "aclf_01_eligible.json",
        -200,
        (
            *_enrolled(-200, "", "placebo"),
            *_done(("inf1", -200), ("inf2", -193), ("inf3", -186), ("inf4", -179)),
            *_done(("d28", -172), ("d60", -140), ("d90", -110), ("d180", -20)),
            _ended(-19, "completed"),
        ),
    ),
    Plan(
        "aclf2",
        "S-09",
        "GZ",
        "aclf_01_eligible.json",
        -60,
        (*_enrolled(-60, "", "placebo"), *_done(("inf1", -60), ("inf2", -53)), _ended(-49, "died")),
    ),
    Plan(
        "aclf2",
        "S-10",
        "CD",
        "aclf_01_eligible.json",
        -95,
        (
            *_enrolled(-95, "", "low"),
            *_done(("inf1", -95), ("inf2", -88), ("inf3", -81), ("inf4", -74), ("d28", -67)),
            _ended(-30, "lost"),
        ),
    ),
)

PLANS: Final = (*ANKYLOSING_SPONDYLITIS, *LIVER_FAILURE_1, *LIVER_FAILURE_2)
"""Everybody in the demonstration: in each of the two diseases somebody in every state."""
