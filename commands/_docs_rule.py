"""A rule for readers: in words, as nested lists, and as its own text with names that lead to the glossary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from ..dsl import model, schedule_model
from ..engine.explain_rule import condition_words, definition_words, number_words
from ..engine.plan import children
from ..engine.scenarios import members
from ._docs_html import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..engine.explain_words import Words
    from ._docs_labels import Labels

_TOKEN = re.compile(
    r'(?P<comment>#[^\n]*)|(?P<string>"[^"\n]*")|(?P<date>\d{4}-\d{2}(?:-\d{2})?)|(?P<number>\d+(?:\.\d+)?)'
    r"|(?P<unit>[A-Za-z]*\[[A-Za-z_]+\]|[A-Za-zµμ%\[\]{}*^0-9]+/[\w\[\]{}*^./]+)"
    r"|(?P<id>[A-Z][A-Za-z0-9_]*)|(?P<word>[a-z_][a-z0-9_]*)"
)


# Lines of a criterion or definition that the page shows in places of their own.
_SHOWN_APART = re.compile(r"\s*(?:(?:text|title)\s+(?:[a-z]{2}\s+)?\"|(?:quote|assume|note)\s+\"|source\s+[a-z ]+[0-9.]+\s*(?:#|$))")
_LABEL = re.compile(r'(?P<indent> *)(?P<name>[a-z]\w*)\s*(?:"[^"]*"\s*)?:')
_DEFINE = re.compile(r'define\s+\w+\s*(?:"[^"]*")?\s*=\s*(?P<body>[^#\s].*)?')


def anchor(kind: str, name: str) -> str:
    """The id of a glossary entry or criterion in the page."""
    return f"{kind}-{name}"


# ---------------------------------------------------------------- the text itself


def rule_text(protocol: model.Protocol, owner: model.Criterion | model.Definition | schedule_model.Outcome) -> str:
    """The lines of the rule file that say what is computed: without texts, sources and notes, which the page shows by themselves."""
    lines = _block_of(protocol.files.get(owner.span.file, ""), owner.span.start)
    kept = [line for line in lines[1:] if line.strip() and not _SHOWN_APART.match(line)]
    head = _DEFINE.match(lines[0]) if lines else None
    if head is not None and head["body"]:
        kept.insert(0, head["body"])
    indent = min((len(line) - len(line.lstrip()) for line in kept), default=0)
    return "\n".join(line[indent:] for line in kept)


def _block_of(text: str, start: int) -> list[str]:
    """The lines of the top-level block around a place: up to the next line that is not indented, comments at its end left out."""
    first, *others = text[text.rfind("\n", 0, start) + 1 :].split("\n")
    lines = [first.rstrip()]
    for line in others:
        if line.strip() and not line.startswith(" "):
            break
        lines.append(line.rstrip())
    return lines


@frozen
class Names:
    """What the names of one rule mean: glossary entries to link to, moments, and labels of its members, which are none of these."""

    links: Mapping[str, str]
    moments: frozenset[str]
    labels: frozenset[str]


def names_of(protocol: model.Protocol, roots: Iterable[object]) -> Names:
    """The names that a rule itself uses; a word that is spelt like another fact's name is no link."""
    kept = list(roots)
    facts, definitions = used(protocol, kept)
    links = {name: anchor("fact", name) for name in facts} | {name: anchor("def", name) for name in definitions}
    labels = {member.label for root in kept for member in members(root) if member.label is not None}
    return Names(links, frozenset(protocol.moments), frozenset(labels))


def highlighted(names: Names, text: str) -> str:
    """Rule text as HTML: strings, numbers and comments told apart, declared names as links; a line that is wrapped keeps its indent."""
    lines = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        lines.append(f'<span class="l" style="--i:{indent}">{_line(names, line)}\n</span>')
    return "".join(lines)


def _line(names: Names, text: str) -> str:
    pieces: list[str] = []
    at = 0
    label = _LABEL.match(text)
    if label is not None and label["name"] in names.labels:
        pieces.append(f'{label["indent"]}<span class="label-of">{escape(label["name"])}</span>')
        at = label.end("name")
    for match in _TOKEN.finditer(text, at):
        pieces.append(escape(text[at : match.start()]))
        pieces.append(_token(names, str(match.lastgroup), match[0]))
        at = match.end()
    pieces.append(escape(text[at:]))
    return "".join(pieces)


def _token(names: Names, kind: str, text: str) -> str:
    if kind == "word" and text in names.links:
        return f'<a class="fact" href="#{names.links[text]}">{escape(text)}</a>'
    if kind == "word" and text in names.moments:
        return f'<span class="moment">{escape(text)}</span>'
    short = {"comment": "c", "string": "s", "number": "n", "date": "n", "unit": "u", "word": "k", "id": "i"}[kind]
    return f'<span class="{short}">{escape(text)}</span>'


# ---------------------------------------------------------------- in words


def criterion_words(w: Words, labels: Labels, criterion: model.Criterion) -> str:
    """All blocks of a criterion as HTML."""
    several = len(criterion.blocks) > 1 or criterion.blocks[0].when is not None
    parts = []
    for block in criterion.blocks:
        if block.when is not None:
            parts.append(f'<p class="when">{escape(labels("when", condition_words(w, block.when)))}</p>')
        elif several:
            parts.append(f'<p class="when">{escape(labels("always.block"))}</p>')
        parts.append(f'<div class="{"block" if several else ""}">{rule_html(w, labels, block.condition)}</div>')
    return "".join(parts)


def rule_html(w: Words, labels: Labels, condition: model.Condition) -> str:
    """A condition as HTML: groups as lists, everything else as a phrase."""
    match condition:
        case model.Group():
            head = labels(condition.kind, condition.count)
            return _list(head, (_member(w, labels, member) for member in condition.members))
        case model.Connective():
            return _list(labels(condition.kind), (rule_html(w, labels, operand) for operand in condition.operands))
        case model.Cases():
            return _list(labels("cases"), _rows(w, labels, condition), ordered=True)
        case model.DefinedTruth():
            name = condition.definition.name
            return f'<a href="#{anchor("def", name)}">{escape(definition_words(w, condition.definition))}</a>'
        case _:
            return escape(condition_words(w, condition))


def body_html(w: Words, labels: Labels, definition: model.Definition) -> str:
    """A definition's body as HTML."""
    if definition.kind == "number":
        return escape(number_words(w, definition.body))  # type: ignore[arg-type]
    return rule_html(w, labels, definition.body)  # type: ignore[arg-type]


def _member(w: Words, labels: Labels, member: model.Member) -> str:
    inner = rule_html(w, labels, member.condition)
    name = member.title or (w.term(member.label) if member.label else "")
    return f'<strong class="label">{escape(name)}</strong> {inner}' if name else inner


def _rows(w: Words, labels: Labels, condition: model.Cases) -> Iterator[str]:
    for row in condition.rows:
        head = f"{escape(labels('if'))} {rule_html(w, labels, row.condition)}"
        yield f'<span class="arm">{head}</span> <span class="then">{escape(labels("then"))}</span> {rule_html(w, labels, row.result)}'
    yield f"{escape(labels('otherwise'))} {rule_html(w, labels, condition.otherwise)}"


def _list(head: str, items: Iterable[str], *, ordered: bool = False) -> str:
    tag = "ol" if ordered else "ul"
    return f'<span class="of">{escape(head)}</span><{tag} class="tree">{"".join(f"<li>{item}</li>" for item in items)}</{tag}>'


# ---------------------------------------------------------------- what a rule uses


def used(protocol: model.Protocol, roots: Iterable[object]) -> tuple[dict[str, model.Fact], dict[str, model.Definition]]:
    """The facts and definitions that nodes use, directly, through definitions and as members of groups, in order of appearance."""
    facts: dict[str, model.Fact] = {}
    definitions: dict[str, model.Definition] = {}
    stack = list(reversed(list(roots)))
    while stack:
        at = stack.pop()
        if isinstance(at, model.Selection):
            for fact in (at.fact, *at.excluded):
                facts.setdefault(fact.name, fact)
                for member in fact.members:
                    facts.setdefault(member.name, member)
        if isinstance(at, model.Age) and "birth_date" in protocol.facts:
            facts.setdefault("birth_date", protocol.facts["birth_date"])
        if isinstance(at, model.DefinedTruth | model.DefinedNumber) and at.definition.name not in definitions:
            definitions[at.definition.name] = at.definition
            stack.append(at.definition.body)
        stack.extend(reversed(list(children(at))))
    return facts, definitions
