"""An installation of one's own, workers that can be killed, and clients who write through HTTP and remember what was acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Self
from uuid import uuid4

PROGRAM = Path(__file__).with_name("program.py")
PATIENCE = 40


class Installation:
    """A home folder, and a database: SQLite in it, or the PostgreSQL of the URL. `like`: one that this is a copy of."""

    def __init__(self, home: Path, url: str | None, like: Installation | None = None) -> None:
        if like is None:
            home.mkdir()
        else:
            shutil.copytree(like.home, home)
        self.home = home
        self.environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DATABASE_OWNER_URL"}}
        self.environment |= {"TRIALRULES_HOME": str(home), "DJANGO_SETTINGS_MODULE": "trialrules.service.settings"}
        if url:
            self.environment["DATABASE_URL"] = url
        self.made = self.run("prepare") if like is None else like.made

    def run(self, *what: str) -> dict:
        done = subprocess.run([sys.executable, PROGRAM, *what], env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)


class Workers:
    """Processes that serve one socket. A request that waits in its queue outlives them; one they have begun with does not."""

    def __init__(self, installation: Installation, count: int, drift: float = 0) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.installation, self.drift = installation, drift
        self.log = (installation.home / "workers.log").open("ab")
        self.running = [self._start() for _ in range(count)]
        self.killed = 0

    def _start(self) -> subprocess.Popen:
        number = self.socket.fileno()
        command = [sys.executable, PROGRAM, "serve", str(number), str(self.drift)]
        return subprocess.Popen(command, env=self.installation.environment, pass_fds=[number], stdout=self.log, stderr=self.log)

    def kill_one(self) -> None:
        """The oldest one, by SIGKILL; another takes its place."""
        oldest = self.running.pop(0)
        oldest.send_signal(signal.SIGKILL)
        oldest.wait()
        self.killed += 1
        self.running.append(self._start())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.running:
            one.kill()
            one.wait()
        self.socket.close()
        self.log.close()


class Client:
    """Somebody who writes, and who asks again with the same key until there is an answer."""

    def __init__(self, port: int, token: str, study: str) -> None:
        self.port, self.token, self.base = port, token, f"/api/v1/studies/{study}/subjects"
        self.again = 0
        self.troubles: Counter[tuple[int, str]] = Counter()

    def once(self, method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, dict]:
        """One request. Raises OSError or HTTPException if no answer came."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, self.base + path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def calendar(self, feed: str) -> tuple[int, bytes]:
        """What a calendar program is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", f"/c/{feed}/calendar.ics")
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def insist(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """Ask until there is an answer that is not the server's own trouble."""
        key = str(uuid4()) if body is not None else None
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, answer = self.once(method, path, body, key)
                if status < 500:
                    return status, answer
                self.troubles[status, answer["code"]] += 1
            except (OSError, http.client.HTTPException, ValueError):
                pass
            assert time.monotonic() < until, "no answer"
            self.again += 1
            time.sleep(0.02)


class Load:
    """Clients who enter facts, each into a subject of its own and into one that is everybody's, and make subjects."""

    def __init__(self, port: int, made: dict, clients: int = 4) -> None:
        self.stop = threading.Event()
        self.acknowledged: dict[str, list[str]] = {}
        self.refused: dict[str, list[str]] = {}
        self.created: list[str] = []
        self.wrong: list[object] = []
        self.clients = [Client(port, made["tokens"][0], made["study"]) for _ in range(clients)]
        self.threads = [threading.Thread(target=self._safely, args=(number,)) for number in range(clients)]

    @property
    def again(self) -> int:
        return sum(client.again for client in self.clients)

    @property
    def troubles(self) -> Counter[tuple[int, str]]:
        """Which of the server's own troubles clients were told of, and how often."""
        return sum((client.troubles for client in self.clients), Counter())

    @property
    def count(self) -> int:
        return sum(map(len, self.acknowledged.values())) + len(self.created)

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _safely(self, number: int) -> None:
        try:
            self._work(number)
        except Exception as error:  # noqa: BLE001 - told by the test, which a thread can't end
            self.wrong.append(repr(error))

    def _work(self, number: int) -> None:
        client, turn = self.clients[number], 0
        while not self.stop.is_set():
            turn += 1
            self._fact(client, f"C-{number}", f"load {number}-{turn}", alone=True)
            if turn % 2 == 0:
                self._fact(client, "ALL", f"load {number}-{turn}", alone=False)
            if turn % 5 == 0:
                self._subject(client, f"N-{number}-{turn}")

    def _fact(self, client: Client, code: str, name: str, *, alone: bool) -> None:
        _, seen = client.insist("GET", f"/{code}")
        fact = {"fact": "inr", "value": 1.8, "date": "2026-03-01", "source": name}
        status, answer = client.insist("POST", f"/{code}/facts", {"version": seen["version"], "facts": [fact], "reason": "new lab"})
        if status == 200:
            self.acknowledged.setdefault(code, []).append(name)
        elif status == 409 and not alone:
            self.refused.setdefault(code, []).append(name)
        else:
            self.wrong.append((code, name, status, answer))

    def _subject(self, client: Client, code: str) -> None:
        patient = {"schema": "trialrules/patient/1", "id": code, "sex": "male", "birth_date": "1980-05-17", "facts": []}
        status, answer = client.insist("POST", "", {"subject": code, "site": "GZ", "patient": patient})
        if status == 201:
            self.created.append(code)
        else:
            self.wrong.append((code, status, answer))


def is_whole(told: dict, load: Load) -> None:
    """Every acknowledged write stands once, no refused one does, and the trail is unbroken."""
    assert load.wrong == [], load.wrong
    assert told["sound"] == "ok"
    assert told["guards"] == []
    assert told["breaks"] == []
    assert told["replayed"]
    for code in ("ALL", *(f"C-{number}" for number in range(len(load.clients)))):
        stored = told["subjects"][code]
        mine = [source for source in stored["sources"] if source and source.startswith("load ")]
        assert sorted(mine) == sorted(load.acknowledged.get(code, [])), code
        assert not set(mine) & set(load.refused.get(code, []))
        assert stored["version"] == 1 + len(mine)
        assert told["changes"].get(code, 0) == len(mine)
        assert told["counting"].get(code, 0) == (1 if mine else 0)
    assert sorted(code for code in told["subjects"] if code.startswith("N-")) == sorted(load.created)
    assert all(told["created"][code] == 1 for code in load.created)
