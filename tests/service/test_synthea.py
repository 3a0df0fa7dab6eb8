"""Patients of a hospital's size through the service: what it decides is what `trialrules screen` says of the same bundle."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from trialrules.canonical import strict_json_loads
from trialrules.cli import run
from trialrules.service import clock
from trialrules.service.models.subjects import Subject
from trialrules.service.work import documents, screening, subjects
from trialrules.service.work.outcome import taken

from .api.conftest import Program
from .world import ROOT, World

DATA = ROOT.parent / "shared" / "data" / "synthea-r4" / "bundles"
DAY = "2021-06-01"
NAMES = ("Renea_Quigley", "Angelic_Mueller", "Hershel_Marvin", "Thanh_Considine")
"""The largest, the smallest but one, the smallest, one between."""
STUDIES = ("aclf_phase1", "aclf_phase2", "ankylosing_spondylitis")

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="SKIPPED: the Synthea data are not beside this checkout (../shared/data/synthea-r4)"
)


def bundle(name):
    return next(DATA.glob(f"{name}_*.json"))


def said_by_the_program(study, name, capsys):
    """The decision of `trialrules screen`, as it prints it."""
    with contextlib.chdir(ROOT / "rules"):
        assert run(["screen", f"{study}.rules", "--patient", str(bundle(name)), "--on", DAY, "--format", "json"]) == 0
    # Every digit counts.
    return strict_json_loads(capsys.readouterr().out)


@pytest.fixture
def then():
    """Noon of that day, where the sites are."""
    with clock.standing_at(datetime(2021, 6, 1, 4, 0, tzinfo=UTC)):
        yield


@pytest.fixture(params=STUDIES)
def study_of_today(request, db, then):
    return request.param, World("study", f"{request.param}.rules")


def client_of(user):
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def test_the_largest_is_among_them():
    assert bundle(NAMES[0]).stat().st_size == max(one.stat().st_size for one in DATA.glob("*.json"))


def test_an_upload_is_decided_as_the_program_decides(study_of_today, capsys):
    study, world = study_of_today
    for at, name in enumerate(NAMES):
        made = taken(subjects.create(world.coordinator, world.study, world.site, f"S-{at}", bundle(name).read_bytes()))
        decision = taken(screening.decide(world.coordinator, made.subject)).new
        here, there = screening.result_of(decision), said_by_the_program(study, name, capsys)
        for part in ("decision", "provisional", "as_of", "sentence", "criteria", "needs", "flips", "nearest", "earliest_day"):
            assert here[part] == there[part], (study, name, part)
        assert [one.where for one in made.unused] == [one["where"] for one in there["unused"]]
        # What no criterion asks for is counted, and not kept.
        assert made.unused
        assert len(made.subject.document) < bundle(name).stat().st_size / 5
        assert here["unused"] == []


def test_over_http_the_same_comes_out_and_every_page_shows_it(study_of_today, capsys):
    study, world = study_of_today
    client, name = client_of(world.coordinator), NAMES[0]
    there = said_by_the_program(study, name, capsys)
    file = SimpleUploadedFile("record.json", bundle(name).read_bytes())
    made = client.post("/s/study/new-subject", {"site": "GZ", "code": "S-1", "file": file})
    assert made.status_code == 201
    words = unescape(made.content.decode())
    for one in there["unused"]:
        assert one["reason"] in words
    subject = Subject.objects.get(code="S-1")
    assert f"{len(documents.facts_of(subject.document))} facts of the record were kept." in words
    twin = client.get("/s/study/subjects/S-1/why.json").json()
    assert [(one["id"], one["verdict"]) for one in twin["result"]["criteria"]] == [(one["id"], one["verdict"]) for one in there["criteria"]]
    for page in ("why", "missing", "page"):
        response = client.get(f"/s/study/subjects/S-1/{page}")
        assert (page, response.status_code) == (page, 200)
    page = unescape(client.get("/s/study/subjects/S-1/why").content.decode())
    assert all(f'id="c-{one["id"]}"' in page for one in there["criteria"])
    for one in there["criteria"]:
        assert client.get(f"/s/study/subjects/S-1/criteria/{one['id']}").status_code == 200, one["id"]


def test_by_the_api_the_same_comes_out(study_of_today, capsys):
    study, world = study_of_today
    name = NAMES[1]
    there = said_by_the_program(study, name, capsys)
    program = Program(world.coordinator)
    patient = json.loads(bundle(name).read_text(encoding="utf-8"))
    status, made = program.post("/studies/study/subjects", {"subject": "S-1", "site": "GZ", "patient": patient})
    assert status == 201
    assert made["unused"] == there["unused"]
    status, decided = program.post("/studies/study/subjects/S-1/decisions", {})
    assert status == 201
    _, whole = program.get(f"/studies/study/subjects/S-1/decisions/{decided['decision']['id']}")
    assert whole["result"]["criteria"] == there["criteria"]


def test_the_created_page_for_programs_lists_what_was_not_kept(db, then):
    world = World("study")
    file = SimpleUploadedFile("record.json", bundle(NAMES[2]).read_bytes())
    fields = {"site": "GZ", "code": "S-1", "file": file}
    made = client_of(world.coordinator).post("/s/study/new-subject", fields, headers={"Accept": "application/json"})
    assert (made.status_code, made.json()["schema"], made.json()["subject"]) == (201, "trialrules/created/1", "S-1")
    assert {one["code"] for one in made.json()["unused"]} <= {"no fact", "kind not read", "deceased"}
    assert made.json()["kept"] > 0
