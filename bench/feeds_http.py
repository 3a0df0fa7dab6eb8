"""Feeds beside a Django view that returns a constant of the same size, under the same server, measured with wrk one after the other.

The constant's Django has no middleware, no database and one address; the feed's has everything. `wrk` is Debian's package.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any

THREADS = 4
CONNECTIONS = 8
ROUNDS = 5
SECONDS = 3
BAR = 0.5
WRK = shutil.which("wrk") or ""
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_BAD = re.compile(r"(Non-2xx or 3xx responses|Socket errors).*")


def _serve(application: Any, port: int) -> None:  # noqa: ANN401 - WSGI
    from waitress import serve

    serve(application, host="127.0.0.1", port=port, threads=THREADS, _quiet=True)


def serve_constant(port: int, size: int) -> None:
    """A Django with one view and nothing else."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    content = b"x" * size

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(content, content_type="text/calendar; charset=utf-8")

    settings.configure(
        SECRET_KEY="none" * 10, ROOT_URLCONF=type("urls", (), {"urlpatterns": [path("", view)]}), ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[]
    )
    _serve(get_wsgi_application(), port)


def serve_service(port: int) -> None:
    """The service as it is."""
    from trialrules.service.wsgi import application

    _serve(application, port)


def prepare() -> None:
    """The demonstration, and a link to the calendar of a study and of a subject; prints their addresses."""
    from trialrules.service import setup

    setup.start()
    setup.migrate()
    from trialrules.service.models.accounts import User
    from trialrules.service.models.subjects import Subject
    from trialrules.service.work import demo, feeds
    from trialrules.service.work.outcome import taken

    demo.load_demo()
    user = User.objects.get(username="coordinator")
    subject = Subject.objects.filter(state="enrolled").select_related("study").order_by("pk")[0]
    print(f"/c/{taken(feeds.create(user, subject.study, 'subject', subject=subject)).token}/calendar.ics")
    print(f"/c/{taken(feeds.create(user, subject.study, 'study')).token}/calendar.ics")


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _start(home: str, *words: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "TRIALRULES_HOME": home, "PYTHONHASHSEED": "0"}
    env.pop("DATABASE_URL", None)
    return subprocess.Popen([sys.executable, __file__, *words], env=env, stderr=subprocess.DEVNULL)


def _fetch(url: str, headers: dict[str, str] | None = None) -> tuple[bytes, str]:
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - our own server
    for attempt in range(100):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own server
                return response.read(), response.headers.get("ETag", "")
        except OSError:
            if attempt == 99:
                raise
            time.sleep(0.1)
    raise RuntimeError("unreachable")


def _rate(url: str, headers: dict[str, str]) -> float:
    """Requests a second; a run with a refused or broken one does not count."""
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    done = subprocess.run([WRK, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *words, url], check=True, capture_output=True, text=True).stdout
    bad = _BAD.search(done)
    if bad:
        raise SystemExit(f"{url}: {bad[0]}")
    found = _RATE.search(done)
    if found is None:
        raise SystemExit(f"wrk said nothing: {done}")
    return float(found[1])


def feeds() -> str:
    """The table of bench/README.md."""
    if not WRK:
        return "NOT MEASURED: wrk is not installed (Debian's package `wrk`)"
    with tempfile.TemporaryDirectory() as home:
        made = subprocess.run(
            [sys.executable, __file__, "prepare"], env={**os.environ, "TRIALRULES_HOME": home}, check=True, capture_output=True, text=True
        ).stdout.split()
        lines = [
            "| feed | bytes | constant, requests/s | 200 | 200 gzip | 304 | 200 / constant | 304 / constant |",
            "|---|---|---|---|---|---|---|---|",
        ]
        worst = min(_one(home, name, path, lines) for name, path in zip(("a subject's", "a study's"), made, strict=True))
    kept = "kept" if worst >= BAR else "MISSED"
    return "\n".join([*lines, "", f"worst ratio: {worst:.2f} (bar {BAR}: {kept}); medians of {ROUNDS} runs of {SECONDS} s, interleaved"])


def _one(home: str, name: str, path: str, lines: list[str]) -> float:
    ports = _free(), _free()
    service = _start(home, "service", str(ports[0]))
    started = [service]
    try:
        url = f"http://127.0.0.1:{ports[0]}{path}"
        content, etag = _fetch(url)
        started.append(_start(home, "constant", str(ports[1]), str(len(content))))
        constant = f"http://127.0.0.1:{ports[1]}/"
        _fetch(constant)
        asked = {
            "constant": (constant, {}),
            "200": (url, {}),
            "gzip": (url, {"Accept-Encoding": "gzip"}),
            "304": (url, {"If-None-Match": etag}),
        }
        rates: dict[str, list[float]] = {one: [] for one in asked}
        for _ in range(ROUNDS):
            for one, (address, headers) in asked.items():
                rates[one].append(_rate(address, headers))
    finally:
        for process in started:
            process.terminate()
            process.wait()
    median = {one: statistics.median(each) for one, each in rates.items()}
    ratios = median["200"] / median["constant"], median["304"] / median["constant"]
    cells = [name, len(content), *(f"{median[one]:.0f}" for one in ("constant", "200", "gzip", "304")), *(f"{one:.2f}" for one in ratios)]
    lines.append("| " + " | ".join(map(str, cells)) + " |")
    return min(ratios)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["service", port]:
            serve_service(int(port))
        case ["constant", port, size]:
            serve_constant(int(port), int(size))
        case _:
            print(feeds())
