"""Accounts from the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from .conftest import environment, program


def test_an_account_from_its_link_to_its_end(own_home):
    made = program("user", "create", "wei.lin", "--name", "Wei Lin", "--role", "monitor", "--study", "as", "--site", "BJ", home=own_home)
    assert re.fullmatch(r"http://127\.0\.0\.1:8765/welcome/[\w-]{43}\n", made.stdout), made.stderr
    again = program("user", "link", "wei.lin", home=own_home)
    assert again.stdout != made.stdout
    granted = program("user", "grant", "wei.lin", "--role", "monitor", "--study", "aclf1", "--reason", "second study", home=own_home)
    assert granted.returncode == 0, granted.stderr
    assert program("user", "disable", "wei.lin", "--reason", "left", home=own_home).returncode == 0
    (wei,) = [one for one in json.loads(program("user", "list", "--format", "json", home=own_home).stdout) if one["username"] == "wei.lin"]
    assert wei == {
        "username": "wei.lin",
        "name": "Wei Lin",
        "active": False,
        "administrator": False,
        "second_factor": False,
        "roles": [
            {"study": "aclf1", "role": "monitor", "site": None, "unblinded": False},
            {"study": "as", "role": "monitor", "site": "BJ", "unblinded": False},
        ],
    }
    assert "wei.lin  Wei Lin  off" in program("user", "list", home=own_home).stdout
    assert program("audit", "verify", home=own_home).returncode == 0


SET_UP = """
from trialrules.service.operations import state; state.start()
import pyotp, time
from trialrules.service.models.accounts import User
from trialrules.service.work import accounts, factors
from trialrules.service.work.outcome import taken
taken(accounts.set_password(taken(accounts.new_link(None, "monitor")).token, "seven quiet herons wade"))
user = User.objects.get(username="monitor")
draft = factors.begin(user, "seven quiet herons wade", "")
taken(factors.set_up(user, draft, pyotp.TOTP(factors.shown(user, draft).key.replace(" ", "")).at(int(time.time()))))
"""


def test_a_second_factor_is_reset_and_required_at_the_machine(own_home):
    subprocess.run([sys.executable, "-c", SET_UP], env=environment(TRIALRULES_HOME=str(own_home)), timeout=100, check=True)
    assert "monitor  Mo Ning  second factor" in program("user", "list", home=own_home).stdout
    done = program("user", "reset-second-factor", "monitor", "--reason", "telephone lost, seen in person", home=own_home)
    assert done.returncode == 0, done.stderr
    assert "second factor" not in program("user", "list", home=own_home).stdout
    assert program("user", "second-factor", home=own_home).stdout == "optional\n"
    assert program("user", "second-factor", "--required", "--reason", "decided by the sponsor", home=own_home).stdout == "required\n"
    assert program("user", "second-factor", home=own_home).stdout == "required\n"
    assert program("user", "second-factor", "--optional", "--reason", "devices are late", home=own_home).stdout == "optional\n"
    assert program("audit", "verify", home=own_home).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "Wei Lin"], "small letters"),
        (["create", "admin"], "already"),
        (["create", "wei", "--role", "monitor", "--study", "nothing"], "there are: aclf1, aclf2, as"),
        (["create", "wei", "--role", "monitor", "--study", "as", "--site", "XX"], "no site XX"),
        (["create", "wei", "--role", "monitor"], "belongs to a --study"),
        (["link", "nobody"], "no such user"),
        (["second-factor", "--required"], "need a --reason"),
        (["second-factor", "--reason", "because"], "need a --reason"),
        (["second-factor", "--required", "--reason", " "], "needs a reason"),
        (["reset-second-factor", "monitor", "--reason", "lost"], "monitor has no second factor"),
        (["disable", "nobody", "--reason", "gone"], "there is no user nobody"),
        (["disable", "monitor", "--reason", " "], "needs a reason"),
    ],
)
def test_refusals(demo_home, words, said):
    done = program("user", *words, home=demo_home)
    assert done.returncode == 2
    assert said in done.stderr
    assert "wei" not in program("user", "list", home=demo_home).stdout
