"""What a dose comes to for one subject on one day: fixed, a number of the record, or so much per kilogram. Exact; pure.

`1.0e6 cells/kg` and 71.3 kg are 71,300,000 cells, not nearly. The weight is the latest on or before the day; the caller's evaluation reads
facts as they stood then.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from ..dsl import model, schedule_model as plan
from ..dsl.causes import Cause
from ..limits import FLOAT_DIGITS
from .context import Context
from .numbers import as_interval, exact
from .outcome import Amount, Unknown
from .schedule.result import DoseState
from .values import Numeric


def stated_dose(dose: plan.Dose, blinded_as: str | None) -> DoseState:
    """A dose as the protocol states it, before any record is looked at; a fixed one is complete."""
    fixed = dose.amount if dose.per is None else None
    capped = fixed is not None and dose.at_most is not None and fixed > dose.at_most
    unit = dose.unit if dose.per is None else dose.total_unit
    return DoseState(
        dose.name,
        dose.title,
        dose.route,
        amount=dose.at_most if capped else fixed,
        unit=unit,
        unit_text="" if unit is None else unit.text,
        stated=dose.amount_text,
        capped=capped,
        blinded_as=blinded_as,
    )


def dose_for(dose: plan.Dose, stated: DoseState, evaluation: Callable[[], Context]) -> DoseState:
    """The dose with its amount, as far as the records tell; what is missing is in `unknowns`.

    Args:
        dose: the dose of the subject's arm.
        stated: what `stated_dose` made of it.
        evaluation: opens an evaluation that reads facts as they stood on the day of the dose; only asked where a number is needed.
    """
    if dose.per is None and dose.from_number is None:
        return stated
    context = evaluation()
    amount, basis = dose.amount, None
    basis_day: int | None = None
    unknowns: tuple[Unknown, ...] = ()
    if dose.from_number is not None:
        amount, _, unknowns = _one(context, dose.from_number)
    total = amount
    if dose.per is not None:
        basis, basis_day, missing = _one(context, dose.per)
        unknowns = tuple(dict.fromkeys(unknowns + missing))
        total = None if amount is None or basis is None else amount * basis * _scale(dose)
    capped = total is not None and dose.at_most is not None and total > dose.at_most
    return DoseState(
        stated.name,
        stated.title,
        stated.route,
        amount=dose.at_most if capped else total,
        unit=stated.unit,
        unit_text=stated.unit_text,
        stated=stated.stated,
        basis=basis,
        basis_name=dose.per_name,
        basis_unit="" if dose.per_unit is None else dose.per_unit.text,
        basis_day=basis_day,
        capped=capped,
        blinded_as=stated.blinded_as,
        unknowns=unknowns,
    )


@lru_cache(maxsize=256)
def _scale(dose: plan.Dose) -> Fraction | int:
    """What the product of the two numbers is multiplied with to be in the unit of the dose given: 1, unless their units are scaled."""
    if dose.unit is None or dose.per_unit is None or dose.total_unit is None:
        return 1
    return exact(dose.unit.factor * dose.per_unit.factor / dose.total_unit.factor)


def _one(context: Context, node: model.Number) -> tuple[Fraction | None, int | None, tuple[Unknown, ...]]:
    """The one amount that a number is, the day of the latest record that it was made from, and why it is unknown."""
    numeric = context.plan.number(context, node)
    day = max([item.last for item in numeric.items], default=None)
    if not numeric.known:
        return None, day, numeric.unknowns
    first = numeric.amounts[0]
    if len(numeric.amounts) > 1 or as_interval(first).low != as_interval(first).high:
        return None, day, (_undecided(numeric),)
    return _exact(first), day, ()


def _undecided(numeric: Numeric) -> Unknown:
    """Why a number that is known is not one amount: records of one day that differ, a coarse date, or a value known only by a bound."""
    newest = numeric.items[-1] if numeric.items else None
    fact = None if newest is None else newest.fact
    cause: Cause = "bound only" if len(numeric.amounts) == 1 else "conflicting records"
    if newest is not None and not newest.exact:
        cause = "date too coarse"
    return Unknown(cause, fact, numeric.window, newest)


def _exact(amount: Amount) -> Fraction | None:
    """A number as a fraction; a double (a surface from a root) is taken with the digits in which it is shown."""
    value = as_interval(amount).low
    if value is None:
        return None
    return Fraction(f"{value:.{FLOAT_DIGITS}g}") if isinstance(value, float) else Fraction(value)
