"""The page that says why: exact words, who may see it, its twin."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape

import pytest
from django.test import Client
from trialrules.service import clock
from trialrules.service.models.decisions import Decision
from trialrules.service.pages.findings import short
from trialrules.service.work import rules, screening, subjects
from trialrules.service.work.outcome import taken

from ..world import World


def words_of(response):
    """What a reader sees, without marks of HTML, on one line."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def url(subject, page="why"):
    return f"/s/{subject.study.slug}/subjects/{subject.code}/{page}"


def rows(response, css):
    return re.findall(rf'<div class="row {css}" id="c-(\w+)"', response.content.decode())


def test_three_organs_in_words(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    text = words_of(as_("coordinator").get(url(subject)))
    assert "✗ Not eligible: I5 and E5 fail" in text
    assert "Subject S-02 · site GZ · CG-BM1 in acute-on-chronic liver failure, phase I 1.0 · data of 2026-03-02" in text
    assert "I5 Inclusion ✗ not met, fails The MELD score, by the formula that the registry entry gives, is below 30." in text
    assert "MELD, formula of the source 32.2275… 1 day ago < 30 2.23 too high" in text
    assert "Total bilirubin 12.4 mg/dL = 212.04 umol/L 2026-03-01, 1 day ago Observation/obs-5 < 12 mg/dL 0.4 mg/dL too high" in text
    assert "I5: a new value: Creatinine; counts if dated 2026-02-27 to 2026-03-02" in text
    assert "It is no advice to alter data." in text


def test_the_same_in_chinese(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    response = as_("coordinator", "zh").get(url(subject))
    assert '<html lang="zh-Hans">' in response.content.decode()
    text = words_of(response)
    assert "✗ 不符合入组条件：I5 和 E5 未通过" in text
    assert "哪些变化会改变判定" in text
    assert "Main reasons" not in text


@pytest.mark.req("T-03")
def test_every_criterion_has_its_row_and_evidence(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    response = as_("coordinator").get(url(subject))
    verdicts = screening.verdicts_of(screening.latest(subject))
    assert rows(response, r"\w+") == list(verdicts)
    assert rows(response, "fails") == ["I5", "E5"]
    assert response.content.decode().count('<ul class="tree">') == len(verdicts)
    assert response.content.decode().count('<pre class="rule') == len(verdicts)


def test_rule_lines_that_decided_are_marked_with_their_values(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    html = unescape(as_("coordinator").get(url(subject, "criteria/E5")).content.decode())
    marked = re.findall(r'<span class="l decides"><span class="no">\d+</span>([^<]*)<b>([^<]*)</b>', html)
    assert [(text.split('"')[0].strip(), beside) for text, beside in marked] == [
        ("at least 3 of", "✓"),
        ("liver", "✓"),
        ("kidney", "✓"),
        ("cerebral", "✓"),
    ]


@pytest.mark.parametrize("show", ["all", "fails", "open", "passes", "na"])
def test_the_filter_stands_in_the_address(world, as_, show):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    html = as_("coordinator").get(url(subject) + f"?show={show}").content.decode()
    assert f'id="rows" data-shown="{show}"' in html
    assert re.findall(r'data-show="(\w+)"[^>]*aria-current', html) == [show]


def test_an_unknown_filter_shows_everything(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    assert 'data-shown="all"' in as_("coordinator").get(url(subject) + '?show="><script>').content.decode()


def test_footer_says_what_it_stands_on(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    decision = screening.latest(subject)
    text = words_of(as_("coordinator").get(url(subject)))
    for said in (decision.rules_sha256, decision.data_sha256, str(decision.pk), "Coordinator Name (coordinator)", "Asia/Shanghai"):
        assert said in text
    assert "2026-03-02 04:00 UTC = 2026-03-02 12:00" in text


@pytest.mark.req("T-02")
def test_replay_says_that_it_agrees(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    decision = screening.latest(subject)
    text = words_of(as_("monitor").get(url(subject) + f"?decision={decision.pk}&replay=1"))
    assert "✓ Reproduced: the same answer, byte for byte." in text


@pytest.mark.parametrize(("suffix", "headers"), [(".json", {}), ("", {"Accept": "application/json"})])
def test_the_twin_holds_the_stored_decision(world, as_, suffix, headers):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    decision = screening.latest(subject)
    response = as_("coordinator").get(url(subject) + suffix, headers=headers)
    assert response.headers["Content-Type"] == "application/json"
    found = json.loads(response.content)
    assert found["result"] == json.loads(decision.result)
    assert found["record"]["id"] == str(decision.pk)
    assert found["record"]["data_sha256"] == decision.data_sha256


@pytest.mark.req("T-21")
@pytest.mark.parametrize("page", ["why", "why.json", "page", "page.json", "missing", "missing.json", "criteria/E5", "criteria/E5.json"])
def test_another_site_s_subject_is_not_there(world, as_, page):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    assert as_("local").get(url(subject, page)).status_code == 404
    assert as_("coordinator").get(url(subject, page)).status_code == 200
    refused = as_("writer").get(url(subject, page))
    assert refused.status_code == 403
    assert refused.headers["Content-Type"].startswith("application/problem+json" if page.endswith(".json") else "text/html")


def test_a_decision_of_somebody_else_is_not_there(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    other = world.decided("S-01")
    wanted = screening.latest(other).pk
    assert as_("coordinator").get(url(subject) + f"?decision={wanted}").status_code == 404


def test_criteria_that_do_not_exist_are_not_there(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    assert as_("coordinator").get(url(subject, "criteria/E99")).status_code == 404


def test_screening_again_is_a_post_by_site_staff(world, as_):
    subject = world.subject("S-01")
    assert "This subject has not been screened yet." in words_of(as_("coordinator").get(url(subject)))
    assert as_("monitor").post(url(subject), {"reason": "screening"}).status_code == 403
    assert Decision.objects.count() == 0
    response = as_("coordinator").post(url(subject), {"reason": "screening"})
    assert response.headers["Location"] == url(subject)
    assert Decision.objects.count() == 1


def test_an_older_decision_says_so(world, as_):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    first = screening.latest(subject)
    value = {"fact": "inr", "value": 2, "date": "2026-03-02"}
    taken(subjects.enter_facts(world.coordinator, subject, subject.version, [value], "new value"))
    text = words_of(as_("coordinator").get(url(subject) + f"?decision={first.pk}"))
    assert "A newer decision exists. To the newest" in text


def test_what_is_still_to_be_observed_could_change_a_provisional_answer(db, noon):
    world = World("as", "ankylosing_spondylitis.rules")
    subject = world.decided("S-01", file="as_03_provisional.json")
    client = Client()
    client.force_login(world.coordinator)
    text = words_of(client.get(f"/s/as/subjects/{subject.code}/why"))
    assert "Nothing that is recorded or missing; but what is still to be observed could." in text
    assert "would change this answer" not in text
    assert (
        "To be checked again provisional: Randomization only planned; check again on 2026-03-16 I7 Other synthetic DMARDs stopped I8"
        in text
    )


def test_on_another_day_the_page_says_from_when_its_ages_are_counted(world, as_, monkeypatch):
    subject = world.decided("S-02", file="aclf_02_three_organs.json")
    client, said = (
        as_("coordinator"),
        "Ages and periods on this page are counted from 2026-03-02, the day of this decision; today is 2026-03-06.",
    )
    assert "are counted from" not in words_of(client.get(url(subject)))
    monkeypatch.setattr(clock, "today", lambda _zone: date(2026, 3, 6))
    assert said in words_of(client.get(url(subject)))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("newest: 0.3785343210857536 mg/dL = 6.47293689056638656 umol/L, 2020", "newest: 0.3785… mg/dL = 6.4729… umol/L, 2020"),
        ("2.12345 mg/L", "2.12345 mg/L"),
        ("it is 32.2275312339.", "it is 32.2275…."),
        ("[urn:oid:1.2.840.113619.2]", "[urn:oid:1.2.840.113619.2]"),
        ("[1.2.840.113619]", "[1.2.840.113619]"),
        ("[lab7.1234567]", "[lab7.1234567]"),
    ],
)
def test_long_numbers_are_cut_for_readers_and_codes_never(said, shown):
    assert short(said) == shown


@pytest.mark.req("T-22")
def test_no_arm_on_pages_for_the_blinded(blinded_world):
    arms = rules.protocol_of(blinded_world.version).study.arms
    subject = blinded_world.enrolled("S-01", arm=next(iter(arms)))
    client = Client()
    client.force_login(blinded_world.coordinator)
    for page in ("page", "page.json", "page.csv", "why", "why.json"):
        body = client.get(url(subject, page)).content.decode()
        assert '"arm"' not in body
        assert [arm.title for arm in arms.values() if arm.title in body] == []
