"""One recorded fact in the keys of `trialrules/patient/1`, made an `Entry`. Tables come through here too, so that both mean the same."""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, cast

from .. import limits
from ..engine.prepare import unit_needless
from ..engine.record import AttributeValue, EndKind, Entry, Quantity, Unused
from .dates import Dates, certainly_before
from .problems import BAD_DATE, END_BEFORE_START, MISSING, NOT_DECLARED, TOO_LARGE, UNKNOWN_KEY, WRONG_VALUE, Place, Problems
from .vocabulary import PATIENT_FACTS, FactPlan, Vocabulary
from .words import clean, match_word, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..canonical import Json
    from ..dsl.model import Attribute
    from ..engine.dates import PartialDate

Comparator = Literal["<", "<=", ">", ">="]
COMPARATORS: Final = frozenset({"<", "<=", ">", ">="})
NO_ATTRIBUTES: Final[Mapping[str, AttributeValue]] = MappingProxyType({})
"""Shared by all entries without attributes: a million empty dictionaries are 64 MB."""
_NUMBER: Final = re.compile(r"(<=|>=|<|>|≤|≥)?\s*([+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?)(?:[eE]([+-]?[0-9]{1,2}))?")
_SIGNS: Final = {"≤": "<=", "≥": ">="}
END_UNKNOWN: Final = "unknown"
"""Written as the `end` of what is over since nobody knows when."""
_RANGE_KEYS: Final = frozenset({"low", "high", "unit"})
_QUANTITY_KEYS: Final = frozenset({"value", "unit"})
_DATE_HELP: Final = "Write a day `2026-03-01`, a month `2026-03`, a year, or a time `2026-03-01T08:30+08:00`."


def number(value: Json) -> Decimal | None:
    """A JSON number as a decimal; None for anything else (true and false are no numbers)."""
    kind = type(value)
    if kind is Decimal:
        return cast("Decimal", value)
    return Decimal(cast("int", value)) if kind is int else None


def parse_number(text: str) -> tuple[Decimal, Comparator | None] | None:
    """A number in a text, perhaps behind a comparator (`<5`, `≥ 1.5`); None for anything else, a decimal comma too."""
    match = _NUMBER.fullmatch(clean(text))
    if match is None:
        return None
    sign, mantissa, exponent = match.groups()
    if sum(letter.isdigit() for letter in mantissa) > limits.MAX_DIGITS or abs(int(exponent or 0)) > limits.MAX_EXPONENT:
        return None
    return Decimal(f"{mantissa}e{exponent or 0}"), cast("Comparator | None", _SIGNS.get(sign, sign))


class FactReader:
    """Reads the facts of one patient.

    `locate(index, key)` gives the place of a key of a fact ("" for the fact itself). Problems gather in `problems`; facts that the protocol
    does not declare gather in `unused()`, or are problems where `strict`.
    """

    __slots__ = ("_dates", "_locate", "_strict", "_undeclared", "_vocabulary", "problems")

    def __init__(self, vocabulary: Vocabulary, dates: Dates, locate: Callable[[int, str], Place], *, strict: bool) -> None:
        self.problems = Problems()
        self._vocabulary = vocabulary
        self._dates = dates
        self._locate = locate
        self._strict = strict
        self._undeclared: dict[str, tuple[int, Unused]] = {}

    def read(self, index: int, raw: Json) -> Entry | None:
        """The entry that fact `index` records; None where it can't be used (then a problem or an unused fact was noted)."""
        if not isinstance(raw, dict):
            self._complain(index, "", "A fact is an object with the key `fact`.")
            return None
        name = raw.get("fact")
        plan = self._vocabulary.plans.get(name) if isinstance(name, str) else None
        if plan is None:
            self._without_plan(index, name)
            return None
        if not raw.keys() <= plan.keys:
            self._unknown_keys(index, raw, plan)
        unit = self._text(index, raw, "unit")
        value = self._value(index, raw, plan)
        low, high, range_unit = (None, None, None) if raw.get("range") is None else self._range(index, raw["range"], plan, unit)
        start, end, end_kind = self._when(index, raw, plan, denied=value is False)
        if not plan.is_number and unit is not None:
            self._complain(index, "unit", f"`{plan.name}` has no unit.", self._dose_help(plan))
        return Entry(
            fact=plan.name,
            value=value,
            unit=unit,
            comparator=self._comparator(index, raw, plan) if raw.get("comparator") is not None else None,
            start=start,
            end=end,
            end_kind=end_kind,
            range_low=low,
            range_high=high,
            range_unit=range_unit,
            attributes=self._attributes(index, raw, plan) if plan.attributes else NO_ATTRIBUTES,
            by=self._text(index, raw, "by"),
            reason=self._text(index, raw, "reason"),
            source=self._text(index, raw, "source"),
            id=self._text(index, raw, "id"),
        )

    def unused(self) -> tuple[Unused, ...]:
        """The facts that the protocol does not declare, each name once."""
        return tuple(
            item if count == 1 else Unused(item.code, f"{item.reason} ({count} records)", item.where, item.nearest)
            for count, item in self._undeclared.values()
        )

    def _complain(self, index: int, key: str, message: str, mend: str = "", code: str = WRONG_VALUE) -> None:
        self.problems.add(code, message, self._locate(index, key), mend)

    def _without_plan(self, index: int, name: Json) -> None:
        if name is None:
            self._complain(index, "fact", "A fact needs a name, under the key `fact`.", code=MISSING)
        elif not isinstance(name, str):
            self._complain(index, "fact", "The name of a fact is text.")
        elif name in PATIENT_FACTS:
            self._complain(index, "fact", f"`{name}` belongs to the patient, not among the facts.")
        else:
            self._not_declared(index, name)

    def _not_declared(self, index: int, name: str) -> None:
        group = self._vocabulary.groups.get(name)
        if name in self._undeclared:
            count, item = self._undeclared[name]
            self._undeclared[name] = (count + 1, item)
        elif group is not None:
            members = ", ".join(f"`{member.name}`" for member in group.members)
            item = Unused("group", f"`{name}` is a group: record one of {members}", str(self._locate(index, "fact")))
            self._undeclared[name] = (1, item)
        else:
            near = self._vocabulary.nearest_fact(name)
            item = Unused("fact not declared", f"the rule file declares no fact {shown(name)}", str(self._locate(index, "fact")), near)
            self._undeclared[name] = (1, item)
        if self._strict:
            mend = f"Did you mean `{item.nearest}`?" if item.nearest else ""
            self._complain(index, "fact", f"{item.reason[0].upper()}{item.reason[1:]}.", mend, NOT_DECLARED)

    def _unknown_keys(self, index: int, raw: dict[str, Json], plan: FactPlan) -> None:
        for key in raw:
            if key not in plan.keys:
                near = nearest(key, sorted(plan.keys))
                attributes = ", ".join(sorted(plan.attributes)) or "none"
                mend = f"Did you mean `{near}`?" if near else f"Attributes of `{plan.name}`: {attributes}."
                self._complain(index, key, f"{shown(key)} is no key of a `{plan.name}` record.", mend, UNKNOWN_KEY)

    def _text(self, index: int, raw: dict[str, Json], key: str) -> str | None:
        text = raw.get(key)
        if text is None:
            return None
        if not isinstance(text, str):
            self._complain(index, key, f"`{key}` is text.")
            return None
        if len(text) > limits.MAX_TEXT_LENGTH:
            self._complain(index, key, f"`{key}` is longer than {limits.MAX_TEXT_LENGTH} characters.", code=TOO_LARGE)
        return text

    def _value(self, index: int, raw: dict[str, Json], plan: FactPlan) -> Decimal | str | bool | None:
        value = raw.get("value")
        if plan.is_presence:
            if value is None or isinstance(value, bool):
                return value is not False
            mend = self._dose_help(plan) or "Write true, or false for a recorded no."
            self._complain(index, "value", f"The value of `{plan.name}` is true or false.", mend)
            return True
        if value is None:
            return None
        if plan.is_number:
            amount = number(value)
            if amount is None:
                self._complain(index, "value", f"The value of `{plan.name}` is a number, not {shown(value)}.")
            return amount
        if isinstance(value, bool) and plan.is_yes_no:
            return "yes" if value else "no"
        if isinstance(value, str):
            self._text(index, raw, "value")
            words = plan.fact.words or (("yes", "no") if plan.is_yes_no else ())
            return match_word(value, words) or value
        expected = ", ".join(plan.fact.words) or "text"
        self._complain(index, "value", f"The value of `{plan.name}` is one of: {'true, false, ' if plan.is_yes_no else ''}{expected}.")
        return None

    @staticmethod
    def _dose_help(plan: FactPlan) -> str:
        return 'An amount stands in `dose`: {"value": 15, "unit": "mg/week"}.' if "dose" in plan.attributes else ""

    def _comparator(self, index: int, raw: dict[str, Json], plan: FactPlan) -> Comparator | None:
        comparator = raw["comparator"]
        if not isinstance(comparator, str) or comparator not in COMPARATORS:
            self._complain(index, "comparator", f"A comparator is one of <, <=, >, >=, not {shown(comparator)}.")
            return None
        if not plan.is_number or raw.get("value") is None:
            self._complain(index, "comparator", "A comparator stands beside a number.")
        return cast("Comparator", comparator)

    def _range(self, index: int, found: Json, plan: FactPlan, unit: str | None) -> tuple[Decimal | None, Decimal | None, str | None]:
        if not isinstance(found, dict) or not plan.is_number:
            self._complain(index, "range", "A range is an object with `low`, `high`, `unit`, beside a number.")
            return None, None, None
        for key in found.keys() - _RANGE_KEYS:
            self._complain(index, f"range/{key}", f"{shown(key)} is no key of a range.", "Keys: low, high, unit.", UNKNOWN_KEY)
        low, high = number(found.get("low")), number(found.get("high"))
        for key, limit in (("low", low), ("high", high)):
            if limit is None and found.get(key) is not None:
                self._complain(index, f"range/{key}", "A limit of a range is a number.")
        if low is not None and high is not None and low > high:
            self._complain(index, "range", f"The range begins at {low}, above its end {high}.")
        range_unit = found.get("unit")
        if range_unit is not None and not isinstance(range_unit, str):
            self._complain(index, "range/unit", "`unit` is text.")
            range_unit = None
        return low, high, unit if range_unit is None else range_unit

    def _when(
        self, index: int, raw: dict[str, Json], plan: FactPlan, *, denied: bool
    ) -> tuple[PartialDate | None, PartialDate | None, EndKind]:
        """Start, end, and whether an end is recorded; the end `unknown`: it is over, and nobody says since when."""
        date, start, end = raw.get("date"), raw.get("start"), raw.get("end")
        if start is None and end is None:
            return (None if date is None else self._date(index, "date", date)), None, "ongoing"
        if not plan.is_interval:
            key = "start" if start is not None else "end"
            self._complain(index, key, f"`{plan.name}` ({plan.fact.kind}) has one `date`, no `start` or `end`.")
        elif date is not None:
            self._complain(index, "date", "Write `date`, or `start` and `end`, not both.")
        elif denied and end is not None:
            self._complain(index, "end", "A recorded no is the state of one day: write `date`.")
        first = None if start is None else self._date(index, "start", start)
        last = None if end in (None, END_UNKNOWN) else self._date(index, "end", end)
        if first is not None and last is not None and certainly_before(last, first):
            self._complain(index, "end", f"The end {last} lies before the start {first}.", code=END_BEFORE_START)
        return first, last, "ongoing" if end is None else "unknown" if end == END_UNKNOWN else "given"

    def _date(self, index: int, key: str, text: Json) -> PartialDate | None:
        found = self._dates.read(text) if isinstance(text, str) else None
        if found is None:
            self._complain(index, key, f"{shown(text)} is no date.", _DATE_HELP, BAD_DATE)
        return found

    def _attributes(self, index: int, raw: dict[str, Json], plan: FactPlan) -> Mapping[str, AttributeValue]:
        found = {
            name: value
            for name, attribute in plan.attributes.items()
            if raw.get(name) is not None and (value := self._attribute(index, attribute, raw[name])) is not None
        }
        return found or NO_ATTRIBUTES

    def _attribute(self, index: int, attribute: Attribute, value: Json) -> AttributeValue | None:
        name = attribute.name
        if attribute.kind == "number":
            return self._quantity(index, attribute, value)
        if isinstance(value, bool) and set(attribute.words) == {"yes", "no"}:
            return "yes" if value else "no"
        if isinstance(value, str) and len(value) <= limits.MAX_TEXT_LENGTH:
            return match_word(value, attribute.words) or value
        self._complain(index, name, f"`{name}` is {'one of: ' + ', '.join(attribute.words) if attribute.words else 'text'}.")
        return None

    def _quantity(self, index: int, attribute: Attribute, value: Json) -> Quantity | None:
        name, unit = attribute.name, attribute.unit
        if isinstance(value, dict):
            amount, unit_text = number(value.get("value")), value.get("unit")
            if amount is not None and (unit_text is None or isinstance(unit_text, str)) and value.keys() <= _QUANTITY_KEYS:
                return Quantity(amount, unit_text)
        elif unit_needless(attribute) or (unit is not None and unit.is_plain_number):
            amount = number(value)
            if amount is not None:
                return Quantity(amount)
        example = "a number" if unit is None else f'a quantity, such as {{"value": 1, "unit": "{unit.text}"}}'
        self._complain(index, name, f"`{name}` is {example}.")
        return None
