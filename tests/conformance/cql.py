"""Cases of the public CQL conformance tests, said in the rule language and run through the whole stack.

A literal on the left becomes a record of the patient, the rest becomes rule text; so units, dates and missing values take the way that real
data take. What the language has no words for is skipped with a reason; nothing is left out in silence.

    python tests/conformance/cql.py        renews docs/quality/cql.md
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from trialrules.dsl import facade
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.record import Entry, Patient

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "cql-tests"
PAGE = ROOT / "docs" / "quality" / "cql.md"
FILES = [f"Cql{name}OperatorsTest.xml" for name in ("Logical", "Nullological", "Conditional", "Comparison")]
SPACE = {"t": "http://hl7.org/fhirpath/tests"}
VERDICTS = {"true": "met", "false": "not met", "null": "unknown"}
BOOLEANS = {"true": "always", "false": "never", "null": 'unknown because "null"'}
NOW = "2026-03-02"
FACTS = {
    "amount": "score  reach for ever",
    "second_amount": "score  reach for ever",
    "missing": "score  reach for ever",
    "size": "vital in cm  reach for ever",
    "lasting": "vital in s  reach for ever",
    "word": "finding {words}  reach for ever",
    "e": "event",
    "other": "event",
}
TIME_UNITS = {"millisecond": "ms", "second": "s"}
CALENDAR_UNITS = {"minute": "min", "hour": "h", "day": "d", "week": "wk"}

NUMBER = r"(-?\d+(?:\.\d+)?)L?"
BOOLEAN = r"(true|false|null)"
OP = r"(=|!=|<=|>=|<|>|~)"
STRING = r"'([^']*)'"
QUANTITY = r"(-?\d+(?:\.\d+)?)\s*'(\w+)'"
SPAN = r"(\d+) (?:'(\w+)'|([a-z]+))"


class Skip(Exception):  # noqa: N818 - not an error: the language has no words for it
    """Why a case is not translated."""


@dataclass
class Rule:
    """A condition of the rule language and the records it is asked about."""

    condition: str
    entries: list = field(default_factory=list)
    words: tuple = ("w_none",)


@dataclass(frozen=True)
class Test:
    file: str
    group: str
    name: str
    expression: str
    output: str | None


def cases():
    """All cases of the four files."""
    found = []
    for file in FILES:
        root = ET.parse(FOLDER / file).getroot()  # noqa: S314 - files that we chose, from a fixed commit
        for group in root.findall("t:group", SPACE):
            for test in group.findall("t:test", SPACE):
                output = test.find("t:output", SPACE)
                expression = " ".join((test.findtext("t:expression", "", SPACE)).split())
                found.append(Test(file, group.get("name"), test.get("name"), expression, None if output is None else output.text))
    return found


# ---------------------------------------------------------------- records


def on_day(fact, **more):
    return Entry(fact, start=parse_partial("2026-03-01"), **more)


def number(fact, text):
    return on_day(fact, value=Decimal(text))


def places(text):
    return len(text.rstrip("0").partition(".")[2]) if "." in text else 0


# ---------------------------------------------------------------- translation, one form a function; None: not this form


def booleans(text):
    if match := re.fullmatch(f"(?:{BOOLEAN}|null as String) (and|or|xor|implies|{OP[1:-1]}) {BOOLEAN}", text):
        left, op, right = match[1] or "null", match[2], match[3]
        a, b = (f"({BOOLEANS[each]})" for each in (left, right))
        same = f"(known that {a}) differs from (known that {b})", f"(known that not {a}) differs from (known that not {b})"
        said = {
            "and": f"{a} and {b}",
            "or": f"{a} or {b}",
            "xor": f"{a} differs from {b}",
            "implies": f"(not {a}) or {b}",
            "=": f"not ({a} differs from {b})",
            "!=": f"{a} differs from {b}",
            "~": f"not ({same[0]}) and not ({same[1]})",
        }
        return Rule(said[op])
    if match := re.fullmatch(f"not {BOOLEAN}", text):
        return Rule(f"not ({BOOLEANS[match[1]]})")
    if match := re.fullmatch(rf"Is(True|False)\({BOOLEAN}\)", text):
        return Rule(f"known that {'' if match[1] == 'True' else 'not '}({BOOLEANS[match[2]]})")
    return None


def null_tests(text):
    if text == "IsNull(null)":
        return Rule("missing is not recorded")
    if match := re.fullmatch(rf"IsNull\({NUMBER}\)", text):
        return Rule("amount is not recorded", [number("amount", match[1])])
    if match := re.fullmatch(rf"IsNull\({STRING}\)", text):
        word = f"w_{match[1]}"
        return Rule("word is not recorded", [on_day("word", value=word)], (word,))
    return None


def numbers(text):
    if match := re.fullmatch(f"{NUMBER} {OP} {NUMBER}", text):
        a, op, b = match.groups()
        if op == "~":
            least = min(places(a), places(b))
            rounding = f", {least}" if least else ""
            return Rule(f"round(amount{rounding}) = round(second_amount{rounding})", [number("amount", a), number("second_amount", b)])
        return Rule(f"amount {op} {b}", [number("amount", a)])
    if match := re.fullmatch(f"{NUMBER} between {NUMBER} and {NUMBER}", text):
        return Rule(f"amount is {match[2]} to {match[3]}", [number("amount", match[1])])
    return None


def quantities(text):
    if match := re.fullmatch(f"{QUANTITY} {OP} {QUANTITY}", text):
        value, unit, op, other, other_unit = match.groups()
        return Rule(f"size {'=' if op == '~' else op} {other} {other_unit}", [on_day("size", value=Decimal(value), unit=unit)])
    return None


def spans(text):
    match = re.fullmatch(f"{SPAN} {OP} {SPAN}", text)
    if match is None:
        return None
    count, unit, word, op, other, other_unit, other_word = match.groups()
    words = [each.removesuffix("s") for each in (word, other_word) if each]
    if {"month", "year"} & set(words) or {"mo", "a"} & {unit, other_unit}:
        raise Skip("months and years are calendar steps, not lengths to compare")
    stated = TIME_UNITS.get(words[0]) or f"{words[0]}s"
    recorded = other_unit or TIME_UNITS.get(words[-1]) or CALENDAR_UNITS[words[-1]]
    return Rule(f"lasting {'=' if op == '~' else op} {count} {stated}", [on_day("lasting", value=Decimal(other), unit=recorded)])


def strings(text):
    if match := re.fullmatch(f"{STRING} {OP} {STRING}", text):
        a, op, b = match.groups()
        if op not in ("=", "!=", "~"):
            raise Skip("words have no order")
        if a != b and a.lower() == b.lower():
            raise Skip("words are compared as written")
        words = tuple(dict.fromkeys((f"w_{a}", f"w_{b}")))
        return Rule(f"word is {'not ' if op == '!=' else ''}w_{b}", [on_day("word", value=words[0])], words)
    return None


def day(text):
    """A CQL date or time as our text; None for null."""
    if text == "DateTime(null)":
        return None
    match = re.fullmatch(r"DateTime\(([\d, null]+)\)", text)
    if match is None:
        return ""
    given = [int(each) for each in match[1].split(", ") if each != "null"]
    if len(given) > 6 and given[6]:
        raise Skip("no fractions of a second")
    said = "-".join(f"{each:0{4 if at == 0 else 2}d}" for at, each in enumerate(given[:3]))
    if len(given) > 3:
        said += "T" + ":".join(f"{each:02d}" for each in [*given[3:6], 0, 0][:3])
    return said + ("Z" if len(given) > 7 else "")


def dates(text):
    if "Today()" in text:
        left, op, right = re.fullmatch(rf"Today\(\)() {OP} (.*)", text).groups()
        then = "1 days before the assessment day" if "- 1 days" in right else "the assessment day"
        return Rule(f"the assessment day {'=' if op == '~' else op} {then}{left}")
    if re.search(r"@T\d", text):
        raise Skip("no time of day without its date")
    if "@" in text:
        raise Skip("dates and times are taken as written, not moved to one time zone")
    match = re.fullmatch(rf"(DateTime\([^)]*\)) {OP} (DateTime\([^)]*\))", text)
    if match is None:
        return None
    left, right = day(match[1]), day(match[3])
    op = "=" if match[2] == "~" else match[2]
    entries = [] if left is None else [Entry("e", value=True, start=parse_partial(left))]
    return Rule(f"the day of (first e ever) {op} {'the day of (first other ever)' if right is None else right}", entries)


def branch(test, subject):
    """A condition of `if` or `case`: null counts as false, which is `known that` here."""
    if subject is not None:
        return f"known that ({subject} = {test})"
    a, op, b = re.fullmatch(f"(null|{NUMBER}) {OP} (null|{NUMBER})", test).group(1, 3, 4)
    a, b = ("missing" if each == "null" else each for each in (a, b))
    return f"known that ({a} {'=' if op == '~' else op} {b})"


def value(text):
    return text.replace("null", "missing")


def conditionals(text, output):
    if match := re.fullmatch(r"if (.*) then (.*) else (.*)", text):
        return Rule(f"({value(match[2])} if {branch(match[1], None)}, {value(match[3])} else) = {output}")
    if match := re.fullmatch(r"case (.*?) ?when (.*) else (.*) end", text):
        subject = f"({match[1]})" if match[1] else None
        rows = [row.split(" then ") for row in match[2].split(" when ")]
        said = ", ".join(f"{value(then)} if {branch(test, subject)}" for test, then in rows)
        return Rule(f"({said}, {value(match[3])} else) = {output}")
    return None


def coalesce(text):
    if not text.startswith("Coalesce"):
        return None
    if "DateTime" in text or "@" in text:
        raise Skip("`first known of` is for numbers, not for dates")
    inner = text.removeprefix("Coalesce(").removesuffix(")")
    items = inner.removeprefix("{").removesuffix("}") if inner.count("{") == 1 and inner.startswith("{") and inner.endswith("}") else inner
    if "{" in items or not items:
        raise Skip("no lists")
    said = ["missing" if each.strip() == "null" else "amount" for each in items.split(",")]
    return Rule(f"first known of ({', '.join(said)}) = 1", [number("amount", "1")])


def translate(test):
    """The rule for a case; raises Skip with the reason where there is none."""
    if test.output is None:
        raise Skip("an error of CQL's own types")
    text = test.expression
    for sign, reason in (("Tuple", "no tuples"), ("':", "no ratios")):
        if sign in text:
            raise Skip(reason)
    for form in (booleans, null_tests, numbers, quantities, spans, strings, coalesce):
        if (rule := form(text)) is not None:
            return rule
    rule = conditionals(text, test.output) if text.startswith(("if ", "case ")) else dates(text)
    if rule is None:
        raise Skip("no words for it")
    return rule


def run(test):
    """The verdict that is wanted and the one that is found."""
    rule = translate(test)
    facts = [f"  {name}  {kind.replace('{words}', ', '.join(rule.words))}" for name, kind in FACTS.items()]
    lines = [
        "protocol cql version 1.0 language 1",
        "facts",
        *facts,
        'inclusion I1 "the case"',
        "  source inclusion 1",
        f"  {rule.condition}",
        "",
    ]
    loaded = facade.load_text("\n".join(lines), name="cql.rules")
    problems = [f"{each.code} {each.message}" for each in loaded.diagnostics]
    if loaded.protocol is None:
        return wanted_of(test), f"refused: {rule.condition}: {problems}"
    decision = screen(loaded.protocol, Patient("1", entries=tuple(rule.entries)), parse_partial(NOW))
    return wanted_of(test), decision.criteria[0].verdict


def wanted_of(test):
    """Conditionals and Coalesce compare with the wanted value: that must hold."""
    if test.expression.startswith(("if ", "case ", "Coalesce")):
        return "met"
    return VERDICTS[test.output]


# ---------------------------------------------------------------- the table


def outcome(test):
    """`passed`, `failed: …` or `skipped: reason`."""
    try:
        wanted, found = run(test)
    except Skip as why:
        return f"skipped: {why}"
    return "passed" if wanted == found else f"failed: wanted {wanted}, found {found}"


def page(results):
    """The table of what passed and what was skipped, as Markdown."""
    lines = [
        "# CQL conformance cases",
        "",
        "Cases of the public CQL tests (github.com/cqframework/cql-tests, four files) that the language can say, run",
        "from rule text to verdict. A CQL `null` is an unknown. What has no words in the language is counted by reason.",
        "Made by `python tests/conformance/cql.py`; a test holds this page to the results.",
        "",
        "| file | cases | passed | skipped | failed |",
        "|---|---|---|---|---|",
    ]
    for file in FILES:
        own = [result.split(":")[0] for test, result in results if test.file == file]
        lines.append(f"| {file} | {len(own)} | {own.count('passed')} | {own.count('skipped')} | {own.count('failed')} |")
    every = [result.split(":")[0] for _, result in results]
    lines.append(f"| all | {len(every)} | {every.count('passed')} | {every.count('skipped')} | {every.count('failed')} |")
    lines += ["", "| skipped because | cases |", "|---|---|"]
    reasons = Counter(result.removeprefix("skipped: ") for _, result in results if result.startswith("skipped"))
    lines += [f"| {reason} | {count} |" for reason, count in sorted(reasons.items(), key=lambda each: (-each[1], each[0]))]
    return "\n".join(lines) + "\n"


def main():
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page([(test, outcome(test)) for test in cases()]), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is renewed")


if __name__ == "__main__":
    main()
