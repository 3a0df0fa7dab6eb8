"""A schedule drawn along its days: an SVG that is as wide as the page allows and keeps the size of its letters.

All places along the axis are shares of the width, so that one drawing serves a telephone, a screen and paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, frozen

from ..engine.schedule.nominal import NominalDays
from ._docs_html import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dsl import schedule_model as plan
    from ..engine.plan_words import PlanWords

STYLE = """
figure.timeline { margin:1.4rem 0 2rem; } figure.timeline svg { display:block; overflow:visible; font-family:var(--sans); }
.timeline text { font-size:12px; fill:var(--ink);
  paint-order:stroke; stroke:var(--ground); stroke-width:3px; stroke-linejoin:round; }
.timeline .soft { fill:var(--soft); font-size:11px; }
.timeline .grid { stroke:var(--line); } .timeline .anchor { stroke:var(--accent); stroke-dasharray:3 3; }
.timeline .anchor-name { fill:var(--accent); font-weight:600; }
.timeline .window { fill:var(--in-soft); stroke:var(--in); } .timeline .target { stroke:var(--in); stroke-width:2.5; }
.timeline .given { fill:var(--ex); stroke:var(--paper); stroke-width:1.5; }
.timeline .series { fill:var(--warn-soft); stroke:var(--warn); } .timeline .watch { fill:var(--code); stroke:var(--soft); }
figure.timeline figcaption { display:flex; flex-wrap:wrap; gap:.3rem 1.2rem; font-size:.82rem; color:var(--soft); margin-top:.6rem; }
figure.timeline figcaption span { display:inline-flex; align-items:center; gap:.4rem; }
@media (max-width:46rem) { .timeline .more { display:none; } }
@media print { figure.timeline { break-inside:avoid; print-color-adjust:exact; -webkit-print-color-adjust:exact; } }
"""
_PITCH = 33
_TOP = 26
_MARGIN = 2.0
"""Share of the width, in per cent, that is left free on both sides."""
_TICKS = (1, 2, 7, 14, 28, 56, 84, 168, 364, 728, 1820)
_MOST_TICKS = 8
_MOST_MARKS = 60
"""Occurrences of one repeated visit that are drawn."""


@frozen
class _Bar:
    """One line of the drawing: what it is called, more about it, its kind, stretches of days, and targets within them."""

    title: str
    more: str
    kind: str
    stretches: tuple[tuple[int, int], ...]
    targets: tuple[int, ...] = ()


@define
class _Axis:
    first: int
    last: int

    def at(self, day: float) -> float:
        return _MARGIN + (day - self.first) * (100 - 2 * _MARGIN) / max(self.last - self.first, 1)

    def ticks(self) -> Iterator[int]:
        step = next((step for step in _TICKS if (self.last - self.first) / step <= _MOST_TICKS), _TICKS[-1])
        start = -(-self.first // step) * step
        yield from range(start, self.last + 1, step)


def timeline_svg(schedule: plan.Schedule, say: PlanWords, name: str) -> str:
    """The drawing of one schedule with its legend; `name` makes its ids its own. Nothing where nothing can be placed."""
    days = NominalDays(schedule)
    bars, left_out = _bars(schedule, days, say)
    if not bars:
        return ""
    edges = [day for bar in bars for stretch in bar.stretches for day in stretch]
    axis = _Axis(min([*edges, 0]), max([*edges, 1]))
    anchor = say.names[schedule.anchor.name]
    height = _TOP + _PITCH * len(bars) + 22
    visits = sum(bar.kind in ("window", "dose") for bar in bars)
    desc = say("timeline desc", visits, anchor, axis.first, axis.last)
    body = [*_frame(axis, bars, say, anchor), *(part for row, bar in enumerate(bars) for part in _row(axis, bar, _TOP + _PITCH * row))]
    note = f"<p class='small'>{escape(say('not drawn', say.w.chain(left_out)))}</p>" if left_out else ""
    return (
        f'<figure class="timeline"><svg role="img" width="100%" height="{height}" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(say("timeline"))}</title><desc id="{name}-desc">{escape(desc)}</desc>{"".join(body)}</svg>'
        f"<figcaption>{_legend(say, {bar.kind for bar in bars})}"
        f"</figcaption>{note}</figure>"
    )


def _bars(schedule: plan.Schedule, days: NominalDays, say: PlanWords) -> tuple[list[_Bar], list[str]]:
    bars: list[_Bar] = []
    left_out: list[str] = []
    for visit in schedule.visits:
        place = days.visits.get(visit.name)
        if place is None:
            left_out.append(say.title(visit))
            continue
        targets = place.targets[:_MOST_MARKS]
        stretches = tuple((day - place.before, day + place.after) for day in targets)
        title, timing = say.title(visit), say.timing(visit.timing)
        more = say.w.chain(["" if timing.casefold() == title.casefold() else timing, say.tolerance(visit.window)])
        bars.append(_Bar(title, more, "dose" if visit.gives else "window", stretches, targets))
    for series in schedule.series:
        taken = days.repeated(series.recurrence)
        if taken:
            bars.append(_Bar(say.title(series), say.timing(series.timing), "series", ((taken[0], taken[-1]),)))
        else:
            left_out.append(say.title(series))
    for watch in schedule.watches:
        start, end = days.day(watch.start), days.day(watch.end)
        if start is None or end is None:
            left_out.append(say.title(watch))
        else:
            bars.append(_Bar(say.title(watch), say.timing(watch.timing), "watch", ((start, end),)))
    for obligation in schedule.obligations:
        end = days.day(obligation.date)
        if end is None or end <= 0:
            left_out.append(say.title(obligation))
        else:
            bars.append(_Bar(say.title(obligation), say.timing(obligation.timing), "watch", ((0, end),)))
    return bars, left_out


def _frame(axis: _Axis, bars: list[_Bar], say: PlanWords, anchor: str) -> Iterator[str]:
    bottom = _TOP + _PITCH * len(bars)
    for day in axis.ticks():
        x = _share(axis.at(day))
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP - 6}" y2="{bottom + 4}"/>'
        # The minus sign of typography, and the word for days once.
        label = str(day).replace("-", "−") if day else say("point.day", 0)
        yield f'<text class="soft" x="{x}" y="{bottom + 18}" text-anchor="middle">{escape(label)}</text>'
    x = _share(axis.at(0))
    yield f'<line class="anchor" x1="{x}" x2="{x}" y1="14" y2="{bottom + 4}"/>'
    side = "start" if axis.at(0) < 50 else "end"
    yield f'<text class="anchor-name" x="{x}" y="10" text-anchor="{side}">{escape(anchor)}</text>'


def _row(axis: _Axis, bar: _Bar, top: int) -> Iterator[str]:
    """A label above the bar, beginning where the bar begins, or ending where it ends if that leaves more room."""
    left, right = axis.at(bar.stretches[0][0]), axis.at(bar.stretches[-1][1])
    at_start = left <= 100 - right
    x, side = (_share(left), "start") if at_start or left < 40 else (_share(right), "end")
    more = f'<tspan class="soft more" dx="6">{escape(bar.more)}</tspan>' if bar.more else ""
    yield f'<text x="{x}" y="{top + 12}" text-anchor="{side}">{escape(bar.title)}{more}</text>'
    kind = "window" if bar.kind == "dose" else bar.kind
    thick, y = (10, top + 17) if kind == "window" else (7, top + 18)
    for first, last in bar.stretches:
        if last > first or kind != "window":
            start = axis.at(first)
            yield f'<rect class="{kind}" x="{_share(start)}" y="{y}" width="{_share(axis.at(last) - start)}" height="{thick}" rx="3"/>'
    for day in bar.targets:
        x = _share(axis.at(day))
        if bar.kind == "dose":
            yield f'<circle class="given" cx="{x}" cy="{y + 5}" r="6"/>'
        else:
            yield f'<line class="target" x1="{x}" x2="{x}" y1="{y - 1}" y2="{y + 11}"/>'


def _legend(say: PlanWords, kinds: set[str]) -> str:
    signs = {
        "window": '<rect class="window" x="1" y="4" width="20" height="8" rx="3"/>',
        "target": '<line class="target" x1="11" x2="11" y1="2" y2="14"/>',
        "dose": '<circle class="given" cx="11" cy="8" r="6"/>',
        "series": '<rect class="series" x="1" y="5" width="20" height="6" rx="3"/>',
        "watch": '<rect class="watch" x="1" y="5" width="20" height="6" rx="3"/>',
    }
    shown = {"window", "target"} | (kinds & {"dose", "series", "watch"})
    return "".join(
        f'<span><svg width="22" height="16" aria-hidden="true">{sign}</svg>{escape(say(f"legend.{kind}"))}</span>'
        for kind, sign in signs.items()
        if kind in shown
    )


def _share(percent: float) -> str:
    return f"{percent:.2f}%"
