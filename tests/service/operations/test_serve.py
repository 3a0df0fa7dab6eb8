"""One command starts the service, and says plainly why it can't."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import pytest

from .conftest import environment, fetched, program, started


def test_it_starts_answers_and_stops(own_home):
    process, url = started(own_home, "--demo")
    try:
        assert fetched(f"{url}/healthz") == (200, "ok\n")
        process.send_signal(signal.SIGTERM)
        # `communicate` would miss what came together with the first line, which `started` has read.
        with process.stdout, process.stderr:
            out, err = process.stdout.read(), process.stderr.read()
        process.wait(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert err.rstrip().endswith("stopped")
    links = re.findall(rf"{re.escape(url)}/welcome/([\w-]{{43}})\n", out)
    assert len(set(links)) == 8
    for role in ("administrator", "writer", "investigator", "coordinator", "coordinator, unblinded", "monitor"):
        assert f"  {role}  " in out


def test_the_check_goes_in_by_a_link(tmp_path):
    done = program("serve", "--demo", "--check", home=tmp_path / "unused")
    assert "ok   /healthz" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "unused").exists()


def test_without_demo_there_is_no_account(tmp_path):
    home = tmp_path / "new"
    done = program("serve", "--check", "--home", home)
    assert done.returncode == 0, done.stderr
    assert "0 accounts" in done.stderr
    assert program("user", "list", home=home).stdout == ""
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (home / "trialrules.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_demonstration_keeps_out_of_other_installations(tmp_path):
    home = tmp_path / "real"
    assert program("migrate", home=home).returncode == 0
    code = (
        "from trialrules.service.operations import state; state.start();"
        "from trialrules.service.work import accounts; accounts.create_study(None, 'ours', 'Ours', 'OURS')"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(TRIALRULES_HOME=str(home)), check=True, timeout=60)
    done = program("serve", "--demo", "--check", "--home", home)
    assert done.returncode == 2
    assert "a folder of its own" in done.stderr


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = program("serve", "--port", taken.getsockname()[1], home=tmp_path / "home")
    assert done.returncode == 2
    assert "choose another with --port" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.org"])  # noqa: S104 - refused, that is the point
def test_other_machines_are_let_in_behind_a_proxy_only(tmp_path, host):
    done = program("serve", "--host", host, home=tmp_path / "home")
    assert done.returncode == 2
    assert "TRIALRULES_URL=https://" in done.stderr


def test_a_setting_that_cannot_be_used(tmp_path):
    done = program("serve", "--check", home=tmp_path / "home", TRIALRULES_URL="http://trials.example.org")
    assert done.returncode == 2
    assert done.stderr.startswith("TRIALRULES_URL: ")


@pytest.mark.parametrize("words", [["serve"], ["user", "list"], ["backup", "x"], ["export", "as", "--output", "x"], ["doctor", "--iq"]])
def test_without_the_extra_it_says_what_to_install(words, tmp_path):
    code = "import sys; sys.modules['django'] = None; from trialrules.cli import run; sys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'trialrules[service]'" in done.stderr


def test_help_loads_no_django():
    code = "import sys; from trialrules.cli import run; run([sys.argv[1], '--help']); sys.exit('django' in sys.modules)"
    for verb in ("serve", "user", "migrate", "replay", "audit", "export", "backup", "restore", "doctor"):
        assert subprocess.run([sys.executable, "-c", code, verb], capture_output=True, check=False).returncode == 0, verb


def test_a_mistyped_home_is_no_new_installation(tmp_path):
    done = program("audit", "verify", "--home", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "there is no installation" in done.stderr
    assert not (tmp_path / "nowhere").exists()
