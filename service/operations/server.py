"""The web server, and the demonstration that it may begin with."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import waitress
from attrs import frozen
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from waitress import wasyncore

from ..models.accounts import Membership, User
from ..models.studies import Study
from ..models.subjects import Subject
from ..work import accounts, demo
from ..work.outcome import taken
from ..wsgi import application
from .trouble import OperationError

THREADS: Final = 4
"""How many requests are answered at once in a process. Beyond the number of cores more threads only wait for each other."""
GRACE_SECONDS: Final = 20
"""How long a process that was told to stop finishes what it has begun; service managers wait longer before they kill."""
_TURN_SECONDS: Final = 1.0


@frozen
class Way:
    """A way in: an account of the demonstration and its one-time link."""

    role: str
    username: str
    name: str
    path: str


def demonstration() -> list[Way]:
    """Load the demonstration into an empty installation, or find it there; a new link for each account.

    Raises:
        OperationError: if there are studies of somebody else's.
    """
    slugs = set(Study.objects.values_list("slug", flat=True))
    if slugs and (slugs != set(demo.STUDIES) or not User.objects.filter(username__in=[*demo.USERS]).count() == len(demo.USERS)):
        raise OperationError("there are studies here already; the demonstration wants a folder of its own: --demo --home FOLDER")
    if not slugs:
        demo.load_demo()
    # The demonstration is told in days of its own; its links would be too old today.
    links = _again()
    return [_way(username, links[username]) for username in (*demo.USERS, *demo.SITE_USERS)]


def _again() -> dict[str, str]:
    return {username: taken(accounts.new_link(None, username)).token for username in (*demo.USERS, *demo.SITE_USERS)}


def _way(username: str, token: str) -> Way:
    user = User.objects.get(username=username)
    one = Membership.objects.filter(user=user, ended=None).select_related("site", "study").order_by("pk").first()
    role = "" if one is None else str(one.role)
    if one is not None and one.site is not None:
        role += f", {one.study.slug} {one.site.code} only"
    if one is not None and one.unblinded:
        role += ", unblinded"
    return Way(role, username, user.name, f"/welcome/{token}")


def counted() -> str:
    """What the installation holds, in a line."""
    return f"{Study.objects.count()} studies, {Subject.objects.count()} subjects, {User.objects.count()} accounts"


def serve(listening: socket.socket, *, threads: int = THREADS, proxy: str | None = None) -> None:
    """Answer requests until the process is told to stop; what has begun is finished first.

    SIGTERM, as service managers send it, and Ctrl-C stop politely: nobody new is let in, and those inside get their answers. A second
    one stops at once.
    """
    # What sessions that are over still hold is kept no longer than to the next start.
    SessionStore.clear_expired()
    connection.close()
    server = _server(listening, threads, proxy)
    with _told_to_stop(server) as stop:
        while not stop.is_set():
            _turn(server)
        server.accepting = False
        wasyncore.dispatcher.close(server)
        until = time.monotonic() + GRACE_SECONDS
        while _busy(server) and time.monotonic() < until:
            _turn(server)
    server.task_dispatcher.shutdown(timeout=2)


def _turn(server: Any) -> None:  # noqa: ANN401 - waitress has no types
    """Look once what came in and what can be sent."""
    server.asyncore.loop(timeout=_TURN_SECONDS, map=server._map, use_poll=True, count=1)  # noqa: SLF001 - as its own `run` does


def _busy(server: Any) -> bool:  # noqa: ANN401
    """Whether somebody waits for an answer, or for the rest of it."""
    return any(one.requests or one.total_outbufs_len for one in list(server.active_channels.values()))


@contextlib.contextmanager
def in_background(listening: socket.socket) -> Iterator[None]:
    """Answer requests in a thread while the body runs."""
    server = _server(listening, THREADS, None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(timeout=2)


def _server(listening: socket.socket, threads: int, proxy: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN202 - waitress has no types
    trusted = {} if proxy is None else {"trusted_proxy": proxy, "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto"}
    return waitress.create_server(
        application, sockets=[listening], threads=threads, ident=None, clear_untrusted_proxy_headers=True, channel_timeout=60, **trusted
    )


@contextlib.contextmanager
def _told_to_stop(server: Any) -> Iterator[threading.Event]:  # noqa: ANN401
    """An event that SIGTERM and Ctrl-C set."""
    told = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if told.is_set():
            raise KeyboardInterrupt
        told.set()
        server.pull_trigger()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
