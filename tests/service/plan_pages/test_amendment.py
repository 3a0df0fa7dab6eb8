"""Rules from draft to force, and what an amendment changes for whom: on the page, in its table, for programs."""

from __future__ import annotations

import csv
import io

import pytest
from trialrules.service import clock
from trialrules.service.models.decisions import Decision
from trialrules.service.models.studies import RuleVersion
from trialrules.service.work import amendment, rules, screening, signing
from trialrules.service.work.outcome import taken

from ..api.conftest import Program
from ..world import PASSWORD, code


def replaced(world, old, new, label):
    text = world.version.files[world.version.main]
    assert old in text
    files = {**world.version.files, world.version.main: text.replace(old, new, 1)}
    return taken(rules.import_version(world.writer, world.study, world.version.main, files, label=label, note="amendment 1"))


@pytest.fixture
def amended(world):
    """The included rules for people of 50 years or more."""
    return replaced(world, "age at screening >= 18 years", "age at screening >= 50 years", "2.0")


def older(patient):
    """The same patient, born early enough for both versions."""
    return {**patient, "birth_date": "1970-01-15"}


@pytest.fixture
def three(world):
    """S-01 is too young for the amended rules, S-02 is not, S-03 is too young and at another site."""
    world.decided("S-01")
    world.decided("S-02", change=older)
    world.decided("S-03", site=world.other_site)


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.req("T-19")
def test_an_amendment_lists_exactly_the_subjects_whose_verdict_changes(world, amended, three):
    found = taken(amendment.effect(world.investigator, world.version, amended))
    assert [(one.code, one.site, one.before, one.after, one.criteria, one.problem) for one in found.changed] == [
        ("S-01", "GZ", "eligible", "ineligible", (("I2", "met", "not met"),), ""),
        ("S-03", "CD", "eligible", "ineligible", (("I2", "met", "not met"),), ""),
    ]
    assert (found.compared, found.total) == (3, 3)
    assert [found.becoming(word) for word in ("ineligible", "eligible", "undetermined")] == [2, 0, 0]
    # The other way round both are gained.
    assert taken(amendment.effect(world.investigator, amended, world.version)).becoming("eligible") == 2


@pytest.mark.req("T-19")
def test_old_decisions_stay_as_they_were(world, amended, three):
    before = list(Decision.objects.order_by("pk").values())
    taken(amendment.effect(world.investigator, world.version, amended))
    taken(rules.review(world.investigator, amended, "read"))
    taken(rules.approve(world.administrator, amended, "fine"))
    taken(rules.put_in_force(world.administrator, amended, world.site, clock.today("Asia/Shanghai"), "amendment 1"))
    assert list(Decision.objects.order_by("pk").values()) == before
    # Who is decided again gets a new decision beside the old one.
    subject = Decision.objects.get(subject__code="S-01").subject
    new = taken(screening.decide(world.coordinator, subject, "amendment 1")).new
    assert (new.decision, new.rule_version.label, new.supersedes.decision, new.supersedes.rule_version.label) == (
        "ineligible", "2.0", "eligible", "1.0",
    )  # fmt: skip
    assert [row for row in Decision.objects.order_by("pk").values() if row["id"] != new.pk] == before


@pytest.mark.req("T-19")
def test_who_is_enrolled_is_compared_as_of_the_day_that_was_signed(world, amended):
    world.enrolled("S-01", arm=None)
    with clock.standing_at(clock.now().replace(year=2027)):
        found = taken(amendment.effect(world.investigator, world.version, amended))
    assert [(one.as_of, one.before, one.after) for one in found.changed] == [("2026-03-02", "eligible", "ineligible")]


@pytest.mark.req("T-19")
def test_a_record_that_one_version_cannot_read_is_listed_with_the_reason(world):
    extra = {"fact": "sentinel_mark", "value": 5, "date": "2026-03-01"}
    world.subject("S-01", change=lambda patient: {**patient, "facts": [*patient["facts"], extra]})
    # Version 1.0 does not ask for it; 2.1 does, and takes no number for it.
    other = replaced(world, "\ninclusion ", '\nfacts\n  sentinel_mark "Sentinel mark" event\n\ninclusion ', "2.1")
    found = taken(amendment.effect(world.investigator, world.version, other))
    assert [(one.code, one.before, one.after, one.criteria, bool(one.problem)) for one in found.changed] == [("S-01", "", "", (), True)]
    assert [found.becoming(word) for word in ("ineligible", "eligible", "undetermined")] == [0, 0, 0]


@pytest.mark.req("T-19")
def test_many_subjects_are_compared_a_page_at_a_time_and_none_is_left_out(world, amended, three, browse, monkeypatch):
    monkeypatch.setattr(amendment, "MOST_SUBJECTS", 2)
    first = taken(amendment.effect(world.investigator, world.version, amended))
    assert ([one.code for one in first.changed], first.compared, first.total, first.after, first.next) == (["S-01"], 2, 3, "", "S-02")
    second = taken(amendment.effect(world.investigator, world.version, amended, first.next))
    assert ([one.code for one in second.changed], second.compared, second.total, second.after, second.next) == (["S-03"], 1, 3, "S-02", "")
    page = browse(world.investigator).get("rules/2.0?with=1.0")
    assert "Only the first 2 of 3 subjects are compared." in page.words
    assert 'href="?with=1.0&amp;after=S-02#diff"' in page.html
    page = browse(world.investigator).get("rules/2.0?with=1.0&after=S-02")
    assert "Of 3 subjects these are 1 after S-02." in page.words
    assert "S-03 CD eligible not eligible I2: met → not met" in page.words
    assert "S-01" not in page.words
    assert "Compare the next ones" not in page.words
    table = browse(world.investigator).client.get(f"/s/{world.study.slug}/rules/2.0/effect.csv?with=1.0&after=S-02")
    assert [row["subject"] for row in rows_of(table)] == ["S-03"]
    assert "effect.csv?with=1.0&amp;after=S-02" in page.html


@pytest.mark.req("T-19")
def test_the_page_its_table_and_its_twin_say_the_same(world, amended, three, browse):
    page = browse(world.investigator).get("rules/2.0?with=1.0")
    assert "The verdict changes for 2 of 3 subjects compared. More not eligible: 2; more eligible: 0; more undetermined: 0." in page.words
    assert "S-01 GZ eligible not eligible I2: met → not met" in page.words
    assert "S-02" not in page.words
    assert "<del>  age at screening &gt;= 18 years</del>" in page.html
    assert "<ins>  age at screening &gt;= 50 years</ins>" in page.html
    response = browse(world.investigator).client.get(f"/s/{world.study.slug}/rules/2.0/effect.csv?with=1.0")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    row = {"as_of": "2026-03-02", "before": "eligible", "after": "ineligible", "criterion": "I2", "criterion_before": "met"}
    row |= {"criterion_after": "not met", "problem": ""}
    assert rows_of(response) == [{"subject": "S-01", "site": "GZ", **row}, {"subject": "S-03", "site": "CD", **row}]
    twin = browse(world.investigator).json("rules/2.0.json?with=1.0")["effect"]
    assert (twin["schema"], twin["old"], twin["new"], twin["compared"]) == ("trialrules/amendment/1", "1.0", "2.0", 3)
    assert [(one["subject"], one["after"]) for one in twin["changed"]] == [("S-01", "ineligible"), ("S-03", "ineligible")]
    status, value = Program(world.investigator).get("/studies/aclf1/protocols/2.0/effect")
    assert (status, value) == (200, twin)


@pytest.mark.req("T-19")
@pytest.mark.req("T-21")
def test_of_subjects_of_others_nothing_is_said(world, amended, three, browse):
    for user, seen in ((world.writer, []), (world.local, ["S-03"])):
        page = browse(user).get("rules/2.0?with=1.0")
        response = browse(user).client.get(f"/s/{world.study.slug}/rules/2.0/effect.csv?with=1.0")
        _, value = Program(user).get("/studies/aclf1/protocols/2.0/effect?with=1.0")
        assert [row["subject"] for row in rows_of(response)] == seen
        assert [one["subject"] for one in value["changed"]] == seen
        assert [name for name in ("S-01", "S-02", "S-03") if name in page.html] == seen
        assert value["total"] == len(seen)


@pytest.mark.req("T-19")
def test_who_sees_no_subject_is_not_told_that_nothing_changes(world, amended, three, browse):
    nobody = "Nobody was compared: there is no subject here that you may see. That does not say that no verdict changes."
    for user, untold in ((world.writer, True), (world.administrator, True), (world.local, False)):
        words = browse(user).get("rules/2.0?with=1.0").words
        assert (nobody in words, "No subject's verdict changes" in words) == (untold, False)


def test_without_another_version_there_is_nothing_to_compare(world, browse):
    assert browse(world.investigator).client.get(f"/s/{world.study.slug}/rules/1.0/effect.csv").status_code == 404
    assert Program(world.investigator).get("/studies/aclf1/protocols/1.0/effect")[0] == 404
    assert browse(world.investigator).get("rules/1.0").status == 200


# ---------------------------------------------------------------- the states of a version

STEPS = ("review", "approve", "put in force", "retire")
MAY_FOLLOW = {
    "draft": {"review": "reviewed", "retire": "retired"},
    "reviewed": {"approve": "approved", "retire": "retired"},
    "approved": {"put in force": "approved", "retire": "retired"},
    "retired": {"retire": "retired"},
}


@pytest.mark.req("T-18")
@pytest.mark.parametrize("status", sorted(MAY_FOLLOW))
def test_each_state_allows_its_steps_and_no_other(world, amended, status):
    day = clock.today("Asia/Shanghai")
    for step in STEPS:
        RuleVersion.objects.filter(pk=amended.pk).update(status=status)
        amended.refresh_from_db()
        if step == "put in force":
            found = rules.put_in_force(world.administrator, amended, world.site, day, "as agreed")
        else:
            found = getattr(rules, step)(world.investigator, amended, "as agreed")
        if step in MAY_FOLLOW[status]:
            taken(found)
            assert RuleVersion.objects.get(pk=amended.pk).status == MAY_FOLLOW[status][step]
        else:
            assert code(found) in {"wrong-order", "not-approved"}
            assert RuleVersion.objects.get(pk=amended.pk).status == status


@pytest.mark.req("T-18")
def test_what_a_draft_says_is_marked_as_a_trial_wherever_it_is_shown(world, amended, browse):
    subject = world.decided("S-01")
    trial = taken(screening.try_version(world.coordinator, subject, amended))
    page = browse(world.coordinator).get(f"subjects/S-01/why?decision={trial.pk}")
    assert "Made with rules that are not approved. It can't be signed." in page.words
    assert browse(world.coordinator).json(f"subjects/S-01/why.json?decision={trial.pk}")["record"]["draft"] is True
    _, value = Program(world.coordinator).get(f"/studies/aclf1/subjects/S-01/decisions/{trial.pk}")
    assert value["draft"] is True
    found = signing.sign(
        world.investigator, trial, world.investigator.username, PASSWORD, screening.verdicts_of(trial), signing.MEANINGS[0]
    )
    assert code(found) == "draft"
