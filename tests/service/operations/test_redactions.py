"""After a redaction: the installation, its exports and its copies verify, and hold the text no more."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from .conftest import environment, program
from .test_export import verified

TEXT = "20260301-118"
APPROVE = """
from trialrules.service.operations import state; state.start()
from trialrules.service.models.redactions import Redaction
from trialrules.service.models.studies import Study
from trialrules.service.models.accounts import User
from trialrules.service.work import accounts, redactions
from trialrules.service.work.outcome import taken
user = taken(accounts.set_password(taken(accounts.new_link(None, "investigator")).token, "seven quiet herons wade"))
done = taken(redactions.approve(user, redactions.find(user, Study.objects.get(slug="aclf1"), 1), "seven quiet herons wade"))
print(done.state)
"""


@pytest.fixture
def redacted(own_home):
    """An installation in which the redaction of the demonstration is approved."""
    env = environment(TRIALRULES_HOME=str(own_home))
    done = subprocess.run([sys.executable, "-c", APPROVE], env=env, capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout == "done\n"
    return own_home


def whole(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.req("T-15")
def test_the_installation_and_its_copies(redacted, tmp_path):
    done = program("audit", "verify", home=redacted)
    assert (done.returncode, "all is as it was written" in done.stdout) == (0, True), done.stdout
    again = program("replay", "--all", "--study", "aclf1", home=redacted)
    assert again.returncode == 0
    (line,) = [one for one in again.stdout.splitlines() if "redacted" in one]
    assert "R-1, asked for by coordinator, approved by investigator, 20" in line
    said = json.loads(program("replay", "--all", "--study", "aclf1", "--format", "json", home=redacted).stdout)
    assert sorted(len(one["redacted"]) for one in said["decisions"])[-2:] == [0, 1]
    copy = tmp_path / "copy.sqlite3"
    assert program("backup", copy, home=redacted).returncode == 0
    back = program("restore", copy, "--home", tmp_path / "new")
    assert (back.returncode, "all is as it was written" in back.stdout) == (0, True), back.stdout + back.stderr


@pytest.mark.req("T-15")
@pytest.mark.req("T-16")
@pytest.mark.parametrize("words", [[], ["--blinded"]])
def test_an_export_verifies_alone_and_its_record_says_so(redacted, tmp_path, words):
    folder = tmp_path / "aclf1"
    assert program("export", "aclf1", "--output", folder, *words, home=redacted).returncode == 0
    done = verified(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    subject = json.loads((folder / "subjects" / "L-01.json").read_text())
    assert "[redacted R-1]" in subject["document"]
    assert TEXT not in "".join(text.decode() for name, text in whole(folder).items() if "L-01" in name)
    page = (folder / "subjects" / "L-01.html").read_text()
    assert "Redacted since: R-1, asked for by coordinator, approved by investigator" in page
    (record,) = [path for path in (folder / "decisions").glob("*.json") if json.loads(path.read_text())["subject"] == "L-01"]
    assert TEXT not in record.read_text()
    again = program("replay", "--record", record)
    assert (again.returncode, "redacted: R-1" in again.stdout) == (0, True)


@pytest.mark.req("T-15")
def test_what_is_changed_in_a_redacted_record_is_seen(redacted, tmp_path):
    import hashlib

    folder = tmp_path / "aclf1"
    assert program("export", "aclf1", "--output", folder, home=redacted).returncode == 0
    (path,) = [path for path in (folder / "decisions").glob("*.json") if json.loads(path.read_text())["subject"] == "L-01"]
    path.write_text(path.read_text().replace("[redacted R-1]", "somebody else"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    done = verified(folder)
    assert (done.returncode, f"decision {path.stem}: the record is not what was written" in done.stdout) == (1, True)
