"""Programs of others that read calendars, and a server on this machine that they ask."""

from __future__ import annotations

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .programs import CLIENTS, absent, evolution_python, has_gi, python_folder


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
    return evolution_python()


@pytest.fixture(scope="session")
def python_clients():
    return python_folder()


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
