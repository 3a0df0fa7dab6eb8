"""Facts: kinds, clauses, groups, and the blocks that set reach and absence for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal, cast

from attrs import define, evolve, field

from . import ast, model, units
from .check_attributes import check_attribute, dose
from .check_numbers import read_length, read_number, read_unit
from .check_selections import check_test
from .resolve import Context
from .types import JUDGEMENT_WORDS, a_kind, gives

SYSTEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LOINC": "http://loinc.org",
        "SNOMED": "http://snomed.info/sct",
        "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
        "ATC": "http://www.whocc.no/atc",
        "ICD-10": "http://hl7.org/fhir/sid/icd-10",
        "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    }
)
_CLAUSE_KINDS: Final[Mapping[type, tuple[str, frozenset[str]]]] = MappingProxyType(
    {
        ast.RangeClause: ("a range of values", model.NUMBER_KINDS),
        ast.BridgeClause: ("an identity between units", model.NUMBER_KINDS),
        ast.AbsenceClause: ("`absent unless recorded`", model.PRESENCE_KINDS | {"group"}),
        ast.OngoingClause: ("`ongoing for`", model.INTERVAL_KINDS),
        ast.ReachClause: ("`reach`", (model.VALUE_KINDS | model.PRESENCE_KINDS | {"group"}) - {"attribute"}),
        ast.WithClause: ("an attribute", (model.VALUE_KINDS | model.PRESENCE_KINDS)),
        ast.CodesClause: ("codes", (model.VALUE_KINDS | model.PRESENCE_KINDS | {"attribute"})),
    }
)
_KEYS: Final[Mapping[type, str]] = MappingProxyType(
    {
        ast.RangeClause: "range",
        ast.AbsenceClause: "`absent unless recorded`",
        ast.OngoingClause: "`ongoing for`",
        ast.ReachClause: "`reach`",
    }
)
_UNIT_KINDS: Final = model.NUMBER_KINDS | {"exposure"}


@define
class Parts:
    """What the clauses of one fact say, while they are read."""

    attributes: dict[str, model.Attribute] = field(factory=dict)
    titles: dict[str, str] = field(factory=dict)
    notes: list[str] = field(factory=list)
    bridges: list[model.Bridge] = field(factory=list)
    codes: list[model.Code] = field(factory=list)
    excluded: list[model.Code] = field(factory=list)
    low: Fraction | None = None
    high: Fraction | None = None
    absence: ast.AbsenceClause | None = None
    reach: ast.ReachClause | None = None
    ongoing: ast.OngoingClause | None = None


Settings = dict[tuple[str, str], ast.ReachClause | ast.AbsenceClause]


def collect_settings(ctx: Context, blocks: Iterable[ast.Settings], declared: Mapping[str, ast.Fact]) -> Settings:
    """The clause that each name gets from `reach` and `absent unless recorded` blocks; a protocol's overrule a library's."""
    found: Settings = {}
    for block in blocks:
        for row in block.rows:
            for word in row.names:
                if word.text not in declared:
                    ctx.unknown(word, "fact", declared, "declare it in a `facts` block")
                    continue
                key = (block.kind, word.text)
                before = found.get(key)
                if before is not None and before.span.file == row.clause.span.file:
                    ctx.twice(word.span, f"the {_said(block.kind)} of `{word.text}`", before.span, "keep one of them")
                found[key] = row.clause
                _fits(ctx, row.clause, declared[word.text], word)
    return found


def _said(kind: str) -> str:
    return "reach" if kind == "reach" else "absence"


def check_facts(ctx: Context, declared: Mapping[str, ast.Fact], settings: Settings) -> None:
    """Build all facts into `ctx.facts`: groups after their members."""
    for name, node in declared.items():
        if node.type.kind != "group":
            ctx.facts[name] = _fact(ctx, node, settings)
    waiting = {name: node for name, node in declared.items() if node.type.kind == "group"}
    while waiting:
        ready = [name for name, node in waiting.items() if not any(word.text in waiting for word in node.type.words)]
        for name in ready or list(waiting):
            node = waiting.pop(name)
            if not ready:
                ctx.report(
                    "TR073", node.name.span, f"the group `{name}` is its own member, by way of others", "leave one of the groups out"
                )
                continue
            group = _group(ctx, node, settings)
            if group is not None:
                ctx.facts[name] = group


def _fact(ctx: Context, node: ast.Fact, settings: Settings) -> model.Fact:
    kind = node.type.kind
    name = node.name.text
    parts = _clauses(ctx, node)
    unit = None
    if node.type.unit is not None:
        unit = read_unit(ctx, node.type.unit)
        if kind not in _UNIT_KINDS:
            ctx.report(
                "TR072",
                node.type.unit.span,
                f"`{name}` is {_article(kind)} {kind}, which has no unit",
                "give the unit to an attribute: `with NAME in UNIT`",
            )
        elif kind == "exposure" and unit is not None:
            if "dose" in parts.attributes:
                ctx.twice(parts.attributes["dose"].span, f"the dose of `{name}`", node.type.unit.span, "`exposure in UNIT` declares it")
            parts.attributes = {"dose": dose(unit, node.type.unit.span), **parts.attributes}
    if kind == "grade" and parts.low is None:
        ctx.report("TR072", node.type.span, f"`{name}` is a grade, and its range is missing", "say it: `grade 0 to 4`")
    words = JUDGEMENT_WORDS if kind == "judgement" else tuple(word.text for word in node.type.words)
    _check_words(ctx, node.type.words)
    reach, reach_assumed = _reach(ctx, settings.get(("reach", name), parts.reach))
    absence = cast("ast.AbsenceClause | None", settings.get(("absent", name), parts.absence))
    value_unit = unit if kind in model.NUMBER_KINDS else None
    _check_bridges(ctx, node, value_unit, parts)
    fact = model.Fact(
        name,
        cast("model.FactKind", kind),
        node.title or name.replace("_", " "),
        parts.titles,
        value_unit,
        value_unit.text if value_unit is not None else None,
        words,
        parts.low,
        parts.high,
        tuple(parts.bridges),
        tuple(parts.codes),
        tuple(parts.excluded),
        parts.attributes,
        absence is not None,
        absence.assume if absence is not None else None,
        reach,
        reach_assumed,
        None,
        (),
        tuple(parts.notes),
        span=node.name.span,
    )
    return fact if parts.ongoing is None else _with_ongoing(ctx, fact, parts.ongoing)


def _with_ongoing(ctx: Context, fact: model.Fact, clause: ast.OngoingClause) -> model.Fact:
    unless = None if clause.unless is None else check_test(ctx, clause.unless, fact)
    ongoing = model.Ongoing(read_length(ctx, clause.length), unless, clause.assume)
    return evolve(fact, ongoing=ongoing)


def _check_words(ctx: Context, words: tuple[ast.Word, ...]) -> None:
    seen: dict[str, ast.Word] = {}
    for word in words:
        if word.text in {"not", "one", "recorded"}:
            ctx.allowed(word)
        first = seen.setdefault(word.text, word)
        if first is not word:
            ctx.twice(word.span, f"the word `{word.text}`", first.span, "say each word once")


def _reach(ctx: Context, clause: ast.ReachClause | ast.AbsenceClause | None) -> tuple[model.Length | Literal["ever"] | None, str | None]:
    if not isinstance(clause, ast.ReachClause):
        return None, None
    return ("ever" if clause.length is None else read_length(ctx, clause.length)), clause.assume


# ---------------------------------------------------------------- clauses


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"


def _fits(ctx: Context, clause: ast.FactClause, node: ast.Fact, place: ast.Word | None = None) -> bool:
    """Whether the kind of fact takes such a clause; reports it otherwise."""
    known = _CLAUSE_KINDS.get(type(clause))
    kind = node.type.kind
    if known is None or kind in known[1]:
        return True
    span = clause.span if place is None else place.span
    ctx.report(
        "TR072",
        span,
        f"`{node.name.text}` is {_article(kind)} {kind}, which takes no clause such as {known[0]}",
        f"it belongs to {', '.join(sorted(known[1]))}",
    )
    return False


def _clauses(ctx: Context, node: ast.Fact) -> Parts:
    parts = Parts()
    seen: dict[str, ast.FactClause] = {}
    for clause in node.clauses:
        key = _KEYS.get(type(clause))
        if key is not None:
            first = seen.setdefault(key, clause)
            if first is not clause:
                ctx.twice(clause.span, f"the {key} of `{node.name.text}`", first.span, "keep one of them")
        if _fits(ctx, clause, node):
            _clause(ctx, node, clause, parts)
    return parts


def _clause(ctx: Context, node: ast.Fact, clause: ast.FactClause, parts: Parts) -> None:
    match clause:
        case ast.Text():
            if clause.kind == "title" and clause.lang is not None:
                parts.titles[clause.lang] = clause.text
            else:
                parts.notes.append(clause.text)
        case ast.RangeClause():
            parts.low, parts.high = read_range(ctx, clause.low, clause.high, clause)
        case ast.AbsenceClause():
            parts.absence = clause
        case ast.ReachClause():
            parts.reach = clause
        case ast.OngoingClause():
            parts.ongoing = clause
        case ast.CodesClause():
            system = SYSTEMS.get(clause.system.text, clause.system.text)
            parts.codes += [_code(system, word.text) for word in clause.codes]
            parts.excluded += [_code(system, word.text) for word in clause.excluded]
        case ast.BridgeClause():
            bridge = _bridge(ctx, clause)
            if bridge is not None:
                parts.bridges.append(bridge)
        case ast.WithClause():
            attribute = check_attribute(ctx, clause, node)
            if attribute is not None and attribute.name in parts.attributes:
                first = parts.attributes[attribute.name].span
                ctx.twice(clause.name.span, f"the attribute `{attribute.name}`", first, "keep one of them")
            elif attribute is not None:
                parts.attributes[attribute.name] = attribute


def read_range(ctx: Context, low: ast.Amount, high: ast.Amount, clause: ast.RangeClause | ast.WithClause) -> tuple[Fraction, Fraction]:
    """The bounds of a range, in order."""
    first, last = (read_number(ctx, side.number, side.span) * (-1 if side.negative else 1) for side in (low, high))
    if first > last:
        ctx.report("TR077", clause.span, f"`{ctx.words(clause.span)}` runs from high to low", "say the lower bound first")
        return last, first
    return first, last


def _code(system: str, text: str) -> model.Code:
    return model.Code(system, text.removesuffix("*"), text.endswith("*"))


def _bridge(ctx: Context, clause: ast.BridgeClause) -> model.Bridge | None:
    left_value = read_number(ctx, clause.left.number, clause.left.span)
    right_value = read_number(ctx, clause.right.number, clause.right.span)
    sides = [None if side.unit is None else read_unit(ctx, side.unit) for side in (clause.left, clause.right)]
    left, right = sides
    if left is None or right is None:
        return None
    if units.with_molar(left_value, left, right_value, right) is None:
        ctx.report(
            "TR072",
            clause.span,
            f"`{ctx.words(clause.span)}` does not join two units that cannot be converted by themselves",
            "an identity holds between two dimensions, as `1 mg/dL = 88.4 umol/L`, with numbers above zero",
        )
        return None
    return model.Bridge(left_value, left, right_value, right)


def _check_bridges(ctx: Context, node: ast.Fact, unit: units.Unit | None, parts: Parts) -> None:
    """Each identity has the fact's own unit on one side; otherwise no value could ever use it."""
    for bridge in parts.bridges:
        if node.type.unit is not None and unit is None:
            return
        if unit is None or unit.dimension not in {bridge.left.dimension, bridge.right.dimension}:
            said = f"in `{unit.text}`" if unit is not None else "a plain number"
            message = f"`{node.name.text}` is declared {said}, which is on neither side of the identity"
            place = next(clause.span for clause in node.clauses if isinstance(clause, ast.BridgeClause))
            ctx.report("TR034", place, message, "declare the fact in one of the two units")


# ---------------------------------------------------------------- groups of facts


def _group(ctx: Context, node: ast.Fact, settings: Settings) -> model.Fact | None:
    name = node.name.text
    parts = _clauses(ctx, node)
    members: list[model.Fact] = []
    for word in node.type.words:
        fact = ctx.fact(word)
        if fact is not None:
            members += fact.members or (fact,)
    if not members:
        return None
    first = members[0]
    for fact, word in zip(members, node.type.words, strict=False):
        if _shape(fact) != _shape(first):
            message = f"`{fact.name}` is {_shape_words(fact)}, and `{first.name}` is {_shape_words(first)}"
            ctx.report("TR073", word.span, message, "the members of a group are of one kind, with one unit or the same words")
            return None
    reach, reach_assumed = _group_reach(ctx, node, parts, members, settings)
    absence = cast("ast.AbsenceClause | None", settings.get(("absent", name), parts.absence))
    absent = absence is not None or all(member.absent_unless_recorded for member in members)
    assumed = absence.assume if absence is not None else first.absence_assumed if absent else None
    return model.Fact(
        name,
        "group",
        node.title or name.replace("_", " "),
        parts.titles,
        first.unit,
        first.unit_text,
        first.words,
        first.low,
        first.high,
        first.bridges,
        attributes=_shared_attributes(members),
        absent_unless_recorded=absent,
        absence_assumed=assumed,
        reach=reach,
        reach_assumed=reach_assumed,
        members=tuple(dict.fromkeys(members)),
        notes=tuple(parts.notes),
        span=node.name.span,
    )


def _shape(fact: model.Fact) -> tuple[object, ...]:
    unit = fact.unit
    return fact.kind, fact.words, None if unit is None else (unit.dimension, unit.factor)


def _shape_words(fact: model.Fact) -> str:
    said = f" in `{fact.unit.text}`" if fact.unit is not None else f" of `{', '.join(fact.words)}`" if fact.words else ""
    return f"{a_kind(fact)}{said}"


def _group_reach(
    ctx: Context, node: ast.Fact, parts: Parts, members: list[model.Fact], settings: Settings
) -> tuple[model.Length | Literal["ever"] | None, str | None]:
    """A group's own reach, else the one that all members have."""
    own = settings.get(("reach", node.name.text), parts.reach)
    if own is not None:
        return _reach(ctx, own)
    first = members[0]
    if all(member.reach == first.reach for member in members):
        return first.reach, first.reach_assumed
    if gives(first, None) != "presence":
        ctx.report(
            "TR073",
            node.name.span,
            f"the members of `{node.name.text}` have different reaches, and the group states none",
            f"give the group its own: `{node.name.text} … group of … reach 7 days`",
        )
    return None, None


def _shared_attributes(members: list[model.Fact]) -> dict[str, model.Attribute]:
    """Attributes that every member declares alike; their words are put together."""
    first, *others = members
    shared = {}
    for name, attribute in first.attributes.items():
        alike = [member.attributes.get(name) for member in others]
        if all(other is not None and other.kind == attribute.kind and _unit_key(other) == _unit_key(attribute) for other in alike):
            words = dict.fromkeys([*attribute.words, *(word for other in alike if other is not None for word in other.words)])
            shared[name] = attribute if tuple(words) == attribute.words else evolve(attribute, words=tuple(words))
    return shared


def _unit_key(attribute: model.Attribute) -> tuple[str, Fraction] | None:
    return None if attribute.unit is None else (attribute.unit.dimension, attribute.unit.factor)
