"""Parts, arms and doses, what is said of them, and what a blinded part must not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from . import ast, model, schedule_ast, schedule_model, units
from .check_criteria import Texts
from .check_numbers import adapt, measures, moved, read_number, read_unit
from .check_order import names_in
from .check_selections import number_of
from .check_times import Frame
from .diagnostics import Label
from .resolve import Context
from .source import Span
from .types import Num, Records
from .walk import walk

# A dose per body weight or surface: the divisor of its unit, and the fact that is taken where none is named.
_DIVISORS: Final[Mapping[str, str | None]] = {"kg": "weight", "m2": None}
_BY_NOW: Final = model.Window(None, model.AssessmentDay())


def check_notes(ctx: Context, clauses: Iterable[schedule_ast.Clause]) -> schedule_model.Notes:
    """What is said of a line: titles and texts by language, places in the source, assumptions, notes."""
    texts = Texts()
    sources = []
    for clause in clauses:
        if isinstance(clause, ast.SourceRef):
            sources.append(model.SourceRef(clause.list, clause.item, span=clause.span))
        else:
            texts.take(ctx, clause)
    return schedule_model.Notes(tuple(sources), texts.titles, texts.text, texts.texts, tuple(texts.assumptions), tuple(texts.notes))


def title_of(name: ast.Word, title: str | None) -> str:
    """The title as written, else the name in words."""
    return title or name.text.replace("_", " ")


# ---------------------------------------------------------------- arms


def check_arms(ctx: Context, nodes: Iterable[tuple[str | None, schedule_ast.Arm]]) -> dict[str, schedule_model.Arm]:
    """All arms by name; a name stands once in a file, whatever part it belongs to."""
    found: dict[str, schedule_model.Arm] = {}
    for part, node in nodes:
        first = found.get(node.name.text)
        if first is not None:
            declared_twice(ctx, node.name, "arm", first.span)
        elif not ctx.allowed(node.name):
            ctx.lost.add(node.name.text)
        doses: dict[str, schedule_model.Dose] = {}
        for dose in node.doses:
            before = doses.get(dose.name.text)
            if before is not None:
                declared_twice(ctx, dose.name, "dose", before.span)
            ctx.allowed(dose.name)
            doses[dose.name.text] = check_dose(ctx, dose)
        if first is None and node.name.text not in ctx.lost:
            notes = check_notes(ctx, node.clauses)
            title = title_of(node.name, node.title)
            arm = schedule_model.Arm(node.name.text, title, part, node.blinded_as, doses, notes, span=node.name.span)
            found[node.name.text] = arm
    return found


def declared_twice(ctx: Context, word: ast.Word, what: str, first: Span) -> None:
    """Report a name that the plan of the study has twice."""
    message, help_ = f"the {what} `{word.text}` is declared twice", "give one of them another name"
    ctx.report("TR031", word.span, message, help_, Label(first, "first declared here"))


def check_blinding(ctx: Context, arms: Iterable[schedule_model.Arm]) -> None:
    """The arms of one part are all open, or all blinded under one text."""
    seen = list(arms)
    for arm in seen[1:]:
        first = seen[0]
        if arm.blinded_as == first.blinded_as:
            continue
        if arm.blinded_as is None or first.blinded_as is None:
            blinded, open_ = (arm, first) if first.blinded_as is None else (first, arm)
            message = (
                f"`{blinded.name}` is blinded and `{open_.name}` of the same part is open: whoever sees an open arm can tell the other"
            )
            help_ = f'say `blinded as "{blinded.blinded_as}"` in both, or put the open arm into a part of its own'
        else:
            message = (
                f'`{arm.name}` is blinded as "{arm.blinded_as}" and `{first.name}` as "{first.blinded_as}": the text would tell the arm'
            )
            help_ = "say one text in all arms of the part"
        ctx.report("TR093", arm.span, message, help_, Label(first.span, f"`{first.name}`"))


# ---------------------------------------------------------------- doses


def check_dose(ctx: Context, node: schedule_ast.Dose) -> schedule_model.Dose:
    """A dose: an amount, a number that is recorded or computed, or nothing stated; perhaps per kilogram or square metre."""
    amount, unit, number, text = _amount(ctx, node)
    per, total = (None, unit)
    if node.of is not None or unit is not None:
        per, total = _per(ctx, node, unit)
    cap = None
    if node.at_most is not None:
        cap = _cap(ctx, node.at_most, total, text)
    return schedule_model.Dose(
        node.name.text,
        title_of(node.name, node.title),
        amount,
        text,
        unit,
        number,
        None if per is None else per[0],
        None if per is None else per[1],
        None if per is None else per[2],
        total,
        cap,
        node.route,
        check_notes(ctx, node.clauses),
        span=node.name.span,
    )


def read_amount(ctx: Context, node: ast.Amount) -> tuple[Fraction, units.Unit | None, str]:
    """An amount of a drug: a number above zero, its unit, and both as written."""
    value = read_number(ctx, node.number, node.span)
    unit = None if node.unit is None else read_unit(ctx, node.unit)
    text = f"{node.number} {node.unit.text}" if node.unit is not None else node.number
    if value == 0 or node.negative:
        ctx.report("TR051", node.span, f"`{text}` is no amount of a drug", "say a number above zero, or leave it out where none is stated")
    return value, unit, text


def _amount(ctx: Context, node: schedule_ast.Dose) -> tuple[Fraction | None, units.Unit | None, model.Number | None, str]:
    if node.amount is None:
        return None, None, None, ""
    if isinstance(node.amount, ast.Amount):
        value, unit, text = read_amount(ctx, node.amount)
        return value, unit, None, text
    number = _number(ctx, node.amount, "an amount")
    unit = None if number is None else number.unit
    return None, unit, None if number is None else number.node, node.amount.text


def _number(ctx: Context, word: ast.Word, what: str) -> Num | None:
    """A fact or definition that is a number: of a fact the latest record up to the day of the dose."""
    name = word.text
    ctx.used.add(name)
    fact, definition = ctx.facts.get(name), ctx.definitions.get(name)
    if fact is not None:
        if fact.kind in model.NUMBER_KINDS:
            selection = model.Selection(fact, "latest", _BY_NOW, span=word.span)
            found = number_of(ctx, Records(selection, "number", span=word.span))
            return found if isinstance(found, Num) else None
    elif definition is not None:
        if definition.kind == "number":
            return Num(model.DefinedNumber(definition, span=word.span), definition.unit, span=word.span)
    else:
        if name not in ctx.names:
            ctx.unknown(word, "fact or definition", [*ctx.facts, *ctx.definitions], "declare it in a `facts` block, or as a definition")
        return None
    ctx.report("TR095", word.span, f"`{name}` is no number, and {what} is wanted here", "name a fact or definition that is a number")
    return None


def _per(
    ctx: Context, node: schedule_ast.Dose, unit: units.Unit | None
) -> tuple[tuple[model.Number, str, units.Unit] | None, units.Unit | None]:
    """What a dose is multiplied with (number, name, unit) and the unit of the product."""
    place = node.of or (node.amount.unit if isinstance(node.amount, ast.Amount) else node.amount) or node.name
    parts = unit.text.split("/") if unit is not None else [""]
    divisor = next((part for part in parts[1:] if part in _DIVISORS), None)
    if divisor is None or unit is None:
        if node.of is not None:
            message = f"`of {node.of.text}` multiplies a dose, and this one is not given per kilogram or square metre"
            ctx.report("TR095", node.of.span, message, "say `1 mg/kg of weight` or `1 mg/m2 of bsa`, or leave it out")
        return None, unit
    rest = list(parts)
    rest.remove(divisor)
    total = units.parse_unit("/".join(rest))
    word = node.of or ast.Word(_DIVISORS[divisor] or "", span=place.span)
    if not word.text:
        message = f"the dose is given per {divisor}, and nothing says of what"
        ctx.report("TR095", place.span, message, "name the fact or definition of the body surface: `of bsa`")
        return None, total
    wanted = units.parse_unit(divisor)
    if node.of is None and word.text not in ctx.facts and word.text not in ctx.definitions:
        message = f"the dose is given per {divisor}, and no fact `{word.text}` is declared"
        fitting = [name for name, fact in ctx.facts.items() if wanted and fact.unit and fact.unit.dimension == wanted.dimension]
        help_ = f"declare it: `{word.text} vital in {divisor}`, or name another one: `of lean_{word.text}`"
        ctx.report("TR095", place.span, message, ctx.nearest(word.text, fitting) or help_)
        return None, total
    number = _number(ctx, word, f"the number that a dose per {divisor} is multiplied with")
    if number is None or wanted is None:
        return None, total
    if number.unit is None and word.text in ctx.definitions:
        # A formula with roots has no unit that could be followed: whoever names it here says that it gives the divisor's unit.
        return (number.node, word.text, wanted), total
    if number.unit is None or number.unit.dimension != wanted.dimension:
        message = f"the dose is given per {divisor}, and `{word.text}` is {measures(number.unit)}"
        ctx.report("TR095", place.span, message, f"name a fact or definition in `{divisor}`")
        return None, total
    brought = moved(number, number.unit.factor / wanted.factor, Fraction(0), wanted)
    return (brought.node, word.text, wanted), total


def _cap(ctx: Context, node: ast.Amount, total: units.Unit | None, said: str) -> Fraction | None:
    """The largest dose given, in the unit of the dose given."""
    value, unit, text = read_amount(ctx, node)
    if total is None and said:
        return value if unit is None else None
    if total is None or unit is None:
        message = f"`at most {text}` caps a dose that has no amount" if total is None else f"`at most {text}` has no unit"
        ctx.report("TR035", node.span, message, "say the amount first" if total is None else f"say it in `{total.text}`")
        return None
    cap = Num(model.Quantity(value, unit, text, span=node.span), unit, literal=True, span=node.span)
    if unit.dimension != total.dimension:
        message = f"`at most {text}` is {measures(unit)}, and the dose given is {measures(total)}"
        ctx.report("TR034", node.span, message, f"say it in `{total.text}`")
        return None
    brought = adapt(ctx, cap, Num(model.Quantity(Fraction(0), total, ""), total, span=node.span))
    return brought.node.value if isinstance(brought, Num) and isinstance(brought.node, model.Quantity) else None


# ---------------------------------------------------------------- what a line holds for


def unknown_arm(ctx: Context, word: ast.Word, arms: Iterable[str]) -> None:
    """Report an arm that the part at hand does not have."""
    known = ", ".join(f"`{name}`" for name in arms)
    help_ = f"the arms here are {known}" if known else 'declare it: `arm NAME "…" open`'
    if word.text in ctx.plan.arms:
        ctx.report("TR030", word.span, f"`{word.text}` is an arm of another part", help_)
    else:
        ctx.unknown(word, "arm", arms, help_)


def check_filter(ctx: Context, frame: Frame, node: schedule_ast.ArmFilter | None, what: str) -> tuple[tuple[str, ...], bool]:
    """The arms that a line is for (none: every arm), and whether it takes place in the others too, for their eyes."""
    if node is None:
        return (), False
    names = []
    for word in node.arms:
        if word.text not in frame.arms:
            unknown_arm(ctx, word, frame.arms)
        elif word.text in names:
            ctx.report("TR053", word.span, f"the arm `{word.text}` stands twice in the list", "say it once")
        else:
            names.append(word.text)
    told = any(0 < len(group.intersection(names)) < len(group) for group in frame.blinded)
    if told and not node.masked:
        message = f"{what} is for some arms of a blinded part: whoever sees it knows the arm"
        ctx.report("TR092", node.span, message, "add `masked`, so that it takes place in every arm, or leave out the arms")
    return tuple(names), node.masked


def check_not_by_arm(ctx: Context, frame: Frame, nodes: Iterable[object], moments: Mapping[str, ast.Moment], what: str) -> None:
    """In a blinded part, no date or condition hangs on a dose that only some arms have, by way of a moment either."""
    for word, path in _doses_named(nodes, moments) if frame.blinded else ():
        without = [_without(group, frame.arms, word.text) for group in frame.blinded]
        told = next((some for some, group in zip(without, frame.blinded, strict=True) if 0 < len(some) < len(group)), None)
        if told:
            by = f" (by way of `{path}`)" if path else ""
            message = f"{what} hangs on the dose `{word.text}`{by}, which `{told[0]}` does not have: whoever sees it knows the arm"
            ctx.report("TR092", word.span, message, "give the dose the same name in every arm of a blinded part")


def _without(group: frozenset[str], arms: Mapping[str, schedule_model.Arm], dose: str) -> list[str]:
    """The arms of a group that have no dose of that name, in order of declaration."""
    return [name for name, arm in arms.items() if name in group and dose not in arm.doses]


def _doses_named(nodes: Iterable[object], moments: Mapping[str, ast.Moment]) -> list[tuple[ast.Word, str]]:
    found = []
    waiting: list[tuple[object, ast.Word | None]] = [(node, None) for node in nodes if node is not None]
    seen: set[str] = set()
    while waiting:
        node, place = waiting.pop()
        for dose in doses_in([node]):
            word = dose.dose if place is None else ast.Word(dose.dose.text, span=place.span)
            found.append((word, place.text if place is not None else ""))
        for name, use in names_in([node]).items():
            if name in moments and name not in seen:
                seen.add(name)
                waiting.extend((way.date, place or use) for way in moments[name].ways if way.date is not None)
    return found


def doses_in(nodes: Iterable[object]) -> list[ast.DoseDay]:
    """Every `last given dose of …` below dates and expressions."""
    return [below for node in nodes if node is not None for below in walk(node) if isinstance(below, ast.DoseDay)]
