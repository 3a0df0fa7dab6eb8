"""Results of examples as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What XML 1.0 cannot hold in any spelling.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@frozen
class Case:
    """One example: its name, its place, and what went wrong (nothing: it holds)."""

    name: str
    place: str
    problems: tuple[str, ...]


def junit(suites: Iterable[tuple[str, Sequence[Case]]]) -> bytes:
    """The XML of named suites. There are no times in it: equal results give equal bytes."""
    root = ET.Element("testsuites")
    tests = failures = 0
    for name, cases in suites:
        failed = sum(bool(case.problems) for case in cases)
        tests, failures = tests + len(cases), failures + failed
        suite = ET.SubElement(root, "testsuite", name=_clean(name), tests=str(len(cases)), failures=str(failed), errors="0", skipped="0")
        for case in cases:
            file, line = _file_and_line(case.place)
            element = ET.SubElement(suite, "testcase", classname=_clean(name), name=_clean(case.name), file=_clean(file), line=line)
            if case.problems:
                ET.SubElement(element, "failure", message=_clean(case.problems[0])).text = _clean("\n".join(case.problems))
    root.set("tests", str(tests))
    root.set("failures", str(failures))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _file_and_line(place: str) -> tuple[str, str]:
    file, _, rest = place.rpartition(":")
    before, _, line = file.rpartition(":")
    return (before, line) if rest.isdecimal() and line.isdecimal() else (place, "1")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
