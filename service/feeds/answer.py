"""How a feed answers HTTP (RFC 9110), as a function of stored bytes and a few headers: 200, 304, with gzip or without, HEAD. Never 406."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from attrs import frozen

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
CACHE_CONTROL: Final = "private, no-cache"
_LEVEL: Final = 6
_ZIPPED: Final = "-gzip"
_CODING: Final = re.compile(r"\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+|\*)\s*(?:;\s*[qQ]\s*=\s*([0-9.]+)\s*)?")
_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


@frozen
class Stored:
    """A feed as it is kept: `etag` without quotes; `modified` in whole seconds."""

    content: bytes
    zipped: bytes
    etag: str
    modified: datetime


@frozen
class Answer:
    """Status, headers and body of a response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def stored(content: bytes, etag: str, modified: datetime) -> Stored:
    """Bytes with their gzip form, which is the same on every machine and at any time."""
    return Stored(content, gzip.compress(content, _LEVEL, mtime=0), etag.strip('"'), modified.replace(microsecond=0))


def answer(kept: Stored, method: str, asked: Mapping[str, str]) -> Answer:
    """The response to a GET or HEAD; `asked` has the headers of the request as in WSGI (`HTTP_IF_NONE_MATCH`)."""
    zipped = accepts_gzip(asked.get("HTTP_ACCEPT_ENCODING", "")) and len(kept.zipped) < len(kept.content)
    headers = {
        "ETag": f'"{kept.etag}{_ZIPPED if zipped else ""}"',
        "Last-Modified": format_datetime(kept.modified.astimezone(UTC), usegmt=True),
        "Cache-Control": CACHE_CONTROL,
        "Vary": "Accept-Encoding",
    }
    if unchanged(kept, asked.get("HTTP_IF_NONE_MATCH"), asked.get("HTTP_IF_MODIFIED_SINCE")):
        return Answer(304, headers, b"")
    body = kept.zipped if zipped else kept.content
    headers["Content-Type"] = CONTENT_TYPE
    headers["Content-Length"] = str(len(body))
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Answer(200, headers, b"" if method == "HEAD" else body)


def unchanged(kept: Stored, none_match: str | None, modified_since: str | None) -> bool:
    """Whether the asker has the present bytes, in either coding. If-None-Match wins over If-Modified-Since; what can't be read says no."""
    if none_match is not None:
        tags = {tag.removesuffix(_ZIPPED) for tag in _TAG.findall(none_match)}
        return kept.etag in tags or none_match.strip() == "*"
    if not modified_since:
        return False
    try:
        since = parsedate_to_datetime(modified_since)
    except (ValueError, TypeError, OverflowError):
        return False
    return since.tzinfo is not None and kept.modified <= since


def accepts_gzip(header: str) -> bool:
    """Whether gzip is welcome: named, or under `*`, and not with q=0."""
    weights: dict[str, float] = {}
    for part in header.split(",")[:20]:
        found = _CODING.fullmatch(part)
        if found is not None:
            weights[found[1].lower()] = _weight(found[2])
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        return float(text)
    except ValueError:
        return 0.0
