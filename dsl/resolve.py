"""Names and what they mean, and the list of problems: the state that one check carries along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, NoReturn, TypeAlias

from attrs import define, field, frozen

from . import ast, model
from .diagnostics import Diagnostic, Label, Severity
from .source import Source, Span
from .suggest import suggest
from .types import Typed

_KEYWORDS: Final = """
a absent after all allowed always and any apart applicable arm as assess assessment assume at attribute baseline because before
blinded by cases change closed code components condition count daily date day days decision define differs dose earlier early
eligibility else escalation event ever every exact exactly except exclusion expand expect exposure facts finding first for four
from give given grade group highest hour hours if improved in inclusion is its judgement keep known lab language last later latest
least levels library like lowest masked mean met minute minutes moments month months most nearest never no none not note numbering
observe observed of on one ongoing only open optimum or otherwise outcome part percent planned protocol provisional quote range
reach recorded registry remaining repeat replace rescreening review rise round rule scenario schedule score sentinel shift since
source step stop stopped sum taken termination text that the three times timezone title to twice unchanged unknown unless
unscheduled until up use version visit vital warn watch week weekly weeks when window with within without worse x year years
"""
KEYWORDS: Final = frozenset(_KEYWORDS.split())
"""Every word of the grammar; a test holds the list to `grammar.lark`."""
BUILT_IN: Final = frozenset({"age", "now"})
"""Names that mean something without being declared."""
_AFTER_A_NAME: Final = (
    "with except within on at ever since before after from to is differs taken unchanged stopped and or in if else not range improved worse"
    " assume"
)
FREE_FOR_ATTRIBUTES: Final = KEYWORDS - frozenset(_AFTER_A_NAME.split())
"""An attribute stands behind `with`, `its` or a fact's name: only a word that can go on there would be mistaken (`hours` is not)."""

NameKind: TypeAlias = Literal["fact", "moment", "definition"]
_SHOWN: Final = 60
_MAX_LOOKED_AT: Final = 20_000


@define
class HeaderTest:
    """A test stated once for all members of a group; `taken` once a member could take it."""

    test: ast.AttributeTest
    taken: bool = False


@define
class PlanNames:
    """What the plan of the study declares, for the places where it may be named.

    `visits`, `arms` and `doses` of all parts, by name; `here` are the visits that a date may name at this place (None: outside schedules);
    `outcome` tells that an outcome is at hand, so that there is a visit day, a baseline to compare with and a window of the visit.
    """

    visits: dict[str, Span] = field(factory=dict)
    arms: dict[str, Span] = field(factory=dict)
    doses: dict[str, Span] = field(factory=dict)
    here: frozenset[str] | None = None
    outcome: bool = False


@frozen
class Declared:
    """A name of the shared namespace, and where it was declared first."""

    kind: NameKind
    span: Span


class Context:
    """The state of one check: diagnostics, the namespace, and what surrounds the expression at hand."""

    def __init__(self, sources: Mapping[str, Source], *, root: str, lost: frozenset[str] = frozenset()) -> None:
        self.sources = sources
        self.root = root
        # Names said in lines that could not be read: perhaps their declarations are there, so they are not reported as unknown.
        self.lost = set(lost)
        self.diagnostics: list[Diagnostic] = []
        self.names: dict[str, Declared] = {}
        self.moments: dict[str, model.Moment] = {}
        self.facts: dict[str, model.Fact] = {}
        self.definitions: dict[str, model.Definition] = {}
        self.definitions_ready = False
        # A library may name moments that only the protocols which use it declare.
        self.free_moments = False
        # A scenario that expects a unit not to be convertible may say any.
        self.any_unit = False
        # Names of statements that were refused: what drops them later is not refused as well.
        self.refused: set[str] = set()
        self.looked_at = 0
        self.used: set[str] = set()
        self.uses: dict[str, frozenset[str]] = {}
        self.held: dict[str, list[Diagnostic]] = {}
        self.months: Literal["down", "up"] | None = None
        self.months_needed = True
        self.baseline: model.Moment | None = None
        self.at_hand: model.Fact | None = None
        self.header_tests: tuple[HeaderTest, ...] = ()
        self.header_excluded: tuple[ast.Word, ...] = ()
        self.labels: set[str] = set()
        self.reach_windows: dict[str, model.Window] = {}
        self.plan = PlanNames()
        # Dates, selections and conditions contain each other; the module that knows all of them hangs itself in here.
        self.evaluate: Callable[[Context, ast.Expr], Typed] = _not_hung
        self.to_condition: Callable[[Context, ast.Expr], model.Condition] = _not_hung
        self.select_day: Callable[[Context, ast.Selection], model.Selection | None] = _not_hung

    def take(self, protocol: model.Protocol) -> None:
        """Know the names of a protocol that is already checked."""
        self.facts, self.moments, self.definitions = dict(protocol.facts), dict(protocol.moments), dict(protocol.definitions)
        self.names.update({name: Declared("fact", node.span) for name, node in self.facts.items()})
        self.names.update({name: Declared("moment", node.span) for name, node in self.moments.items()})
        self.names.update({name: Declared("definition", node.span) for name, node in self.definitions.items()})
        self.definitions_ready = True

    def report(
        self, code: str, span: Span, message: str, help_: str = "", *more: Label, severity: Severity = "error", caption: str = ""
    ) -> None:
        """Add a problem; `more` are further places."""
        self.diagnostics.append(Diagnostic(code, message, (Label(span, caption), *more), help_, severity))

    def warn(self, code: str, span: Span, message: str, help_: str = "", *more: Label) -> None:
        """Add a warning: the file can be used as it is."""
        self.report(code, span, message, help_, *more, severity="warning")

    def words(self, span: Span) -> str:
        """What is written at a place, on one line and not too long, for messages."""
        source = self.sources.get(span.file)
        if source is None:
            return ""
        text = " ".join(source.text[span.start : span.end].split())
        return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"

    def declare(self, word: ast.Word, kind: NameKind) -> bool:
        """Take a name into the shared namespace; False (and a report) if it is reserved or taken."""
        if not self.allowed(word):
            self.lost.add(word.text)
            return False
        first = self.names.get(word.text)
        if first is not None:
            self.report(
                "TR031",
                word.span,
                f"`{word.text}` is declared twice",
                "facts, moments and definitions share one namespace: give one of them another name",
                Label(first.span, f"first declared here, as a {first.kind}"),
            )
            return False
        self.names[word.text] = Declared(kind, word.span)
        return True

    def allowed(self, word: ast.Word) -> bool:
        """Whether a name may be declared at all."""
        if word.text in KEYWORDS or word.text in BUILT_IN:
            self.report(
                "TR032", word.span, f"`{word.text}` is a word of the language and cannot be a name", f"say `{word.text}_` or a longer name"
            )
            return False
        return True

    def twice(self, span: Span, what: str, first: Span, help_: str) -> None:
        """Report what is said twice."""
        self.report("TR071", span, f"{what} is said twice", help_, Label(first, "first said here"))

    def unknown(self, word: ast.Word, what: str, candidates: Iterable[str], help_: str = "") -> None:
        """Report a name that nothing declares, with the nearest that something does."""
        if word.text not in self.lost:
            self.report("TR030", word.span, f"there is no {what} `{word.text}`", self.nearest(word.text, candidates) or help_)

    def nearest(self, text: str, candidates: Iterable[str]) -> str:
        """Help that names the nearest candidates, as long as looking for them does not take too long over the whole file."""
        known = tuple(candidates)
        self.looked_at += len(known)
        return near(text, known) if self.looked_at <= _MAX_LOOKED_AT else ""

    def fact(self, word: ast.Word) -> model.Fact | None:
        """The fact of that name; None (reported) if there is none."""
        found = self.facts.get(word.text)
        self.used.add(word.text)
        if found is None and word.text not in self.names:
            self.unknown(word, "fact", self.facts, "declare it in a `facts` block")
        elif found is None and self.names[word.text].kind != "fact":
            kind = self.names[word.text].kind
            self.report("TR044", word.span, f"`{word.text}` is a {kind}, and a fact is wanted here", "name a fact of a `facts` block")
        return found

    def moment(self, word: ast.Word) -> model.Moment | None:
        """The moment of that name; None (reported) if there is none."""
        found = self.moments.get(word.text)
        self.used.add(word.text)
        if found is None and word.text not in self.names:
            if self.free_moments:
                return None
            if word.text in self.plan.visits:
                self.report("TR059", word.span, f"`{word.text}` is a visit, not a moment", "name a moment of the `moments` block")
                return None
            self.unknown(word, "moment", self.moments, "declare it in the `moments` block")
        elif found is None and self.names[word.text].kind != "moment":
            kind = self.names[word.text].kind
            self.report("TR059", word.span, f"`{word.text}` is a {kind}, not a moment", f"name a moment, or say `the day of {word.text}`")
        return found


def near(text: str, candidates: Iterable[str]) -> str:
    """Help that names the nearest candidates, or nothing."""
    found = suggest(text, tuple(candidates))
    return "did you mean " + " or ".join(f"`{name}`" for name in found) + "?" if found else ""


def _not_hung(context: Context, _node: object) -> NoReturn:
    raise LookupError(f"the checker was not put together ({context.root})")
