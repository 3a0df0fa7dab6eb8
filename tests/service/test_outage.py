"""A database or a disk that can't is no fault of the request: it is told so, with a time to come back."""

from __future__ import annotations

import errno
import json
import sqlite3
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from trialrules.service import clock, logs, outage, sessions
from trialrules.service.models.studies import Study

from .world import PASSWORD


def raised(outer, inner=None):
    outer.__cause__ = inner
    return outer


def of_sqlite(code):
    error = sqlite3.OperationalError("as SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (raised(OperationalError(), of_sqlite(sqlite3.SQLITE_FULL)), 507),
        (raised(OperationalError(), of_sqlite(sqlite3.SQLITE_IOERR_WRITE)), 503),
        (raised(OperationalError(), of_sqlite(sqlite3.SQLITE_BUSY)), 503),
        (raised(OperationalError(), of_sqlite(sqlite3.SQLITE_READONLY)), 503),
        (raised(OperationalError(), of_sqlite(sqlite3.SQLITE_ERROR)), None),
        (raised(OperationalError(), psycopg.errors.DiskFull()), 507),
        (raised(OperationalError(), psycopg.errors.AdminShutdown()), 503),
        (raised(OperationalError(), psycopg.OperationalError("connection refused")), 503),
        (raised(InterfaceError(), psycopg.InterfaceError("the connection is closed")), 503),
        (raised(RuntimeError(), raised(OperationalError(), psycopg.errors.DiskFull())), 507),
        (OSError(errno.ENOSPC, "no space left"), 507),
        (OSError(errno.EACCES, "not allowed"), None),
        (raised(IntegrityError(), psycopg.errors.UniqueViolation()), None),
        (RuntimeError(), None),
        (None, None),
    ],
)
def test_what_kind_of_trouble_it_is(error, expected):
    found = outage.refusal(error)
    assert (None if found is None else found.status) == expected


def test_a_statement_of_ours_that_is_wrong_is_no_outage(db):
    with pytest.raises(Exception, match="no_such_table") as caught, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    assert outage.refusal(caught.value) is None


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/studies", "application/problem+json"), ("/", "text/plain; charset=utf-8")])
def test_who_asks_is_told_when_to_come_back(world, monkeypatch, capfd, path, kind):
    def full(*_):
        raise OperationalError from psycopg.errors.DiskFull("canary of a statement")

    client = Client(raise_request_exception=False)
    client.force_login(world.coordinator)
    monkeypatch.setattr("trialrules.service.access.studies", full)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Retry-After"]) == (507, kind, "30")
    assert "The disk is full; nothing was changed." in answer.content.decode()
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    (fault,) = [one for one in told if one["event"] == "fault"]
    assert (fault["code"], fault["error"]) == ("disk-full", "OperationalError")
    assert "canary" not in json.dumps(told)


def test_trouble_before_any_view_is_told_and_logged(world, monkeypatch, capfd):
    def away(*_):
        raise OperationalError from psycopg.OperationalError("gone")

    monkeypatch.setattr("trialrules.service.middleware.bearer.user_of_token", away)
    answer = Client(raise_request_exception=False, headers={"authorization": "Bearer x"}).get("/api/v1/studies")
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
    assert '"event": "fault"' in capfd.readouterr().err


def test_a_log_that_cannot_be_written_takes_no_answer_away(world, monkeypatch):
    class Full:
        def write(self, _text):
            raise OSError(errno.ENOSPC, "no space left")

        def flush(self):
            raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(logs.sys, "stderr", Full())
    client = Client()
    client.force_login(world.coordinator)
    assert client.get("/api/v1/studies").status_code == 200
    assert Study.objects.count() == 1


def test_pages_are_read_while_the_session_cannot_be_noted(world, monkeypatch):
    client = Client(raise_request_exception=False)
    assert client.login(username=world.coordinator.username, password=PASSWORD)

    def full(*_args, **_more):
        raise OperationalError from psycopg.errors.DiskFull()

    later = clock.now() + timedelta(minutes=5)
    with clock.standing_at(later), monkeypatch.context() as patch:
        patch.setattr("django.contrib.sessions.backends.db.SessionStore.save", full)
        assert client.get("/api/v1/studies").status_code == 200
        assert client.get(reverse("worklist", kwargs={"study": "aclf1"})).status_code == 200
    with clock.standing_at(later):
        assert client.get("/api/v1/studies").status_code == 200
    with clock.standing_at(later + timedelta(minutes=29)):
        assert client.get("/api/v1/studies").status_code == 200, "it was noted as soon as it could be"


def test_who_signed_out_meanwhile_is_signed_out(world):
    client = Client(raise_request_exception=False)
    assert client.login(username=world.coordinator.username, password=PASSWORD)
    store = client.session
    with clock.standing_at(clock.now() + timedelta(minutes=5)):
        loaded = type(store)(store.session_key)
        assert loaded.get("seen")
        type(store)(store.session_key).delete()
        sessions.touch(loaded)
        assert loaded.modified, "for Django's middleware to find out"
