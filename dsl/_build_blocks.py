"""Builds syntax-tree nodes for the header, moments, facts and criteria (see `_build_expr` for how; examples are in `_build_scenarios`)."""

from __future__ import annotations

from typing import Any

from ._build_expr import Children, Part, Token, solid, start_of, text_of
from ._build_scenarios import ScenarioBuilder
from .ast import (
    AbsenceClause,
    Amount,
    Apart,
    AttributeTest,
    BridgeClause,
    Case,
    Cases,
    CodesClause,
    Criterion,
    Define,
    DoseDay,
    Fact,
    Facts,
    FactType,
    Group,
    GroupHead,
    Header,
    HeaderLine,
    Improved,
    Item,
    Margin,
    Moment,
    Moments,
    MomentWay,
    Not,
    NotARule,
    OngoingClause,
    RangeClause,
    ReachClause,
    Row,
    SettingRow,
    Settings,
    SourceRef,
    Text,
    VisitDay,
    Warn,
    When,
    WithClause,
    Word,
)


def assume_of(c: Children) -> str | None:
    """The reason at the end of a clause, if there is one."""
    last = c[-1]
    return last.value if type(last) is Part and type(last.value) is str else None


class Builder(ScenarioBuilder):
    """All rules of the grammar for one file."""

    # ---- header

    def start(self, c: Children) -> Any:  # noqa: ANN401 - any block
        return c[-1]

    def header(self, c: Children) -> Header:
        s = solid(c)
        return Header(s[0].text, self.word(s[1]), s[3].text, s[5].text, tuple(s[6:]), span=self.span(s[0], s[-1]))

    def version(self, c: Children) -> Token:
        token: Token = c[0]
        return token

    lang = version

    def title_line(self, c: Children) -> Text:
        return self._text(c[:-1])

    text_title = title_line
    text_line = title_line
    quote_line = title_line
    note_line = title_line
    assume_line = title_line

    def _text(self, c: Children) -> Text:
        return Text(c[0].text, text_of(c[-1]), c[1].text if len(c) == 3 else None, span=self.span(c[0], c[-1]))

    def _header_line(self, kind: str, c: Children) -> HeaderLine:
        value = c[-2]
        word = self.quoted(value) if value.type == "STRING" else self.word(value)
        return HeaderLine(kind, (word,), span=self.span(c[0], value))

    def registry_line(self, c: Children) -> HeaderLine:
        return self._header_line("registry", c)

    def timezone_line(self, c: Children) -> HeaderLine:
        return self._header_line("timezone", c)

    def months_line(self, c: Children) -> HeaderLine:
        return self._header_line("months", c)

    def days_line(self, c: Children) -> HeaderLine:
        return self._header_line("numbering", c)

    def use_line(self, c: Children) -> HeaderLine:
        return self._header_line("use", c)

    def until_line(self, c: Children) -> HeaderLine:
        return self._header_line("until", c)

    def baseline_line(self, c: Children) -> HeaderLine:
        return self._header_line("baseline", c)

    def source_decl(self, c: Children) -> HeaderLine:
        parts: dict[str, Word] = {c[at].text: self.quoted(c[at + 1]) for at in range(0, len(c) - 1, 2)}
        values = (parts["source"], parts.get("from"), parts.get("to"), parts.get("only"))
        return HeaderLine("source", values, span=self.span(c[0], c[-2]))

    # ---- moments

    def moments(self, c: Children) -> Moments:
        return Moments(tuple(c[3:-1]), span=self.span(c[0], c[-2]))

    def moment(self, c: Children) -> Moment:
        title = text_of(c[1]) if type(c[1]) is Token else None
        ways = tuple(child for child in c if type(child) is MomentWay)
        titles = tuple(child for child in c if type(child) is Text)
        return Moment(self.word(c[0]), title, ways, titles, span=self.span(c[0], solid(c)[-1]))

    def moment_way(self, c: Children) -> MomentWay:
        kind, date = c[0].value
        return MomentWay(kind, date, assume_of(c), span=self.span(c[0], c[-1]))

    def given_way(self, c: Children) -> Part:
        return Part(("given", None), c[0].start, c[0].end)

    def planned_way(self, c: Children) -> Part:
        return Part(("planned", c[1]), c[0].start, c[1].span.end)

    def date_way(self, c: Children) -> Part:
        return Part(("date", c[0]), c[0].span.start, c[0].span.end)

    def assume(self, c: Children) -> Part:
        return Part(text_of(c[1]), c[0].start, c[1].end)

    # ---- facts

    def facts(self, c: Children) -> Facts:
        return Facts(tuple(c[3:-1]), span=self.span(c[0], c[-2]))

    def fact(self, c: Children) -> Fact:
        s = solid(c)
        at = 2 if type(s[1]) is Token else 1
        clauses: list[Any] = []
        for child in s[at + 1 :]:
            clauses.extend(child.value) if type(child) is Part else clauses.append(child)
        title = text_of(s[1]) if at == 2 else None
        return Fact(self.word(s[0]), title, s[at], tuple(clauses), span=self.span(s[0], s[-1]))

    def fact_more(self, c: Children) -> Part:
        return Part(c[:-1], c[0].span.start, c[-2].span.end)

    def measured_type(self, c: Children) -> FactType:
        return FactType(c[0].text, c[2] if len(c) == 3 else None, span=self.span(c[0], c[-1]))

    event_type = measured_type

    def finding_type(self, c: Children) -> FactType:
        return FactType("finding", None, c[1].value, span=self.span(c[0], c[1]))

    def judgement_type(self, c: Children) -> FactType:
        return FactType("judgement", span=self.span(c[0], c[0]))

    def attribute_type(self, c: Children) -> FactType:
        span = self.span(c[0], c[1])
        if type(c[1]) is Token:
            return FactType("attribute", is_date=True, span=span)
        return FactType("attribute", None, c[1].value, span=span)

    def group_type(self, c: Children) -> FactType:
        return FactType("group", None, c[2].value, span=self.span(c[0], c[2]))

    def with_clause(self, c: Children) -> WithClause:
        kind, words, unit, low, high = c[2].value
        default = self.word(c[4]) if len(c) > 4 else None
        return WithClause(self.word(c[1]), kind, words, unit, low, high, default, assume_of(c[3:] or c[:1]), span=self.span(c[0], c[-1]))

    def attr_words(self, c: Children) -> Part:
        return Part(("word", c[0].value, None, None, None), c[0].start, c[0].end)

    def attr_number(self, c: Children) -> Part:
        return Part(("number", (), c[1], None, None), c[0].start, c[1].span.end)

    def attr_range(self, c: Children) -> Part:
        return Part(("range", (), None, c[0], c[2]), c[0].span.start, c[2].span.end)

    def attr_text(self, c: Children) -> Part:
        return Part(("text", (), None, None, None), c[0].start, c[0].end)

    def codes_clause(self, c: Children) -> CodesClause:
        if c[0].type == "SYSTEM":
            system, rest = self.word(c[0]), c[1:]
        else:
            system, rest = self.quoted(c[1]), c[2:]
        excluded = rest[2].value if len(rest) == 3 else ()
        return CodesClause(system, rest[0].value, excluded, span=self.span(c[0], c[-1]))

    def bridge_clause(self, c: Children) -> BridgeClause:
        left = Amount(c[0].text, c[1], span=self.span(c[0], c[1]))
        right = Amount(c[3].text, c[4], span=self.span(c[3], c[4]))
        return BridgeClause(left, right, assume_of(c), span=self.span(c[0], c[-1]))

    def range_clause(self, c: Children) -> RangeClause:
        return RangeClause(c[0], c[2], span=self.span(c[0], c[2]))

    def absence_clause(self, c: Children) -> AbsenceClause:
        return AbsenceClause(assume_of(c), span=self.span(c[0], c[-1]))

    def reach_clause(self, c: Children) -> ReachClause:
        return ReachClause(c[1].value, assume_of(c[2:] or c[:1]), span=self.span(c[0], c[-1]))

    def reach_length(self, c: Children) -> Part:
        if len(c) == 1:
            return Part(c[0], c[0].span.start, c[0].span.end)
        return Part(None, c[0].start, c[1].end)

    def ongoing_clause(self, c: Children) -> OngoingClause:
        unless = c[4] if len(c) > 4 else None
        return OngoingClause(c[2], unless, assume_of(c), span=self.span(c[0], c[-1]))

    def fact_title(self, c: Children) -> Text:
        return self._text(c)

    note_clause = fact_title

    # ---- reach and absence for facts of a library

    def reaches(self, c: Children) -> Settings:
        return Settings("reach", tuple(c[3:-1]), span=self.span(c[0], c[-2]))

    def reach_row(self, c: Children) -> SettingRow:
        clause = ReachClause(c[1].value, assume_of(c[2:-1] or c[-1:]), span=self.span(c[1], c[-2]))
        return SettingRow(c[0].value, clause, span=self.span(c[0], c[-2]))

    def absences(self, c: Children) -> Settings:
        return Settings("absent", tuple(c[5:-1]), span=self.span(c[0], c[-2]))

    def absence_row(self, c: Children) -> SettingRow:
        clause = AbsenceClause(assume_of(c[:-1]), span=self.span(c[0], c[-2]))
        return SettingRow(c[0].value, clause, span=clause.span)

    # ---- definitions

    def define(self, c: Children) -> Define:
        s = solid(c)
        titled = s[2].type == "STRING"
        rest = s[4:] if titled else s[3:]
        body = None if type(rest[0]) in (Item, Text, Apart) else rest.pop(0)
        items = tuple(child for child in rest if type(child) is Item)
        clauses = tuple(child for child in rest if type(child) is not Item)
        title = text_of(s[2]) if titled else None
        return Define(self.word(s[1]), title, body, items, clauses, span=self.span(s[0], s[-1]))

    def apart_line(self, c: Children) -> Apart:
        return Apart(c[3], assume_of(c[:-1]), span=self.span(c[0], c[-2]))

    # ---- criteria

    def criterion(self, c: Children) -> Criterion:
        return Criterion(c[0].text, self.word(c[1]), text_of(c[2]), tuple(c[5:-1]), span=self.span(c[0], c[-2]))

    def source_line(self, c: Children) -> SourceRef:
        ref: SourceRef = c[1]
        return SourceRef(ref.list, ref.item, span=self.span(c[0], ref))

    def source_ref(self, c: Children) -> SourceRef:
        return SourceRef(" ".join([token.text for token in c[:-1]]), c[-1].text, span=self.span(c[0], c[-1]))

    def warn_line(self, c: Children) -> Warn:
        return Warn(c[2], text_of(c[3]), span=self.span(c[0], c[3]))

    def when_block(self, c: Children) -> When:
        return When(c[1], tuple(c[4:-1]), span=self.span(c[0], c[-2]))

    def item(self, c: Children) -> Item:
        s = c[:-1] if type(c[-1]) is Token else c
        connective = s[0].text if type(s[0]) is Token else None
        label, title = next((child.value for child in s if type(child) is Part), (None, None))
        return Item(s[-1], connective, label, title, span=self.span(s[0], s[-1]))

    def label(self, c: Children) -> Part:
        title = text_of(c[1]) if len(c) == 3 else None
        return Part((self.word(c[0]), title), c[0].start, c[-1].end)

    def row(self, c: Children) -> Row:
        tests = tuple(child for child in c if type(child) is AttributeTest)
        excluded = c[-2].value if len(c) > 2 and type(c[-2]) is Part else ()
        return Row(c[0].value, tests, excluded, c[-1], span=self.span(c[0], c[-1]))

    def group(self, c: Children) -> Group:
        kind, count = c[0].value
        tests, excluded = c[2].value if type(c[2]) is Part else ((), ())
        head_end = c[2] if type(c[2]) is Part else c[0]
        head = GroupHead(kind, count, tests, excluded, span=self.span(c[0], head_end))
        items = tuple(child for child in c if type(child) is Item)
        return Group(head, items, span=self.span(c[0], c[-2]))

    def group_head(self, c: Children) -> Part:
        words = [token.text for token in c]
        count = words[-2] if c[-2].type == "NUMBER" else None
        kind = words[0] if words[0] != "at" else f"at {words[1]}"
        return Part((kind, count), c[0].start, c[-1].end)

    def group_rest(self, c: Children) -> Part:
        tests = tuple(child for child in c if type(child) is AttributeTest)
        excluded = c[-1].value if type(c[-1]) is Part else ()
        span = self.span(c[0], c[-1])
        return Part((tests, excluded), span.start, span.end)

    def cases(self, c: Children) -> Cases:
        return Cases(tuple(c[3:-1]), span=self.span(c[0], c[-2]))

    def case(self, c: Children) -> Case:
        condition = None if type(c[0]) is Token else c[0]
        return Case(condition, c[2], span=self.span(c[0], c[2]))

    def not_a_rule(self, c: Children) -> NotARule:
        return NotARule(c[3], text_of(c[5]), span=self.span(c[0], c[5]))

    # ---- what outcomes compare, and days that only a study has

    def improved(self, c: Children) -> Improved:
        return Improved(c[0], worse=False, margins=c[3].value, span=self.span(c[0], c[3]))

    def worse(self, c: Children) -> Improved | Not:
        span = self.span(c[0], c[-1])
        margins = c[-1].value if type(c[-1]) is Part else ()
        found = Improved(c[0], worse=True, margins=margins, span=span)
        return Not(found, span=span) if c[1].type == "NOT" else found

    def margins(self, c: Children) -> Part:
        before = c[0].value if len(c) > 1 else ()
        return Part((*before, c[-1]), start_of(c[0]), c[-1].span.end)

    def margin(self, c: Children) -> Margin:
        unit = c[2] if len(c) > 2 else None
        value = Amount(c[1].text, unit, span=self.span(c[1], c[-1]))
        return Margin(c[0].value, value, span=self.span(c[0], c[-1]))

    def dose_day(self, c: Children) -> DoseDay:
        return DoseDay(c[0].text, self.word(c[4]), span=self.span(c[0], c[4]))

    def visit_day(self, c: Children) -> VisitDay:
        return VisitDay(span=self.span(c[0], c[2]))
