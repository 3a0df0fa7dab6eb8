"""A name that got into a subject's record by accident, and two people who take it out; where it still stands."""

from __future__ import annotations

from django.db import connection
from trialrules.service.models.decisions import Decision, Signature, SignatureVoid
from trialrules.service.models.overrides import Override, OverrideMark
from trialrules.service.work import redactions, subjects
from trialrules.service.work.outcome import taken

from .world import PASSWORD

CANARY = "Zhang Xiaoming"
STONE = "[redacted R-{}]"


def with_name(patient):
    """The name in the source of a fact that counts, in the value of one that nobody asks for, and in a sentence."""
    facts = patient["facts"]
    facts[0]["source"] = f"letter of {CANARY}, page 2"
    facts.append({"fact": "patient_name", "value": CANARY})
    return patient


def named(world):
    """A subject whose name stands in the document, in decisions, in reasons, in entries, in a void."""
    subject = world.decided("S-01", change=with_name)
    taken(world.sign(subject))
    subject.refresh_from_db()
    fact = {"fact": "inr", "value": 1.1, "date": "2026-03-01", "source": f"fax for {CANARY}"}
    done = subjects.enter_facts(world.coordinator, subject, subject.version, [fact], f"fax of {CANARY} came")
    return taken(done).subject


def asked(world, subject, text=CANARY, reason="a name got in"):
    return taken(redactions.ask(world.coordinator, subject, text, reason))


def approved(world, subject, text=CANARY):
    redaction = asked(world, subject, text)
    return taken(redactions.approve(world.investigator, redaction, PASSWORD))


def dump():
    """Every column of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {table}")
            names = [one[0] for one in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                    yield f"{table}.{name}", text


def holding(text=CANARY):
    return sorted({where for where, value in dump() if text in value})


def code_of(found):
    return getattr(found, "code", "")


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def one_of_each(world):
    """On SQLite guards fire for rows only."""
    who = world.investigator
    rest = {"role": "investigator", "reason": "x", "created": "now", "zone": "UTC", "salts": "{}", "record_hash": "x"}
    for signature in Signature.objects.filter(void=None):
        SignatureVoid.objects.create(signature=signature, why="test", by=who, created="now")
    override = Override.objects.create(decision=Decision.objects.first(), criterion="E5", author=who, reference="x", **rest)
    OverrideMark.objects.create(override=override, kind="withdrawn", user=who, printed_name="x", **rest)
