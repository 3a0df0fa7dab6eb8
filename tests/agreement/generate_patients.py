"""Random patients for a protocol: dates at the edges of windows and months, ties, values at thresholds, what is missing or unusable."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from hypothesis import strategies as st
from trialrules.engine.dates import PartialDate, parse_partial
from trialrules.engine.record import Entry, Patient, Quantity

SCREENINGS = ["2026-05-31", "2026-03-02", "2024-02-29", "2026-03-31"]
TIMES = ["T08:00", "T20:00", "T10:30"]
SHIFTS = [
    relativedelta(), relativedelta(days=-1), relativedelta(days=-2), relativedelta(), relativedelta(days=-1),
    relativedelta(days=-3), relativedelta(days=-7), relativedelta(weeks=-2), relativedelta(weeks=-4),
    relativedelta(months=-1),
    relativedelta(months=-3), relativedelta(days=3), relativedelta(weeks=2), relativedelta(years=-1), relativedelta(days=-10),
    relativedelta(months=-4), relativedelta(days=30),
]  # fmt: skip
NUMBERS = {
    "hb": [("10", "g/dL"), ("12", "g/dL"), ("120", "g/L"), ("9.9", "g/dL"), ("100", "g/L"), ("13", "g/dL")],
    "creatinine": [("132.6", "umol/L"), ("1.5", "mg/dL"), ("2.0", "mg/dL"), ("176.8", "umol/L"), ("0.1326", "mmol/L"), ("90", "umol/L")],
    "bilirubin": [("171", "umol/L"), ("10", "mg/dL"), ("188.1", "umol/L"), ("11", "mg/dL"), ("0.2", "mmol/L")],
    "crp": [("5", "mg/L"), ("0.5", "mg/dL"), ("10", "mg/L"), ("7.5", "mg/L"), ("15", "mg/L")],
    "inr": [("1.5", None), ("2.5", None), ("2", None), ("2.05", None), ("0.9", "1"), ("1.6", None), ("0", None)],
    "pain": [("40", "mm"), ("4", "cm"), ("70", "mm"), ("10", "mm"), ("110", "mm")],
    "ache": [("40", "mm"), ("4", "cm"), ("70", "mm"), ("10", "mm")],
    "he": [("2", None), ("3", None), ("4", None), ("0", None), ("5", None)],
    "unasked": [("10", "g/L"), ("12", "g/L")],
    "weight": [("70", "kg"), ("70000", "g"), ("50", "kg")],
}
WORDS = {
    "hcg_serum": ["positive", "negative", "indeterminate"],
    "hcg_urine": ["positive", "negative"],
    "uterus": ["yes", "no"],
    "lesion": ["yes", "no"],
}
STRANGE_UNITS = {"hb": "mmol", "creatinine": "mg", "crp": "U/L", "pain": "kg", "weight": "cm", "inr": "mg/dL", "he": "mm"}
RANGES = {
    "crp": [("1", "5", "mg/L"), ("0.1", "1", "mg/dL"), (None, "10", None)],
    "hb": [("10", "12", "g/dL"), ("100", "80", "g/L"), ("10", None, None)],
}


class Recorder:
    """Draws what is recorded about one patient."""

    def __init__(self, draw, protocol):
        self.draw, self.protocol = draw, protocol
        self.screening = date.fromisoformat(self.pick(SCREENINGS))
        self.now = self.screening + timedelta(days=self.pick([0, 0, 1, -1, 5, 21]))

    def pick(self, choices):
        return self.draw(st.sampled_from(list(choices)))

    def rarely(self, one_in):
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    def day(self):
        anchor = self.pick([self.screening, self.screening, self.now, *self.others])
        return anchor + self.pick(SHIFTS) + timedelta(days=self.pick([0, 0, -1, 1]))

    def written(self, day, partial=12):
        if self.rarely(partial):
            return parse_partial(f"{day.year:04d}" if self.rarely(4) else f"{day.year:04d}-{day.month:02d}")
        return parse_partial(day.isoformat() + (self.pick(TIMES) if self.rarely(4) else ""))

    def moments(self):
        found, self.others = {}, []
        for name in self.protocol.moments:
            if name == "screening":
                day = self.screening
            elif not self.rarely(4):
                day = self.screening + timedelta(days=self.pick([0, 7, 14, 1, -1]))
                self.others.append(day)
            else:
                continue
            if not self.rarely(20):
                found[name] = parse_partial(day.isoformat() + (self.pick(TIMES) if self.rarely(4) else ""))
        return found

    def entry(self, fact):
        kind = fact.kind
        common = {"fact": fact.name, "start": self.written(self.day()), "id": self.pick([None, None, "1", "2"])}
        if kind in ("lab", "vital", "score", "grade"):
            return Entry(**common, **self.number(fact.name))
        if kind in ("finding", "judgement"):
            word = None if self.rarely(12) else self.pick(WORDS[fact.name])
            return Entry(**common, value=word, by=None if self.rarely(6) else "investigator 7")
        present = not self.rarely(4)
        if not present or kind == "event":
            return Entry(**common, value=present, attributes=self.attributes(fact) if present else {})
        return Entry(**common, value=True, attributes=self.attributes(fact), **self.end(common["start"]))

    def end(self, start):
        how = self.pick(["open", "open", "given", "given", "unknown"])
        if how == "open":
            return {"end_kind": "ongoing"}
        if how == "unknown" and start.last <= self.now.toordinal():
            return {"end_kind": "unknown"}
        day = date.fromordinal(start.last) + timedelta(days=self.pick([0, 1, 3, 14, 28, 60, 90]))
        if not self.rarely(3):
            day = max(self.day(), date.fromordinal(start.last))
        return (
            {"end": self.written(day), "end_kind": "given"}
            if day.toordinal() > start.last
            else {"end": parse_partial(day.isoformat()), "end_kind": "given"}
        )

    def number(self, name):
        if self.rarely(25):
            return {"value": None}
        value, unit = self.pick(NUMBERS[name])
        unit = None if self.rarely(25) else unit
        unit = STRANGE_UNITS.get(name, unit) if self.rarely(25) else unit
        found = {"value": Decimal(value), "unit": unit, "comparator": self.pick(["<", "<=", ">", ">="]) if self.rarely(8) else None}
        if name in RANGES and not self.rarely(4):
            low, high, text = self.pick(RANGES[name])
            found |= {"range_low": low and Decimal(low), "range_high": high and Decimal(high), "range_unit": text}
        return found

    def attributes(self, fact):
        choices = {
            "route": [None, *next((attribute.words for attribute in fact.attributes.values() if attribute.name == "route"), ())],
            "course": [None, "acute", "chronic"],
            "of_drug": [None, "yes", "no"],
            "type": [None, "basalioma", "lymphoma"],
            "volume": [None, Quantity(Decimal(200), "mL"), Quantity(Decimal("0.4"), "L"), Quantity(Decimal(200), "mg")],
            "half_life": [None, Quantity(Decimal(10), "d"), Quantity(Decimal(30), "h"), Quantity(Decimal(20), "d")],
            "spent": [None, Quantity(Decimal(24), "h"), Quantity(Decimal(1), "d"), Quantity(Decimal(6), "h")],
            "dose": [
                None, Quantity(Decimal(15), "mg/week"), Quantity(Decimal(15), "mg/week"), Quantity(Decimal(25), "mg/week"),
                Quantity(Decimal("2.5"), "mg/d"), Quantity(Decimal(10), "mg/week"),
            ],
        }  # fmt: skip
        drawn = {name: self.pick([*choices[name][1:], *choices[name][::-1]]) for name in fact.attributes}
        return {name: value for name, value in drawn.items() if value is not None}

    def patient(self):
        moments = self.moments()
        facts = [fact for fact in self.protocol.facts.values() if fact.kind not in ("attribute", "group")]
        entries = [self.entry(fact) for fact in facts for _ in range(self.pick([1, 2, 1, 0, 3]))]
        birth = self.pick([None, "1986-03-02", "2008-05-31", "1984-02-29", "2008-02-29", "2008-05", "1985-03", "2008"])
        sex = self.pick([None, "male", "female", "other"])
        return Patient("1", sex=sex, birth_date=birth and parse_partial(birth), moments=moments, entries=tuple(entries))

    def instant(self):
        time = self.pick([*TIMES, None, None, None])
        return parse_partial(self.now.isoformat() + (time or ""))


@st.composite
def patients(draw, protocol):
    """A patient and the instant of the assessment."""
    recorder = Recorder(draw, protocol)
    patient = recorder.patient()
    return patient, recorder.instant()


def shown(patient: Patient, now: PartialDate) -> str:
    """The patient as lines, for a message."""
    lines = [
        f"now {now}; sex {patient.sex}; born {patient.birth_date}; " + ", ".join(f"{name} {day}" for name, day in patient.moments.items())
    ]
    for entry in patient.entries:
        parts = [entry.fact, f"{entry.comparator or ''}{entry.value}", entry.unit or "", f"on {entry.start}"]
        if entry.end is not None or entry.end_kind != "ongoing":
            parts.append(f"to {entry.end or entry.end_kind}")
        parts += [
            f"{name}={value if isinstance(value, str) else f'{value.value} {value.unit}'}" for name, value in entry.attributes.items()
        ]
        if entry.range_low is not None or entry.range_high is not None:
            parts.append(f"range {entry.range_low}..{entry.range_high} {entry.range_unit or ''}")
        parts += [f"by {entry.by}"] if entry.by else []
        parts += [f"id {entry.id}"] if entry.id else []
        lines.append("  " + " ".join(part for part in parts if part))
    return "\n".join(lines)
