"""The plan of a study in the document of its protocol: arms and doses, schedule as grid and drawing, escalation, outcomes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ..engine.explain_rule import number_words
from ..engine.explain_words import words
from ..engine.plan_words import PlanWords
from ..engine.soa import dose_words, grids
from ._docs_html import escape
from ._docs_rule import anchor, highlighted, names_of, rule_html, rule_text
from ._docs_timeline import timeline_svg
from ._soa_render import grid_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..dsl import model, schedule_model as plan
    from ..engine.explain_words import Lang
    from ._docs_labels import Labels

SCHEDULE = "SoA"
"""What the glossary calls the schedule among the users of a fact: the usual abbreviation in both languages."""


class PlanSections:
    """The sections of one protocol with a study."""

    def __init__(self, protocol: model.Protocol, study: plan.Study, labels: Labels, lang: Lang) -> None:
        self.protocol = protocol
        self.study = study
        self.labels = labels
        self.lang = lang
        self.say = PlanWords(lang, protocol)

    def links(self) -> str:
        """For the contents of the page."""
        found = [("plan-arms", "arms", self.study.arms), (anchor("c", SCHEDULE), "plan", self.study.schedules)]
        found += [("plan-escalation", "escalation", self.study.escalations), ("plan-outcomes", "outcomes", self.study.outcomes)]
        return "".join(f'<p class="kicker"><a href="#{name}">{escape(self.say(word))}</a></p>' for name, word, things in found if things)

    def html(self) -> str:
        """All sections, those without content left out."""
        return "\n".join(part for part in (self.arms(), self.schedule(), self.escalation(), self.outcomes()) if part)

    # ---------------------------------------------------------------- arms

    def arms(self) -> str:
        """Arms by part, with their doses."""
        say = self.say
        parts: dict[str | None, list[plan.Arm]] = {}
        for arm in self.study.arms.values():
            parts.setdefault(arm.part, []).append(arm)
        if not parts:
            return ""
        tables = []
        heads = (say("arm"), say("masking"), say("doses"))
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
        for part, arms in parts.items():
            if self.study.parts:
                tables.append(f'<h3 class="part">{escape(say("part whole") if part is None else say.title(self.study.parts[part]))}</h3>')
                tables.append(self._said(self.study.parts[part].notes) if part is not None else "")
            rows = "".join(self._arm(arm, heads) for arm in arms)
            tables.append(f'<div class="scroll"><table class="facts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>')
        return f'<section id="plan-arms"><h2>{escape(say("arms"))}</h2>{"".join(tables)}</section>'

    def _arm(self, arm: plan.Arm, heads: Sequence[str]) -> str:
        say = self.say
        masking = say("open") if arm.blinded_as is None else say("blinded as", arm.blinded_as)
        doses = [(dose_words(say, dose), self._said(dose.notes)) for dose in arm.doses.values()]
        cells = (
            f"{escape(say.title(arm))}<br><code>{escape(arm.name)}</code>{self._said(arm.notes)}",
            escape(masking),
            "<br>".join(f"{escape(text)}{said}" for text, said in doses) or "–",
        )
        return "<tr>" + "".join(f'<td data-label="{escape(h)}">{cell}</td>' for h, cell in zip(heads, cells, strict=True)) + "</tr>"

    def _said(self, notes: plan.Notes) -> str:
        """Text, assumptions and remarks of a line, in small print."""
        own = notes.texts.get(self.lang) or notes.text
        texts = [*filter(None, (own,)), *(self.say("note.assumed", text) for text in notes.assumptions), *notes.notes]
        return "".join(f'<p class="small">{escape(text)}</p>' for text in texts)

    # ---------------------------------------------------------------- schedule

    def schedule(self) -> str:
        """The grid of each part, and below it the drawing of each of its schedules."""
        say, parts = self.say, []
        for number, grid in enumerate(grids(self.protocol, self.lang)):
            title = f'<h3 class="part">{escape(grid.title)}</h3>' if grid.title else ""
            drawn = [timeline_svg(one, say, f"timeline-{number}-{at}") for at, one in enumerate(grid.schedules)]
            heading = f"<h4>{escape(say('timeline'))}</h4>" if any(drawn) else ""
            parts.append(f"{title}{heading}{''.join(drawn)}<h4>{escape(say('soa'))}</h4>{grid_html(grid, say)}")
        return f'<section id="{anchor("c", SCHEDULE)}"><h2>{escape(say("plan"))}</h2>{"".join(parts)}</section>' if parts else ""

    # ---------------------------------------------------------------- escalation

    def escalation(self) -> str:
        """Each escalation as a list of its rules."""
        cards = "".join(self._escalation(one) for one in self.study.escalations)
        return f'<section id="plan-escalation"><h2>{escape(self.say("escalation"))}</h2>{cards}</section>' if cards else ""

    def _escalation(self, one: plan.Escalation) -> str:
        say, w = self.say, self.say.w
        entries = [
            (say("levels"), " → ".join(say.title(self.study.arms[level]) if level in self.study.arms else level for level in one.levels)),
            (say("group"), say("group text", one.group, one.expand)),
            (say("observe"), say(f"observe.{one.observed_from}", w.length(one.observed))),
            (say("stop"), say("stop text", one.stop)),
        ]
        if one.sentinel and one.sentinel_observed is not None:
            entries.insert(2, (say("sentinel"), say("sentinel text", one.sentinel, w.length(one.sentinel_observed))))
        if one.review_by is not None:
            entries.append((say("review"), say("review text", one.review_by)))
        if one.replace is not None:
            entries.append((say("replace"), one.replace))
        rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in entries)
        part = "" if one.part is None else f'<span class="chip">{escape(say.title(self.study.parts[one.part]))}</span>'
        title = w.title(one.title, one.notes.titles, one.title)
        return (
            f'<article class="definition"><div class="top"><h3>{escape(title)}</h3>{part}</div>'
            f'<dl class="facts-of">{rows}</dl>{self._said(one.notes)}</article>'
        )

    # ---------------------------------------------------------------- outcomes

    def outcomes(self) -> str:
        """Outcomes in order of declaration: those of one line in tables, the others on cards."""
        say, parts = self.say, []
        texts = {one.name: rule_text(self.protocol, one) for one in self.study.outcomes.values()}
        for short, found in groupby(self.study.outcomes.values(), key=lambda one: "\n" not in texts[one.name]):
            group = list(found)
            parts.append(self._table(group) if short else "".join(self._card(one, texts[one.name]) for one in group))
        return f'<section id="plan-outcomes"><h2>{escape(say("outcomes"))}</h2>{"".join(parts)}</section>' if parts else ""

    def _table(self, outcomes: Iterable[plan.Outcome]) -> str:
        say = self.say
        heads = (say("outcome"), say("outcome when"), self.labels("words"))
        rows = []
        for one in outcomes:
            cells = (
                f"{escape(say.title(one))}<br><code>{escape(one.name)}</code>",
                escape(self._times(one)),
                f"{self._words(one)}{self._said(one.notes)}",
            )
            row = "".join(f'<td data-label="{escape(head)}">{cell}</td>' for head, cell in zip(heads, cells, strict=True))
            rows.append(f'<tr id="{anchor("c", one.name)}">{row}</tr>')
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
        return f'<div class="scroll"><table class="facts"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'

    def _card(self, one: plan.Outcome, text: str) -> str:
        rule = highlighted(names_of(self.protocol, [one.body]), text)
        return (
            f'<article class="definition" id="{anchor("c", one.name)}">'
            f"<h3>{escape(self.say.title(one))} <code>{escape(one.name)}</code></h3>"
            f'<p class="small">{escape(self._times(one))}</p><div class="words">{self._words(one)}</div>'
            f'<pre class="rule">{rule}</pre>{self._said(one.notes)}</article>'
        )

    def _times(self, one: plan.Outcome) -> str:
        """When, and what comes of it: `week 4, week 8; a number and its change from baseline`."""
        say = self.say
        exact = any(time.visit is None for time in one.times)
        kind = say(f"outcome.{one.kind}")
        return say.w.clauses([say.w.chain(say.timing(time.timing) for time in one.times), say("outcome exact") if exact else "", kind])

    def _words(self, one: plan.Outcome) -> str:
        # At a visit the days of the visit stand in for the age that a record may have.
        w = words(self.lang, at_visits=any(time.visit is not None for time in one.times))
        if one.kind == "number":
            return escape(number_words(w, one.body))  # type: ignore[arg-type]  # the kind says so
        return rule_html(w, self.labels, one.body)  # type: ignore[arg-type]  # the kind says so
