"""The samples in `deploy`: what they call is there, and the programs that read them take them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from trialrules.service.operations import server

from .conftest import program

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
UNITS = ["trialrules.service", "trialrules@.service"]


def is_understood(words):
    """Unknown verbs and options are refused before the help is shown."""
    done = program(*words, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: " in done.stdout


def settings_of(unit):
    return dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / unit).read_text(), re.MULTILINE))


def test_a_mistyped_option_would_be_seen():
    assert program("serve", "--prox", "*", "--help").returncode == 2


@pytest.mark.parametrize("unit", UNITS)
def test_units_start_what_is_there(unit):
    settings = settings_of(unit)
    binary, *words = shlex.split(settings["ExecStart"].replace("%i", "8765"))
    assert binary.endswith("/bin/trialrules")
    is_understood(words)
    assert int(settings["TimeoutStopSec"]) > server.GRACE_SECONDS
    assert settings["StateDirectoryMode"] == "0700"


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_units(tmp_path, unit):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / unit).read_text().replace("/opt/trialrules/bin/trialrules", sys.executable)
    path = tmp_path / unit.replace("@", "@8765")
    path.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_calls_what_is_there():
    # Docker itself is not asked: it is neither on every machine nor able to do without a daemon.
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name, grace in (("migrate", None), ("first", "30s"), ("second", "30s")):
        is_understood(services[name]["command"])
        assert services[name].get("stop_grace_period") == grace
        assert services[name]["image"] == services["migrate"]["image"]
    assert services["first"] == services["second"]
    assert "DATABASE_OWNER_URL" not in services["first"]["environment"]
    for one in services.values():
        assert set(one.get("depends_on", [])) <= services.keys()
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).is_file(), source
    build = services["migrate"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    named = set(re.findall(r"\{\$(\w+):", (DEPLOY / "Caddyfile").read_text()))
    assert named == services["proxy"]["environment"].keys()


def test_the_image_installs_and_starts_what_is_there():
    text = (DEPLOY / "Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = re.search(r"pip install .*'/source\[(\w+)\]'", text)[1]
    assert extra in project["optional-dependencies"]
    assert re.search(r'ENTRYPOINT \["(\w+)"\]', text)[1] in project["scripts"]
    home = re.search(r"ENV TRIALRULES_HOME=(\S+)", text)[1]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert {volume for name in ("migrate", "first") for volume in services[name]["volumes"]} == {f"home:{home}"}
    assert "bookworm" in text, "whose pg_dump"
    assert services["database"]["image"] == "postgres:15", "belongs to this server"


def test_no_proxy_before_a_service_with_tls_is_refused(tmp_path):
    done = program("serve", "--port", "0", home=tmp_path / "home", TRIALRULES_URL="https://trials.example.org")
    assert done.returncode == 2
    assert "--proxy 127.0.0.1" in done.stderr
    assert not (tmp_path / "home").exists()
