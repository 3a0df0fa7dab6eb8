"""The samples of docs/api.md do what the page says, one after the other, against the running service."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from ..service.running import running
from .samples import ROOT, blocks_of

PAGE = ROOT / "docs" / "api.md"
_PASSWORD = "four calm otters swim"
_SET = f"""
from trialrules.service import setup
setup.start()
from trialrules.service.models.accounts import User
from trialrules.service.work import accounts
user = User.objects.get(username="{{}}")
user.set_password("{_PASSWORD}")
user.save()
print(accounts.create_token(user, "samples").token)
"""


def token_of(service, username):
    done = subprocess.run([sys.executable, "-c", _SET.format(username)], env=service.env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_samples_run_against_the_service(tmp_path):
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("the samples are for curl and jq")
    blocks = [block for block in blocks_of(PAGE.read_text(encoding="utf-8")) if block.kind == "sh"]
    assert len(blocks) >= 7
    with running(tmp_path) as service:
        given = {"URL": service.url, "PASSWORD": _PASSWORD}
        given |= {name.upper(): token_of(service, name) for name in ("coordinator", "investigator")}
        script = "set -euo pipefail\n" + "\n".join(f"echo 'line {block.line}' >&2\n{block.body}" for block in blocks)
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=service.env | given, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 0, f"the sample of {done.stderr.strip().splitlines()[-1]} failed:\n{done.stdout[-2000:]}"
    # What the page asks jq to confirm, jq has confirmed.
    asserted = sum(block.body.count("--exit-status") for block in blocks)
    assert done.stdout.splitlines().count("true") == asserted
