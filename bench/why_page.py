"""The page that says why beside the engine's own explanation and an empty page of the same service, in one process, one after the other.

The patient is the largest of the Synthea data where they are at hand (they are no part of the project), else the largest of the
demonstration's. An empty page goes through everything that a page goes through: session, roles, headers; only its view does nothing.
Processor time is measured, that of SQLite included: the clock would count those who interrupt a long page, and miss a short one.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SYNTHEA = Path(__file__).resolve().parents[2] / "shared" / "data" / "synthea-r4"
CODE = "LARGEST"
ROUNDS = 15
BAR = 3.0
_PAGES = ("why", "criterion", "missing")
_HEADS = (
    "study", "empty page, ms", "engine: values", "engine: values and words", "why, first", "why, again", "criterion", "missing",
    "first / (words + empty)", "first / (values + empty)", "again / (values + empty)",
)  # fmt: skip
_RATIOS = (
    ("why, first", "words", "a first look beside values and words"),
    ("why, first", "values", "a first look beside values alone"),
    ("why, again", "values", "a later look beside values alone"),
)
_PATIENT = re.compile(r"[^/:]+$")


def largest(folder: Path) -> bytes:
    """The resources of the patient who has most of them, as NDJSON."""
    lines: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                resource = json.loads(line)
                whose = resource.get("subject") or resource.get("patient") or {"reference": resource["id"]}
                found = _PATIENT.search(whose["reference"])
                if found:
                    lines[found[0]].append(line)
    return "".join(max(lines.values(), key=len)).encode()


def measure(folder: str) -> None:
    """Make the demonstration in TRIALRULES_HOME, the patient a subject of each study, and print what each part takes, as JSON."""
    from trialrules.service import setup

    setup.start()
    setup.migrate()
    from django.http import HttpResponse
    from django.urls import path
    from trialrules.service import access, urls
    from trialrules.service.models.studies import Study
    from trialrules.service.work import demo

    demo.load_demo()
    content = largest(Path(folder)) if folder else None
    urls.urlpatterns.append(path("s/<slug:study>/empty", lambda _request, **_: HttpResponse("<!doctype html>"), name="bench-empty"))
    access.URLS["bench-empty"] = access.May.READ_SUBJECTS
    print(json.dumps({study.slug: _study(study, content) for study in Study.objects.order_by("slug")}))


def _study(study: Any, content: bytes | None) -> dict[str, float]:  # noqa: ANN401 - Django is there only now
    from django.urls import reverse
    from trialrules.service import kept, record
    from trialrules.service.models.accounts import User
    from trialrules.service.models.subjects import Subject
    from trialrules.service.work import rules, screening, subjects
    from trialrules.service.work.outcome import taken

    user = User.objects.get(username="investigator")
    if content is None:
        subject = max(Subject.objects.filter(study=study).select_related("study", "site"), key=lambda one: len(one.document))
    else:
        coordinator = User.objects.get(username="coordinator")
        subject = taken(subjects.create(coordinator, study, study.sites.order_by("code")[0], CODE, content)).subject
        taken(screening.decide(coordinator, subject))
    decision = screening.latest(subject)
    if decision is None:
        raise SystemExit(f"{study.slug}: nothing was decided")
    protocol, snapshot = rules.protocol_of(decision.rule_version), decision.snapshot.encode()
    places = {"study": study.slug, "code": subject.code}
    address = {
        page: reverse(page, kwargs=places | ({"criterion": protocol.criteria[0].id} if page == "criterion" else {})) for page in _PAGES
    }
    get = _browser(user)

    def values() -> record.Computed:
        found = record.compute(protocol, snapshot, decision.as_of)
        if not isinstance(found, record.Computed):
            raise SystemExit(f"{study.slug}: {found}")
        return found

    def first(page: str) -> Callable[[], object]:
        """The page as nobody has looked at it in this process."""

        def look() -> None:
            kept.forget()
            get(address[page])

        return look

    def again(page: str) -> Callable[[], object]:
        return lambda: get(address[page])

    runs: dict[str, Callable[[], object]] = {
        "empty": lambda: get(f"/s/{study.slug}/empty"),
        "values": values,
        "words": lambda: values().result(),
        # The second look follows the first: what that one kept is there.
        **{f"{page}, {look}": run for page in _PAGES for look, run in (("first", first(page)), ("again", again(page)))},
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for each in range(ROUNDS + 1):
        for name, run in runs.items():
            begin = time.process_time()
            run()
            if each:
                times[name].append(time.process_time() - begin)
    return {name: statistics.median(found) for name, found in times.items()}


def _browser(user: Any) -> Callable[[str], bytes]:  # noqa: ANN401 - as above
    """Asks the service's WSGI application in the name of a user who has signed in."""
    from django.conf import settings
    from django.contrib.auth import login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest
    from trialrules.service.wsgi import application

    request = HttpRequest()
    request.session = session = SessionStore()
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    session.save()
    environ: Mapping[str, object] = {
        "REQUEST_METHOD": "GET", "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8765", "HTTP_HOST": "127.0.0.1:8765",
        "HTTP_ACCEPT": "text/html", "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session.session_key}", "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip

    def get(address: str) -> bytes:
        told: list[str] = []
        found = application({**environ, "PATH_INFO": address, "wsgi.input": io.BytesIO()}, lambda status, *_: told.append(status))
        content = b"".join(found)
        if told != ["200 OK"]:
            raise SystemExit(f"{address}: {told}")
        return content

    return get


def pages() -> str:
    """The table of bench/README.md."""
    folder = str(SYNTHEA) if SYNTHEA.is_dir() else ""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "TRIALRULES_HOME": home}
        env.pop("DATABASE_URL", None)
        done = subprocess.run([sys.executable, __file__, "measure", folder], env=env, check=True, capture_output=True, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    lines = [
        f"| {' | '.join(_HEADS)} |",
        "|" + "---|" * len(_HEADS),
    ]
    ratios = []
    for study, ms in found.items():
        ratios.append([ms[page] / (ms[engine] + ms["empty"]) for page, engine, _ in _RATIOS])
        shown = ("empty", "values", "words", "why, first", "why, again", "criterion, first", "missing, first")
        cells = [study, *(f"{ms[name] * 1e3:.1f}" for name in shown), *(f"{one:.2f}" for one in ratios[-1])]
        lines.append("| " + " | ".join(cells) + " |")
    who = "the largest Synthea patient" if folder else "the demonstration's largest subject: the Synthea data are not here"
    worst = [max(column) for column in zip(*ratios, strict=True)]
    told = [f"{said}: {ratio:.2f} (bar {BAR:.0f}: {_met(ratio)})" for (_, _, said), ratio in zip(_RATIOS, worst, strict=True)]
    return "\n".join([*lines, "", f"{who}; worst ratios: {'; '.join(told)}; medians of {ROUNDS}, interleaved, processor time"])


def _met(ratio: float) -> str:
    return "kept" if ratio <= BAR else "MISSED"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", folder]:
            measure(folder)
        case _:
            print(pages())
