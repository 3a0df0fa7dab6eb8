"""What several verbs read in the same way: a rule file, patients, the day of assessment, moments, the ids of criteria."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from ..dsl import facade
from ..dsl.render import render_text
from ..engine.dates import PartialDate, parse_partial
from ..records.detect import read_patients
from ._console import colour_welcome
from ._outcome import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..dsl.model import Criterion, Protocol
    from ..engine.record import Patient
    from ..records.problems import PatientResult

STDIN = "-"


def load_protocol(path: Path) -> Protocol:
    """A protocol whose files have no errors.

    Raises:
        InputError: with the diagnostics, if there are errors, or if it is a library, which has no criteria.
    """
    result = facade.load(path)
    protocol = result.protocol
    if protocol is None:
        raise InputError(render_text(result.diagnostics, result.sources, colour=colour_welcome(sys.stderr)).rstrip())
    if protocol.kind == "library":
        raise InputError(f"{path}: this is a library, which has no criteria of its own; name the protocol that uses it.")
    return protocol


def read_day(text: str) -> PartialDate:
    """The day (or time) of assessment.

    Raises:
        InputError: if it is no day.
    """
    day = parse_partial(text.strip())
    if day is None:
        raise InputError(f"--on {text}: there is no such day; write it as 2026-03-02.")
    if not day.exact:
        raise InputError(f"--on {text}: the assessment is on one day; write it as 2026-03-02.")
    return day


def read_moments(texts: Sequence[str], protocol: Protocol) -> dict[str, PartialDate]:
    """The moments of `--moment NAME=DATE`.

    Raises:
        InputError: if one is misspelt, unknown or given twice.
    """
    found: dict[str, PartialDate] = {}
    for text in texts:
        name, equals, day_text = (part.strip() for part in text.partition("="))
        if not equals:
            raise InputError(f"--moment {text}: write it as --moment screening=2026-03-02.")
        if name not in protocol.moments:
            raise InputError(f"--moment {text}: {protocol.name} has no moment `{name}`; {_hint(name, protocol.moments)}")
        day = parse_partial(day_text)
        if day is None:
            raise InputError(f"--moment {text}: there is no such day; write it as {name}=2026-03-02.")
        if name in found:
            raise InputError(f"--moment {text}: `{name}` is given twice.")
        found[name] = day
    return found


def with_moments(patient: Patient, moments: Mapping[str, PartialDate]) -> Patient:
    """The patient with moments added that the record lacks; what the record says stands."""
    return evolve(patient, moments={**moments, **patient.moments}) if moments else patient


def find_criteria(ids: Sequence[str], protocol: Protocol) -> tuple[Criterion, ...]:
    """Criteria by id, capital or small, in the order asked for.

    Raises:
        InputError: if there is no such criterion.
    """
    known = {criterion.id.upper(): criterion for criterion in protocol.criteria}
    found: dict[str, Criterion] = {}
    for one in ids:
        criterion = known.get(one.strip().upper())
        if criterion is None:
            names = [criterion.id for criterion in protocol.criteria]
            raise InputError(f"{protocol.name} has no criterion `{one}`; {_hint(one.upper(), names)}")
        found[criterion.id] = criterion
    return tuple(found.values())


def find_part(name: str | None, protocol: Protocol) -> str | None:
    """The part of the study that `--part` names.

    Raises:
        InputError: if there is no such part.
    """
    if name is None:
        return None
    parts = () if protocol.study is None else tuple(protocol.study.parts)
    if not parts:
        raise InputError(f"--part {name}: {protocol.name} has no parts.")
    if name not in parts:
        raise InputError(f"--part {name}: {protocol.name} has no such part; {_hint(name, parts)}")
    return name


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names)}."


def patients_of(sources: Sequence[str], protocol: Protocol, now: PartialDate, *, strict: bool) -> Iterator[PatientResult]:
    """The patients of all sources, in order; `-` is standard input."""
    if sources.count(STDIN) > 1:
        raise InputError("--patient -: standard input can be read once.")
    for source in sources:
        data = sys.stdin.buffer.read() if source == STDIN else Path(source)
        yield from read_patients(data, protocol, now, strict=strict)
