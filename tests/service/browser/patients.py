"""Patients whom people hand in: the demonstration's FHIR bundle with its days moved, and bundles of others."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .person import ROOT

SYNTHEA = ROOT.parent / "shared" / "data" / "synthea-r4" / "bundles"
_FILE_DAY = date(2026, 3, 2)
_DAY = re.compile(r"\b2026-[0-9]{2}-[0-9]{2}(?![0-9])")
_CREATININE = "2160-0"


def today() -> date:
    """Today at the sites of the demonstration."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _codes(resource: dict[str, object]) -> list[str]:
    return [one["code"] for one in resource.get("code", {}).get("coding", [])]


def bundle_without_creatinine() -> dict[str, object]:
    """A FHIR bundle of somebody who was screened 14 days ago and is randomized today; nobody has measured the creatinine."""
    text = (ROOT / "demo" / "as_03_provisional.json").read_text(encoding="utf-8")
    moved = (today() - timedelta(days=14)) - _FILE_DAY
    bundle = json.loads(_DAY.sub(lambda found: (date.fromisoformat(found[0]) + moved).isoformat(), text))
    kept = [one for one in bundle["entry"] if _CREATININE not in _codes(one["resource"])]
    assert len(kept) == len(bundle["entry"]) - 1
    screening = next(one["resource"] for one in kept if "screening" in _codes(one["resource"]))
    randomized = json.loads(json.dumps(screening).replace('"screening"', '"randomization"'))
    kept.append({"resource": {**randomized, "id": "obs-30", "effectiveDateTime": today().isoformat()}})
    return upload({**bundle, "entry": kept})


def upload(bundle: dict[str, object]) -> dict[str, object]:
    """A file as Playwright puts it into a form."""
    return {"name": "patient.json", "mimeType": "application/json", "buffer": json.dumps(bundle).encode()}


def allocate(pharmacist, subject: str, arm: str) -> None:
    """The one who keeps the list says part and arm of a subject."""
    page = pharmacist.open(f"/s/as/subjects/{subject}/page").page
    page.select_option("#part", "phase2")
    page.select_option("#arm", arm)
    page.fill("#why-arm", "randomization list")
    page.click("button[value=allocate]")
    page.wait_for_url("**/page*")
    assert pharmacist.settled().page.input_value("#arm") == arm
