"""Where a text stands in what is kept of a subject, and how all of that reads with a tombstone in its place. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from uuid import UUID

from attrs import frozen

from ...canonical import Json, JsonProblem, canonical_bytes, canonical_number, strict_json_loads
from ...dsl.model import Protocol
from .. import clock, record, seals, tombstones
from ..models.audit import AuditEntry
from ..models.decisions import Decision, SignatureVoid
from ..models.overrides import Override, OverrideMark
from ..models.subjects import Subject
from . import documents, overrides, rules, screening
from .outcome import refuse

Path = tuple[str | int, ...]
_PATIENT: Final = frozenset({"facts", "sex"})
_TOLD: Final = frozenset({"facts", "fact", "sex", "reference"})
"""Of what an entry tells: recorded facts, where any text may stand, and the document of an override."""
_COURSE: Final = frozenset({"records", "end"})
_SAID: Final = frozenset({"source", "reason", "by", "id"})
"""Of a fact: what people write beside the value."""
_NAMED: Final = frozenset({"reason", "by", "title"})
"""Of visits and the end: what people write. The rest has forms of its own, and doses and arms are not for everybody's eyes."""


@frozen
class RowChange:
    """A guarded row with tombstones: its texts, and what stands beside them. `swaps`: the column, and its digests before and after."""

    table: str
    key: str | UUID
    name: str
    values: Mapping[str, str]
    swaps: tuple[tuple[str, seals.Swap], ...]


@frozen
class Redacted:
    """What is kept of a subject, with the tombstone. `digests`: digests of data that no longer hold, and those that do."""

    document: str
    rows: tuple[RowChange, ...]
    places: tuple[str, ...]
    digests: Mapping[str, str]


@frozen
class _Pen:
    """Puts a tombstone in the place of a text."""

    text: str
    stone: str

    def plain(self, text: str) -> str:
        """A text."""
        return text.replace(self.text, self.stone)

    def within(self, value: Json, free: Callable[[Path], bool], at: Path = ()) -> Json:
        """A value with texts at places that are `free`.

        Raises:
            RefusedError: if the text stands there in a name or a number, which takes no tombstone.
        """
        if isinstance(value, dict):
            for key in value:
                if self.text in key and free((*at, key)):
                    raise _stuck((*at, key))
            return {key: self.within(item, free, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.within(item, free, (*at, number)) for number, item in enumerate(value)]
        if isinstance(value, str):
            return self.plain(value) if free(at) else value
        if value is not None and not isinstance(value, bool) and self.text in canonical_number(value) and free(at):
            raise _stuck(at)
        return value

    def json(self, text: str, free: Callable[[Path], bool]) -> str:
        """Canonical JSON text."""
        value = strict_json_loads(text)
        return canonical_bytes(self.within(value, free)).decode("utf-8") if isinstance(value, dict | list) else text


def _stuck(at: Path) -> Exception:
    where = "/".join(map(str, at))
    return refuse(
        "redaction-stuck", 409, "The text also stands in a name or a number, which takes no tombstone.", "Correct that fact first.", where
    )


# ---------------------------------------------------------------- what is free text


def _in_snapshot(at: Path) -> bool:
    return at[:1] != () and at[0] in _PATIENT


def _in_document(at: Path) -> bool:
    if at[:1] == ("patient",):
        return _in_snapshot(at[1:])
    return len(at) > 1 and at[0] in documents.COURSE and "doses" not in at and at[-1] in _NAMED


def _in_entry(at: Path) -> bool:
    return at[:1] != () and (at[0] in _TOLD or (at[0] in _COURSE and "doses" not in at and at[-1] in _NAMED))


def _in_result(at: Path) -> bool:
    # That an answer with tombstones is the one that the record with tombstones gives, is looked at besides.
    return at[:1] != ("patient",)


# ---------------------------------------------------------------- all of a subject


def redacted(subject: Subject, text: str, number: int) -> Redacted:
    """Everything about a subject with the tombstone of a redaction in the place of a text.

    Raises:
        RefusedError: if the text stands nowhere, or something would be said otherwise without it.
    """
    pen = _Pen(text, tombstones.tombstone(number))
    document = _document(subject, pen)
    places = [] if document == subject.document else ["document"]
    rows, digests = [], {}
    for decision in Decision.objects.filter(subject=subject).select_related("rule_version").order_by("created", "pk"):
        change = _decision(decision, pen)
        if change is not None:
            rows.append(change)
            digests[decision.data_sha256] = change.values["data_sha256"]
    rows += [change for entry in _entries(subject) if (change := _entry(entry, pen)) is not None]
    for override in Override.objects.filter(decision__subject=subject).order_by("created", "pk"):
        rows += [change for change in (_override(override, pen), *(_mark(one, pen) for one in _marks(override))) if change is not None]
    for void in SignatureVoid.objects.filter(signature__decision__subject=subject).order_by("created", "pk"):
        if text in void.why:
            rows.append(RowChange("trialrules_signaturevoid", void.pk, f"void {void.pk}", {"why": pen.plain(void.why)}, ()))
    places += [one.name for one in rows]
    if not places:
        raise refuse("text-unknown", 422, "The text stands nowhere in the free texts of this subject.", "Copy it exactly.", "text")
    return Redacted(document, tuple(rows), tuple(places), {old: new for old, new in digests.items() if old != new})


def _marks(override: Override) -> Iterator[OverrideMark]:
    return OverrideMark.objects.filter(override=override).order_by("created", "pk").iterator()


def _entries(subject: Subject) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(study=subject.study_id, target=f"subject {subject.code}").order_by("seq").iterator(chunk_size=500)


def _document(subject: Subject, pen: _Pen) -> str:
    """The document, with the rest of it byte for byte; the rules in force must say of it what they said."""
    before = documents.value_of(subject.document)
    after = pen.within(before, _in_document)
    document = subject.document
    for path, value in _differences(before, after, ()):
        document = documents.put(document, path, value)
    if document == subject.document:
        return document
    _, protocol = screening.protocol_for(subject)
    for number, fact in enumerate(documents.facts_of(subject.document)):
        _no_value(fact, pen, protocol, f"patient/facts/{number}")
    documents.subject_of(document, protocol, clock.day(subject.site.timezone))
    old, new = documents.snapshot_of(subject.document), documents.snapshot_of(document)
    _must_agree(pen, rules_of=protocol, old=old, new=new, as_of=screening.day_of(subject))
    return document


def _no_value(fact: Json, pen: _Pen, protocol: Protocol, where: str) -> None:
    """What is recorded of a declared fact may be read by the rules one day, though no decision hangs on it yet: it is corrected instead.

    In older decisions and entries, that may say what was corrected since, it takes a tombstone where the answer stays the same.
    """
    declared = protocol.facts.get(str(fact.get("fact"))) if isinstance(fact, dict) else None
    if declared is None or not isinstance(fact, dict):
        return
    for key, value in fact.items():
        if (key not in _SAID or key in declared.attributes) and pen.text in canonical_bytes(value).decode("utf-8"):
            raise _changes(f"The text stands in a value that the rules may read: `{key}` of {declared.name}.", f"{where}/{key}")


def _changes(message: str, where: str = "text") -> Exception:
    mend = "A value is corrected, not redacted: correct the fact first, then ask again; or name less of the text."
    return refuse("redaction-changes", 409, message, mend, where)


def _differences(before: Json, after: Json, at: Path) -> Iterator[tuple[Path, Json]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from _differences(value, after[key], (*at, key))
    elif isinstance(before, list) and isinstance(after, list):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, (*at, number))
    elif before != after:
        yield at, after


def _must_agree(pen: _Pen, *, rules_of: Protocol, old: bytes, new: bytes, as_of: str, stored: str = "") -> None:
    """The record with tombstones must give the answer with tombstones, byte for byte: no verdict may hang on what is taken out."""
    before, after = record.compute(rules_of, old, as_of), record.compute(rules_of, new, as_of)
    if isinstance(before, record.Computed) and isinstance(after, record.Computed):
        told = before.result()
        same = stored in ("", told) or screening.verdicts_in(stored) == screening.verdicts_in(told)
        if same and pen.json(told, _in_result) == after.result():
            return
    raise _changes(f"Without the text the rules would say something else of the data as of {as_of}.")


def _decision(decision: Decision, pen: _Pen) -> RowChange | None:
    snapshot = pen.json(decision.snapshot, _in_snapshot)
    values = {"snapshot": snapshot, "result": pen.json(decision.result, _in_result), "reason": pen.plain(decision.reason)}
    values["data_sha256"] = decision.data_sha256 if snapshot == decision.snapshot else record.sha256(snapshot)
    change = _row("decision", "trialrules_decision", decision, seals.name_of_decision(decision.pk), values)
    if change is not None:
        old, new = decision.snapshot.encode("utf-8"), snapshot.encode("utf-8")
        protocol = rules.protocol_of(decision.rule_version)
        _must_agree(pen, rules_of=protocol, old=old, new=new, as_of=decision.as_of, stored=decision.result)
    return change


def _entry(entry: AuditEntry, pen: _Pen) -> RowChange | None:
    values = {name: pen.json(getattr(entry, name), _in_entry) for name in ("old", "new")} | {"reason": pen.plain(entry.reason)}
    return _row("entry", "trialrules_auditentry", entry, seals.name_of_entry(entry.seq), values)


def _override(override: Override, pen: _Pen) -> RowChange | None:
    values = {"reason": pen.plain(override.reason), "reference": pen.plain(override.reference)}
    if len(values["reference"]) > overrides.MAX_REFERENCE:
        raise refuse("redaction-long", 409, "The document of an override would be too long with the tombstone.", "Name more of it.", "text")
    return _row("override", "trialrules_override", override, seals.name_of_override(override.pk), values)


def _mark(mark: OverrideMark, pen: _Pen) -> RowChange | None:
    return _row("mark", "trialrules_overridemark", mark, seals.name_of_override(mark.pk), {"reason": pen.plain(mark.reason)})


def _row(
    kind: seals.Kind, table: str, row: AuditEntry | Decision | Override | OverrideMark, name: str, values: dict[str, str]
) -> RowChange | None:
    """The change of a hashed row; None where nothing of it differs. New texts get new salts, and the salts of the old ones go."""
    differing = [column for column in seals.FREE[kind] if getattr(row, column) != values[column]]
    if not differing:
        return None
    salts = seals.salts_of(row.salts)
    if salts is None:
        raise refuse("record-broken", 409, "A stored row is not what was written.", "Run `trialrules audit verify`.")
    swaps = []
    for column in differing:
        before, salts[column] = seals.column_digest(getattr(row, column), salts[column]), seals.new_salt()
        swaps.append((column, seals.Swap(before, seals.column_digest(values[column], salts[column]))))
    return RowChange(table, row.pk, name, {**values, "salts": seals.salts_text(salts)}, tuple(swaps))


def answer(text: str, found: Redacted, stored: str, number: int) -> str:
    """An answer that was given to a program, with the tombstone and the digests that hold now."""
    pen = _Pen(text, tombstones.tombstone(number))
    value = strict_json_loads(stored)
    if isinstance(value, JsonProblem):
        return stored
    whole = canonical_bytes(_all_texts(pen, value)).decode("utf-8")
    for old, new in found.digests.items():
        whole = whole.replace(old, new)
    return whole


def _all_texts(pen: _Pen, value: Json) -> Json:
    if isinstance(value, dict):
        return {pen.plain(key): _all_texts(pen, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_all_texts(pen, item) for item in value]
    return pen.plain(value) if isinstance(value, str) else value
