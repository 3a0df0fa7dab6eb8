"""A complete offline copy of a study: pages to read and JSON to verify, whole or not at all.

manifest.json      what this is, the head of the audit chain, the digest of every other file
index.html         where to begin
study.json         sites, roles, versions of the rules and where they are in force
rules/LABEL/…      the rule files as they were handed in
subjects/CODE.*    the subject's document; the page with decisions, signatures and trail
decisions/ID.json  the record (`trialrules/record/1`) and what its hash covers
audit.*            the chain
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from attrs import frozen
from django.db import connection, transaction
from django.template.loader import render_to_string

from ..._version import __version__
from ...canonical import Json, canonical_bytes, strict_json_loads
from .. import clock
from ..models.audit import AuditEntry
from ..models.decisions import Decision
from ..models.studies import RuleVersion, Study
from ..models.subjects import Subject
from ..work import audit, documents, overrides, replay, screening
from .examine import study_of
from .export_facts import study_facts
from .offline import MANIFEST, SCHEMA
from .trouble import OperationError

_VISIT_KEYS: Final = frozenset({"visit", "repeat", "series", "date", "status"})
_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@frozen
class Exported:
    """What was written: the head of the chain and the digest of the manifest, to be noted apart from the copy."""

    head: str
    manifest: str
    files: int
    subjects: int
    decisions: int


class _Copy:
    """The folder that is being written, and the digests of its files."""

    def __init__(self, folder: Path, *, blinded: bool) -> None:
        self.folder = folder
        self.blinded = blinded
        self.digests: dict[str, str] = {}

    def put(self, path: str, content: bytes) -> None:
        """Write a file."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.digests[path] = hashlib.sha256(content).hexdigest()

    def put_json(self, path: str, value: object) -> None:
        """Write canonical JSON, with a line's end."""
        self.put(path, canonical_bytes(value) + b"\n")

    def put_page(self, path: str, template: str, words: dict[str, object]) -> None:
        """Write a page."""
        whole = {"root": "../" * path.count("/"), "blinded": self.blinded, **words}
        self.put(path, render_to_string(f"trialrules/export/{template}.html", whole).encode("utf-8"))


def export(slug: str, output: Path, *, blinded: bool = False) -> Exported:
    """Write the copy into a folder that is not there yet, or empty. That it was made stands in the audit trail, and in the copy.

    Raises:
        OperationError: if there is no such study, or something stands at `output`.
    """
    study = study_of(slug)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise OperationError(f"{output}: there is something already; name a new folder")
    with transaction.atomic():
        audit.write("command line", "exported", f"study {slug}", study=study, new={"blinded": blinded})
    draft = output.with_name(f".{output.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        with _one_moment():
            made = _write(study, _Copy(draft, blinded=blinded))
        if output.exists():
            output.rmdir()
        draft.rename(output)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return made


@contextlib.contextmanager
def _one_moment() -> Iterator[None]:
    """All reads see the database as it is now, and nobody who writes waits for them."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def _write(study: Study, copy: _Copy) -> Exported:
    copy.put_json("study.json", study_facts(study))
    for version in RuleVersion.objects.filter(study=study):
        for path, text in version.files.items():
            copy.put(str(PurePosixPath("rules", file_name(version.label), path)), text.encode("utf-8"))
    rows = [_subject(copy, one) for one in Subject.objects.filter(study=study).select_related("site").order_by("code").iterator()]
    head, entries = _audit(copy, study)
    decisions = Decision.objects.filter(study=study).count()
    words: dict[str, Json] = {
        "schema": SCHEMA,
        "study": study.slug,
        "name": study.name,
        "made": clock.stamp(),
        "by": f"trialrules {__version__}",
        "blinded": copy.blinded,
        "head": head,
        "entries": entries,
        "subjects": len(rows),
        "decisions": decisions,
    }
    copy.put_page("index.html", "index", {**words, "rows": rows, "facts": study_facts(study)})
    manifest = canonical_bytes({**words, "files": copy.digests}) + b"\n"
    (copy.folder / MANIFEST).write_bytes(manifest)
    return Exported(head, hashlib.sha256(manifest).hexdigest(), len(copy.digests) + 1, len(rows), decisions)


def file_name(text: str) -> str:
    """A code or label as the name of a file, on any system; different ones stay different."""
    kept = "".join(letter if letter in _SAFE else f"~{ord(letter):x}~" for letter in text)
    return kept if not kept.startswith(".") else f"~2e~{kept[1:]}"


def _subject(copy: _Copy, subject: Subject) -> dict[str, object]:
    name = file_name(subject.code)
    document = _blinded(subject.document) if copy.blinded else subject.document
    told: dict[str, object] = {
        "schema": "trialrules/export-subject/1",
        "code": subject.code,
        "site": subject.site.code,
        "state": str(subject.state),
        "version": subject.version,
        "waivers": subject.waivers,
        "document": document,
        "salt": None if copy.blinded else subject.salt,
        "blinded": copy.blinded,
    }
    copy.put_json(f"subjects/{name}.json", told)
    records = []
    for decision in screening.history(subject):
        record = replay.record_of(decision)
        salts = replay.strict(decision.salts)
        rows = [row for one in overrides.of_decision(decision) for row in overrides.rows_hashed(one)]
        whole = {**record, "hashed": screening.hashed(decision), "salts": salts, "overrides_hashed": rows}
        copy.put_json(f"decisions/{decision.pk}.json", whole)
        records.append({**record, "value": screening.result_of(decision)})
    trail = AuditEntry.objects.filter(study=subject.study_id, target=f"subject {subject.code}").order_by("seq")
    words = {**told, "name": subject.code, "records": records, "trail": [_shown(one, copy) for one in trail], "file": f"{name}.json"}
    copy.put_page(f"subjects/{name}.html", "subject", {**words, "pretty": _pretty(document)})
    # The one that counts; a draft that was tried later is none.
    latest = next((one for one in records if not one["draft"]), records[0] if records else None)
    return {**told, "file": f"subjects/{name}.html", "latest": latest}


def _blinded(document: str) -> str:
    """A document without arm, doses and notes: whose record it is, and on which days visits were."""
    whole = documents.value_of(document)
    kept: dict[str, object] = {key: whole[key] for key in ("schema", "subject", "site", "patient") if key in whole}
    visits = whole.get("visits")
    if isinstance(visits, list):
        kept["visits"] = [{key: value for key, value in one.items() if key in _VISIT_KEYS} for one in visits if isinstance(one, dict)]
    return canonical_bytes(kept).decode("utf-8")


def _pretty(document: str) -> str:
    return json.dumps(json.loads(document), indent=2, ensure_ascii=False)


def _shown(entry: AuditEntry, copy: _Copy) -> dict[str, Json]:
    return audit.shown(entry, unblinded=not copy.blinded)


def _audit(copy: _Copy, study: Study) -> tuple[str, int]:
    """The chain, an entry a line; its head and its length."""
    lines: list[bytes] = []
    shown: list[dict[str, Json]] = []
    head = ""
    for entry in AuditEntry.objects.filter(study=study).select_related("study").order_by("seq").iterator(chunk_size=1000):
        lines.append(canonical_bytes(_raw(entry, copy)) + b"\n")
        shown.append(_shown(entry, copy))
        head = entry.hash
    copy.put("audit.jsonl", b"".join(lines))
    copy.put_page("audit.html", "audit", {"entries": shown, "study": study.slug, "head": head})
    return head, len(lines)


def _raw(entry: AuditEntry, copy: _Copy) -> dict[str, Json]:
    """An entry as it was hashed; one that a blinded reader may not see whole has its hash and no more than the rest."""
    told: dict[str, Json] = {name: getattr(entry, name) for name in audit.HASHED}
    told |= {"salts": replay.strict(entry.salts), "hash": entry.hash}
    if copy.blinded:
        masked = _shown(entry, copy)
        for name in ("old", "new"):
            text = str(told[name])
            if text and strict_json_loads(text) != masked[name]:
                # Without the salts nobody finds what is left out by trying.
                told |= {name: canonical_bytes(masked[name]).decode("utf-8"), "blinded": True, "salts": None}
    return told
