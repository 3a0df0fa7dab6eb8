"""`trialrules serve --demo` in a process of its own, as people start it: its address and the one-time links that it prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

_TOKEN = """
from trialrules.service import setup
setup.start()
from trialrules.service.models.accounts import User
from trialrules.service.work import accounts
print(accounts.create_token(User.objects.get(username="{}"), "tests").token)
"""


class Running:
    """The service; `links`: for each account the path of its one-time link."""

    def __init__(self, home: Path, log: Path) -> None:
        self.env = {**os.environ, "TRIALRULES_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        for name in ("DATABASE_URL", "TRIALRULES_URL"):
            self.env.pop(name, None)
        words = [sys.executable, "-m", "trialrules", "serve", "--demo", "--port", "0", "--home", str(home)]
        with log.open("w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE, stderr=errors, text=True)
        # What it prints ends with an empty line after the links; then it listens.
        told = []
        while not told or told[-1].strip() or not any("/welcome/" in one for one in told):
            told.append(self.process.stdout.readline())
            assert told[-1], log.read_text(encoding="utf-8")[-2000:]
        text = "".join(told)
        self.url = re.search(r"http://\S+", text)[0].rstrip("/")
        self._tokens: dict[str, str] = {}
        self.links = dict(re.findall(rf"  ([\w-]+) +{re.escape(self.url)}(/welcome/[\w-]+)\n", text))

    def ask(self, username: str, method: str, path: str, body: object = None):
        """What the JSON interface answers somebody; the token is made as an administrator's command makes it."""
        if username not in self._tokens:
            words = [sys.executable, "-c", _TOKEN.format(username)]
            done = subprocess.run(words, env=self.env, capture_output=True, text=True, check=True)
            self._tokens[username] = done.stdout.strip()
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._tokens[username]}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own server
            return json.loads(response.read())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()


@contextmanager
def running(folder: Path):
    """The service with a home below `folder`, until the body is done."""
    home = folder / "home"
    home.mkdir(parents=True)
    one = Running(home, folder / "service.log")
    try:
        yield one
    finally:
        one.close()
