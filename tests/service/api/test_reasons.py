"""What changes a record needs a reason that says something; without one nothing is written."""

from __future__ import annotations

import pytest
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.subjects import Subject

ONE = "/studies/aclf1/subjects/S-01"
WHY_NOT = [None, "", "  ", "..", "ab"]


def changes(version):
    """Address and body of each change that needs a reason."""
    return [
        (f"{ONE}/facts/0", {"version": version, "fact": None}),
        (f"{ONE}/allocation", {"version": version, "arm": "low"}),
        (f"{ONE}/end", {"version": version, "status": "withdrawn", "day": "2026-03-02"}),
        (f"{ONE}/move", {"version": version, "visit": "d28", "to": "2026-04-01", "apply": True}),
    ]


@pytest.mark.req("T-11")
@pytest.mark.parametrize("reason", WHY_NOT, ids=repr)
def test_no_change_without_a_reason(world, program, reason):
    subject = world.enrolled("S-01")
    someone = program(world.unblinded)
    before = list(AuditEntry.objects.order_by("pk").values_list("hash", flat=True))
    for path, body in changes(subject.version):
        status, problem = someone.post(path, body if reason is None else body | {"reason": reason})
        assert (path, status) == (path, 422), problem
    assert Subject.objects.get(code="S-01").version == subject.version
    assert list(AuditEntry.objects.order_by("pk").values_list("hash", flat=True)) == before
