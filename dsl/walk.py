"""The one walk over the syntax tree: `children` has an arm for every node and refuses what it does not know.

Nothing recurses, so a tree of any depth can be walked (the depth check itself is such a walk).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from attrs import fields

from . import ast

STUDY: Final = f"{__package__}.schedule_ast"
Node: TypeAlias = Any
"""Any class of `ast`; they share no base class, so that their fields are all there is to them."""


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, each before its children, in the order of the text."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        below = children(current)
        if below:
            stack.extend(below[::-1])


def depth(node: Node) -> int:
    """How many nodes lie on the longest way down."""
    deepest = 0
    stack = [(node, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend([(child, level + 1) for child in children(current)])
    return deepest


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in the order of the text.

    Raises:
        TypeError: The node is no class of `ast`, or a new one that this walk does not know yet.
    """
    match node:
        case (
            ast.Word() | ast.Duration() | ast.DateName() | ast.DateText() | ast.AssessmentDay() | ast.Pick() | ast.Limit() | ast.Constant()
            | ast.UnknownBecause() | ast.Text() | ast.AbsenceClause() | ast.SourceRef() | ast.VisitDay()
        ):  # fmt: skip
            return ()
        case (
            ast.Shifted() | ast.ItsShifted() | ast.DateChoice() | ast.Extreme() | ast.DayOf() | ast.Window() | ast.AttributeTest()
            | ast.Selection() | ast.Amount() | ast.DoseDay()
        ):  # fmt: skip
            return _of_selection(node)
        case (
            ast.File() | ast.Header() | ast.HeaderLine() | ast.Moments() | ast.Moment() | ast.MomentWay() | ast.Facts() | ast.Settings()
            | ast.SettingRow() | ast.Define() | ast.Apart() | ast.Criterion() | ast.Warn() | ast.When() | ast.NotARule() | ast.Scenario()
            | ast.Givens() | ast.Given() | ast.GivenAttribute() | ast.Without() | ast.Expect()
        ):  # fmt: skip
            return _of_block(node)
        case (
            ast.Fact() | ast.FactType() | ast.WithClause() | ast.CodesClause() | ast.BridgeClause() | ast.RangeClause() | ast.ReachClause()
            | ast.OngoingClause()
        ):  # fmt: skip
            return _of_fact(node)
        case ast.GroupHead() | ast.Group() | ast.Row() | ast.Case() | ast.Cases() | ast.Item():
            return _of_body(node)
    if type(node).__module__ == STUDY:
        return _of_study(node)
    return _of_expression(node)


def _of_expression(node: Node) -> tuple[Node, ...]:
    match node:
        case ast.Number(quantity=child) | ast.DateExpr(date=child) | ast.Parens(inner=child) | ast.Its(attribute=child):
            return (child,)
        case ast.Negative(operand=child) | ast.Not(operand=child) | ast.KnownThat(operand=child):
            return (child,)
        case ast.Arith(left=left, right=right) | ast.Compared(left=left, right=right) | ast.Differs(left=left, right=right):
            return (left, right)
        case ast.Logic(operands=operands) | ast.FirstKnown(operands=operands):
            return operands
        case ast.Branch(value=value, condition=condition):
            return (value, condition)
        case ast.Choose(branches=branches, otherwise=otherwise):
            return (*branches, otherwise)
        case ast.Call(function=function, arguments=arguments):
            return (function, *arguments)
        case ast.DaysBetween(start=start, end=end):
            return (start, end)
        case ast.InUnit(operand=operand, unit=unit):
            return (operand, unit)
        case ast.IsWord(operand=operand, words=words):
            return (operand, *words)
        case ast.IsRange(operand=operand, low=low, high=high):
            return (operand, low, high)
        case ast.IsRecorded(operand=operand, unit=unit):
            return _present(operand, unit)
        case ast.Therapy(operand=operand, length=length, date=date):
            return (operand, length, date)
        case ast.Improved(operand=operand, margins=margins):
            return (operand, *margins)
        case ast.Margin(value=value):
            return (value,)
    raise TypeError(f"the walk does not know the node {type(node).__name__}")


def _of_selection(node: Node) -> tuple[Node, ...]:
    match node:
        case ast.Amount(unit=unit):
            return _present(unit)
        case ast.Shifted(length=length, date=date):
            return (length, date)
        case ast.ItsShifted(attribute=attribute, date=date):
            return (attribute, date)
        case ast.DateChoice(date=date, condition=condition):
            return _present(date, condition)
        case ast.Extreme(choices=choices):
            return choices
        case ast.DoseDay(dose=dose):
            return (dose,)
        case ast.DayOf(selection=selection):
            return (selection,)
        case ast.Window(length=length, date=date, to=to):
            return _present(length, date, to)
        case ast.AttributeTest(name=name, words=words, low=low, high=high, value=value):
            return _present(name, *words, low, high, value)
        case ast.Selection(name=name, pick=pick, attribute=attribute, tests=tests, excluded=excluded, window=window):
            return _present(pick, name, attribute, *tests, *excluded, window)
    raise TypeError(f"the walk does not know the node {type(node).__name__}")


def _of_body(node: Node) -> tuple[Node, ...]:
    match node:
        case ast.GroupHead(tests=tests, excluded=excluded):
            return (*tests, *excluded)
        case ast.Group(head=head, items=items):
            return (head, *items)
        case ast.Row(names=names, tests=tests, excluded=excluded, window=window):
            return (*names, *tests, *excluded, window)
        case ast.Case(condition=condition, result=result):
            return _present(condition, result)
        case ast.Cases(rows=rows):
            return rows
        case ast.Item(label=label, content=content):
            return _present(label, content)
    raise TypeError(f"the walk does not know the node {type(node).__name__}")


def _of_fact(node: Node) -> tuple[Node, ...]:
    match node:
        case ast.Fact(name=name, type=type_, clauses=clauses):
            return (name, type_, *clauses)
        case ast.FactType(unit=unit, words=words):
            return _present(unit, *words)
        case ast.WithClause(name=name, words=words, unit=unit, low=low, high=high, default=default):
            return _present(name, *words, unit, low, high, default)
        case ast.CodesClause(system=system, codes=codes, excluded=excluded):
            return (system, *codes, *excluded)
        case ast.BridgeClause(left=left, right=right):
            return (left, right)
        case ast.RangeClause(low=low, high=high):
            return (low, high)
        case ast.ReachClause(length=length):
            return _present(length)
        case ast.OngoingClause(length=length, unless=unless):
            return _present(length, unless)
    raise TypeError(f"the walk does not know the node {type(node).__name__}")


def _of_block(node: Node) -> tuple[Node, ...]:
    match node:
        case ast.File(blocks=blocks):
            return blocks
        case ast.Header(name=name, lines=lines):
            return (name, *lines)
        case ast.HeaderLine(values=values):
            return _present(*values)
        case ast.Moments(moments=moments):
            return moments
        case ast.Moment(name=name, ways=ways, titles=titles):
            return (name, *ways, *titles)
        case ast.MomentWay(date=date):
            return _present(date)
        case ast.Facts(facts=facts):
            return facts
        case ast.Settings(rows=rows):
            return rows
        case ast.SettingRow(names=names, clause=clause):
            return (*names, clause)
        case ast.Define(name=name, body=body, items=items, clauses=clauses):
            return _present(name, body, *items, *clauses)
        case ast.Apart(length=length):
            return (length,)
        case ast.Criterion(id=id_, lines=lines):
            return (id_, *lines)
        case ast.Warn(condition=condition):
            return (condition,)
        case ast.When(condition=condition, items=items):
            return (condition, *items)
        case ast.NotARule(source=source):
            return (source,)
    return _of_scenario(node)


def _of_scenario(node: Node) -> tuple[Node, ...]:
    match node:
        case ast.Scenario(name=name, like=like, lines=lines):
            return _present(name, like, *lines)
        case ast.Givens(givens=givens):
            return givens
        case ast.Given(name=name, value=value, on=on, start=start, end=end, attributes=attributes):
            return _present(name, value, on, start, end, *attributes)
        case ast.GivenAttribute(name=name, value=value, to=to):
            return _present(name, value, to)
        case ast.Without(names=names):
            return names
        case ast.Expect(target=target, label=label):
            return _present(target, label)
    raise TypeError(f"the walk does not know the node {type(node).__name__}")


def _of_study(node: Node) -> tuple[Node, ...]:
    """The nodes of `schedule_ast`, which few files have: they are read off the fields, so that their classes need not be imported here."""
    found: list[Node] = []
    for field in fields(type(node)):
        value = getattr(node, field.name)
        if field.name != "span":
            found.extend(part for part in (value if isinstance(value, tuple) else (value,)) if hasattr(part, "span"))
    return tuple(found)


def _present(*nodes: Node | None) -> tuple[Node, ...]:
    return tuple([node for node in nodes if node is not None])
