"""The socket on which the service listens, opened before anything else: a port that is taken is told at once."""

from __future__ import annotations

import ipaddress
import os
import socket

from .trouble import OperationError


def bind(host: str, port: int) -> socket.socket:
    """Open the socket; port 0 takes a free one.

    Raises:
        OperationError: if it can't be had, or the service could be reached from elsewhere without TLS before it.
    """
    if not _here(host) and not _behind_tls():
        raise OperationError(
            f"--host {host} lets other machines in, and the service itself speaks no TLS; put a proxy before it and set TRIALRULES_URL=https://…"
        )
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, proto)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)  # from here on who comes waits, and is not refused
    except OSError as error:
        raise OperationError(f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port") from error
    return listening


def need_proxy(proxy: str | None) -> None:
    """Look that the proxy is named, where there has to be one: else every visitor would seem to come from this machine.

    Raises:
        OperationError: if it is not.
    """
    if proxy is None and _behind_tls():
        raise OperationError(
            "TRIALRULES_URL=https://… means that a proxy stands before the service, which itself speaks no TLS; name its address, "
            "such as --proxy 127.0.0.1 if it runs on this machine"
        )


def _behind_tls() -> bool:
    return os.environ.get("TRIALRULES_URL", "").startswith("https://")


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def public_url(listening: socket.socket) -> str:
    """Where people reach the service: what the environment says, or the socket itself."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return os.environ.setdefault("TRIALRULES_URL", f"http://{shown}:{port}").rstrip("/")
