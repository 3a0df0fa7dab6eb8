"""Missing items given to people of the site: shown with the item and on the worklist, gone once the item is there."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from trialrules.service import clock
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.todo import Assignment
from trialrules.service.work import enrolment, integrity, subjects, todo
from trialrules.service.work.outcome import taken

from ..conftest import NOON
from ..world import code
from .test_why import url, words_of


@pytest.fixture
def subject(world):
    return world.decided("S-03", file="aclf_03_missing_inr.json")


def give(world, subject, *, by=None, item="inr", owner=None, due="2026-03-05"):
    owner = world.coordinator.username if owner is None else owner
    return todo.assign(by or world.coordinator, subject, item, owner, due)


def test_given_on_the_list_and_shown_there_and_on_the_worklist(world, subject, as_):
    client = as_("coordinator")
    assert "Coordinator Name" in client.get(url(subject, "missing")).content.decode()
    form = {"item": "inr", "owner": world.coordinator.username, "due": "2026-03-05"}
    done = client.post(url(subject, "todo"), form)
    assert done.headers["Location"] == url(subject, "missing")
    for page in (url(subject, "missing"), url(subject), "/s/aclf1/worklist"):
        assert "☐ Coordinator Name, until 2026-03-05" in words_of(client.get(page))
    assert "☐ Coordinator Name，截止 2026-03-05" in words_of(as_("monitor", "zh").get(url(subject, "missing")))
    told = [{"item": "inr", "owner": world.coordinator.username, "due": "2026-03-05"}]
    assert json.loads(client.get(url(subject, "missing.json")).content)["todo"] == told
    (row,) = json.loads(client.get("/s/aclf1/worklist.json").content)["subjects"]
    assert row["todo"] == {"owner": world.coordinator.username, "due": "2026-03-05", "overdue": False}
    (line,) = csv.DictReader(io.StringIO(b"".join(client.get("/s/aclf1/worklist.csv")).decode("utf-8-sig")))
    assert (line["todo_owner"], line["todo_due"], line["waiver"]) == (world.coordinator.username, "2026-03-05", "false")


def test_facets_by_person_and_overdue(world, subject, as_):
    taken(give(world, subject))
    taken(give(world, subject, item="other_unsuitability", owner=world.investigator.username, due="2026-03-09"))
    world.decided("S-01")

    def asked(query=""):
        # Somebody who has just signed in: sessions end while nobody asks.
        return json.loads(as_("monitor").get(f"/s/aclf1/worklist.json?{query}").content)

    def shown(query):
        return [one["subject"] for one in asked(query)["subjects"]]

    def counts():
        found = asked()["facets"]
        return found["owner"], found["due"]

    owners = {world.coordinator.username: 1, world.investigator.username: 1}
    assert counts() == (owners, {})
    assert shown(f"owner={world.coordinator.username}") == ["S-03"]
    assert shown("owner=nobody") == []
    assert shown("due=overdue") == []
    with clock.standing_at(NOON + timedelta(days=4)):
        assert counts() == (owners, {"overdue": 1})
        assert shown("due=overdue") == ["S-03"]
        # The investigator's item is not overdue, though another of the same subject is.
        assert shown(f"due=overdue&owner={world.investigator.username}") == []
        assert "☐ Coordinator Name, until 2026-03-05 (overdue)" in words_of(as_("monitor").get(url(subject, "missing")))


def test_an_item_that_is_there_is_nobody_s_any_more(world, subject):
    taken(give(world, subject))
    fact = {"fact": "inr", "value": 1.8, "date": "2026-03-02"}
    taken(subjects.enter_facts(world.coordinator, subject, subject.version, [fact], "new value"))
    assert not Assignment.objects.exists()
    told = AuditEntry.objects.filter(action__startswith="missing item").order_by("seq").values_list("action", "old", "new")
    item = json.dumps({"due": "2026-03-05", "item": "inr", "owner": world.coordinator.username}, separators=(",", ":"))
    assert list(told) == [("missing item given", "", item), ("missing item settled", item, "")]
    assert list(integrity.flaws()) == []


def test_it_is_given_to_another_and_taken_back_with_a_trace(world, subject):
    taken(give(world, subject))
    taken(give(world, subject))
    taken(give(world, subject, owner=world.investigator.username, due="2026-03-06"))
    assert taken(give(world, subject, owner="")) is None
    assert not Assignment.objects.exists()
    told = [entry.action for entry in AuditEntry.objects.filter(action__startswith="missing item").order_by("seq")]
    assert told == ["missing item given", "missing item given", "missing item taken back"]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"item": "creatinine"}, "item-unknown"),
        ({"owner": "nobody"}, "owner-unknown"),
        ({"due": ""}, "day-wrong"),
        ({"due": "2026-03"}, "day-wrong"),
        ({"due": "2026-03-01"}, "day-past"),
    ],
)
def test_what_does_not_fit_is_refused(world, subject, change, wanted):
    assert code(give(world, subject, **change)) == wanted
    assert not Assignment.objects.exists()


def test_only_who_enters_data_at_the_site_gives_and_gets(world, subject, as_):
    assert code(give(world, subject, by=world.monitor)) == "forbidden"
    assert code(give(world, subject, by=world.local)) == "not-found"
    for other in (world.monitor, world.local, world.outsider):
        assert code(give(world, subject, owner=other.username)) == "owner-unknown"
    form = {"item": "inr", "owner": world.coordinator.username, "due": "2026-03-05"}
    assert as_("monitor").post(url(subject, "todo"), form).status_code == 403
    assert as_("local").post(url(subject, "todo"), form).status_code == 404
    assert 'name="owner"' not in as_("monitor").get(url(subject, "missing")).content.decode()


def test_nothing_is_asked_of_who_has_left(world, subject, as_):
    taken(give(world, subject))
    left = taken(enrolment.end(world.coordinator, subject, subject.version, "screen failed", "2026-03-02", "moved away"))
    assert code(give(world, left)) == "wrong-order"
    (row,) = json.loads(as_("monitor").get("/s/aclf1/worklist.json").content)["subjects"]
    assert row["todo"] is None
    assert json.loads(as_("monitor").get("/s/aclf1/worklist.json").content)["facets"]["owner"] == {}
