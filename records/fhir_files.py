"""FHIR files: a bundle, a list of resources, lines of resources or bundles, a folder of NDJSON by resource type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..canonical import JsonProblem, strict_json_loads
from .fhir import FhirReader
from .json_stream import BadJsonError, Cursor
from .problems import NOT_JSON, InputProblem, PatientResult, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..engine.dates import PartialDate
    from .fhir_codes import Fhir
    from .files import Input
    from .vocabulary import Vocabulary


class FhirFiles:
    """Reads FHIR input for one protocol; patients come as soon as nothing more can belong to them."""

    def __init__(self, vocabulary: Vocabulary, now: PartialDate | None, *, strict: bool) -> None:
        self._vocabulary = vocabulary
        self._now = now
        self._strict = strict

    def _reader(self, file: str) -> FhirReader:
        return FhirReader(self._vocabulary, file, self._now, strict=self._strict)

    def read_text(self, text: str, file: str) -> Iterator[PatientResult]:
        """The patients of one JSON document: a Bundle, one resource, or a list of either."""
        reader = self._reader(file)
        cursor = Cursor(text)
        try:
            if cursor.peek() == "[":
                for index, resource in enumerate(cursor.elements()):
                    take(reader, resource, f"/{index}")
            else:
                _stream_document(cursor, reader)
            cursor.finish()
        except BadJsonError as error:
            # What was read before is incomplete: nobody can say what the rest would have told.
            problem = InputProblem(NOT_JSON, error.problem.message, Place(file, line=error.problem.line))
            yield PatientResult(None, (problem,), str(problem.where))
            return
        yield from reader.results()

    def read_lines(self, inputs: list[Input], name: str) -> Iterator[PatientResult]:
        """The patients of NDJSON files read together: resources of any order, or whole bundles, which stand for themselves."""
        reader = self._reader(name)
        saw_resources = False
        for one in inputs:
            for line in one.lines():
                resource: Fhir = None if isinstance(line, InputProblem) else strict_json_loads(line[1])
                if isinstance(line, InputProblem):
                    reader.problems.extend((line,))
                elif isinstance(resource, JsonProblem):
                    reader.problems.add(NOT_JSON, resource.message, Place(one.name, line=line[0]))
                elif isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
                    bundle = self._reader(str(Place(one.name, line=line[0])))
                    take(bundle, resource, "")
                    yield from bundle.results()
                    continue
                else:
                    reader.add(resource, where=str(Place(one.name, line=line[0])))
                saw_resources = True
        if saw_resources:
            yield from reader.results()


def take(reader: FhirReader, resource: Fhir, where: str) -> None:
    """Add a resource, or what a Bundle holds."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Bundle":
        reader.add(resource, where=where)
        return
    _take_links(reader, resource)
    entries = resource.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        _take_entry(reader, entry, f"{where}/entry/{index}")


def _stream_document(cursor: Cursor, reader: FhirReader) -> None:
    """A Bundle entry by entry, so that a large one never stands in memory as a whole; or a single resource."""
    frame: dict[str, Fhir] = {}
    for key in cursor.members():
        if key == "entry" and cursor.peek() == "[":
            for index, entry in enumerate(cursor.elements()):
                _take_entry(reader, entry, f"/entry/{index}")
        else:
            frame[key] = cursor.value()
    if frame.get("resourceType") == "Bundle":
        _take_links(reader, frame)
    else:
        reader.add(frame)


def _take_links(reader: FhirReader, bundle: dict[str, Fhir]) -> None:
    links = bundle.get("link")
    if any(isinstance(link, dict) and link.get("relation") == "next" for link in (links if isinstance(links, list) else ())):
        reader.more_pages = True


def _take_entry(reader: FhirReader, entry: Fhir, where: str) -> None:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    request = entry.get("request") if isinstance(entry, dict) else None
    deleted = isinstance(request, dict) and request.get("method") == "DELETE"
    if resource is None or deleted:
        return
    full_url = entry.get("fullUrl")
    reader.add(resource, full_url if isinstance(full_url, str) else None, where)
