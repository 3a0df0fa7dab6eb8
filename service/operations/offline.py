"""Verifying an offline copy: with the copy alone. Neither database nor Django is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import field, frozen

from ...canonical import Json, strict_json_loads
from .. import record, seals

SCHEMA: Final = "trialrules/export/1"
MANIFEST: Final = "manifest.json"
ENTRY: Final = ("key", "study_id", "seq", "at", "actor", "action", "target", "old", "new", "reason", "prev_hash")
"""What the hash of an entry of the audit trail covers."""
_OF_OVERRIDES: Final = frozenset({"criterion", "printed_name", "role", "reason", "reference", "created", "zone"})
"""What is shown of an override and its marks as it was hashed."""


@frozen
class Offline:
    """What verifying a copy found. `blinded`: entries whose contents are left out, so that only their place in the chain is verified."""

    study: str
    head: str
    manifest: str
    entries: int
    decisions: int
    blinded: int
    faults: tuple[str, ...]


class NoCopyError(Exception):
    """The folder is no offline copy."""


@frozen
class _Chain:
    """What the trail of the copy says."""

    head: str = ""
    entries: int = 0
    blinded: int = 0
    records: dict[str, str] = field(factory=dict)
    documents: dict[str, str] = field(factory=dict)
    swaps: seals.Swaps = field(factory=dict)
    overrides: dict[str, str] = field(factory=dict)


def verify(folder: Path, *, replay: bool = True) -> Offline:
    """Verify the files, the chain, the records, the signatures, the documents; with `replay` come to every decision again.

    Raises:
        NoCopyError: if there is no manifest.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise NoCopyError(f"{folder}: no {MANIFEST} can be read there; this is no export") from error
    manifest = _object(content)
    files = manifest.get("files")
    if manifest.get("schema") != SCHEMA or not isinstance(files, dict):
        raise NoCopyError(f"{folder / MANIFEST}: this is no {SCHEMA}")
    faults = list(_files(folder, files))
    chain, found = _chain(folder / "audit.jsonl")
    faults += found
    if chain.head != manifest.get("head") or chain.entries != manifest.get("entries"):
        faults.append("audit: the chain does not end where the manifest says")
    decisions = 0
    overridden: set[str] = set()
    for path in sorted((folder / "decisions").glob("*.json")):
        decisions += 1
        stored = _read(path)
        faults += [f"decision {path.stem}: {why}" for why in (*_decision(stored, chain, again=replay), *_overrides(stored, chain))]
        overridden |= _override_rows(stored).keys()
    faults += [f"override {number}: it is missing" for number in sorted(chain.overrides.keys() - overridden)]
    if decisions != manifest.get("decisions"):
        faults.append(f"decisions: {decisions} are there, {manifest.get('decisions')} were exported")
    for path in sorted((folder / "subjects").glob("*.json")):
        faults += [f"subject {path.stem}: {why}" for why in _subject(_read(path), chain)]
    sha256 = hashlib.sha256(content).hexdigest()
    return Offline(str(manifest.get("study")), chain.head, sha256, chain.entries, decisions, chain.blinded, tuple(faults))


def _read(path: Path) -> dict[str, Json]:
    try:
        return _object(path.read_bytes())
    except OSError:
        return {}


def _object(content: bytes) -> dict[str, Json]:
    found = strict_json_loads(content.decode("utf-8", "replace"))
    return found if isinstance(found, dict) else {}


def _files(folder: Path, files: dict[str, Json]) -> Iterator[str]:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for path in sorted(files.keys() - there):
        yield f"{path}: the file is missing"
    for path in sorted(there - files.keys()):
        yield f"{path}: the file was not exported"
    for path in sorted(files.keys() & there):
        if hashlib.sha256((folder / path).read_bytes()).hexdigest() != files[path]:
            yield f"{path}: the file is not what was exported"


def _chain(path: Path) -> tuple[_Chain, list[str]]:
    head, entries, blinded, faults = "", 0, 0, []
    records: dict[str, str] = {}
    told: dict[str, str] = {}
    overrides: dict[str, str] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        lines = []
    swaps = seals.gathered(str(one.get("new")) for one in map(_object, lines) if one.get("action") == seals.ACTION)
    for line in lines:
        entry = _object(line)
        entries += 1
        hidden = entry.get("blinded") is True
        blinded += hidden
        if entry.get("seq") != entries:
            why = "the entry is missing"
        elif entry.get("prev_hash") != head:
            why = "the entry does not follow the one before it"
        elif not all(name in entry for name in ENTRY) or (not hidden and _hash(entry, swaps) != entry.get("hash")):
            why = "the entry is not what was written"
        else:
            why = ""
        if why:
            faults.append(f"audit: entry {entries}: {why}")
            break
        head = str(entry["hash"])
        new = _object(str(entry["new"]).encode("utf-8"))
        if "record" in new and "decision" in new and entry["action"] in {"decided", "draft tried"}:
            records[str(new["decision"])] = str(new["record"])
        if str(entry["action"]).startswith("override "):
            overrides[str(new.get("mark", new.get("override")))] = str(new.get("record"))
        if "document" in new:
            told[str(entry["target"])] = str(new["document"])
    return _Chain(head, entries, blinded, records, told, swaps, overrides), faults


def _hash(entry: dict[str, Json], swaps: seals.Swaps) -> str:
    row = seals.name_of_entry(entry["seq"])
    return seals.row_hash("entry", row, {name: entry[name] for name in ENTRY}, _salts(entry), swaps)


def _salts(told: dict[str, Json]) -> dict[str, str] | None:
    salts = told.get("salts")
    return {name: str(salt) for name, salt in salts.items()} if isinstance(salts, dict) else None


def _decision(stored: dict[str, Json], chain: _Chain, *, again: bool) -> Iterator[str]:
    hashed = stored.get("hashed")
    row = seals.name_of_decision(stored.get("id"))
    if not isinstance(hashed, dict) or seals.row_hash("decision", row, hashed, _salts(stored), chain.swaps) != stored.get("record_hash"):
        yield "the record is not what was written"
        return
    if chain.records.get(str(stored.get("id"))) != stored.get("record_hash"):
        yield "the audit trail has another record, or none"
    shown = (
        "snapshot",
        "result",
        "as_of",
        "data_sha256",
        "rules_sha256",
        "reason",
        "created",
        "decision",
        "provisional",
        "draft",
        "role",
        "zone",
    )
    rules = stored.get("rules")
    beside = {**stored, "rules_sha256": rules.get("sha256") if isinstance(rules, dict) else None}
    yield from (f"{name} is not what the record's hash covers" for name in shown if beside.get(name) != hashed.get(name))
    signature = stored.get("signature")
    if isinstance(signature, dict) and signature.get("record_hash") != stored.get("record_hash"):
        yield "the signature is of another record"
    if again:
        found = record.replay(stored)
        if not found.agrees:
            yield found.why


def _override_rows(stored: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """Overrides and their marks by id, with all that their hashes cover."""
    rows = stored.get("overrides_hashed")
    found = [one for one in rows if isinstance(one, dict) and isinstance(one.get("values"), dict)] if isinstance(rows, list) else []
    return {str(_values(one).get("id")): one for one in found}


def _values(row: dict[str, Json]) -> dict[str, Json]:
    found = row.get("values")
    return found if isinstance(found, dict) else {}


def _overrides(stored: dict[str, Json], chain: _Chain) -> Iterator[str]:
    """What is wrong with the overrides of a decision: the hashed rows by the trail, what is shown by the rows."""
    rows = _override_rows(stored)
    for number, row in rows.items():
        kind: seals.Kind = "override" if row.get("kind") == "override" else "mark"
        found = seals.row_hash(kind, seals.name_of_override(number), _values(row), _salts(row), chain.swaps)
        if found != chain.overrides.get(number):
            yield f"override {number} is not what the audit trail vouches for"
    shown = stored.get("overrides")
    for one in shown if isinstance(shown, list) else []:
        for told in (one, one.get("countersigned"), one.get("withdrawn")) if isinstance(one, dict) else ():
            if isinstance(told, dict):
                number = str(told.get("id"))
                values = _values(rows.pop(number, {}))
                covered = sorted(told.keys() & _OF_OVERRIDES)
                yield from (f"override {number}: {name} is not what its hash covers" for name in covered if told[name] != values.get(name))
    yield from (f"override {number} is not shown" for number in rows)


def _subject(told: dict[str, Json], chain: _Chain) -> Iterator[str]:
    kept = chain.documents.get(f"subject {told.get('code')}")
    if told.get("blinded") is True:
        return
    document = told.get("document")
    if kept is None or not isinstance(document, str) or seals.column_digest(document, str(told.get("salt"))) != kept:
        yield "the document is not what the audit trail vouches for"
