"""What runs in processes of its own: makes an installation, serves it, tells what is stored. Started by `installation.py`.

python program.py prepare | serve FD DRIFT | tell | record COPY | fill
"""

from __future__ import annotations

import json
import random
import resource
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trialrules.service import setup

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CLIENTS = 4


def prepare() -> dict[str, object]:
    """A migrated database, a study with people, and a subject for each client, one for all of them, one who is enrolled."""
    setup.migrate()
    from trialrules.service import clock, passwords

    passwords.Argon2.time_cost, passwords.Argon2.memory_cost = 1, 64
    from trialrules.service.work import accounts, feeds
    from trialrules.service.work.outcome import taken
    from world import World

    with clock.standing_at(NOON):
        world = World()
        for code in ("ALL", *(f"C-{number}" for number in range(CLIENTS))):
            world.subject(code)
        enrolled = world.enrolled("ENROLLED")
        tokens = [taken(accounts.create_token(user, "load")).token for user in (world.coordinator, world.unblinded)]
        feed = taken(feeds.create(world.coordinator, world.study, "mine")).token
    return {"study": world.study.slug, "tokens": tokens, "enrolled": enrolled.version, "feed": feed}


def serve(number: str, drift: str) -> None:
    """Serve from a socket that is there already; the clock of each request is off by up to `drift` seconds, either way."""
    setup.start()
    import waitress
    from trialrules.service import clock
    from trialrules.service.wsgi import application

    off = float(drift)
    clock.now = lambda: NOON + timedelta(seconds=random.uniform(-off, off))  # noqa: S311 - nothing secret hangs on it
    listening = socket.socket(fileno=int(number))
    waitress.serve(application, sockets=[listening], threads=4, _quiet=True)


def tell() -> dict[str, object]:
    """What stands in the database."""
    setup.start()
    from django.db import connection
    from trialrules.service import guards
    from trialrules.service.models.audit import AuditEntry
    from trialrules.service.models.decisions import Decision
    from trialrules.service.models.subjects import Subject
    from trialrules.service.work import audit, replay

    found = audit.verify()
    sound = "ok"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            sound = cursor.fetchone()[0]
    entries = list(AuditEntry.objects.exclude(study=None).order_by("seq"))
    latest = Decision.objects.filter(draft=False, superseded_by=None)
    return {
        "sound": sound,
        "guards": guards.missing(connection),
        "breaks": [[one.study, one.seq, one.why] for one in found.breaks],
        "backwards": sum(after.at < before.at for before, after in pairwise(entries)),
        "actions": Counter(entry.action for entry in entries),
        "changes": Counter(entry.target.removeprefix("subject ") for entry in entries if entry.action == "facts entered"),
        "created": Counter(entry.target.removeprefix("subject ") for entry in entries if entry.action == "subject created"),
        "subjects": {
            subject.code: {
                "version": subject.version,
                "sources": [fact.get("source") for fact in json.loads(subject.document)["patient"]["facts"]],
                "visits": len(json.loads(subject.document).get("visits", [])),
            }
            for subject in Subject.objects.all()
        },
        "counting": Counter(decision.subject.code for decision in latest.select_related("subject")),
        "replayed": all(replay.replay(decision).agrees for decision in latest),
    }


def writes(count: int) -> Iterator[Callable[[], object]]:
    """Facts into one subject, one write after the other."""
    from trialrules.service.models.accounts import User
    from trialrules.service.models.subjects import Subject
    from trialrules.service.work import subjects
    from trialrules.service.work.outcome import taken

    user, subject = User.objects.get(username__startswith="coordinator"), Subject.objects.get(code="ALL")
    for number in range(count):
        subject.refresh_from_db()
        fact = {"fact": "inr", "value": 1.5 + number / 10, "date": "2026-03-01", "source": f"load {number}"}
        yield lambda fact=fact: taken(subjects.enter_facts(user, subject, subject.version, [fact]))


def record(copy: str) -> list[list[str]]:
    """The statements of each of some acknowledged writes; the database before them is copied first (SQLite)."""
    setup.start()
    from django.db import connection
    from trialrules.service import clock

    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [copy])
    found: list[list[str]] = []
    with clock.standing_at(NOON):
        for write in writes(8):
            statements: list[str] = []
            connection.connection.set_trace_callback(statements.append)
            write()
            connection.connection.set_trace_callback(None)
            # An insert that a trigger looks at is told once more for the trigger.
            found.append(
                [one for number, one in enumerate(statements) if not one.startswith("--") and one not in statements[number - 1 : number]]
            )
    return found


def fill() -> dict[str, object]:
    """Writes while the disk gets full at every place: files that may not grow, then a database that may not (SQLite)."""
    setup.start()
    from django.db import DatabaseError, connection
    from trialrules.service import clock
    from trialrules.service.models.subjects import Subject

    home = Path(connection.settings_dict["NAME"])
    wal = home.with_name(home.name + "-wal")
    no_limit = (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    acknowledged, failed, halves = 0, [], 0
    with clock.standing_at(NOON):
        for number, write in enumerate(writes(42)):
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA page_count")
                pages = cursor.fetchone()[0]
                cursor.execute(f"PRAGMA max_page_count = {pages + number // 6 if number % 3 == 0 else 1 << 30}")
            before = Subject.objects.get(code="ALL").version
            if number % 3 == 1:
                grown = wal.stat().st_size if wal.exists() else 0
                resource.setrlimit(resource.RLIMIT_FSIZE, (grown + number * 1500, no_limit[1]))
            try:
                write()
                acknowledged += 1
            except DatabaseError as error:
                failed.append(str(error))
                resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
                halves += Subject.objects.get(code="ALL").version != before
            resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
    return {"acknowledged": acknowledged, "failed": failed, "halves": halves}


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "serve":
        serve(*rest)
    else:
        print(json.dumps({"prepare": prepare, "tell": tell, "record": record, "fill": fill}[what](*rest)))
