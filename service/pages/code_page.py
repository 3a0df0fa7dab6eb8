"""The page of a diagnostic's code, from the text that `trialrules explain-code` shows too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen
from django.views.decorators.http import require_safe

from ...dsl.catalog import pages, title_of
from ..work.outcome import not_found
from .answers import page
from .plan_answers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

    from ...canonical import Json

SCHEMA: Final = "trialrules/code/1"
_CODE: Final = re.compile(r"`([^`]+)`")


@frozen
class Part:
    """A part of a page: `head`, `text` or `sample`; a text is pieces of words and code in turn."""

    kind: str
    text: str

    @property
    def pieces(self) -> tuple[tuple[bool, str], ...]:
        """Whether a piece is code, and the piece."""
        return tuple((at % 2 == 1, piece) for at, piece in enumerate(_CODE.split(self.text)) if piece)


def parts(text: str) -> Iterator[Part]:
    """The parts of a page as these pages are written: headings, paragraphs of one line, samples between fences."""
    sample: list[str] | None = None
    for line in text.splitlines():
        if line.startswith("```"):
            if sample is not None:
                yield Part("sample", "\n".join(sample))
            sample = [] if sample is None else None
        elif sample is not None:
            sample.append(line)
        elif line.startswith("#"):
            if not line.startswith("# "):
                yield Part("head", line.lstrip("# "))
        elif line.strip():
            yield Part("text", line)


@page
@require_safe
def code_page(request: HttpRequest, code: str) -> HttpResponse:
    """What a code means, an example, and the mend; English, as in the documentation."""
    known = pages()
    if code not in known:
        raise not_found("code")
    text = known[code].read_text(encoding="utf-8")
    title = title_of(code, text)

    def twin() -> Json:
        return {"schema": SCHEMA, "code": code, "title": title, "text": text}

    return shown(request, "code.html", {"code": code, "title": title, "parts": tuple(parts(text))}, twin)
