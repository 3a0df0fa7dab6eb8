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

PLANS: Final = (
    # ---- ankylosing spondylitis: eligibility is firm on the day of randomization, a fortnight after screening
    Plan("as", "A-01", "BJ", "as_01_eligible.json", 0, ((0, "decide", ()),)),
    Plan("as", "A-02", "BJ", "as_02_embolism.json", -6, ((-6, "decide", ()),)),
    Plan("as", "A-03", "BJ", "as_03_provisional.json", -1, ((-1, "decide", ()),)),
    Plan("as", "A-04", "SH", "as_04_near_miss.json", -3, ((-3, "decide", ()),)),
    Plan("as", "A-05", "SH", "as_01_eligible.json", -16, ((-16, "decide", ()), (-2, "decide", ()), (-1, "sign", ()))),
    Plan("as", "A-06", "BJ", "as_01_eligible.json", 0, ()),
    Plan("as", "A-07", "BJ", "as_01_eligible.json", -14, ((-14, "decide", ()), (0, "decide", ()))),
    Plan(
        "as",
        "A-12",
        "BJ",
        "as_01_eligible.json",
        -49,
        (
            (-49, "decide", ()),
            (-35, "decide", ()),
            (-35, "sign", ()),
            (-35, "enrol", ()),
            (-35, "allocate", ("phase2", "cg_bm1")),
            (-35, "done", ("base", "-41")),
            (-35, "done", ("inf1", "-35", "09:00")),
            (-28, "done", ("inf2", "-28")),
            (-20, "done", ("inf3", "-20")),
            (-14, "done", ("inf4", "-14")),
            (-6, "done", ("w4", "-6")),
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
            (-90, "decide", ()),
            (-76, "decide", ()),
            (-76, "sign", ()),
            (-76, "enrol", ()),
            (-76, "allocate", ("phase2", "placebo")),
            (-76, "done", ("base", "-80")),
            (-76, "done", ("inf1", "-76", "10:00")),
            (-68, "missed", ("inf2",)),
            (-60, "end", ("withdrawn", "-60")),
        ),
    ),
    # ---- liver failure, phase I
    Plan("aclf1", "L-01", "GZ", "aclf_01_eligible.json", 0, ((0, "decide", ()),)),
    Plan("aclf1", "L-02", "GZ", "aclf_02_three_organs.json", -4, ((-4, "decide", ()),)),
    Plan("aclf1", "L-03", "GZ", "aclf_03_missing_inr.json", 0, ((0, "decide", ()),)),
    Plan(
        "aclf1",
        "L-04",
        "GZ",
        "aclf_01_eligible.json",
        -49,
        (
            (-49, "decide", ()),
            (-49, "sign", ()),
            (-49, "enrol", ()),
            (-49, "allocate", ("", "low")),
            (-49, "done", ("inf1", "-49", "09:30")),
            (-46, "done", ("d3", "-46")),
            (-42, "done", ("d7", "-42")),
            (-34, "done", ("d14", "-34")),
            (-28, "skipped", ("d21",)),
            (-21, "done", ("d28", "-21", "08:00")),
            (-10, "book", ("d60", "11", "08:30")),
        ),
    ),
    Plan("aclf1", "L-05", "CD", "aclf_02_three_organs.json", -20, ((-20, "decide", ()), (-19, "end", ("screen failed", "-19")))),
    Plan("aclf1", "L-06", "CD", "aclf_01_eligible.json", -1, ((-1, "decide", ()), (-1, "sign", ()))),
    Plan(
        "aclf1",
        "L-07",
        "GZ",
        "aclf_01_eligible.json",
        -1,
        ((-1, "decide", ()), (-1, "sign", ()), (-1, "fact", ("hiv_test", "positive", "-1", "the laboratory's second report"))),
    ),
    # ---- liver failure, phase II
    Plan("aclf2", "S-01", "GZ", "aclf_04_two_phases.json", 0, ((0, "decide", ()),)),
    Plan("aclf2", "S-02", "CD", "aclf_01_eligible.json", 0, ((0, "decide", ()),)),
    Plan(
        "aclf2",
        "S-07",
        "GZ",
        "aclf_01_eligible.json",
        -49,
        (
            (-49, "decide", ()),
            (-49, "sign", ()),
            (-49, "enrol", ()),
            (-49, "allocate", ("", "low")),
            (-49, "done", ("inf1", "-49", "09:30")),
            (-40, "done", ("inf2", "-40", "10:00")),
            (-33, "done", ("inf3", "-33", "09:30")),
            (-26, "done", ("inf4", "-26", "09:30")),
            (-20, "done", ("d28", "-20", "08:00")),
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
            (-200, "decide", ()),
            (-200, "sign", ()),
            (-200, "enrol", ()),
            (-200, "allocate", ("", "placebo")),
            (-200, "done", ("inf1", "-200")),
            (-193, "done", ("inf2", "-193")),
            (-186, "done", ("inf3", "-186")),
            (-179, "done", ("inf4", "-179")),
            (-172, "done", ("d28", "-172")),
            (-140, "done", ("d60", "-140")),
            (-110, "done", ("d90", "-110")),
            (-20, "done", ("d180", "-20")),
            (-19, "end", ("completed", "-19")),
        ),
    ),
)
"""Everybody in the demonstration."""
