"""Runs the scenarios of a rule file: makes the patient they describe, screens it, compares with what they expect."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from ..dsl import model
from .dates import SECONDS_PER_DAY, PartialDate, length_seconds, of_day, parse_partial, step
from .decide import screen
from .outcome import CriterionOutcome, Decision, Item, Outcome, Truth, Unknown
from .plan import children
from .record import AttributeValue, Entry, Patient, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EXACT = Context(prec=400)
_POINT_KINDS = model.VALUE_KINDS | {"event"}
_BOUNDS: Mapping[str | None, Literal["<", "<=", ">", ">="]] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS: Mapping[Truth, str] = {True: "met", False: "not met", None: "unknown"}


class ScenarioError(ValueError):
    """A scenario that describes no patient: a date that hangs on a moment nobody gives."""


@frozen
class Failure:
    """One expectation that does not hold: what came out, why it is unknown, and the records it rests on."""

    expectation: model.Expectation
    expected: str
    got: str
    unknowns: tuple[Unknown, ...] = ()
    items: tuple[Item, ...] = ()


@frozen
class ScenarioResult:
    """What one scenario came to. `problem`: why it could not be run; `decision` is then None."""

    scenario: model.Scenario
    decision: Decision | None
    failures: tuple[Failure, ...] = ()
    problem: str | None = None

    @property
    def passed(self) -> bool:
        """Whether it ran and everything expected came out."""
        return self.problem is None and not self.failures


def run_scenarios(protocol: model.Protocol, scenarios: tuple[model.Scenario, ...]) -> tuple[ScenarioResult, ...]:
    """Run scenarios in order; they don't touch each other."""
    return tuple(run_scenario(protocol, scenario) for scenario in scenarios)


def run_scenario(protocol: model.Protocol, scenario: model.Scenario) -> ScenarioResult:
    """Screen the patient that a scenario describes and compare with each of its expectations."""
    try:
        patient, now = patient_of(protocol, scenario)
    except ScenarioError as error:
        return ScenarioResult(scenario, None, problem=str(error))
    decision = screen(protocol, patient, now)
    failures = [failure for expectation in scenario.expectations if (failure := _compare(decision, expectation))]
    return ScenarioResult(scenario, decision, tuple(failures))


# ---------------------------------------------------------------- the patient


def patient_of(protocol: model.Protocol, scenario: model.Scenario) -> tuple[Patient, PartialDate]:
    """The patient that a scenario describes, and the day of assessment.

    Raises:
        ScenarioError: if a date hangs on a moment that the scenario doesn't give, or no day of assessment can be found.
    """
    dates = _Dates(protocol, scenario)
    moments = {name: dates.of(date) for name, date in scenario.moments.items()}
    now = dates.now()
    sex, birth = None, None
    entries = []
    for number, given in enumerate(scenario.givens, 1):
        if given.fact.kind == "attribute" and given.fact.name == "sex":
            sex = None if given.value is None else str(given.value)
        elif given.fact.kind == "attribute" and not given.fact.words:
            birth = _date_value(given, dates)
        else:
            entries.append(_entry(given, dates, f"given {number}"))
    return Patient(scenario.name, sex, birth, moments, tuple(entries)), now


def _date_value(given: model.Given, dates: _Dates) -> PartialDate | None:
    """The date of an attribute such as the birth date, as a value or as a date."""
    if isinstance(given.value, str):
        return parse_partial(given.value)
    return None if given.start is None else dates.of(given.start)


def _entry(given: model.Given, dates: _Dates, source: str) -> Entry:
    fact = given.fact
    value: Decimal | str | bool | None
    if isinstance(given.value, bool):
        present = given.value
        value = present if fact.kind in model.PRESENCE_KINDS else "yes" if present else "no"
    elif isinstance(given.value, Fraction):
        value = _decimal(given.value)
    else:
        value = given.value
    low, high = given.range_low, given.range_high
    # A "no" is said on a day: it is a point, whatever the kind of the fact.
    point = fact.kind in _POINT_KINDS or value is False
    end = None if point or given.end is None else dates.of(given.end)
    return Entry(
        fact.name,
        value,
        unit=given.unit,
        comparator=_BOUNDS.get(given.comparator),
        start=None if given.start is None else dates.of(given.start),
        end=end,
        end_kind="given" if end is not None else "ongoing",
        range_low=None if low is None else _decimal(low[0]),
        range_high=None if high is None else _decimal(high[0]),
        range_unit=next((bound[1] for bound in (low, high) if bound is not None and bound[1] is not None), None),
        attributes={name: _attribute(attribute) for name, attribute in given.attributes.items()},
        by=given.by,
        source=source,
    )


def _attribute(value: str | tuple[Fraction, str | None]) -> AttributeValue:
    return value if isinstance(value, str) else Quantity(_decimal(value[0]), value[1])


def _decimal(value: Fraction) -> Decimal:
    """A number as written in the file, which is a finite decimal."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


class _Dates:
    """The days that a scenario's dates mean: moments are those it gives, else the plans of the protocol that hang on them."""

    def __init__(self, protocol: model.Protocol, scenario: model.Scenario) -> None:
        self.protocol = protocol
        self.given = scenario.moments
        self.stated_now = scenario.now
        self.under_way: list[str] = []

    def now(self) -> PartialDate:
        """The day of assessment: as stated, else the first moment given."""
        first = self.stated_now if self.stated_now is not None else next(iter(self.given.values()), None)
        if first is None:
            raise ScenarioError("no moment is given: say `given now 2026-03-02`, or give a moment")
        return self.of(first)

    def of(self, date: model.Date) -> PartialDate:
        """One date."""
        match date:
            case model.DateLiteral():
                found = parse_partial(date.text)
                if found is None:
                    raise ScenarioError(f"`{date.text}` is no day of the calendar")
                return found
            case model.MomentDate():
                return self.moment(date.moment)
            case model.AssessmentDay():
                return self.assessment()
            case model.Shifted():
                return self.shifted(self.of(date.date), date.length, -1 if date.direction == "before" else 1)
            case model.Extreme():
                pick = min if date.which == "earlier" else max
                return pick((self.of(choice.date) for choice in date.choices), key=lambda day: (day.first, day.last))
            case _:
                raise ScenarioError("a scenario's date is a day, a moment, or a length before or after one")

    def moment(self, moment: model.Moment) -> PartialDate:
        given = self.given.get(moment.name)
        ways = (way.date for way in moment.ways if way.date is not None)
        date = given if given is not None else next(ways, None)
        if date is None or moment.name in self.under_way:
            raise ScenarioError(f"the moment `{moment.name}` is not given")
        self.under_way.append(moment.name)
        found = self.of(date)
        self.under_way.pop()
        return found

    def assessment(self) -> PartialDate:
        """The earlier of now and the moment after which nothing counts, where that is given."""
        until = self.protocol.until
        if "now" in self.under_way:
            raise ScenarioError("the assessment day hangs on itself")
        self.under_way.append("now")
        days = [self.now()]
        if until is not None and until.name in self.given:
            days.append(self.moment(until))
        self.under_way.pop()
        return min(days, key=lambda day: (day.first, day.last))

    def shifted(self, base: PartialDate, length: model.Length, sign: int) -> PartialDate:
        if length.unit in ("hours", "minutes") and base.seconds is not None:
            day, seconds = divmod(base.first * SECONDS_PER_DAY + base.seconds + sign * length_seconds(length), SECONDS_PER_DAY)
            return PartialDate(day, day, seconds, base.offset)
        first, last = (step(day, length, sign, self.protocol.months) for day in (base.first, base.last))
        return of_day(first) if base.exact else PartialDate(first, last)


# ---------------------------------------------------------------- what is expected


def _compare(decision: Decision, expectation: model.Expectation) -> Failure | None:
    expected = _phrase(expectation.expected, provisional=expectation.provisional)
    if expectation.because is not None:
        expected += f" because {expectation.because}"
    if expectation.target == "decision":
        unknowns = tuple(unknown for criterion in decision.criteria for unknown in criterion.unknowns)
        return _judge(expectation, expected, _phrase(decision.decision, provisional=decision.provisional), unknowns)
    criterion = next((each for each in decision.criteria if each.criterion.id == expectation.target), None)
    if criterion is None:
        return Failure(expectation, expected, f"there is no criterion {expectation.target}")
    if expectation.expected in ("warns", "does not warn"):
        return _compare_warnings(expectation, expected, [warning.message for warning in criterion.warnings])
    if expectation.label is None:
        items = _items(outcome for block in criterion.blocks for outcome in block.body.walk())
        return _judge(expectation, expected, _phrase(criterion.verdict, provisional=criterion.provisional), criterion.unknowns, items)
    outcome = member_outcome(criterion, expectation.label)
    if outcome is None:
        return Failure(expectation, expected, f"{expectation.target} has no member `{expectation.label}`")
    got = _phrase(_WORDS[outcome.truth], provisional=outcome.provisional)
    unknowns = tuple(dict.fromkeys(unknown for each in outcome.walk() for unknown in each.unknowns)) if outcome.truth is None else ()
    return _judge(expectation, expected, got, unknowns, _items(outcome.walk()))


def _compare_warnings(expectation: model.Expectation, expected: str, messages: list[str]) -> Failure | None:
    """Whether the criterion warned, with the message that `because` names if it names one."""
    because = expectation.because
    warns = bool(messages) if because is None else because in messages
    if warns == (expectation.expected == "warns"):
        return None
    return Failure(expectation, expected, f"warns because {', because '.join(messages)}" if messages else "does not warn")


def _judge(
    expectation: model.Expectation, expected: str, got: str, unknowns: tuple[Unknown, ...], items: tuple[Item, ...] = ()
) -> Failure | None:
    wanted = _phrase(expectation.expected, provisional=expectation.provisional)
    because = expectation.because
    if got == wanted and (because is None or any(because in (unknown.cause, unknown.detail) for unknown in unknowns)):
        return None
    return Failure(expectation, expected, got, unknowns, items)


def _phrase(verdict: str, *, provisional: bool) -> str:
    return f"provisional {verdict}" if provisional else verdict


def _items(outcomes: Iterator[Outcome]) -> tuple[Item, ...]:
    """The records used, each once."""
    found = {id(item): item for outcome in outcomes for item in outcome.items}
    return tuple(found.values())


def member_outcome(criterion: CriterionOutcome, label: str) -> Outcome | None:
    """What the member of that label came to, however deep it stands; members of definitions are found too."""
    found = next((node for block in criterion.criterion.blocks for node in members(block.condition) if node.label == label), None)
    if found is None:
        return None
    outcomes = (outcome for block in criterion.blocks for outcome in block.body.walk())
    return next((outcome for outcome in outcomes if outcome.node is found.condition), None)


def members(node: object) -> Iterator[model.Member]:
    """All members of groups at and below a node, outer ones first; then those of the definitions it uses."""
    later: list[model.Definition] = []
    entered: set[int] = set()
    roots: list[object] = [node]
    while roots:
        stack = [roots.pop()]
        while stack:
            at = stack.pop()
            if isinstance(at, model.Member):
                yield at
            if isinstance(at, model.DefinedTruth | model.DefinedNumber) and id(at.definition) not in entered:
                entered.add(id(at.definition))
                later.append(at.definition)
            stack.extend(reversed(list(children(at))))
        roots.extend(definition.body for definition in reversed(later))
        later.clear()
