"""What the audit trail calls things: a closed list with a Chinese word for each; the record itself stays English."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.overrides import MarkKind
from trialrules.service.models.studies import RuleStatus
from trialrules.service.pages.action_words import action_words, chinese, target_asked, target_words
from trialrules.service.work import audit
from trialrules.service.work.actions import ACTIONS, TARGETS


def test_every_action_and_every_kind_of_thing_has_its_own_chinese_word():
    for listed, words in ((ACTIONS, chinese()["actions"]), (TARGETS, chinese()["targets"])):
        assert words.keys() == listed
        assert [key for key, word in words.items() if not re.search("[一-鿿]", word)] == []
        assert len(set(words.values())) == len(words)


def test_an_action_that_is_not_in_the_list_is_not_written(db):
    with transaction.atomic(), pytest.raises(ValueError, match="'filed' is not in the list of actions"):
        audit.write("nobody", "filed", "study aclf1")
    assert not AuditEntry.objects.exists()


def test_actions_that_are_put_together_are_in_the_list():
    together = {f"rules {one}" for one in RuleStatus.values if one != RuleStatus.DRAFT} | {f"override {one}" for one in MarkKind.values}
    assert together <= ACTIONS


def test_the_chinese_trail_is_chinese_and_its_twins_are_the_record(world, as_):
    world.decided()
    client = as_("monitor", "zh")
    page = client.get("/s/aclf1/audit").content.decode()
    rows = [re.findall(r'data-label="(?:操作|对象)">([^<]*)<', row) for row in page.split("<tr ")[1:]]
    assert rows[:2] == [["判定", "受试者 S-01"], ["创建受试者", "受试者 S-01"]]
    assert '<option value="decided">判定</option>' in page
    assert not re.search(r"</details>.*subject S-01", page, re.DOTALL)
    newest = client.get("/s/aclf1/audit.json").json()["entries"][0]
    assert (newest["action"], newest["target"]) == ("decided", "subject S-01")


@pytest.mark.parametrize(("typed", "seqs"), [("受试者 S-01", 2), ("subject S-01", 2), ("S-01", 2), ("受试者 S-02", 0)])
def test_the_trail_is_searched_in_the_words_it_shows(world, as_, typed, seqs):
    world.decided()
    assert len(as_("monitor", "zh").get("/s/aclf1/audit.json", {"target": typed}).json()["entries"]) == seqs


def test_names_are_never_translated():
    assert target_words("level level", "zh") == "剂量组 level"
    assert target_words("installation", "zh") == "installation"
    assert target_words("subject A-07", "en") == "subject A-07"
    assert target_asked("受试者", "zh") == "subject"
    assert target_asked("受试者 A-07", "en") == "受试者 A-07"
    assert action_words("decided", "en") == "decided"
    assert action_words("of another version", "zh") == "of another version"


def test_the_folded_line_of_a_decision_is_its_outcome(world, as_):
    world.decided()
    page = as_("monitor").get("/s/aclf1/audit?action=decided").content.decode()
    assert re.findall(r"<summary>([^<]*)</summary>", page) == ["outcome eligible"]
    assert ">2026-03-02 04:00:00<span" in page
