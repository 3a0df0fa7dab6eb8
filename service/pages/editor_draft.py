"""The text in work: what the editor's form sent, else the version that is opened, else a beginning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ... import limits
from ..work import rules
from ..work.outcome import refuse

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ...dsl.facade import LoadResult
    from .answers import StudyRequest

_NEW_RULES: Final = 'protocol my_study version 0.1 language 1\n  title "My study"\n\ninclusion I1 "18 years or older"\n  age >= 18 years\n'
_NEW_MAIN: Final = "study.rules"


@frozen
class Draft:
    """`source` and `examples` as they were written; `files` are those of the version with the label `version`, main file and all."""

    main: str
    source: str
    examples: str
    version: str
    files: Mapping[str, str]

    def loaded(self) -> LoadResult:
        """The text with the files of its version, checked."""
        return rules.check(self.main, {**self.files, self.main: self.source})

    @property
    def examples_name(self) -> str:
        """What the file of examples is called."""
        return rules.examples_name(self.main)

    @property
    def handed_in(self) -> dict[str, str]:
        """All files, as a version takes them."""
        return {**self.files, self.main: self.source, self.examples_name: self.examples}

    @property
    def changed(self) -> bool:
        """Whether it differs from the version that was opened."""
        stored = self.files.get(self.main, _NEW_RULES), self.files.get(self.examples_name, "")
        return (self.source, self.examples) != stored

    def laid_out(self, text: str) -> Draft:
        """The same with another source."""
        return evolve(self, source=text)


def draft_of(asked: StudyRequest, request: HttpRequest) -> Draft:
    """The text that a request is about.

    Raises:
        RefusedError: if it is larger than a rule file may be, or there is no such version.
    """
    given = request.POST if request.method == "POST" else request.GET
    label = given.get("version", "")
    version = rules.find(asked.user, asked.study, label) if label else rules.newest(asked.study)
    main, files = (_NEW_MAIN, {}) if version is None else (version.main, version.files)
    source = _sent(request, "source", files.get(main, _NEW_RULES))
    examples = _sent(request, "examples", files.get(rules.examples_name(main), ""))
    return Draft(main, source, examples, "" if version is None else version.label, files)


def _sent(request: HttpRequest, name: str, stored: str) -> str:
    """A text of the form; browsers send lines that end in CR LF."""
    text = request.POST.get(name) if request.method == "POST" else None
    if text is None:
        return stored
    if len(text.encode("utf-8", "replace")) > limits.MAX_FILE_BYTES:
        raise refuse("too-large", 413, f"A rule file has at most {limits.MAX_FILE_BYTES} bytes.", "Split it into libraries.", name)
    return text.replace("\r\n", "\n")
