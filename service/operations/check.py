"""Looking at a service that has just started, from outside: over HTTP, as somebody who comes with a one-time link."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from http.cookiejar import CookieJar
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from attrs import frozen
from django.urls import NoReverseMatch, reverse

from ..work import demo
from .server import Way

_SECONDS: Final = 60
_LOOKED_AT: Final = ("worklist", "rules", "soa", "board")
"""Pages of each study that are fetched with a coordinator's eyes."""
_INPUT: Final = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r"""\b(name|value|type)=(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")


@frozen
class Line:
    """One thing looked at."""

    what: str
    well: bool
    detail: str


class _Visitor:
    """Somebody with a browser: keeps cookies, follows where he is sent."""

    def __init__(self, url: str) -> None:
        self._url = url
        # No proxy of the environment stands between this machine and itself.
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def get(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, text and where the way ended."""
        data = None if form is None else urlencode(form).encode("ascii")
        request = Request(self._url + path, data=data, headers={"Origin": self._url, "Referer": self._url + path})  # noqa: S310 - our own address
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return answer.status, answer.read().decode("utf-8", "replace"), answer.url
        except HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace"), path
        except URLError as error:
            return 0, str(error.reason), path


def look(url: str, ways: Sequence[Way]) -> list[Line]:
    """Fetch /healthz; with a demonstration go in by a coordinator's link, and look at the pages of each study."""
    visitor = _Visitor(url)
    lines = [_line("/healthz", visitor.get("/healthz"), "ok")]
    way = next((one for one in ways if one.username == "coordinator"), None)
    if way is not None:
        lines += _in_by_link(visitor, way)
        lines += _pages(visitor)
    return lines


def _in_by_link(visitor: _Visitor, way: Way) -> Iterable[Line]:
    status, text, _ = visitor.get(way.path)
    if status != 200:
        return [Line("one-time link", False, f"status {status}")]
    password = secrets.token_urlsafe(18)
    form = {}
    for field in _INPUT.findall(text):
        said = {name: one or two or three for name, one, two, three in _ATTRIBUTE.findall(field)}
        if "name" in said:
            form[said["name"]] = password if said.get("type") == "password" else said.get("value", "")
    status, _, _ = visitor.get(way.path, form)
    again, _, _ = visitor.get(way.path)
    return [
        Line("one-time link", status == 200, f"status {status} after the password was chosen"),
        Line("one-time link, again", again == 404, f"status {again}, as it works once"),
    ]


def _pages(visitor: _Visitor) -> Iterable[Line]:
    for slug in demo.STUDIES:
        for name in _LOOKED_AT:
            try:
                path = reverse(name, kwargs={"study": slug})
            except NoReverseMatch:
                yield Line(f"{name} of {slug}", False, "there is no such address")
                continue
            yield _line(path, visitor.get(path), "<h1")


def _line(what: str, found: tuple[int, str, str], needed: str) -> Line:
    status, text, ended = found
    well = status == 200 and needed in text and urlsplit(ended).path == what
    return Line(what, well, f"{len(text)} characters" if well else f"status {status} at {ended}")
