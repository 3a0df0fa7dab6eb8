"""From recorded statements to items ready for a protocol: units converted, dates clipped, values checked, sorted by date.

One wrong record makes its own value unusable (with the cause), never the patient. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from attrs import define, frozen

from ..dsl.causes import Cause
from ..dsl.model import INTERVAL_KINDS, PRESENCE_KINDS, Attribute, Fact, Protocol
from ..dsl.units import Unit, convert, parse_unit, with_molar
from .dates import FIRST_DAY, SECONDS_PER_DAY, PartialDate, step
from .numbers import exact
from .outcome import Amount, Exact, Interval, Item
from .record import Entry, Patient, Quantity, Unused

_UNITLESS_KINDS = frozenset({"score", "grade"})
_NAMED_AFTER_UNITS = frozenset({"minutes", "hours", "days", "weeks"})
_NO_ITEMS: tuple[Item, ...] = ()


@frozen(eq=False)
class Track:
    """The items of one fact that lie on exact days, with these days: what lies in a window is then found by bisection.

    `usable`: every item has a value that can be used; `recorded`: every item has one at all (or needs none); `exact`: every value is
    one number.
    """

    items: tuple[Item, ...]
    days: list[int]
    usable: bool
    recorded: bool
    exact: bool


@define
class Facts:
    """All usable items of one patient by fact name, oldest first; `denials` are the recorded "no" of events, conditions and exposures.

    `tracks` holds the facts whose items are all points on exact days.
    """

    items: dict[str, tuple[Item, ...]]
    tracks: dict[str, Track]
    denials: dict[str, tuple[Item, ...]]
    birth: PartialDate | None
    unused: tuple[Unused, ...]
    unsigned: frozenset[str]

    def of(self, fact: Fact) -> tuple[Item, ...]:
        """The positive items of a fact (of all members, for a group), oldest first."""
        if fact.kind == "group":
            merged = self.items.get(fact.name)
            if merged is None:
                merged = tuple(sorted((item for member in fact.members for item in self.of(member)), key=_order))
                self.items[fact.name] = merged
            return merged
        return self.items.get(fact.name, _NO_ITEMS)

    def denied(self, fact: Fact) -> tuple[Item, ...]:
        """The recorded "no" of a fact, oldest first."""
        return self.denials.get(fact.name, _NO_ITEMS)


def _order(item: Item) -> tuple[int, int, int]:
    return (item.first, item.last, -1 if item.seconds is None else item.seconds)


def prepare(protocol: Protocol, patient: Patient, now: PartialDate, cutoff: PartialDate) -> Facts:
    """Make a patient's entries ready for a protocol.

    `now` clips coarse dates; entries that certainly lie after `cutoff` (the assessment) are not used and are listed, as are entries of
    facts that
    the protocol doesn't declare. Cost: linear in the entries, plus sorting per fact.
    """
    items: dict[str, list[Item]] = {}
    denials: dict[str, list[Item]] = {}
    unused = list(patient.unused)
    unsigned: set[str] = set()
    maker = _Maker(protocol, patient, now, cutoff)
    for number, entry in enumerate(patient.entries):
        fact = protocol.facts.get(entry.fact)
        if fact is None or fact.kind == "group":
            unused.append(Unused("undeclared fact", f"the protocol declares no fact `{entry.fact}`", _where(entry, number)))
            continue
        made = maker.item(fact, entry)
        if isinstance(made, str):
            unused.append(Unused(made, _REASONS[made], _where(entry, number)))
            if made == "unsigned judgement":
                unsigned.add(fact.name)
            continue
        (items if made.positive else denials).setdefault(fact.name, []).append(made)
    for attribute_item in maker.attributes():
        items.setdefault(attribute_item.fact.name, []).append(attribute_item)
    ready = _sorted(items)
    return Facts(ready, _tracks(ready), _sorted(denials), patient.birth_date, tuple(unused), frozenset(unsigned))


def _tracks(items: Mapping[str, tuple[Item, ...]]) -> dict[str, Track]:
    found: dict[str, Track] = {}
    for name, group in items.items():
        if group[0].fact.kind not in INTERVAL_KINDS and all(item.first == item.last for item in group):
            usable = all(item.problem is None for item in group)
            recorded = (
                usable
                or group[0].fact.kind in PRESENCE_KINDS
                or all(item.entry.value is not None and item.problem != "judgement pending" for item in group)
            )
            exact = usable and not any(item.number is None or isinstance(item.number, Interval) for item in group)
            found[name] = Track(group, [item.first for item in group], usable, recorded, exact)
    return found


_REASONS = {
    "after the assessment": "it is dated after the assessment and does not count",
    "unsigned judgement": "a judgement needs a day (and a name, `by`)",
    "no such value": "the fact is present or absent; this value says neither",
}


def _where(entry: Entry, number: int) -> str:
    return entry.source or entry.id or f"{entry.fact} #{number + 1}"


def _sorted(groups: Mapping[str, Iterable[Item]]) -> dict[str, tuple[Item, ...]]:
    return {name: tuple(sorted(group, key=_order)) for name, group in groups.items()}


@define
class _Maker:
    """Makes items of one patient; holds what is the same for all of them."""

    protocol: Protocol
    patient: Patient
    now: PartialDate
    cutoff: PartialDate

    def item(self, fact: Fact, entry: Entry) -> Item | str:
        """One item, or the code of the reason why the entry can't be used."""
        if fact.kind == "judgement" and entry.start is None:
            return "unsigned judgement"
        positive = entry.value is not False
        interval = fact.kind in INTERVAL_KINDS and positive
        first, last, seconds, offset = self._begin(fact, entry)
        if first > self.cutoff.last or self._later_that_day(first, last, seconds, offset):
            return "after the assessment"
        last = min(last, self.now.last)
        end_first, end_last = self._end(entry, first, last) if interval else (first, last)
        if interval and entry.start is None and end_last is not None:
            last = min(last, end_last)
        number, word, problem = self._value(fact, entry) if fact.kind not in PRESENCE_KINDS else (None, None, None)
        if fact.kind == "judgement" and not entry.by:
            # Nobody stands for it: it is the latest word all the same, and settles nothing.
            problem = "judgement pending"
        doubtful = interval and end_first is None and self._doubtful(fact, entry, first)
        if doubtful:
            end_first = first
        sure = first == last and (not interval or end_first == end_last)
        return Item(fact, entry, first, last, end_first, end_last, seconds, offset, positive, number, word, problem, sure, doubtful)

    def _begin(self, fact: Fact, entry: Entry) -> tuple[int, int, int | None, int | None]:
        birth = self.patient.birth_date
        start = entry.start
        if fact.kind == "attribute":
            return FIRST_DAY, FIRST_DAY, None, None
        if start is None:
            floor = birth.first if birth is not None else FIRST_DAY
            ceiling = self.now.last
            if entry.end is not None:
                ceiling = min(ceiling, entry.end.last)
            return min(floor, ceiling), ceiling, None, None
        if start.exact:
            return start.first, start.last, start.seconds, start.offset
        first = max(start.first, birth.first) if birth is not None and birth.first <= start.last else start.first
        last = start.last if entry.end is None else min(start.last, max(entry.end.last, first))
        return first, last, None, None

    def _later_that_day(self, first: int, last: int, seconds: int | None, offset: int | None) -> bool:
        """Whether an item on the very day of the cutoff is timed after it."""
        if self.cutoff.seconds is None or seconds is None or first != last or first != self.cutoff.first:
            return False
        if offset is not None and self.cutoff.offset is not None:
            return seconds - offset > self.cutoff.seconds - self.cutoff.offset
        return seconds > self.cutoff.seconds

    def _end(self, entry: Entry, first: int, last: int) -> tuple[int | None, int | None]:
        """The days on which an interval ends: (None, None) is open, (first, None) is doubtful."""
        if entry.end is not None:
            end_first, end_last = max(entry.end.first, first), entry.end.last
            return end_first, max(end_last, last if first == last else end_first)
        if entry.end_kind == "unknown":
            return first, max(self.now.last, last)
        return None, None

    def _doubtful(self, fact: Fact, entry: Entry, first: int) -> bool:
        """Whether an open record is older than the fact says open records last."""
        rule = fact.ongoing
        if rule is None:
            return False
        if rule.unless is not None and attribute_word(entry, rule.unless.attribute) in rule.unless.words:
            return False
        return first < step(self.cutoff.first, rule.length, -1, self.protocol.months)

    def _value(self, fact: Fact, entry: Entry) -> tuple[Amount | None, str | None, Cause | None]:
        value = entry.value
        if value is None:
            return None, None, "record without value"
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, str):
            if not fact.words:
                return None, value, ("value outside its declared range" if fact.kind != "attribute" else None)
            return None, value, None if value in fact.words else "value outside its declared range"
        if fact.words:
            return None, str(value), "value outside its declared range"
        return self._number(fact, entry, value)

    def _number(self, fact: Fact, entry: Entry, value: Decimal) -> tuple[Amount | None, None, Cause | None]:
        converted = to_declared(fact, value, entry.unit)
        if converted is None:
            return None, None, "unit not convertible"
        if entry.comparator is not None:
            bounded = _bounded(fact, entry.comparator, converted)
            return (None, None, "value outside its declared range") if _empty(bounded) else (bounded, None, None)
        if (fact.low is not None and converted < fact.low) or (fact.high is not None and converted > fact.high):
            return None, None, "value outside its declared range"
        return converted, None, None

    def attributes(self) -> Iterable[Item]:
        """Sex as an item, where it is recorded and declared."""
        fact = self.protocol.facts.get("sex")
        if fact is None or self.patient.sex is None:
            return
        word = self.patient.sex
        problem: Cause | None = None if word in fact.words else "value outside its declared range"
        entry = Entry("sex", word)
        yield Item(fact, entry, FIRST_DAY, FIRST_DAY, FIRST_DAY, FIRST_DAY, None, None, True, None, word, problem, True)


def _empty(interval: Interval) -> bool:
    """Whether no number lies in an interval: a bound beyond the declared range."""
    low, high = interval.low, interval.high
    if low is None or high is None:
        return False
    return low > high or (low == high and (interval.low_open or interval.high_open))


def _bounded(fact: Fact, comparator: str, value: Exact) -> Interval:
    """A value known only by a bound, as far as the declared range goes."""
    low, high = (None if end is None else exact(end) for end in (fact.low, fact.high))
    if comparator in ("<", "<="):
        inside = high is None or value <= high
        return Interval(low, value if inside else high, high_open=comparator == "<" and inside)
    inside = low is None or value >= low
    return Interval(value if inside else low, high, low_open=comparator == ">" and inside)


def to_declared(fact: Fact, value: Decimal, unit_text: str | None) -> Exact | None:
    """A recorded number in the fact's declared unit, exactly; None if its unit can't be converted (or is missing where one is needed)."""
    number = exact(value)
    declared = fact.unit
    if unit_text is None or not unit_text.strip():
        unitless = declared is None or (declared.is_plain_number and declared.factor == 1) or fact.kind in _UNITLESS_KINDS
        return number if unitless else None
    if unit_text == fact.unit_text:
        return number
    recorded = parse_unit(unit_text)
    if recorded is None:
        return None
    if declared is None:
        if not recorded.is_plain_number:
            return None
        return exact(Fraction(number) * recorded.factor)
    return convert_exactly(Fraction(number), recorded, declared, fact)


def convert_exactly(value: Fraction, source: Unit, target: Unit, fact: Fact) -> Exact | None:
    """A number from one unit to another, through the fact's own identities where the dimension differs."""
    direct = convert(value, source, target)
    if direct is not None:
        return exact(direct)
    for bridge in fact.bridges:
        made = with_molar(bridge.left_value, bridge.left, bridge.right_value, bridge.right)
        through = None if made is None else convert(value, source, target, made)
        if through is not None:
            return exact(through)
    return None


def attribute_word(entry: Entry, attribute: Attribute) -> str | None:
    """The recorded word of an attribute, or the declared default; None if there is neither."""
    value = entry.attributes.get(attribute.name)
    if value is None and attribute.name == "by":
        # Every record may say by whom it is (`by`); a fact that declares it as an attribute, as a consent does, tests that.
        value = entry.by
    if value is None:
        return attribute.default
    if isinstance(value, Quantity):
        return str(value.value)
    return value


def attribute_number(entry: Entry, attribute: Attribute) -> tuple[Exact | None, Cause | None]:
    """The recorded number of an attribute in its declared unit, or why there is none."""
    value = entry.attributes.get(attribute.name)
    if value is None:
        return None, "attribute not recorded"
    if not isinstance(value, Quantity):
        return None, "value outside its declared range"
    number = exact(value.value)
    if value.unit is None:
        # A grade or class has no unit, and `hours` says its own; a length, volume or dose without one could be anything.
        converted = Fraction(number) if unit_needless(attribute) else None
    else:
        recorded = parse_unit(value.unit)
        if recorded is None:
            converted = None
        elif attribute.unit is None:
            converted = Fraction(number) * recorded.factor if recorded.is_plain_number else None
        else:
            converted = convert(Fraction(number), recorded, attribute.unit)
    if converted is None:
        return None, "unit not convertible"
    if (attribute.low is not None and converted < attribute.low) or (attribute.high is not None and converted > attribute.high):
        return None, "value outside its declared range"
    return exact(converted), None


def unit_needless(attribute: Attribute) -> bool:
    """Whether a bare number of the attribute can only be meant in its declared unit."""
    unit = attribute.unit
    return unit is None or (unit.is_plain_number and unit.factor == 1) or attribute.name in _NAMED_AFTER_UNITS


def limit_of(item: Item, which: str) -> Exact | None:
    """The item's own reference limit ("high" or "low") in the declared unit; None if it has none that can be converted."""
    entry = item.entry
    value = entry.range_high if which == "high" else entry.range_low
    if value is None:
        return None
    return to_declared(item.fact, value, entry.range_unit if entry.range_unit is not None else entry.unit)


def second_range(item: Item) -> tuple[int, int]:
    """The seconds (from ordinal day 0, wall clock) in which a point item lies."""
    if item.seconds is not None:
        at = item.first * SECONDS_PER_DAY + item.seconds
        return at, at
    return item.first * SECONDS_PER_DAY, item.last * SECONDS_PER_DAY + SECONDS_PER_DAY - 1
