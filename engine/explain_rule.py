"""What a rule asks for, in words: every node of the checked model as a phrase close to the rule language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dsl import model
from .explain_words import Words, number_text, with_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIME_UNITS = tuple(f"{unit}{plural}" for unit in ("minute", "hour", "day", "week", "month", "year") for plural in ("", "s"))
_ARITHMETIC = {"+": "+", "-": "−", "*": "×", "/": "/", "^": "^"}


CONDITIONS = (
    model.Constant, model.UnknownBecause, model.Not, model.Connective, model.Group, model.KnownThat, model.Differs, model.Cases,
    model.Compare, model.Between, model.CompareDates, model.IsWord, model.ItsWord, model.Exists, model.IsRecorded, model.Quantified,
    model.TakenSince, model.Unchanged, model.Improved, model.DefinedTruth,
)  # fmt: skip
NUMBERS = (
    model.Quantity, model.Limit, model.Value, model.Aggregate, model.InUnit, model.Arith, model.Negative, model.Call, model.Choose,
    model.FirstKnown, model.Age, model.DaysBetween, model.DefinedNumber, model.SinceBaseline, model.ItsNumber,
)  # fmt: skip


def node_words(w: Words, node: model.Condition | model.Number | model.Date) -> str:
    """Any node of a rule in words."""
    if isinstance(node, CONDITIONS):
        return condition_words(w, node)
    return number_words(w, node) if isinstance(node, NUMBERS) else date_words(w, node)


def fact_words(w: Words, fact: model.Fact) -> str:
    """What the file calls a fact, in this language."""
    return w.title(fact.title, fact.titles, fact.name)


def moment_words(w: Words, moment: model.Moment) -> str:
    """What the file calls a moment, in this language."""
    return w.title(moment.title, moment.titles, moment.name)


def definition_words(w: Words, definition: model.Definition) -> str:
    """What the file calls a definition, in this language."""
    return w.title(definition.title, definition.titles, definition.name)


def terms(w: Words, names: Iterable[str]) -> str:
    """Alternative words of a rule: `oral or im`."""
    return w.listed((w.term(name) for name in names), "list.or")


def attribute_value(w: Words, name: str) -> str:
    """A value of an attribute; in quotes if it has several words, which would run into the phrase around it."""
    term = w.term(name)
    return w("quoted", words=term) if " " in term else term


# ---------------------------------------------------------------- dates and windows


def date_words(w: Words, date: model.Date) -> str:
    """A date expression."""
    match date:
        case model.MomentDate():
            return moment_words(w, date.moment)
        case model.AssessmentDay():
            return w("date.assessment")
        case model.DateLiteral():
            return date.text
        case model.Shifted():
            return w(f"date.{date.direction}", length=w.length(date.length), date=date_words(w, date.date))
        case model.ItsShifted():
            side = w(f"date.side.{date.direction}")
            name = w.term(date.attribute.name)
            return w("date.its", n=number_text(date.multiple), attribute=name, side=side, date=date_words(w, date.date))
        case model.Extreme():
            return w(f"date.{date.which}", dates=w.clauses(_choice(w, choice) for choice in date.choices))
        case model.DayOf():
            return w("date.dayof", selection=selection_words(w, date.selection))
        case model.VisitDate():
            return w("date.visit", visit=w.term(date.visit))
        case model.DoseDate():
            return w(f"date.dose.{date.which}", dose=w.term(date.dose))
        case model.OutcomeDay():
            return w("date.outcome")
        case _:
            raise TypeError(f"no words for the date {type(date).__name__}")


def _choice(w: Words, choice: model.DateChoice) -> str:
    date = date_words(w, choice.date)
    return date if choice.condition is None else w("date.if", date=date, condition=condition_words(w, choice.condition))


def window_words(w: Words, window: model.Window) -> str:
    """A window as the rule states it; a window that stands for the fact's reach says how old a record may be."""
    if _of_the_visit(w, window):
        return ""
    start, end = window.start, window.end
    assessed = end is None or isinstance(end, model.AssessmentDay)
    if start is None:
        if end is None or assessed:
            return w("in.ever")
        return w("in.earlier" if window.end_open else "in.until", date=date_words(w, end))
    if start == end:
        return w("in.on", date=date_words(w, start))
    if isinstance(start, model.Shifted) and start.direction == "before" and start.date == end:
        return _stretch(w, start.length, end, reach=window.reach)
    if isinstance(end, model.Shifted) and end.direction == "after":
        if end.date == start:
            return w("in.after", length=w.length(end.length), date=date_words(w, start))
        if start == model.Shifted(end.length, "before", end.date):
            return w("in.around", length=w.length(end.length), date=date_words(w, end.date))
    if end is None or assessed:
        return w("in.later" if window.start_open else "in.since", date=date_words(w, start))
    return w("in.between", start=date_words(w, start), end=date_words(w, end))


def _of_the_visit(w: Words, window: model.Window) -> bool:
    """Whether the days of a visit stand in for the window."""
    return w.at_visits and window.reach and window.start is not None


def _stretch(w: Words, length: model.Length, end: model.Date, *, reach: bool) -> str:
    if reach:
        return w("in.reach", length=w.length(length))
    if isinstance(end, model.AssessmentDay):
        return w("in.last", length=w.length(length))
    return w("in.before", length=w.length(length), date=date_words(w, end))


# ---------------------------------------------------------------- selections


def subject_words(w: Words, selection: model.Selection) -> str:
    """The fact, or the attribute of it, that a selection is about."""
    fact = fact_words(w, selection.fact)
    if selection.attribute is None:
        return fact
    return w("subject.attribute", fact=fact, attribute=w.term(selection.attribute.name))


def _parts(w: Words, selection: model.Selection, *, pick: str, window: bool = True) -> dict[str, str]:
    excluded = w.listed((fact_words(w, fact) for fact in selection.excluded), "list.or")
    return {
        "pick": pick,
        "subject": subject_words(w, selection),
        "tests": (" " if w.lang == "en" else "").join(test_words(w, test) for test in selection.tests),
        "except": w("except", facts=excluded) if excluded else "",
        "window": window_words(w, selection.window) if window and not _any_time(selection) else "",
    }


def _any_time(selection: model.Selection) -> bool:
    """Whether the window says nothing: the latest value, however old."""
    window = selection.window
    ever = window.start is None and not window.end_open and (window.end is None or isinstance(window.end, model.AssessmentDay))
    return ever and selection.pick == "latest"


def selection_words(w: Words, selection: model.Selection) -> str:
    """Which records: pick, fact, tests, window. An attribute of the person and a judgement have no window worth saying."""
    timeless = selection.fact.kind in ("attribute", "judgement")
    bare = timeless or (selection.fact.kind in model.PRESENCE_KINDS and selection.pick == "any")
    plain = selection.pick == "latest" and selection.last is None and _of_the_visit(w, selection.window)
    pick = "" if bare or plain else _pick(w, selection)
    return w("selection", **_parts(w, selection, pick=pick, window=not timeless))


def records_words(w: Words, selection: model.Selection) -> str:
    """Records of what are meant, wherever they lie: fact, tests, exceptions."""
    return w("selection", **_parts(w, selection, pick="", window=False))


def _pick(w: Words, selection: model.Selection) -> str:
    if selection.last is not None:
        return w(f"pick.{selection.pick}.last", n=str(selection.count or 1), last=str(selection.last))
    return w(f"pick.{selection.pick}", n=str(selection.count or 1))


def test_words(w: Words, test: model.AttributeTest) -> str:
    """A test on an attribute: `with route intramuscular`; of one that is a preposition itself, `by the patient`."""
    name, unit = w.term(test.attribute.name), test.attribute.unit
    if test.words:
        key = "test.isnot" if test.negated else "test.is"
        own = f"{key}.{test.attribute.name}"
        alternatives = w.listed((attribute_value(w, word) for word in test.words), "list.or")
        return w(own if w.has(own) else key, attribute=name, words=alternatives)
    if test.op is not None and test.value is not None:
        return w("test.op", attribute=name, op=w(f"op.{test.op}"), value=with_unit(number_text(test.value), unit))
    low = "" if test.low is None else number_text(test.low)
    high = "" if test.high is None else with_unit(number_text(test.high), unit)
    return w("test.notbetween" if test.negated else "test.between", attribute=name, low=low, high=high)


# ---------------------------------------------------------------- numbers


def number_words(w: Words, number: model.Number) -> str:
    """A number expression."""
    match number:
        case model.Quantity():
            return _quantity(w, number)
        case model.Limit():
            return w(f"number.limit.{number.which}", n=number_text(number.multiple))
        case model.Value():
            return selection_words(w, number.selection)
        case model.Aggregate():
            return _aggregate(w, number.selection)
        case model.InUnit():
            return w("number.inunit", number=number_words(w, number.operand), unit=number.unit.text)
        case model.Arith():
            return f"{_operand(w, number.left)} {_ARITHMETIC[number.op]} {_operand(w, number.right)}"
        case model.Negative():
            return f"−{_operand(w, number.operand)}"
        case model.Call():
            return f"{number.function}({', '.join(number_words(w, argument) for argument in number.arguments)})"
        case model.Choose():
            return _choose(w, number)
        case model.FirstKnown():
            return w("number.known", numbers=w.clauses(number_words(w, operand) for operand in number.operands))
        case model.Age():
            return w("number.age", date=date_words(w, number.at))
        case model.DaysBetween():
            return w("number.days", start=date_words(w, number.start), end=date_words(w, number.end))
        case model.DefinedNumber():
            return definition_words(w, number.definition)
        case model.SinceBaseline():
            return w("number.since.percent" if number.percent else "number.since", number=number_words(w, number.operand))
        case model.ItsNumber():
            return w("number.its", attribute=w.term(number.attribute.name))
        case _:
            raise TypeError(f"no words for the number {type(number).__name__}")


def _quantity(w: Words, quantity: model.Quantity) -> str:
    """A literal as written; its unit of time in this language. Only ages are compared in years."""
    count, _, unit = quantity.text.partition(" ")
    if w.lang == "en" or unit not in _TIME_UNITS:
        return quantity.text or with_unit(number_text(quantity.value), quantity.unit)
    return w("value.age" if unit in ("year", "years") else f"length.{unit.removesuffix('s')}s", n=count)


def _operand(w: Words, number: model.Number) -> str:
    text = number_words(w, number)
    return f"({text})" if isinstance(number, model.Arith) else text


def _aggregate(w: Words, selection: model.Selection) -> str:
    key = f"number.{selection.pick}"
    if selection.pick == "mean" and selection.last is not None:
        return w("number.mean.last", last=str(selection.last), **_parts(w, selection, pick=""))
    return w(key, **_parts(w, selection, pick=""))


# ---------------------------------------------------------------- conditions


def condition_words(w: Words, condition: model.Condition) -> str:
    """A condition in one phrase, what is below it included."""
    match condition:
        case model.Constant():
            return w("cond.always" if condition.value else "cond.never")
        case model.UnknownBecause():
            return w("cond.because", reason=condition.reason)
        case model.Not():
            return _not(w, condition.operand)
        case model.KnownThat():
            return w("cond.known", condition=condition_words(w, condition.operand))
        case model.Connective():
            return w(f"cond.{condition.kind}", conditions=w.clauses(condition_words(w, operand) for operand in condition.operands))
        case model.Group():
            members = w.clauses(condition_words(w, member.condition) for member in condition.members)
            return w(f"cond.{condition.kind}", n=str(condition.count), conditions=members)
        case model.Differs():
            return w("cond.differs", left=condition_words(w, condition.left), right=condition_words(w, condition.right))
        case model.Cases():
            rows = [
                w("cond.case", condition=condition_words(w, row.condition), result=condition_words(w, row.result)) for row in condition.rows
            ]
            return w("cond.cases", rows=w.clauses([*rows, w("cond.otherwise", result=condition_words(w, condition.otherwise))]))
        case model.DefinedTruth():
            return definition_words(w, condition.definition)
        case _:
            return leaf_words(w, condition)


def _not(w: Words, operand: model.Condition) -> str:
    if isinstance(operand, model.Improved) and operand.worse and not operand.margins:
        return w("cond.notworse", number=number_words(w, operand.operand))
    return w("cond.not", condition=condition_words(w, operand))


def _cases(w: Words, node: model.Cases) -> str:
    rows = [w("cond.case", condition=condition_words(w, row.condition), result=condition_words(w, row.result)) for row in node.rows]
    return w("cond.cases", rows=w.clauses([*rows, w("cond.otherwise", result=condition_words(w, node.otherwise))]))


def _choose(w: Words, node: model.Choose) -> str:
    branches = [
        w("number.branch", number=number_words(w, branch.value), condition=condition_words(w, branch.condition)) for branch in node.branches
    ]
    return w("number.choose", branches=w.clauses(branches), otherwise=number_words(w, node.otherwise))


def leaf_words(w: Words, condition: model.Condition) -> str:
    """A condition that looks at records or numbers itself."""
    match condition:
        case model.Compare():
            return w(
                "cond.compare", left=number_words(w, condition.left), op=w(f"op.{condition.op}"), right=number_words(w, condition.right)
            )
        case model.CompareDates():
            return w("cond.compare", left=date_words(w, condition.left), op=w(f"op.{condition.op}"), right=date_words(w, condition.right))
        case model.Between():
            key = "cond.notbetween" if condition.negated else "cond.between"
            return w(
                key, number=number_words(w, condition.operand), low=number_words(w, condition.low), high=number_words(w, condition.high)
            )
        case model.IsWord():
            key = "cond.isnot" if condition.negated else "cond.is"
            return w(key, subject=selection_words(w, condition.selection), words=terms(w, condition.words))
        case model.ItsWord():
            key = "cond.itsnot" if condition.negated else "cond.its"
            return w(key, attribute=w.term(condition.attribute.name), words=terms(w, condition.words))
        case model.Exists():
            return w("cond.exists", **_parts(w, condition.selection, pick=""))
        case model.IsRecorded():
            key = ("cond.notrecorded" if condition.negated else "cond.recorded") + ("in" if condition.unit else "")
            unit = condition.unit.text if condition.unit else ""
            return w(key, selection=_bare_selection(w, condition.selection), unit=unit)
        case model.Quantified():
            return w(
                "quantified", test=_quantified_test(w, condition), **_parts(w, condition.selection, pick=_pick(w, condition.selection))
            )
        case model.Improved():
            return _improved(w, condition)
        case model.TakenSince():
            parts = _parts(w, condition.selection, pick="", window=False)
            return w("cond.taken", length=w.length(condition.length), anchor=date_words(w, condition.anchor), **parts)
        case model.Unchanged():
            parts = _parts(w, condition.selection, pick="", window=False)
            return w("cond.unchanged", length=w.length(condition.length), anchor=date_words(w, condition.anchor), **parts)
        case _:
            raise TypeError(f"no words for the condition {type(condition).__name__}")


def _improved(w: Words, node: model.Improved) -> str:
    """`BASFI improved by > 20 % and > 1`."""
    key = "cond.worse" if node.worse else "cond.improved"
    number = number_words(w, node.operand)
    if not node.margins:
        return w(key, number=number)
    return w(f"{key}.by", number=number, margins=w.listed(_margin(w, margin) for margin in node.margins))


def _margin(w: Words, margin: model.Margin) -> str:
    text = margin.text
    op = next((sign for sign in (">=", "<=", "!=", ">", "<", "=") if text.startswith(sign)), "")
    value = text[len(op) :].strip() if op else text
    return f"{w(f'op.{margin.op}')} {value}"


def _bare_selection(w: Words, selection: model.Selection) -> str:
    return w("selection", **_parts(w, selection, pick="", window=selection.fact.kind not in ("attribute", "judgement")))


def _quantified_test(w: Words, node: model.Quantified) -> str:
    if node.words:
        return w("test.notwords" if node.negated else "test.words", words=terms(w, node.words))
    if node.op is not None and node.value is not None:
        return w("test.compare", op=w(f"op.{node.op}"), value=number_words(w, node.value))
    if node.low is not None and node.high is not None:
        key = "test.notrange" if node.negated else "test.range"
        return w(key, low=number_words(w, node.low), high=number_words(w, node.high))
    return ""
