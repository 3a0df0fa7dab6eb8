"""The document of a protocol: everything that a reader needs to judge the rules, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._version import __version__
from ..engine.explain_rule import condition_words, date_words, definition_words, fact_words, moment_words
from ..engine.explain_words import words
from ..engine.plan import roots_of
from ._docs_facts import definition_entry, fact_table
from ._docs_html import escape, page
from ._docs_labels import Labels
from ._docs_plan import SCHEDULE, PlanSections
from ._docs_rule import anchor, criterion_words, highlighted, names_of, rule_text, used
from ._docs_style import STYLE
from ._docs_timeline import STYLE as TIMELINE_STYLE
from ._soa_render import STYLE as GRID_STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..dsl import model
    from ..dsl.source_items import SourceItems
    from ..engine.explain_words import Lang

_MANY = 8
"""Examples beyond this number are folded."""
_WIDE = 64
"""A rule with a longer line stands below its words, not beside them."""


class Document:
    """One protocol with its scenarios and, where it is at hand, its source text."""

    def __init__(self, protocol: model.Protocol, scenarios: Sequence[model.Scenario], source: SourceItems | None, lang: Lang) -> None:
        self.protocol = protocol
        self.scenarios = scenarios
        self.source = source
        self.w = words(lang)
        self.labels = Labels(lang)
        self.lang = lang
        self.plan = None if protocol.study is None else PlanSections(protocol, protocol.study, self.labels, lang)

    def html(self) -> str:
        """The page."""
        title = self.w.title(self.protocol.title, self.protocol.titles, self.protocol.name)
        body = [self.head(title), '<div class="layout">', self.contents(), '<div class="content">']
        body += [self.criteria("inclusion"), self.criteria("exclusion"), self.not_rules()]
        body += ["" if self.plan is None else self.plan.html(), self.glossary()]
        body.append(f'<p class="foot small">{escape(self.labels("foot", __version__))}</p></div></div>')
        return page(
            title, "\n".join(part for part in body if part), self.lang, STYLE if self.plan is None else STYLE + GRID_STYLE + TIMELINE_STYLE
        )

    # ---------------------------------------------------------------- head

    def head(self, title: str) -> str:
        """Title and the facts of the header."""
        p, label = self.protocol, self.labels
        counts = [sum(criterion.kind == kind for criterion in p.criteria) for kind in ("inclusion", "exclusion")]
        entries = [(label("version"), escape(p.version)), (label("registry"), escape(p.registry or ""))]
        for region in p.sources:
            bounds = [label("from", region.start) if region.start else "", label("to", region.end) if region.end else ""]
            entries.append((label("source"), escape(" ".join([region.file, *filter(None, bounds), region.only or ""]).strip())))
        entries.append((label("moments"), self.moments()))
        if p.until is not None:
            entries.append((label("until"), escape(moment_words(self.w, p.until))))
        if p.baseline is not None:
            entries.append((label("baseline"), escape(moment_words(self.w, p.baseline))))
        entries.append((label("timezone"), escape(p.timezone)))
        if p.months is not None:
            entries.append((label("months"), escape(label(f"months.{p.months}"))))
        entries.append((label("hash"), f"<code>{escape(p.sha256)}</code>"))
        rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in entries if value)
        notes = "".join(f'<p class="small">{escape(note)}</p>' for note in p.notes)
        return (
            f'<header class="title"><p class="kicker">{escape(label("kicker"))}</p><h1>{escape(title)}</h1>'
            f'<p class="lead"><code>{escape(p.name)}</code> · {escape(label("criteria count", *counts))}</p>'
            f'<dl class="facts-of">{rows}</dl>{notes}</header>'
        )

    def moments(self) -> str:
        """The moments and how each is known."""
        lines = []
        for moment in self.protocol.moments.values():
            ways = []
            for way in moment.ways:
                date = "" if way.date is None else date_words(self.w, way.date)
                text = {"given": self.labels("given"), "planned": self.labels("planned", date), "date": self.labels("else", date)}[way.kind]
                ways.append(text + (f" ({way.assumed})" if way.assumed else ""))
            lines.append(f"<strong>{escape(moment_words(self.w, moment))}</strong> {escape('; '.join(ways))}")
        return "<br>".join(lines)

    def contents(self) -> str:
        """Links to every criterion, beside the text where there is room."""
        groups = []
        for kind in ("inclusion", "exclusion"):
            links = "".join(
                f'<li><a href="#{anchor("c", each.id)}"><b>{escape(each.id)}</b> {escape(self.title(each))}</a></li>'
                for each in self.protocol.criteria
                if each.kind == kind
            )
            if links:
                groups.append(f'<p class="kicker">{escape(self.labels(kind))}</p><ul>{links}</ul>')
        groups.append("" if self.plan is None else self.plan.links())
        groups.append(f'<p class="kicker"><a href="#glossary">{escape(self.labels("glossary"))}</a></p>')
        return f'<nav aria-label="{escape(self.labels("contents"))}">{"".join(groups)}</nav>'

    def title(self, criterion: model.Criterion) -> str:
        """What a criterion is called in this language."""
        return self.w.title(criterion.title, criterion.titles, criterion.id)

    # ---------------------------------------------------------------- criteria

    def criteria(self, kind: str) -> str:
        """All criteria of one kind."""
        cards = "\n".join(self.criterion(each) for each in self.protocol.criteria if each.kind == kind)
        return f'<section><h2 id="{kind}">{escape(self.labels(kind))}</h2>\n{cards}\n</section>' if cards else ""

    def criterion(self, criterion: model.Criterion) -> str:
        """One criterion with everything about it."""
        text = criterion.texts.get(self.lang) or criterion.text
        sources = "".join(f'<span class="chip">{escape(f"{each.list} {each.item}")}</span>' for each in criterion.sources)
        facts, _ = used(self.protocol, roots_of(criterion))
        parts = [
            (
                f'<article class="criterion {criterion.kind}" id="{anchor("c", criterion.id)}"><div class="top">'
                f'<span class="badge" title="{escape(self.labels(f"one.{criterion.kind}"))}">{escape(criterion.id)}</span>'
                f'<h3>{escape(self.title(criterion))}</h3><span class="sources">{sources}</span></div>'
            ),
            f'<p class="text">{escape(text)}</p>' if text else "",
            self.protocol_words(criterion),
            self.pair(criterion),
            self.listed("assumptions", criterion.assumptions, "assumed"),
            self.listed("warnings", [self.warning(each) for each in criterion.warnings], "warned"),
            self.listed("notes", criterion.notes, ""),
            f"<h4>{escape(self.labels('data'))}</h4>{fact_table(self.w, self.labels, facts.values())}" if facts else "",
            self.examples(criterion),
            "</article>",
        ]
        return "".join(parts)

    def pair(self, criterion: model.Criterion) -> str:
        """The rule in words beside its own text."""
        said = criterion_words(self.w, self.labels, criterion)
        text = rule_text(self.protocol, criterion)
        rule = highlighted(names_of(self.protocol, roots_of(criterion)), text)
        wide = " wide" if max(map(len, text.split("\n"))) > _WIDE else ""
        return (
            f'<div class="pair{wide}"><div><h4>{escape(self.labels("words"))}</h4><div class="words">{said}</div></div>'
            f'<div><h4>{escape(self.labels("rule"))}</h4><pre class="rule">{rule}</pre></div></div>'
        )

    def warning(self, warn: model.Warn) -> str:
        """What a reader is told, and when."""
        return f"{warn.message} — {condition_words(self.w, warn.condition)}"

    def protocol_words(self, criterion: model.Criterion) -> str:
        """The words of the source: from the source text, else as quoted in the rule file."""
        quotes = []
        if self.source is not None:
            for reference in criterion.sources:
                item = self.source.find(reference.list, reference.item)
                quotes += [] if item is None else [each.text for each in self.source.with_sub_items(item)]
        if not quotes and criterion.quote:
            quotes = [criterion.quote]
        if not quotes:
            return ""
        paragraphs = "".join(f"<p>{escape(each)}</p>" for each in quotes)
        return f'<blockquote title="{escape(self.labels("protocol words"))}">{paragraphs}</blockquote>'

    def listed(self, label: str, lines: Sequence[str], style: str) -> str:
        """A headed list, or nothing."""
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        return f'<h4>{escape(self.labels(label))}</h4><ul class="{style}">{items}</ul>' if items else ""

    def examples(self, criterion: model.Criterion) -> str:
        """The scenarios that expect something of this criterion."""
        items = []
        for scenario in self.scenarios:
            marks = [self.mark(each) for each in scenario.expectations if each.target == criterion.id]
            if marks:
                items.append(f"<li>{''.join(dict.fromkeys(marks))} {escape(scenario.name)}</li>")
        if not self.scenarios:
            return ""
        if not items:
            return f'<p class="small">{escape(self.labels("no scenarios"))}</p>'
        opened = " open" if len(items) <= _MANY else ""
        head = f"{escape(self.labels('scenarios'))} ({len(items)})"
        return f'<details{opened}><summary>{head}</summary><ul class="examples">{"".join(items)}</ul></details>'

    def mark(self, expectation: model.Expectation) -> str:
        """What a scenario expects, as a coloured word."""
        word = self.labels(expectation.expected)
        if expectation.provisional:
            word = f"{self.labels('provisional')} {word}" if self.lang == "en" else self.labels("provisional") + word
        label = f"{self.w.term(expectation.label)}: " if expectation.label else ""
        return f'<span class="mark {expectation.expected.replace(" ", "-")}">{escape(label + word)}</span>'

    # ---------------------------------------------------------------- the rest

    def not_rules(self) -> str:
        """Source items that are said to be no rules, and why."""
        rows = "".join(
            f'<li><span class="chip">{escape(f"{each.source.list} {each.source.item}")}</span> {escape(each.reason)}</li>'
            for each in self.protocol.not_rules
        )
        return f"<section><h2>{escape(self.labels('not a rule'))}</h2><ul>{rows}</ul></section>" if rows else ""

    def glossary(self) -> str:
        """Every fact and definition that some criterion uses, with those criteria."""
        using: dict[str, list[str]] = {}
        facts: dict[str, model.Fact] = {}
        definitions: dict[str, model.Definition] = {}
        for criterion in self.protocol.criteria:
            found, defined = used(self.protocol, roots_of(criterion))
            facts |= found
            definitions |= defined
            for name in found:
                using.setdefault(name, []).append(criterion.id)
        self._used_by_plan(facts, definitions, using)
        in_order = sorted(facts.values(), key=lambda fact: fact_words(self.w, fact).casefold())
        named = sorted(definitions.values(), key=lambda each: definition_words(self.w, each).casefold())
        entries = "".join(definition_entry(self.w, self.labels, self.protocol, each) for each in named)
        return (
            f'<section id="glossary"><h2>{escape(self.labels("glossary"))}</h2>'
            + (f'<h3 class="part">{escape(self.labels("definitions"))}</h3>{entries}' if entries else "")
            + f'<h3 class="part">{escape(self.labels("facts"))}</h3>{fact_table(self.w, self.labels, in_order, using)}</section>'
        )

    def _used_by_plan(self, facts: dict[str, model.Fact], definitions: dict[str, model.Definition], using: dict[str, list[str]]) -> None:
        """What outcomes are computed from, and what visits assess."""
        study = self.protocol.study
        if study is None:
            return
        for outcome in study.outcomes.values():
            found, defined = used(self.protocol, [outcome.body])
            facts |= found
            definitions |= defined
            for name in found:
                using.setdefault(name, []).append(outcome.name)
        for name in dict.fromkeys(item.name for each in study.schedules for line in each.assessments for item in line.items):
            fact, definition = self.protocol.facts.get(name), self.protocol.definitions.get(name)
            if fact is not None:
                facts[name] = fact
                using.setdefault(name, []).append(SCHEDULE)
            if definition is not None:
                found, defined = used(self.protocol, [definition.body])
                facts |= found
                definitions |= {name: definition} | defined
