"""Words for what can't be read: first the table of known mistakes, else what was expected, in the words of the language."""

from __future__ import annotations

import re
from typing import Final, Literal

from attrs import frozen

from ..limits import MAX_DEPTH
from ._syntax_hint import Hint
from ._syntax_hints import HINTS, QUOTES, SIGNS, UNIT_WORDS, WIDE
from ._syntax_hints_study import STUDY_HINTS
from .diagnostics import Diagnostic, Label
from .source import Source, Span
from .suggest import suggest

Trouble = Literal["token", "deeper", "no lines", "fits no line", "too deep"]

BLOCK_WORDS: Final = (
    "protocol", "library", "moments", "facts", "reach", "absent", "define", "inclusion", "exclusion", "not",
    "part", "arm", "schedule", "escalation", "outcome", "scenario",
)  # fmt: skip
LINE_WORDS: Final = (
    "title", "registry", "source", "timezone", "months", "baseline", "eligibility", "note", "text", "quote", "assume", "warn", "when",
    "cases", "given", "without", "expect", "components", "otherwise", "exactly", "known", "always", "never", "unknown",
    "dose", "closed", "visit", "repeat", "assess", "watch", "until", "early", "unscheduled", "rescreening", "levels", "sentinel", "observe",
    "group", "stop", "review", "replace",
)  # fmt: skip
SIGN_AT: Final = re.compile(r"&&?|\|\|?|==|<>|=<|=>|.", re.DOTALL)
TOLERANCE: Final = re.compile(r"(?:±|\+-)\s*(\d+(?: [a-z]+)?)")
WORD: Final = re.compile(r"[a-z]+")
WORD_BEHIND: Final = re.compile(r"[ \t]*([a-z][a-z0-9_]*)[ \t]*(?=$|\)|#|and\b|or\b)", re.MULTILINE)
# How a line begins that goes on with an expression.
GOES_ON: Final = re.compile(r"[-+*/^<>=≤≥≠,]|(?:and|or|is|in|to|of|on|at|with|except|within|since|before|after|differs|else|if)\b")

# What a terminal is called; words and signs of the language are quoted as they are.
TERMINALS: Final = {
    "NAME": "a name", "ID": "an id such as `I5`", "NUMBER": "a number", "STRING": "a text in double quotes", "UNIT": "a unit",
    "CODE": "a code", "SYSTEM": "a code system", "DATE": "a date", "ZONE": "a time zone such as `Asia/Shanghai`",
    "NL": "the end of the line",
    "VERSION": "a version", "INDENT": "indented lines", "COMMA": "`,`", "COLON": "`:`", "LPAR": "`(`", "RPAR": "`)`", "DOT": "`.`",
    "EQ": "`=`", "PLUS": "`+`", "MINUS": "`-`", "STAR": "`*`", "SLASH": "`/`", "CIRCUMFLEX": "`^`", "LE": "`<=`", "GE": "`>=`", "LT": "`<`",
    "GT": "`>`", "NE": "`!=`", "PLUS_MINUS": "`+-`", "AND_MARGIN": "`and`",
}  # fmt: skip
# Sets of terminals that have a name together: where all of `sample` is expected, `name` stands for everything in `covered`.
TOGETHER: Final = (
    ({"NAME", "NUMBER", "LPAR", "MINUS"}, "a condition or a number", {"DATE", "NAME", "ID", "NUMBER", "LPAR", "MINUS", "UNIT"}),
    ({"NAME", "NUMBER", "DATE"}, "a date", {"DATE", "NAME", "NUMBER"}),
    ({"LT", "GT"}, "a comparison", {"EQ", "LE", "GE", "LT", "GT", "NE"}),
)
LENGTHS: Final = {"MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"}
MAX_EXPECTED: Final = 6


@frozen
class Failure:
    """A place where reading stopped: where its line begins, the place, what stands there, and what could have stood there.

    `found` is empty at the end of a line; `parens` counts the parentheses open at the place (-1: one was closed that was never opened).
    """

    source: Source
    line: int
    at: int
    found: str
    expected: frozenset[str]
    keywords: dict[str, str]
    parens: int = 0
    trouble: Trouble = "token"


def explain(failure: Failure) -> Diagnostic:
    """The diagnostic of a failure: one sentence, one place, and the mend."""
    text = failure.source.text
    if failure.trouble != "token":
        return _explain_layout(failure)
    if failure.found.startswith('"') and (len(failure.found) == 1 or not failure.found.endswith('"')):
        return _tell(failure, "TR010", "this text has no closing quote", 'end it with `"` on the same line')
    if failure.parens < 0:
        return _tell(failure, "TR015", "this `)` closes nothing", "remove it, or open a parenthesis before it")
    if failure.parens > 0 and ("\n" in text[failure.line : failure.at] or not failure.found):
        opened = _open_paren(text[failure.line : failure.at]) + failure.line
        return _tell(failure, "TR014", "this `(` is not closed", "add the `)`", span=Span(failure.source.name, opened, opened + 1))
    return _explain_character(failure) or _explain_hint(failure) or _explain_word(failure)


def _tell(failure: Failure, code: str, message: str, help_: str = "", span: Span | None = None) -> Diagnostic:
    place = span or Span(failure.source.name, failure.at, failure.at + len(failure.found))
    return Diagnostic(code, message, (Label(place),), help_)


def _explain_layout(failure: Failure) -> Diagnostic:
    start, text = failure.at, failure.source.text
    end = text.find("\n", start)
    line = text[start : end if end != -1 else len(text)].split("#")[0].rstrip()
    span = Span(failure.source.name, start, start + len(line))
    match failure.trouble:
        case "deeper":
            message, mend = "this line is indented, but the line above opens no block", "indent it like the line above"
            if GOES_ON.match(line):
                mend = "if it goes on with the line above, put the whole expression in parentheses; else indent it like that line"
            return _tell(failure, "TR012", message, mend, span)
        case "no lines":
            message, mend = "this line needs indented lines below it", "indent the lines that belong to it by two spaces"
            return _tell(failure, "TR013", message, mend, span)
        case "fits no line":
            message, mend = "the indentation of this line fits no line above", "indent it like a line of the same block"
            return _tell(failure, "TR011", message, mend, span)
    return _tell(failure, "TR008", f"this is nested more than {MAX_DEPTH} deep", "give parts of it names with `define`", span)


def _open_paren(text: str) -> int:
    """Where the last parenthesis opens that is not closed."""
    opened: list[int] = []
    quoted = False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == "(" and not quoted:
            opened.append(at)
        elif character == ")" and not quoted and opened:
            opened.pop()
    return opened[-1] if opened else 0


def _explain_character(failure: Failure) -> Diagnostic | None:
    """Signs that the language does not have."""
    text, at = failure.source.text, failure.at
    character = text[at : at + 1]
    if character and character in QUOTES:
        return _tell(failure, "TR018", f"`{character}` does not quote", 'texts stand in straight double quotes: `"…"`')
    plain = WIDE.get(character) or (chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else None)
    if plain is not None:
        if plain == " ":
            return _tell(failure, "TR019", "a blank of another kind stands here", "write a plain blank")
        return _tell(failure, "TR019", f"`{character}` is a full-width sign", f"write `{plain}`")
    if character == "±" or text.startswith("+-", at) or (character == "-" and text[at - 1 : at] == "+"):
        if "WINDOW" in failure.expected:
            length = TOLERANCE.match(text, at)
            window = f"write `window +-{length.group(1) if length else '3 days'}`"
            return _tell(failure, "TR028", "a tolerance follows the word `window`", window)
        return _tell(failure, "TR017", "a tolerance can't be read here", "state both ends: `is 3 to 4`, or `within 3 days of …`")
    start = at - 1 if at and text[at - 1] in "=<&|" else at
    for begin in (start, at):
        sign = SIGN_AT.match(text, begin)
        mend = SIGNS.get(sign.group()) if sign else None
        if sign is not None and mend is not None and sign.end() > at:
            span = Span(failure.source.name, begin, sign.end())
            word = WORD_BEHIND.match(text, sign.end()) if sign.group() == "==" else None
            if word is not None:
                mend = f"is {word.group(1)}` for a word, `= …` for a number"
                return _tell(failure, "TR017", "`==` is not a sign of this language", f"write `{mend}", span)
            return _tell(failure, "TR017", f"`{sign.group()}` is not a sign of this language", f"write `{mend}`", span)
    return None


def _explain_hint(failure: Failure) -> Diagnostic | None:
    """The first known mistake that fits."""
    text, at, found = failure.source.text, failure.at, failure.found
    end = text.find("\n", at)
    begin = text.rfind("\n", 0, at) + 1
    before, after = text[begin:at].lstrip(" \t"), text[at + len(found) : end if end != -1 else len(text)]
    for known in (*STUDY_HINTS, *HINTS):
        groups = _fits(known, failure, before, after)
        if groups is not None:
            words = {"found": found, "lower": found.lower(), "upper": found.capitalize(), **groups}
            if known.needs == "MONTHS":
                words["word"] = UNIT_WORDS.get(found, found)
            return _tell(failure, known.code, known.message.format_map(words), known.help.format_map(words))
    return None


def _fits(known: Hint, failure: Failure, before: str, after: str) -> dict[str, str] | None:
    """The named groups of a hint's patterns where it fits the place."""
    if (known.needs and known.needs not in failure.expected) or (known.lacks and known.lacks in failure.expected):
        return None
    found = re.match(known.found, failure.found)
    left = re.search(known.before, before) if found else None
    right = re.match(known.after, after) if left else None
    if found is None or left is None or right is None:
        return None
    return {**left.groupdict(), **right.groupdict()}


def _explain_word(failure: Failure) -> Diagnostic:
    """Neither a known sign nor a known mistake: what was expected, and what was perhaps meant."""
    found = failure.found
    said = f"`{found}`" if found else "the end of the line"
    at_block = failure.line == failure.at and "DEDENT" not in failure.expected and "PROTOCOL" in failure.expected
    if at_block:
        near = suggest(found.lower(), BLOCK_WORDS)
        mend = f"did you mean `{near[0]}`?" if near else "a block begins with " + _listed([f"`{word}`" for word in BLOCK_WORDS])
        return _tell(failure, "TR016", f"{said} begins no block", mend)
    if found in failure.keywords and "NAME" in failure.expected:
        message = f"{said} is a word of the language, so it can't be a name"
        return _tell(failure, "TR020", message, f"choose another name, such as `{found}_`")
    words = [word for word, kind in failure.keywords.items() if kind in failure.expected]
    near = suggest(found.lower(), words) if len(found) > 3 and WORD.fullmatch(found.lower()) else ()
    if near:
        return _tell(failure, "TR001", f"{said} can't stand here", f"did you mean `{near[0]}`?")
    wanted = expected_words(failure.expected, failure.keywords)
    if not wanted:
        return _tell(failure, "TR001", f"{said} can't stand here")
    return _tell(failure, "TR001", f"expected {_listed(wanted)}, found {said}", _first_word(failure))


def _first_word(failure: Failure) -> str:
    """A line may go wrong because its first word is misspelled and was taken for a name."""
    first = WORD.match(failure.source.text, failure.line)
    if first is None or first.group() in failure.keywords or " " in failure.source.text[first.end() : failure.at].strip():
        return ""
    near = suggest(first.group(), LINE_WORDS) if len(first.group()) > 3 else ()
    return f"did you mean `{near[0]}` for `{first.group()}`?" if near else ""


def expected_words(expected: frozenset[str], keywords: dict[str, str]) -> list[str]:
    """What could stand at a place, in words: the general first, at most six."""
    left = set(expected) - {"DEDENT", "$END"}
    if left >= {"PLUS", "STAR"}:
        # Behind an operand nearly every word of the language could follow; only what ends it is told.
        ends = [TERMINALS[kind] for kind in ("NL", "RPAR", "COMMA", "COLON") if kind in left]
        return ["an operator", *(["a window"] if "WITHIN" in left else []), *ends]
    words = []
    for sample, name, covered in TOGETHER:
        if sample <= left:
            words.append(name)
            left -= covered
            if name != "a comparison":
                left &= TERMINALS.keys()
    if len(left & LENGTHS) > 3:
        words.append("a length such as `3 months`")
        left -= LENGTHS
    if "UNIT" in left:
        left -= {"NAME", "ID"}
    names = {kind: f"`{word}`" for word, kind in keywords.items()} | TERMINALS
    words += [names[kind] for kind in sorted(left, key=lambda kind: (kind not in TERMINALS, names.get(kind, ""))) if kind in names]
    return words if len(words) <= MAX_EXPECTED else [*words[: MAX_EXPECTED - 1], "another word"]


def _listed(words: list[str]) -> str:
    """A, B or C."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
