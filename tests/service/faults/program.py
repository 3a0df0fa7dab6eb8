"""What runs in processes of its own: makes an installation, serves it, tells what is stored. Started by `installation.py`.

python program.py prepare | serve FD DRIFT | tell
"""

from __future__ import annotations

import json
import random
import socket
import sys
from collections import Counter
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
    from trialrules.service.work import accounts
    from trialrules.service.work.outcome import taken
    from world import World

    with clock.standing_at(NOON):
        world = World()
        for code in ("ALL", *(f"C-{number}" for number in range(CLIENTS))):
            world.subject(code)
        enrolled = world.enrolled("ENROLLED")
        tokens = [taken(accounts.create_token(user, "load")).token for user in (world.coordinator, world.unblinded)]
    return {"study": world.study.slug, "tokens": tokens, "enrolled": enrolled.version}


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


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "serve":
        serve(*rest)
    else:
        print(json.dumps({"prepare": prepare, "tell": tell}[what]()))
