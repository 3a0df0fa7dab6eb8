"""The service with its demonstration, in a process of its own: prints the one-time links, then serves until it is ended."""

from __future__ import annotations

import json
import sys

from trialrules.service import setup

setup.migrate()

from trialrules.service.work.demo import load_demo  # noqa: E402 - after Django is ready
from trialrules.service.wsgi import application  # noqa: E402
from waitress import create_server  # noqa: E402

links = dict(load_demo().links)
server = create_server(application, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
print(json.dumps(links), flush=True)
server.run()
