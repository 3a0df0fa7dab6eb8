"""The offline copy: complete, readable, and verifiable without database and Django."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from .conftest import environment, program

ALONE = (
    "import sys; sys.modules['django'] = None; sys.modules['waitress'] = None\n"
    "from trialrules.cli import run; sys.exit(run(['audit', 'verify', '--export', *sys.argv[1:]]))"
)


def verified(folder, *words):
    env = environment(TRIALRULES_HOME="/nowhere")
    return subprocess.run(
        [sys.executable, "-c", ALONE, str(folder), *words], env=env, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def copy(demo_home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "aclf2"
    done = program("export", "aclf2", "--output", folder, home=demo_home)
    assert done.returncode == 0, done.stderr
    return folder, dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.req("T-16")
def test_a_copy_is_verified_alone(copy):
    folder, told = copy
    done = verified(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"aclf2: {told['audit']}" in done.stdout
    assert f"manifest {told['manifest']}" in done.stdout
    assert "each come to again" in done.stdout


@pytest.mark.req("T-16")
def test_a_copy_is_complete(copy, demo_home):
    folder, _ = copy
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["subjects"] == len(list((folder / "subjects").glob("*.html"))) > 2
    assert manifest["decisions"] == len(list((folder / "decisions").glob("*.json"))) > 2
    assert list((folder / "rules").rglob("aclf_phase2.rules"))
    assert len((folder / "audit.jsonl").read_text().splitlines()) == manifest["entries"]
    last = json.loads((folder / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["actor"]) == ("exported", "command line")
    index = (folder / "index.html").read_text()
    assert manifest["head"] in index
    assert all(f'href="subjects/{page.name}"' in index for page in (folder / "subjects").glob("*.html"))


@pytest.mark.req("T-07")
def test_signatures_stand_in_pages_and_json(copy):
    folder, _ = copy
    signed = [json.loads(path.read_text()) for path in (folder / "decisions").glob("*.json")]
    signed = [one for one in signed if one["signature"]]
    assert signed
    for one in signed:
        signature = one["signature"]
        page = (folder / "subjects" / f"{one['subject']}.html").read_text()
        assert f"Signed by {signature['printed_name']}" in page
        assert f"{signature['created']} UTC, zone of the site {signature['zone']}" in page
        assert f"Meaning: {signature['meaning']}" in page


@pytest.mark.req("T-16")
def test_whatever_is_changed_is_seen(copy, tmp_path):
    import shutil

    folder, _ = copy
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    for number, name in enumerate(files):
        spoilt = shutil.copytree(folder, tmp_path / str(number))
        content = bytearray((spoilt / name).read_bytes())
        content[len(content) // 2] ^= 1
        (spoilt / name).write_bytes(bytes(content))
        from trialrules.service.operations import offline

        faults = offline.verify(spoilt, replay=False).faults
        assert any(str(name.as_posix()) in fault for fault in faults), name


@pytest.mark.req("T-16")
def test_a_manifest_made_to_fit_does_not_help(copy, tmp_path):
    """Whoever changes a record and the digest of its file is betrayed by the hash of the record, and by the chain."""
    import hashlib
    import shutil

    from trialrules.service.operations import offline

    folder, _ = copy
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    path = next((spoilt / "decisions").glob("*.json"))
    record = json.loads(path.read_text())
    record["reason"] = record["hashed"]["reason"] = "another"
    path.write_text(json.dumps(record))
    manifest = json.loads((spoilt / "manifest.json").read_text())
    manifest["files"][path.relative_to(spoilt).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    (spoilt / "manifest.json").write_text(json.dumps(manifest))
    assert f"decision {path.stem}: the record is not what was written" in offline.verify(spoilt).faults
    line = (spoilt / "audit.jsonl").read_text().splitlines()
    (spoilt / "audit.jsonl").write_text("\n".join([*line[:3], *line[4:]]) + "\n")
    assert "audit: entry 4: the entry is missing" in offline.verify(spoilt, replay=False).faults


@pytest.mark.req("T-22")
def test_a_blinded_copy_tells_no_arm(demo_home, tmp_path):
    folder = tmp_path / "blinded"
    assert program("export", "aclf2", "--output", folder, "--blinded", home=demo_home).returncode == 0
    whole = "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file() and "rules" not in path.relative_to(folder).parts)
    assert '"arm":"' not in whole.replace('"arm":"(blinded)"', "").replace('\\"arm\\":\\"(blinded)\\"', "")
    assert "&quot;arm&quot;" not in whole
    assert '"salt":"' not in whole
    done = verified(folder)
    assert done.returncode == 0, done.stdout
    assert "entries are blinded" in done.stdout


def test_nothing_is_written_over(demo_home, tmp_path):
    (tmp_path / "there.txt").write_text("mine")
    done = program("export", "aclf2", "--output", tmp_path, home=demo_home)
    assert done.returncode == 2
    assert "name a new folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there.txt"]


def test_there_is_no_such_study(demo_home, tmp_path):
    done = program("export", "nothing", "--output", tmp_path / "x", home=demo_home)
    assert done.returncode == 2
    assert "there are: aclf1, aclf2, as" in done.stderr


def test_a_folder_that_is_no_copy(tmp_path):
    done = program("audit", "verify", "--export", tmp_path)
    assert done.returncode == 2
    assert "this is no export" in done.stderr


def test_names_of_files_stay_apart():
    from trialrules.service.operations.export import file_name

    assert file_name("S-01") == "S-01"
    assert len({file_name(name) for name in ("a/b", "a b", "a~b", "..", ".", "a\\b")}) == 6
    assert all(not set(file_name(name)) & set("/\\ ") and not file_name(name).startswith(".") for name in ("a/b", "..", "../x"))


OVERRIDDEN = """
from trialrules.service.operations import state; state.start(); state.need_database()
from trialrules.service.models.accounts import User
from trialrules.service.models.studies import Study
from trialrules.service.models.subjects import Subject
from trialrules.service.work import accounts, overrides, screening
from trialrules.service.work.outcome import taken
study = Study.objects.get(slug="aclf1")
other = taken(accounts.create_user(None, "second", "Second Name")).user
taken(accounts.grant(None, other, study, "investigator", reason="second investigator"))
subject = Subject.objects.get(study=study, code="L-02")
lin = User.objects.get(username="investigator")
found = taken(overrides.record(lin, screening.latest(subject), "E5", "the sponsor agrees", "letter 17"))
taken(overrides.seal(other, found))
print(found.pk)
"""


@pytest.fixture
def overridden(own_home, tmp_path):
    env = environment(TRIALRULES_HOME=str(own_home))
    done = subprocess.run([sys.executable, "-c", OVERRIDDEN], env=env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "aclf1"
    assert program("export", "aclf1", "--output", folder, home=own_home).returncode == 0
    return folder, done.stdout.strip()


@pytest.mark.req("T-05")
def test_overrides_stand_in_the_copy_and_are_verified(overridden):
    import json
    import shutil

    from trialrules.service.operations import offline

    folder, number = overridden
    assert offline.verify(folder, replay=False).faults == ()
    page = (folder / "subjects" / "L-02.html").read_text()
    assert "<strong>Override of E5</strong> by Dr Lin (investigator, investigator)" in page
    assert "Countersigned by Second Name (second, investigator)" in page
    (path,) = [one for one in (folder / "decisions").glob("*.json") if json.loads(one.read_text())["overrides"]]

    def faults(change):
        spoilt = folder.with_name("spoilt")
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(folder, spoilt)
        record = json.loads(path.read_text())
        change(record)
        (spoilt / "decisions" / path.name).write_text(json.dumps(record))
        return [one for one in offline.verify(spoilt, replay=False).faults if "override" in one]

    name = f"decision {path.stem}"
    mark = json.loads(path.read_text())["overrides"][0]["countersigned"]["id"]
    said = lambda record: record["overrides"][0].update(reason="another")  # noqa: E731 - one of several changes
    hashed = lambda record: record["overrides_hashed"][0]["values"].update(reason="another")  # noqa: E731
    assert faults(said) == [f"{name}: override {number}: reason is not what its hash covers"]
    assert faults(hashed) == [
        f"{name}: override {number} is not what the audit trail vouches for",
        f"{name}: override {number}: reason is not what its hash covers",
    ]
    assert faults(lambda record: record["overrides"].clear()) == [
        f"{name}: override {number} is not shown",
        f"{name}: override {mark} is not shown",
    ]
    gone = faults(lambda record: record.update(overrides=[], overrides_hashed=[]))
    assert sorted(gone) == sorted([f"override {number}: it is missing", f"override {mark}: it is missing"])
