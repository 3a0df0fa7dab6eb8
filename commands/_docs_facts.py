"""The data that rules need, as tables: facts with units, codes, reach and absence; definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.explain_rule import definition_words, fact_words
from ..engine.explain_words import number_text, with_unit
from ._docs_html import escape
from ._docs_rule import anchor, body_html, highlighted, names_of, rule_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..dsl.model import Attribute, Code, Definition, Fact, Protocol
    from ..engine.explain_words import Words
    from ._docs_labels import Labels

# Parts of a system's URI, and what people call it.
_SYSTEMS = (
    ("loinc.org", "LOINC"),
    ("snomed.info", "SNOMED CT"),
    ("rxnorm", "RxNorm"),
    ("whocc.no", "ATC"),
    ("icd-10-cm", "ICD-10-CM"),
    ("icd-10", "ICD-10"),
)
_MOST_CODES = 12


def fact_table(w: Words, labels: Labels, facts: Iterable[Fact], using: Mapping[str, list[str]] | None = None) -> str:
    """Facts as a table; with `using` (criteria by fact) the rows are glossary entries that links lead to."""
    heads = [labels("fact"), labels("kind"), labels("codes"), labels("reach"), labels("absence")]
    if using is not None:
        heads.append(labels("used by"))
    rows = "".join(_row(w, labels, fact, heads, using) for fact in facts)
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return f'<div class="scroll"><table class="facts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(w: Words, labels: Labels, fact: Fact, heads: list[str], using: Mapping[str, list[str]] | None) -> str:
    name = f"{escape(fact_words(w, fact))}<br><code>{escape(fact.name)}</code>"
    if using is None:
        name = f'<a href="#{anchor("fact", fact.name)}">{escape(fact_words(w, fact))}</a><br><code>{escape(fact.name)}</code>'
    cells = [name, kind_of(w, labels, fact), codes_of(fact), reach_of(w, labels, fact), absence_of(labels, fact)]
    if using is not None:
        cells.append(" ".join(f'<a href="#{anchor("c", each)}">{escape(each)}</a>' for each in using.get(fact.name, ())))
    row = "".join(f'<td data-label="{escape(head)}">{cell}</td>' for head, cell in zip(heads, cells, strict=True))
    return f'<tr id="{anchor("fact", fact.name)}">{row}</tr>' if using is not None else f"<tr>{row}</tr>"


def kind_of(w: Words, labels: Labels, fact: Fact) -> str:
    """Kind, unit, range, words, members and attributes of a fact."""
    text = labels(f"kind.{fact.kind}")
    if fact.unit_text:
        text += f", {fact.unit_text}"
    if fact.low is not None and fact.high is not None:
        text += f", {number_text(fact.low)} … {number_text(fact.high)}"
    if fact.words:
        text += ": " + labels("words.or").join(w.term(word) for word in fact.words)
    if fact.members:
        text += ": " + labels("members", ", ".join(fact_words(w, member) for member in fact.members))
    lines = [escape(text)]
    if fact.attributes:
        lines.append(f"<small>{escape(labels('attributes', '; '.join(_attribute(w, each) for each in fact.attributes.values())))}</small>")
    return "<br>".join(lines)


def _attribute(w: Words, attribute: Attribute) -> str:
    name = w.term(attribute.name)
    if attribute.words:
        return f"{name} ({', '.join(w.term(word) for word in attribute.words)})"
    if attribute.low is not None and attribute.high is not None:
        return f"{name} ({with_unit(f'{number_text(attribute.low)} … {number_text(attribute.high)}', attribute.unit)})"
    return f"{name} ({attribute.unit.text})" if attribute.unit is not None else name


def codes_of(fact: Fact) -> str:
    """Code sets by system."""
    systems: dict[str, list[str]] = {}
    for code in fact.codes:
        systems.setdefault(system_name(code), []).append(code.code + ("*" if code.prefix else ""))
    for code in fact.excluded_codes:
        systems.setdefault(system_name(code), []).append("− " + code.code + ("*" if code.prefix else ""))
    lines = []
    for system, codes in systems.items():
        shown = ", ".join(codes[:_MOST_CODES]) + (f" … ({len(codes)})" if len(codes) > _MOST_CODES else "")
        lines.append(f"<small>{escape(system)}</small> {escape(shown)}")
    return "<br>".join(lines) or "–"


def system_name(code: Code) -> str:
    """What people call a code system."""
    return next((name for part, name in _SYSTEMS if part in code.system.lower()), code.system)


def reach_of(w: Words, labels: Labels, fact: Fact) -> str:
    """How long a record of the fact speaks."""
    if fact.kind in ("attribute", "judgement") and fact.reach is None:
        return "–"
    text = labels("reach.none") if fact.reach is None else labels("reach.ever") if fact.reach == "ever" else w.length(fact.reach)
    return escape(text) + _assumed(fact.reach_assumed)


def absence_of(labels: Labels, fact: Fact) -> str:
    """What it means that nothing is recorded."""
    if fact.absent_unless_recorded:
        return escape(labels("absence.no")) + _assumed(fact.absence_assumed)
    return escape(labels("absence.unknown"))


def _assumed(reason: str | None) -> str:
    return f"<br><small>{escape(reason)}</small>" if reason else ""


def definition_entry(w: Words, labels: Labels, protocol: Protocol, definition: Definition) -> str:
    """One definition of the glossary: title, in words, its text, assumptions."""
    notes = [*definition.assumptions, *definition.notes]
    if definition.apart is not None:
        notes.insert(
            0, labels("components", w.length(definition.apart)) + (f": {definition.apart_assumed}" if definition.apart_assumed else "")
        )
    listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
    rule = highlighted(names_of(protocol, [definition.body]), rule_text(protocol, definition))
    unit = f", {definition.unit.text}" if definition.unit is not None else ""
    return (
        f'<article class="definition" id="{anchor("def", definition.name)}"><h3>{escape(definition_words(w, definition))}'
        f" <code>{escape(definition.name)}{escape(unit)}</code></h3>"
        f'<div class="words">{body_html(w, labels, definition)}</div>'
        f'<pre class="rule">{rule}</pre>' + (f'<ul class="assumed">{listed}</ul>' if listed else "") + "</article>"
    )
