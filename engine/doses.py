"""What a dose comes to for one subject on one day: fixed, a number of the record, or so much per kilogram. Exact; pure.

`1.0e6 cells/kg` and 71.3 kg are 71,300,000 cells, not nearly. The weight is the latest on or before the day; the caller's evaluation reads
facts as they stood then.
"""

from __future__ import annotations

from fractions import Fraction

from attrs import evolve

from ..dsl import model, schedule_model as plan
from ..dsl.causes import Cause
from ..limits import FLOAT_DIGITS
from .context import Context
from .numbers import as_interval
from .outcome import Amount, Unknown
from .schedule.result import DoseState
from .values import Numeric


def stated_dose(dose: plan.Dose, blinded_as: str | None) -> DoseState:
    """A dose as the protocol states it, before any record is looked at."""
    unit = dose.unit if dose.per is None else dose.total_unit
    return DoseState(
        dose.name,
        dose.title,
        dose.route,
        unit=unit,
        unit_text="" if unit is None else unit.text,
        stated=dose.amount_text,
        blinded_as=blinded_as,
    )


def dose_for(context: Context, dose: plan.Dose, stated: DoseState) -> DoseState:
    """The dose with its amount, as far as the records tell; what is missing is in `unknowns`.

    Args:
        context: an evaluation that reads facts as they stood on the day of the dose.
        dose: the dose of the subject's arm.
        stated: what `stated_dose` made of it.
    """
    amount = dose.amount
    unknowns: tuple[Unknown, ...] = ()
    if dose.from_number is not None:
        amount, _, unknowns = _one(context, dose.from_number)
    if dose.per is None:
        return _capped(dose, evolve(stated, unknowns=unknowns), amount, Fraction(1)) if amount is not None or unknowns else stated
    basis, day, missing = _one(context, dose.per)
    found = evolve(
        stated,
        basis=basis,
        basis_name=dose.per_name,
        basis_unit="" if dose.per_unit is None else dose.per_unit.text,
        basis_day=day,
        unknowns=tuple(dict.fromkeys(unknowns + missing)),
    )
    return found if basis is None else _capped(dose, found, amount, basis * _scale(dose))


def _capped(dose: plan.Dose, found: DoseState, amount: Fraction | None, factor: Fraction) -> DoseState:
    if amount is None:
        return found
    total = amount * factor
    if dose.at_most is not None and total > dose.at_most:
        return evolve(found, amount=dose.at_most, capped=True)
    return evolve(found, amount=total)


def _scale(dose: plan.Dose) -> Fraction:
    """What the product of the two numbers is multiplied with to be in the unit of the dose given: 1, unless their units are scaled."""
    if dose.unit is None or dose.per_unit is None or dose.total_unit is None:
        return Fraction(1)
    return dose.unit.factor * dose.per_unit.factor / dose.total_unit.factor


def _one(context: Context, node: model.Number) -> tuple[Fraction | None, int | None, tuple[Unknown, ...]]:
    """The one amount that a number is, the day of the latest record that it was made from, and why it is unknown."""
    numeric = context.plan.number(context, node)
    days = [item.last for item in numeric.items]
    day = max(days) if days else None
    if not numeric.known:
        return None, day, numeric.unknowns
    first = numeric.amounts[0]
    if len(numeric.amounts) > 1 or as_interval(first).low != as_interval(first).high:
        return None, day, (_undecided(numeric, first),)
    return _exact(first), day, ()


def _undecided(numeric: Numeric, first: Amount) -> Unknown:
    newest = numeric.items[-1] if numeric.items else None
    if newest is not None and not newest.exact:
        return Unknown("date too coarse", newest.fact, numeric.window, newest)
    cause: Cause = "bound only" if len(numeric.amounts) == 1 and first is not None else "conflicting records"
    return Unknown(cause, None if newest is None else newest.fact, numeric.window, newest)


def _exact(amount: Amount) -> Fraction | None:
    """A number as a fraction; a double (a surface from a root) is taken with the digits in which it is shown."""
    value = as_interval(amount).low
    if value is None:
        return None
    return Fraction(f"{value:.{FLOAT_DIGITS}g}") if isinstance(value, float) else Fraction(value)
