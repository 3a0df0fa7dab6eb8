"""Programs of others that read calendars, and a server on this machine that they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / ".clients"
REQUIRED = os.environ.get("TRIALRULES_CLIENTS") == "required"
GI = "import gi; [gi.require_version(*p) for p in {}]; from gi.repository import {}"


def absent(why: str) -> None:
    """In CI a program that is not there is a failure; elsewhere the test is left out."""
    if REQUIRED:
        pytest.fail(f"{why}; tools/clients/install.sh installs it")
    pytest.skip(f"{why}; make clients installs it")


def has_gi(*names: tuple[str, str]) -> bool:
    program = GI.format(list(names), ", ".join(name for name, _ in names))
    return (
        Path("/usr/bin/python3").exists()
        and subprocess.run(["/usr/bin/python3", "-c", program], capture_output=True, check=False).returncode == 0
    )


@pytest.fixture(scope="session")
def node():
    """The path of Node, if ical.js is installed for it."""
    program = shutil.which("node") or shutil.which("node", path=str(CLIENTS / "venv" / "bin"))
    if program is None or not (CLIENTS / "node" / "node_modules" / "ical.js").is_dir():
        absent("ical.js or Node is not installed")
    return program


@pytest.fixture(scope="session")
def libical():
    if not has_gi(("ICalGLib", "3.0")):
        absent("libical is not installed for /usr/bin/python3")
    return "/usr/bin/python3"


@pytest.fixture(scope="session")
def evolution():
    if not has_gi(("ECal", "2.0"), ("EDataServer", "1.2"), ("ICalGLib", "3.0")) or shutil.which("dbus-run-session") is None:
        absent("Evolution Data Server is not installed for /usr/bin/python3")
    return "/usr/bin/python3"


@pytest.fixture(scope="session")
def python_clients():
    """The folder of vdirsyncer and khal."""
    folder = CLIENTS / "venv" / "bin"
    if not (folder / "vdirsyncer").exists() or not (folder / "khal").exists():
        absent("vdirsyncer and khal are not installed")
    return folder


class FeedServer:
    """Serves `content` at one address, as the program's own server will: ETag, 304, HEAD. `asked` has a line for each request."""

    def __init__(self) -> None:
        self.content = b""
        self.etag = '""'
        self.asked: list[tuple[str, int]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                same = self.headers.get("If-None-Match") == outer.etag
                status = 304 if same else 200
                outer.asked.append((self.command, status))
                self.send_response(status)
                self.send_header("ETag", outer.etag)
                self.send_header("Cache-Control", "private, no-cache")
                self.send_header("Content-Type", "text/calendar; charset=utf-8")
                self.send_header("Content-Length", "0" if same else str(len(outer.content)))
                self.end_headers()
                if not same and self.command == "GET":
                    self.wfile.write(outer.content)

            do_HEAD = do_GET  # noqa: N815 # the name that http.server looks for

            def log_message(self, *args: object) -> None:
                """Nothing on the screen: `asked` has it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed.ics"

    def serve(self, content: bytes, etag: str) -> None:
        self.content, self.etag = content, etag

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server():
    one = FeedServer()
    yield one
    one.close()
