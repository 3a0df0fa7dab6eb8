"""What the rule editor completes and explains: the words that begin a block, and the data dictionary of the text in work."""

from __future__ import annotations

from itertools import chain
from textwrap import dedent
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...dsl.model import INTERVAL_KINDS, NUMBER_KINDS
from ...dsl.source import Source
from ...engine.explain_words import number_text, words
from .plan_text import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...canonical import Json
    from ...dsl.model import Definition, Fact, Moment, Protocol
    from ...dsl.source import Span
    from ...engine.explain_words import Lang

BLOCKS: Final = ("protocol", "moments", "facts", "reach", "absent", "define", "inclusion", "exclusion", "scenario", "schedule")
_MOST_OF_A_DECLARATION: Final = 400


@frozen
class Name:
    """A word that may be written: what it is in short, and what it says, with an example. `declared`: the text that declares it."""

    label: str
    kind: str
    detail: str
    info: str
    declared: str = ""

    def data(self) -> dict[str, Json]:
        """For the editor's script."""
        return {"label": self.label, "type": self.kind, "detail": self.detail, "info": self.info, "declared": self.declared}


def block_names(lang: Lang) -> tuple[Name, ...]:
    """The words that begin a block."""
    t = texts(lang)
    return tuple(Name(word, "block", "", t[f"kw_{word}"]) for word in BLOCKS)


def names_of(protocol: Protocol, lang: Lang) -> tuple[Name, ...]:
    """All that a protocol declares, by name."""
    moment = next(iter(protocol.moments), "2026-03-02")
    found = chain(
        (_fact(one, moment, protocol, lang) for one in protocol.facts.values()),
        (_moment(one, protocol, lang) for one in protocol.moments.values()),
        (_definition(one, protocol, lang) for one in protocol.definitions.values()),
    )
    return tuple(sorted(found, key=lambda one: one.label))


def _fact(fact: Fact, moment: str, protocol: Protocol, lang: Lang) -> Name:
    t, w = texts(lang), words(lang)
    detail = fact.kind if fact.unit_text is None else f"{fact.kind} in {fact.unit_text}"
    lines = [
        w.title(fact.title, fact.titles, fact.name),
        *_allowed(fact, t),
        t["name_example"].format(example(fact, moment)),
    ]
    return Name(fact.name, "fact", detail, "\n".join(lines), _declared(fact.span, protocol.files))


def _allowed(fact: Fact, t: Mapping[str, str]) -> Iterator[str]:
    """What may be recorded."""
    if fact.low is not None or fact.high is not None:
        low, high = ("…" if one is None else number_text(one) for one in (fact.low, fact.high))
        yield t["name_range"].format(low, high)
    if fact.words:
        yield t["name_words"].format(", ".join(fact.words))
    if fact.attributes:
        yield t["name_attributes"].format(", ".join(fact.attributes))
    if fact.members:
        yield t["name_members"].format(", ".join(one.name for one in fact.members))


def example(fact: Fact, moment: str) -> str:
    """A condition on a fact that the checker takes."""
    sort = fact.members[0] if fact.members else fact
    if sort.kind in NUMBER_KINDS:
        bound = sort.high if sort.high is not None else sort.low
        return f"{fact.name} within 28 days before {moment} <= {number_text(1 if bound is None else bound)} {sort.unit_text or ''}".rstrip()
    if sort.kind == "finding":
        return f"{fact.name} within 28 days before {moment} is {sort.words[0]}"
    if sort.kind == "judgement":
        return f"{fact.name} is yes"
    if sort.kind == "attribute":
        return f"{fact.name} is {sort.words[0]}" if sort.words else f"age at {moment} >= 18 years"
    return f"{fact.name} on {moment}" if sort.kind in INTERVAL_KINDS else f"{fact.name} within 6 months before {moment}"


def _moment(moment: Moment, protocol: Protocol, lang: Lang) -> Name:
    t, w = texts(lang), words(lang)
    info = f"{w.title(moment.title, moment.titles, moment.name)}\n{t['name_example'].format(f'within 14 days before {moment.name}')}"
    return Name(moment.name, "moment", t["name_moment"], info, _declared(moment.span, protocol.files))


def _definition(one: Definition, protocol: Protocol, lang: Lang) -> Name:
    t, w = texts(lang), words(lang)
    detail = t[f"name_{one.kind}"] if one.unit is None else f"{t[f'name_{one.kind}']}, {one.unit.text}"
    return Name(one.name, "definition", detail, w.title(one.title, one.titles, one.name), _declared(one.span, protocol.files))


def _declared(span: Span, files: Mapping[str, str]) -> str:
    """The lines of a declaration: the one on which it begins and those below that are indented further; so far as anybody reads them."""
    text = files.get(span.file)
    if text is None:
        return ""
    source = Source(span.file, text)
    first = source.position(span.start).line
    lines = [source.line_text(first)]
    for number in range(first + 1, source.line_count + 1):
        line = source.line_text(number)
        if _indent(line) <= _indent(lines[0]):
            break
        lines.append(line)
    found = dedent("\n".join(lines))
    return found if len(found) <= _MOST_OF_A_DECLARATION else f"{found[:_MOST_OF_A_DECLARATION]}…"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


@frozen
class Heading:
    """A line of the outline: where a block begins, the word it begins with, and what it is about."""

    line: int
    kind: str
    text: str


def outline(text: str) -> tuple[Heading, ...]:
    """The blocks of a text, in order; it may have errors."""
    source, found = Source("", text), []
    for number in range(1, source.line_count + 1):
        line = source.line_text(number)
        kind, _, rest = line.partition(" ")
        if kind.isalpha() and kind.islower():
            found.append(Heading(number, kind, rest.replace('"', "").rstrip(" =").strip()))
    return tuple(found)
