"""Accounts from the command line."""

from __future__ import annotations

import json
import re

import pytest

from .conftest import program


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
        "roles": [
            {"study": "aclf1", "role": "monitor", "site": None, "unblinded": False},
            {"study": "as", "role": "monitor", "site": "BJ", "unblinded": False},
        ],
    }
    assert "wei.lin  Wei Lin  off" in program("user", "list", home=own_home).stdout
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
        (["disable", "nobody", "--reason", "gone"], "there is no user nobody"),
        (["disable", "monitor", "--reason", " "], "needs a reason"),
    ],
)
def test_refusals(demo_home, words, said):
    done = program("user", *words, home=demo_home)
    assert done.returncode == 2
    assert said in done.stderr
    assert "wei" not in program("user", "list", home=demo_home).stdout
