"""The response of a feed as a function of bytes and headers."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from trialrules.service.feeds.answer import accepts_gzip, answer, stored

MADE = datetime(2026, 3, 2, 4, 0, 7, 123456, tzinfo=UTC)
CONTENT = b"BEGIN:VCALENDAR\r\n" + b"X:1\r\n" * 200 + b"END:VCALENDAR\r\n"
KEPT = stored(CONTENT, '"abc"', MADE)


def test_a_first_fetch_gets_everything():
    found = answer(KEPT, "GET", {})
    assert (found.status, found.body) == (200, CONTENT)
    assert found.headers == {
        "ETag": '"abc"',
        "Last-Modified": "Mon, 02 Mar 2026 04:00:07 GMT",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Length": str(len(CONTENT)),
    }


def test_gzip_has_an_etag_of_its_own_and_the_same_content():
    found = answer(KEPT, "GET", {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd"})
    assert found.headers["Content-Encoding"] == "gzip"
    assert found.headers["ETag"] == '"abc-gzip"'
    assert int(found.headers["Content-Length"]) == len(found.body) < len(CONTENT)
    assert gzip.decompress(found.body) == CONTENT
    assert stored(CONTENT, '"abc"', MADE + timedelta(days=1)).zipped == KEPT.zipped


def test_what_gzip_makes_larger_is_sent_plain():
    small = stored(b"x", '"s"', MADE)
    assert "Content-Encoding" not in answer(small, "GET", {"HTTP_ACCEPT_ENCODING": "gzip"}).headers


def test_head_tells_the_length_and_sends_nothing():
    found = answer(KEPT, "HEAD", {})
    assert (found.status, found.body, found.headers["Content-Length"]) == (200, b"", str(len(CONTENT)))


@pytest.mark.parametrize("tag", ['"abc"', 'W/"abc"', '"abc-gzip"', 'W/"abc-gzip"', '"x", "abc"', "*", ' "abc" , "y"'])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_known_etag_is_a_304_without_body(tag, method):
    found = answer(KEPT, method, {"HTTP_IF_NONE_MATCH": tag})
    assert (found.status, found.body) == (304, b"")
    assert "Content-Type" not in found.headers
    assert {"ETag", "Cache-Control", "Vary", "Last-Modified"} <= found.headers.keys()


@pytest.mark.parametrize("tag", ['"abcd"', "abc", '"ab', "", '""', '"ABC"', '"abc-gzip-gzip"'])
def test_another_etag_gets_everything_whatever_the_date_says(tag):
    asked = {"HTTP_IF_NONE_MATCH": tag, "HTTP_IF_MODIFIED_SINCE": "Mon, 02 Mar 2026 04:00:07 GMT"}
    assert answer(KEPT, "GET", asked).status == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Mon, 02 Mar 2026 04:00:07 GMT", 304),
        ("Mon, 02 Mar 2026 04:00:08 GMT", 304),
        ("Mon, 02 Mar 2026 04:00:06 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Mon, 99 Mar 2026 04:00:07 GMT", 200),
        ("Mon, 02 Mar 2026 04:00:07 -0000", 200),
    ],
)
def test_a_date_counts_only_if_it_can_be_read(since, status):
    assert answer(KEPT, "GET", {"HTTP_IF_MODIFIED_SINCE": since}).status == status


@pytest.mark.parametrize(
    ("header", "welcome"),
    [
        ("", False), ("gzip", True), ("GZIP", True), ("x-gzip", True), ("*", True), ("gzip;q=0", False), ("gzip; q=0.0", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", True), ("br", False), ("gzip;q=0, *", False), ("*, gzip;q=0", False), ("gzip;q=x", False),
        ("gzip;q=..", False),
        (",,,", False), ("identity;q=0", False),
    ],
)  # fmt: skip
def test_which_codings_are_welcome(header, welcome):
    assert accepts_gzip(header) is welcome


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.sampled_from(["GET", "HEAD"]))
def test_no_header_is_an_error_and_none_is_a_406(encoding, match, since, method):
    asked = {"HTTP_ACCEPT_ENCODING": encoding, "HTTP_IF_NONE_MATCH": match, "HTTP_IF_MODIFIED_SINCE": since, "HTTP_ACCEPT": "image/png"}
    assert answer(KEPT, method, asked).status in (200, 304)
