"""Answers as JSON (one object, or an array of them), JSON lines, and CSV."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from ..canonical import canonical_bytes, canonical_number
from ..engine.decision_json import decision_to_json
from ..engine.explain import sentence
from ..engine.explain_reasons import reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..canonical import Json
    from ..engine.explain_words import Lang
    from ..records.problems import PatientResult
    from ._answer import Answer

ERROR_SCHEMA = "trialrules/error/1"
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answer_json(answer: Answer, lang: Lang) -> dict[str, Json]:
    """The decision; where some criteria were asked for, only these."""
    value = decision_to_json(answer.decision, answer.advice, lang)
    if answer.shown:
        wanted = {one.criterion.id for one in answer.shown}
        criteria = value["criteria"]
        if isinstance(criteria, list):
            value["criteria"] = [one for one in criteria if isinstance(one, dict) and one["id"] in wanted]
    return value


def error_json(result: PatientResult) -> dict[str, Json]:
    """A patient whose record can't be used."""
    problems: list[Json] = [
        {"code": each.code, "message": each.message, "where": str(each.where), "help": each.help or None} for each in result.problems
    ]
    return {"schema": ERROR_SCHEMA, "origin": result.origin, "problems": problems}


def indented(value: Json, depth: int = 0) -> str:
    """JSON for people: keys in the order in which they were made, numbers exact."""
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict) and value:
        body = ",\n".join(f"{inner}{_scalar(key)}: {indented(part, depth + 1)}" for key, part in value.items())
        return f"{{\n{body}\n{outer}}}"
    if isinstance(value, list) and value:
        body = ",\n".join(f"{inner}{indented(part, depth + 1)}" for part in value)
        return f"[\n{body}\n{outer}]"
    return _scalar(value)


def _scalar(value: Json) -> str:
    if isinstance(value, Decimal):
        return canonical_number(value)
    return canonical_bytes(value).decode("utf-8")


class JsonRenderer:
    """One object for one patient, an array for many; patients are written as they come."""

    def __init__(self, lang: Lang, *, many: bool) -> None:
        self.lang = lang
        self.many = many
        self.count = 0

    def begin(self) -> Iterable[str]:
        return ("[\n",) if self.many else ()

    def end(self) -> Iterable[str]:
        return ("\n]\n",) if self.many else ("\n",)

    def patient(self, answer: Answer) -> Iterator[str]:
        yield from self._one(answer_json(answer, self.lang))

    def broken(self, result: PatientResult) -> Iterator[str]:
        yield from self._one(error_json(result))

    def _one(self, value: dict[str, Json]) -> Iterator[str]:
        yield ",\n" if self.count else ""
        self.count += 1
        yield indented(value)


class JsonLinesRenderer:
    """One canonical line a patient."""

    def __init__(self, lang: Lang, *, many: bool) -> None:
        self.lang = lang
        self.many = many

    def begin(self) -> Iterable[str]:
        return ()

    def end(self) -> Iterable[str]:
        return ()

    def patient(self, answer: Answer) -> Iterator[str]:
        yield canonical_bytes(answer_json(answer, self.lang)).decode("utf-8") + "\n"

    def broken(self, result: PatientResult) -> Iterator[str]:
        yield canonical_bytes(error_json(result)).decode("utf-8") + "\n"


class CsvRenderer:
    """One row a patient: the decision, then each criterion's verdict in its own column."""

    def __init__(self, lang: Lang, *, many: bool) -> None:
        self.lang = lang
        self.many = many
        self.begun = False

    def begin(self) -> Iterable[str]:
        return ()

    def end(self) -> Iterable[str]:
        return ()

    def patient(self, answer: Answer) -> Iterator[str]:
        decision = answer.decision
        criteria = answer.shown or decision.criteria
        if not self.begun:
            self.begun = True
            yield _row(["patient", "as_of", "decision", "provisional", "sentence", *(one.criterion.id for one in criteria), "reasons"])
        yield _row(
            [
                decision.patient,
                str(decision.now),
                decision.decision,
                "true" if decision.provisional else "false",
                sentence(decision, self.lang),
                *(one.verdict for one in criteria),
                " | ".join(reason.text for reason in reasons(decision, answer.advice, self.lang)),
            ]
        )

    def broken(self, result: PatientResult) -> Iterable[str]:  # noqa: ARG002 - the interface; stderr has told
        return ()


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe is put before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()
