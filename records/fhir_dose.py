"""Doses of FHIR dosage instructions: an exact amount per time, in the form of the unit that the rule file declares."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..engine.record import Quantity
from .facts import number
from .fhir_base import Resource, unit_of
from .fhir_codes import Fhir, codings_of
from .words import clean

if TYPE_CHECKING:
    from ..dsl.model import Attribute

_SECONDS: Final = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "wk": 604_800}
_TIME_WORDS: Final = {
    "s": "s", "min": "min", "h": "h", "hour": "h", "d": "d", "day": "d", "wk": "wk", "week": "wk", "mo": "mo",
    "month": "mo", "a": "a", "year": "a",
}  # fmt: skip
_HL7_ABBREVIATIONS: Final = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
_ABBREVIATIONS: Final = {
    "QD": (1, 1, "d"), "BID": (2, 1, "d"), "TID": (3, 1, "d"), "QID": (4, 1, "d"), "QOD": (1, 2, "d"), "Q1H": (1, 1, "h"),
    "Q2H": (1, 2, "h"), "Q3H": (1, 3, "h"), "Q4H": (1, 4, "h"), "Q6H": (1, 6, "h"), "Q8H": (1, 8, "h"), "AM": (1, 1, "d"),
    "PM": (1, 1, "d"), "BED": (1, 1, "d"), "WK": (1, 1, "wk"), "MO": (1, 1, "mo"),
}  # fmt: skip


@frozen
class Rate:
    """How often: `times` in a period of `length` `unit`s (s, min, h, d, wk, mo, a)."""

    times: Fraction
    length: Fraction
    unit: str


def dose_of(dosages: list[Resource], attribute: Attribute) -> Quantity | str | None:
    """The dose of a dosage instruction, per time.

    `dosages` are the dosage instructions (or the one dosage) of a resource. The result is in the time of the declared unit
    where that is exact (7.5 mg twice a day, declared `mg/week`: 105 mg/week), otherwise in the time as prescribed (`mg/mo`, `mg/(3.d)`).

    Returns:
        The dose; a text that says why it can't be told; None where nothing is said about a dose.
    """
    stated = [dosage for dosage in dosages if dosage.get("doseAndRate") or dosage.get("dose")]
    if not stated:
        return None
    if len(dosages) > 1:
        return "several dosage instructions, which may add up or follow each other"
    if dosages[0].get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosages[0]:
        return "it is taken as needed"
    quantity = _dose_quantity(dosages[0])
    if quantity is None:
        return "the dose is no single quantity"
    amount, unit = number(quantity.get("value")), unit_of(quantity)
    if amount is None or unit is None or quantity.get("comparator") is not None:
        return "the dose has no unit" if unit is None else "the dose is no number"
    declared = attribute.unit.text if attribute.unit is not None else ""
    if "/" not in declared:
        return Quantity(amount, unit)
    rate = _rate(dosages[0].get("timing"))
    if rate is None:
        return "how often it is taken is not said as a fixed rate"
    return _per_time(amount, unit, rate, declared.rpartition("/")[2])


def _dose_quantity(dosage: Resource) -> Resource | None:
    raw = dosage.get("doseAndRate")
    doses = [item for item in raw if isinstance(item, dict)] if isinstance(raw, list) else []
    if len(doses) == 1 and isinstance(doses[0].get("doseQuantity"), dict):
        return dict(doses[0]["doseQuantity"])
    administered = dosage.get("dose")
    return administered if isinstance(administered, dict) else None


def _rate(timing: Fhir) -> Rate | None:
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    if isinstance(repeat, dict) and "period" in repeat:
        if any(key in repeat for key in ("frequencyMax", "periodMax", "dayOfWeek", "timeOfDay", "countMax")):
            return _rate_of_days(repeat)
        times, length, unit = number(repeat.get("frequency", 1)), number(repeat["period"]), repeat.get("periodUnit")
        if times is not None and length is not None and isinstance(unit, str) and unit in _TIME_WORDS and length > 0 and times > 0:
            return Rate(Fraction(times), Fraction(length), unit)
        return None
    for system, code in codings_of(timing.get("code")) if isinstance(timing, dict) else ():
        if system == _HL7_ABBREVIATIONS and clean(code).upper() in _ABBREVIATIONS:
            found = _ABBREVIATIONS[clean(code).upper()]
            return Rate(Fraction(found[0]), Fraction(found[1]), found[2])
    return None


def _rate_of_days(repeat: Resource) -> Rate | None:
    """A rate with named days or times of day: only once a week on one day is plain."""
    days = repeat.get("dayOfWeek")
    plain = repeat.keys() & {"frequencyMax", "periodMax", "timeOfDay", "countMax"} == set()
    weekly = repeat.get("frequency", 1) == 1 and repeat.get("period") == 1 and repeat.get("periodUnit") == "wk"
    if plain and weekly and isinstance(days, list) and len(days) == 1:
        return Rate(Fraction(1), Fraction(1), "wk")
    return None


def _per_time(amount: Decimal, unit: str, rate: Rate, declared_time: str) -> Quantity:
    per_period = Fraction(amount) * rate.times
    target = _TIME_WORDS.get(declared_time)
    if rate.unit in _SECONDS and target in _SECONDS:
        exact = _decimal(per_period * _SECONDS[target] / (rate.length * _SECONDS[rate.unit]))
        if exact is not None:
            return Quantity(exact, f"{unit}/{declared_time}")
    exact = _decimal(per_period / rate.length)
    if exact is not None:
        return Quantity(exact, f"{unit}/{rate.unit}")
    # 5 mg every 3 days is 5/3 mg a day, no decimal: the unit takes the three days. The length is scaled to a whole number.
    scale = rate.length.denominator
    whole = _decimal(per_period * scale)
    return Quantity(whole if whole is not None else amount, f"{unit}/({rate.length.numerator}.{rate.unit})")


def _decimal(value: Fraction) -> Decimal | None:
    """The exact decimal of a fraction; None if it has no end."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest != 1 or places > 30:
        return None
    digits = value.numerator * 10**places // value.denominator
    return Decimal(digits).scaleb(-places) if places else Decimal(digits)
