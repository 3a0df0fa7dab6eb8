"""Broken examples of parts, arms, schedules, escalations and outcomes, and what to say about them (see `_syntax_hints` for how)."""

from __future__ import annotations

from typing import Final

from ._syntax_hint import Hint, hint

CALENDAR: Final = r"(?:day|week|month|year)s?"

STUDY_HINTS: Final[tuple[Hint, ...]] = (
    # ---- windows of visits
    hint(
        "TR028", "visit d28 day 28 +/- 3 days", "a tolerance follows the word `window`", "write `window +-{length}`",
        before=r"^visit .*", found=r"\+", after=r"/-\s*(?P<length>\d+ \w+)", needs="WINDOW",
    ),
    hint(
        "TR028", "visit d28 day 28 window +/-3 days", "a tolerance is written `+-`", "write `+-{length}`",
        before=r"\b(?:window|optimum)", found=r"\+", after=r"/-\s*(?P<length>\d+ \w+)",
    ),
    hint(
        "TR028", "visit d28 day 28 window 3 days", "a window does not say on which side of its day it lies",
        "write `+-{found}{unit}`, `-{found} +0{unit}` or `-0 +{found}{unit}`",
        before=r"\b(?:window|optimum)", found=r"\d+", after=r"(?P<unit>(?: \w+)?)", needs="PLUS_MINUS",
    ),
    hint(
        "TR028", "visit d28 day 28 window +3 days", "a window states both sides, the earlier first", "write `-0 +{number}{unit}`",
        before=r"\b(?:window|optimum)", found=r"\+", after=r"\s*(?P<number>\d+)(?P<unit>(?: [a-z]+)?)(?!\s*-)", needs="PLUS_MINUS",
    ),
    hint(
        "TR028", "visit d28 day 28 window +2 -1 days", "a window states both sides, the earlier first", "write `-{early} +{late}`",
        before=r"\b(?:window|optimum)", found=r"\+", after=r"\s*(?P<late>\d+)(?: [a-z]+)?,?\s*-\s*(?P<early>\d+)", needs="PLUS_MINUS",
    ),
    hint(
        "TR028", "visit d28 day 28 window -1 day +2 days", "a window has one unit, behind its second number",
        "write `-{number} +{late}`",
        before=r"\b(?:window|optimum)\s+-(?P<number>\d+)", found="(?:minute|hour|day|week|month|year)s?",
        after=r",?\s*\+\s*(?P<late>\d+ \w+)",
        needs="PLUS",
    ),
    hint(
        "TR028", "visit d28 day 28 window -3 days", "a window states both sides", "write `-{number} +0 {found}`",
        before=r"\b(?:window|optimum)\s+-\s*(?P<number>\d+)", found="(?:minute|hour|day|week|month|year)s?", needs="PLUS",
    ),
    hint(
        "TR028", "visit d28 day 28 window -3 to +3 days", "the sides of a window stand side by side", "write `-{number} +{late}`",
        before=r"\b(?:window|optimum)\s+-\s*(?P<number>\d+)", found=r"(?:to|and|,|/|\.\.)",
        after=r"\s*\+?\s*(?P<late>\d+(?: \w+)?)", needs="PLUS",
    ),
    hint(
        "TR028", "visit d28 day 28 window +-3", "a window needs a unit", "write `+-{number} days`, or weeks, months",
        before=r"\b(?:window|optimum)\s+(?:\+-|±)\s*(?P<number>\d+)", needs="DAYS",
    ),
    hint(
        "TR028", "visit d28 day 28 window within 3 days", "a window is written with `+-`, or with both of its sides",
        "write `+-3 days` or `-0 +3 days`", before=r"\b(?:window|optimum)", needs="PLUS_MINUS",
    ),
    # ---- visit lines
    hint(
        "TR024", "visit d28 days 28", "a visit is on one day", "write `{unit} {found}`",
        before=r"^visit .*\b(?P<unit>day|week|month|year)s",
        found=r"\d+",
    ),
    hint(
        "TR024", "visit pre days -14 to -1", "a visit is on one day, or on one of a range", "write `{unit} -{number}`",
        before=r"^visit .*\b(?P<unit>day|week|month|year)s", found="-", after=r"(?P<number>\d+)",
    ),
    hint(
        "TR024", 'visit d28 "Day 28" 28', "a day of a schedule is written with its unit first", "write `day {number}`",
        before=r"^visit .*\s(?P<number>\d+)", found="", needs="DAYS",
    ),
    hint(
        "TR024", "visit fu every 4 weeks from 8 to 52", "a time of a schedule is written with its unit first",
        "write `week {number}`, or `day {number}`", before=r"\bfrom (?P<number>\d+)", found="to", needs="WEEKS",
    ),
    hint(
        "TR024", "visit d28 on day 28", "the day of a visit follows its name and title at once", "leave out `{word}`",
        before=r"^visit .*\b(?P<word>on|at)", found=CALENDAR, after=r"\s+-?\d",
    ),
    hint(
        "TR024", "visit pre day -14 - -1", "a range of days is written with `to`", "write `day {first} to …`",
        before=r"^visit .*\b(?:day|week|month|year) (?P<first>-?\d+)", found=r"(?:-|\.\.)",
    ),
    hint(
        "TR024", 'visit "Day 28" day 28', "a short name comes before the title", "write a name such as `d28` before {found}",
        before=r"^(?:part|arm|dose|visit|repeat|watch|until|outcome)", found='"[^"]*"', needs="NAME",
    ),
    hint(
        "TR024", "visit d28 day 28 window +-3 days, optimum +-1 day", "no comma stands between the parts of a line", "leave it out",
        before=r"^(?:visit|repeat|dose)\b.*", found=",", after=r"\s*(?:window|optimum|give|in arm|if|assume|at most)\b", lacks="COMMA",
    ),
    hint(
        "TR024", "visit d28 day 28 window +-3 days window +-1 days", "the window of the visit is said twice", "leave one out",
        before=r"^visit .*\bwindow .*", found="window",
    ),
    hint(
        "TR024", "visit d28 day 28 give cg_bm1 window +-3 days", "`{found}` stands too late in this line",
        "the order is: days, `window`, `optimum`, `give`, `in arm`, `if`, `assume`",
        before=r"^(?:visit|repeat|assess) .*", found="(?:window|optimum|give|in)", after=r"(?=\s*(?:[-+±]|arm |[a-z]\w*))", needs="NL",
    ),
    hint(
        "TR024", "visit d28 day 28 when sex is female", "a condition of a line begins with `if`", "write `if` instead of `{found}`",
        before=r"^(?:visit|repeat|assess) .*", found="(?:when|where|only|unless)", needs="IF",
    ),
    hint(
        "TR024", "visit d28 day 28 in arms low, medium", "arms are named behind `in arm`", "write `in arm …`", before=r"\bin",
        found="(?:arms|the|all|group|groups|cohort)", needs="ARM",
    ),
    # ---- repeats
    hint(
        "TR024", "visit fu every week from week 8 to week 12", "a step is written with its number",
        "write `every 1 {found}`, or `daily`, `weekly`",
        before=r"\bevery", found="(?:day|week|month|year)", needs="NUMBER",
    ),
    hint(
        "TR024", "visit fu every 4 weeks", "a repeat does not say when it begins and ends",
        "write `from week 8 to week 52`, `from week 8, 6 times` or `from week 8 until …`",
        before=r"(?:\bevery \d+ \w+|\bdaily|\bweekly)", needs="FROM",
    ),
    hint(
        "TR024", "visit fu every 4 weeks from week 8 for 6 weeks", "a repeat does not say when it ends",
        "write `to week 52`, `, 6 times` or `until …`", before=r"(?:\bevery \d+ \w+|\bdaily|\bweekly) from .*", needs="UNTIL",
    ),
    hint(
        "TR024", "repeat x 0.2 g by mouth 3 times daily from day 0 to week 24", "how often a day is said in words",
        "write `daily`, `twice daily`, `three times daily` or `four times daily`", before=r"^repeat .*", found=r"\d+",
        after=r" times?\b", needs="DAILY",
    ),
    hint(
        "TR024", "repeat x 0.2 g by mouth from day 0 to week 24", "a repeat does not say how often it comes",
        "write `daily`, `weekly` or `every 2 weeks` before `from`", before=r"^repeat .*", found="from", needs="DAILY",
    ),
    hint(
        "TR024", 'arm low open\n  dose cg_bm1 "CG-BM1" 3 mg/kg max 5 mg', "a cap is written `at most`",
        "write `at most` instead of `{found}`",
        before=r"^dose .*", found="(?:max|maximum|up|limit|capped|not)", needs="AT",
    ),
    hint(
        "TR024", "repeat x 0.2 g by mouth once daily from day 0 to week 24", "a way of giving is one word, or a text in double quotes",
        'leave out `{found}`, or write `by "…"`', before=r"^(?:dose|repeat) .* by \w+", found="(?!from)[a-z]+", lacks="NAME",
    ),
    hint(
        "TR024", "repeat x 0.2 g orally daily from day 0 to week 24", "a way of giving is written `IV`, `SC` or `by mouth`",
        "write `by mouth`, `by inhalation` or capitals for `{found}`",
        before=r"^(?:dose|repeat) .*", found="[a-z]+", needs="BY",
    ),
    # ---- other lines
    hint(
        "TR024", "assess alt, ast on days 3, 7", "what is assessed is followed by `at`", "write `at` instead of `{found}`",
        before=r"^assess .*", found="(?:on|in|from|during)", needs="AT",
    ),
    hint(
        "TR024", "assess alt ast at pre", "names are separated by commas", "write `{before_}, {found}`",
        before=r"^assess (?:.*, )?(?P<before_>[a-z]\w*)", found=r"[a-z]\w*", needs="COMMA",
    ),
    hint(
        "TR024", "assess alt at pre, 3, 7", "a time is written with its unit first", "write `days {found}`",
        before=r"\bat (?:[a-z]\w*, )*", found=r"\d+", needs="EVERY",
    ),
    hint(
        "TR024", "assess alt at all visits", "every visit is said as such", "write `at every visit`", before=r"\bat all",
        found="visits",
    ),
    hint(
        "TR024", "watch dlt from day 0 until day 180", "the days of a watch are written `from … to …`", "write `to` instead of `until`",
        before=r"^watch .* from .*", found="until",
    ),
    hint(
        "TR024", "watch dlt for 180 days", "the days of a watch are written `from … to …`", "write `from day 0 to day 180`",
        before=r"^watch .*", needs="FROM",
    ),
    hint(
        "TR024", "until contraception last_infusion + 6 months", "a shifted day begins with the length", "write `{length} after {day}`",
        before=r"\b(?P<day>[a-z]\w*)", found=r"\+", after=r"\s*(?P<length>\d+ [a-z]+)", needs="ASSUME",
    ),
    hint(
        "TR024", "early termination", "it does not say how soon the last visit is due", "write `within 7 days`",
        before=r"^early termination.*", found="", needs="WITHIN",
    ),
    hint(
        "TR024", "unscheduled", "visits beside the plan are `allowed`", "write `{line} allowed`",
        before=r"^(?P<line>unscheduled|rescreening)",
        needs="ALLOWED",
    ),
    # ---- schedules, arms, escalation
    hint(
        "TR024", 'schedule "Treatment" first_infusion\n  visit a day 0', "a schedule does not say where its days are counted from",
        "write `from` and the moment of day 0", before=r"^schedule.*", needs="FROM",
    ),
    hint(
        "TR024", 'arm low "Low dose"', "an arm does not say who knows it", 'write `open`, or `blinded as "…"`', before=r"^arm .*",
        needs="OPEN",
    ),
    hint(
        "TR024", "arm low blinded", "a blinded arm says what others see of it", 'write `blinded as "…"`', before=r"\bblinded",
        needs="AS",
    ),
    hint(
        "TR024", 'escalation "3+3"\n  observe 28 days; group of 3, expand to 6', "each statement has a line of its own",
        "begin a new line",
        found=";", after=r"\s*\S",
    ),
    hint(
        "TR024", 'escalation "3+3"\n  group of 3 expand to 6', "a comma is missing", "write `group of {size}, expand to …`",
        before=r"^group of (?P<size>\d+)", found="expand",
    ),
    hint(
        "TR024", 'escalation "3+3"\n  stop at 2', "it does not say at 2 of what",
        "name the event of a `watch` line, as `stop at 2 dlt`",
        before=r"^stop at \d+", needs="NAME",
    ),
    hint(
        "TR024", 'escalation "3+3"\n  review by the board before every step up', "who reviews stands in double quotes",
        'write `review by "…"`',
        before=r"^review by", needs="STRING",
    ),
    # ---- outcomes
    hint(
        "TR024", 'outcome a "A" weeks 1, 4\n  b_b > 3', "times of an outcome follow `at`", "write `at {found}`",
        before=r"^outcome .*", found=CALENDAR, needs="AT",
    ),
    hint(
        "TR022", "basfi improved by 20 %", "a margin begins with a sign", "write `by > {found}` or `by >= {found}`",
        before=r"\b(?:improved|worse) by", found=r"\d[\d.]*", needs="GT",
    ),
    hint(
        "TR022", "basfi improved", "it does not say by how much", "write `improved by > 20 %`", before=r"\bimproved", needs="BY",
    ),
    hint(
        "TR022", "basfi improved by > 20 % or > 1", "margins are joined by `and`",
        "for either of two say both: `a improved by > 20 % or a improved by > 1`",
        before=r"\b(?:improved|worse) by .*\bor", found=r"[<>≤≥]=?",
    ),
    hint(
        "TR022", "basfi improved by > 20 %, > 1", "margins are joined by `and`", "write `and` instead of `,`",
        before=r"\b(?:improved|worse) by .*", found=",", after=r"\s*[<>≤≥]",
    ),
    hint(
        "TR024", "outcome a\n  at least 3 of\n    b_b > 3\n  and the rest not worse", "the other members are called `the remaining`",
        "write `and the remaining not worse`", before=r"\band the", found="(?:rest|others|other)",
    ),
    hint(
        "TR024", "moments\n  last_infusion last dose of cg_bm1", "the day of a dose is the day on which it was given",
        "write `{which} given dose of …`", before=r"\b(?P<which>first|last)", found="(?:dose|infusion|injection)", needs="GIVEN",
    ),
)  # fmt: skip
