"""Moments: the ways to know each, in an order that can be followed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from . import ast, model
from .check_dates import check_date
from .check_order import in_order, names_in
from .resolve import Context
from .walk import walk

_KINDS: Final[Mapping[str, Literal["given", "planned", "date"]]] = MappingProxyType(
    {"given": "given", "planned": "planned", "date": "date"}
)


def check_moments(ctx: Context, declared: dict[str, ast.Moment]) -> None:
    """Build all moments into `ctx.moments`, each after those its ways name."""
    uses = {name: names_in(way.date for way in node.ways if way.date is not None) for name, node in declared.items()}
    places = {name: node.name for name, node in declared.items()}
    for name in in_order(ctx, uses, places, "TR060", "moments"):
        ctx.moments[name] = _moment(ctx, declared[name])


def _may_miss(way: ast.MomentWay) -> bool:
    """Whether a way gives no day as long as a dose was not given."""
    return way.date is not None and any(isinstance(node, ast.DoseDay) for node in walk(way.date))


def _moment(ctx: Context, node: ast.Moment) -> model.Moment:
    ways = []
    for index, way in enumerate(node.ways):
        if way.kind == "given" and index > 0:
            ctx.report("TR082", way.span, "`given` stands behind another way", "say it first: `given, else …`")
        elif index > 0 and node.ways[index - 1].kind != "given" and not _may_miss(node.ways[index - 1]):
            message = "this way is never tried: the one before it always gives a day"
            ctx.report("TR082", way.span, message, "leave it out, or put it before the other")
        date = None if way.date is None else check_date(ctx, way.date)
        ways.append(model.MomentWay(_KINDS[way.kind], date, way.assume, span=way.span))
    titles: dict[str, ast.Text] = {}
    for title in node.titles:
        first = titles.setdefault(str(title.lang), title)
        if first is not title:
            ctx.twice(title.span, f"`title {title.lang}`", first.span, "keep one of them")
    name = node.name.text
    said = {lang: title.text for lang, title in titles.items()}
    return model.Moment(name, node.title or name.replace("_", " "), tuple(ways), said, span=node.name.span)
