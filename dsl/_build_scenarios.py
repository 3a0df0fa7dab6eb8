"""Builds syntax-tree nodes for worked examples: what is given, and what is expected (see `_build_expr` for how)."""

from __future__ import annotations

from ._build_expr import Children, ExpressionBuilder, Part, Token, solid, text_of
from .ast import DateText, Expect, Given, GivenAttribute, Givens, Quantity, Scenario, Without, Word


class ScenarioBuilder(ExpressionBuilder):
    """The rules of scenarios."""

    def scenario(self, c: Children) -> Scenario:
        s = solid(c)
        like = self.quoted(s[3]) if type(s[2]) is Token else None
        lines = tuple(child for child in s if type(child) is not Token)
        return Scenario(self.quoted(s[1]), like, lines, span=self.span(s[0], s[-1]))

    def given_line(self, c: Children) -> Givens:
        return Givens(tuple(c[1:-1:2]), span=self.span(c[0], c[-2]))

    def given(self, c: Children) -> Given:
        return self._given(c, 0)

    def given_no(self, c: Children) -> Given:
        return self._given(c, 1)

    def _given(self, c: Children, at: int) -> Given:
        comparator = value = on = begin = end = None
        for child in c[at + 1 :]:
            if type(child) is not Part:
                continue
            if child.value[0] == "when":
                _, on, begin, end = child.value
            else:
                _, comparator, value = child.value
        attributes = tuple(child for child in c if type(child) is GivenAttribute)
        span = self.span(c[0], c[-1])
        return Given(self.word(c[at]), at == 1, comparator, value, on, begin, end, attributes, span=span)

    def given_value(self, c: Children) -> Part:
        comparator = c[0].value if type(c[0]) is Part else None
        last = c[-1]
        value: Quantity | Word | DateText
        if type(last) is not Token:
            value = last
        elif last.type == "NUMBER":
            value = DateText(last.text, span=self.span(c[0], last))
        else:
            value = self._given_word(last)
        span = self.span(c[0], last)
        return Part(("value", comparator, value), span.start, span.end)

    def _given_word(self, token: Token) -> Word:
        return self.quoted(token) if token.type == "STRING" else self.word(token)

    def given_when(self, c: Children) -> Part:
        dates = {c[at].text: c[at + 1] for at in range(0, len(c), 2)}
        return Part(("when", dates.get("on"), dates.get("from"), dates.get("to")), c[0].start, c[-1].span.end)

    def year_date(self, c: Children) -> DateText:
        return DateText(c[1].text, span=self.span(c[0], c[1]))

    def given_with(self, c: Children) -> GivenAttribute:
        span = self.span(c[0], c[-1])
        if c[0].text == "by":
            return GivenAttribute(self.word(c[0]), self.quoted(c[1]), span=span)
        value = self._given_word(c[2]) if type(c[2]) is Token else c[2]
        return GivenAttribute(self.word(c[1]), value, c[4] if len(c) > 4 else None, span=span)

    def without_line(self, c: Children) -> Without:
        return Without(c[1].value, span=self.span(c[0], c[1]))

    def expect_line(self, c: Children) -> Expect:
        label = self.word(c[3]) if type(c[2]) is Token and c[2].type == "DOT" else None
        texts = [child.text for child in c[:-1] if type(child) is Token]
        provisional = "provisional" in texts
        because = text_of(c[-2]) if type(c[-2]) is Token else None
        expected = next(child for child in c if type(child) is Part)
        return Expect(self.word(c[1]), label, expected.value, provisional, because, span=self.span(c[0], c[-2]))

    def expected(self, c: Children) -> Part:
        return Part(" ".join([token.text for token in c]), c[0].start, c[-1].end)
