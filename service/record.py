"""A decision as a record that stands for itself, and coming to it again from that record alone: no database, no Django."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version as version_of
from typing import Final

from attrs import evolve, frozen

from .._version import __version__
from ..canonical import Json, JsonProblem, canonical_bytes, strict_json_loads
from ..dsl import facade, model
from ..engine.advise import advise
from ..engine.dates import parse_partial
from ..engine.decide import screen
from ..engine.decision_json import decision_to_json
from ..engine.outcome import Advice, Decision
from ..engine.record import Patient
from ..records.detect import read_patients
from ..records.problems import InputProblem

SCHEMA: Final = "trialrules/record/1"
"""The schema of a decision record: rules, data, day and answer in one object."""
_MOST_PLACES: Final = 10


def sha256(text: str) -> str:
    """The digest of a text; of a snapshot, which is canonical JSON, it is that of the value."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@frozen(eq=False)
class Computed:
    """An answer: the engine's values."""

    patient: Patient
    decision: Decision
    advice: Advice

    def result(self) -> str:
        """The answer as canonical JSON, as it is stored; made at each call, which takes longer than deciding."""
        return canonical_bytes(decision_to_json(self.decision, self.advice, "en")).decode("utf-8")


@frozen
class Replay:
    """What coming to a decision again gave. `why` is empty where it `agrees`; `result` is the new answer, if there is one.

    `redacted`: what was taken out of the record since, a line each; compared is what is left.
    """

    agrees: bool
    why: str
    stored: str
    result: str = ""
    redacted: tuple[str, ...] = ()


def compute(protocol: model.Protocol, snapshot: bytes, as_of: str) -> Computed | tuple[InputProblem, ...]:
    """Decide for a patient's record as of a day; the problems of the record, if it can't be used."""
    now = parse_partial(as_of)
    if now is None:
        raise ValueError(f"{as_of} is no day")
    read = next(iter(read_patients(snapshot, protocol, now)))
    if read.patient is None:
        return read.problems
    decision = screen(protocol, read.patient, now)
    return Computed(read.patient, decision, advise(protocol, read.patient, decision))


def versions(protocol: model.Protocol) -> dict[str, Json]:
    """What besides rules and data an answer could hang on."""
    return {
        "engine": __version__,
        "language": protocol.language,
        "tzdata": version_of("tzdata"),
        "dateutil": version_of("python-dateutil"),
    }


def replay(record: Mapping[str, Json]) -> Replay:
    """Come to the decision of a record again and compare byte for byte. Nothing is raised for any record."""
    return evolve(_again(record), redacted=tuple(_redactions(record.get("redactions"))))


def _redactions(told: Json) -> Iterator[str]:
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict):
            yield f"{one.get('redaction')}, asked for by {one.get('asked_by')}, approved by {one.get('approved_by')}, {one.get('at')}"


def _again(record: Mapping[str, Json]) -> Replay:
    stored = record.get("result")
    rules, snapshot, as_of = record.get("rules"), record.get("snapshot"), record.get("as_of")
    if record.get("schema") != SCHEMA or not isinstance(stored, str) or not isinstance(snapshot, str) or not isinstance(as_of, str):
        return Replay(False, f"this is no {SCHEMA}", "")
    main, files = (rules.get("main"), rules.get("files")) if isinstance(rules, dict) else (None, None)
    if not isinstance(rules, dict) or not isinstance(main, str) or not isinstance(files, dict):
        return Replay(False, "the record has no rules", stored)
    texts = {path: text for path, text in files.items() if isinstance(text, str)}
    protocol = facade.load_texts(main, texts).protocol
    if protocol is None or protocol.sha256 != rules.get("sha256"):
        return Replay(False, "the rules are not those whose hash the record has", stored)
    if sha256(snapshot) != record.get("data_sha256"):
        return Replay(False, "the data are not those whose hash the record has", stored)
    if parse_partial(as_of) is None:
        return Replay(False, f"{as_of[:40]} is no day", stored)
    found = compute(protocol, snapshot.encode("utf-8"), as_of)
    if not isinstance(found, Computed):
        return Replay(False, "the data can't be read", stored)
    result = found.result()
    if result == stored:
        return Replay(True, "", stored, result)
    made_with = record.get("engine")
    why = "the answer differs" if made_with == __version__ else f"made with {made_with}, and this is {__version__}: the answer differs"
    return Replay(False, why, stored, result)


def differences(found: Replay) -> tuple[str, ...]:
    """Where a new answer is not the stored one: at most ten places, by path; none where they agree or there is no new one."""
    old, new = strict_json_loads(found.stored), strict_json_loads(found.result or found.stored)
    if isinstance(old, JsonProblem) or isinstance(new, JsonProblem):
        return ()
    places = list(_paths(old, new, ""))
    more = [f"and {len(places) - _MOST_PLACES} more"] if len(places) > _MOST_PLACES else []
    return (*places[:_MOST_PLACES], *more)


def _paths(old: object, new: object, at: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _paths(old.get(key), new.get(key), f"{at}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _paths(one, other, f"{at}/{place}")
    elif old != new:
        yield f"{at or '/'}: stored {_short(old)}, now {_short(new)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
