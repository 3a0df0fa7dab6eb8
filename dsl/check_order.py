"""The order in which definitions and moments are checked, each after what it names; what goes in circles is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import ast
from .diagnostics import Label
from .resolve import Context
from .walk import Node, walk


def names_in(nodes: Iterable[Node]) -> dict[str, ast.Word]:
    """Every name that expressions and dates below the nodes use, with its first place."""
    found: dict[str, ast.Word] = {}
    for root in nodes:
        for node in walk(root):
            if isinstance(node, ast.Selection):
                found.setdefault(node.name.text, node.name)
            elif isinstance(node, ast.DateName):
                found.setdefault(node.name, ast.Word(node.name, span=node.span))
    return found


def in_order(ctx: Context, uses: Mapping[str, Mapping[str, ast.Word]], places: Mapping[str, ast.Word], code: str, what: str) -> list[str]:
    """The names so that each comes after those it uses. Circles are reported with every step, and their members left out.

    Args:
        ctx: the check at hand.
        uses: for each name, the names it uses (those that are no keys are ignored).
        places: where each name is declared.
        code: the code for a circle.
        what: what the names are, in the plural.
    """
    order: list[str] = []
    state: dict[str, str] = {}
    left_out: set[str] = set()
    for root in uses:
        path: list[str] = []
        stack = [(root, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                path.pop()
                state[name] = "done"
                order.append(name)
                continue
            if state.get(name) == "open":
                circle = path[path.index(name) :]
                _report(ctx, circle, uses, places, code, what)
                left_out.update(circle)
                continue
            if name in state:
                continue
            state[name] = "open"
            path.append(name)
            stack.append((name, True))
            stack.extend((used, False) for used in reversed(list(uses[name])) if used in uses)
    return [name for name in order if name not in left_out]


def _report(
    ctx: Context, circle: list[str], uses: Mapping[str, Mapping[str, ast.Word]], places: Mapping[str, ast.Word], code: str, what: str
) -> None:
    start = circle.index(min(circle))
    circle = circle[start:] + circle[:start]
    shown = " -> ".join(f"`{name}`" for name in [*circle, circle[0]])
    steps = [
        Label(uses[name][used].span, f"`{name}` needs `{used}`")
        for name, used in zip(circle, [*circle[1:], circle[0]], strict=True)
        if used in uses[name]
    ]
    place = places[circle[0]]
    ctx.report(code, place.span, f"these {what} need each other: {shown}", "break the circle: one of them must stand on its own", *steps)
