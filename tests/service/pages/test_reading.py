"""For whom the page that says why is written: clinicians, readers of the rule, the subject; its table, and its line for another log."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
from trialrules.service import record
from trialrules.service.models.accounts import Role
from trialrules.service.work import overrides, screening, subjects
from trialrules.service.work.outcome import taken

from ..world import code
from .test_why import url, words_of


@pytest.fixture
def sick(world):
    return world.decided("S-02", file="aclf_02_three_organs.json")


def letter(response):
    html = re.search(r'<article class="letter card"[^>]*>.*?</article>', response.content.decode(), re.DOTALL)[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def test_the_letter_says_what_does_not_fit_and_what_comes_next(sick, as_):
    assert letter(as_("coordinator").get(url(sick) + "?read=letter")) == (
        "ACLF1 · Code S-02 · Site GZ · information as of 2026-03-02 What we found We have compared what is known about your health with "
        "the conditions for taking part in this study. The points below do not fit at present, or are still open. This says nothing "
        "about how well you are or which treatment is right for you. MELD below 30 Who takes part must fulfil this. According to what is "
        "recorded, it is not so at present. What happens next: your study doctor explains this to you and answers your questions. Three "
        "or more organ failures Who takes part must not have this. According to what is recorded, it is so at present. What happens "
        "next: your study doctor explains this to you and answers your questions. You can ask your study doctor about all of this at "
        "any time, and you can decide at any time not to take part. Name of the study doctor Signature Date Telephone for questions"
    )


def test_the_letter_says_what_is_missing_by_name(world, as_):
    subject = world.decided("S-03", file="aclf_03_missing_inr.json")
    text = letter(as_("coordinator").get(url(subject) + "?read=letter&lang=zh"))
    assert "有些情况尚不清楚。 MELD 评分低于 30 此项尚不清楚。 尚缺： 国际标准化比值 接下来：" in text
    # What is missing is not told twice where the criterion is called the same.
    assert text.count("其他不适合参加研究的情况") == 1


def test_the_letter_of_somebody_who_passes(world, as_):
    text = letter(as_("coordinator").get(url(world.decided("S-01")) + "?read=letter"))
    assert "All that we checked fits. Your study doctor talks with you about the next steps. You can ask" in text


def test_the_letter_s_language_stands_in_the_address(sick, as_):
    response = as_("coordinator", "zh").get(url(sick) + "?read=letter&lang=en")
    html = response.content.decode()
    assert '<html lang="zh-Hans">' in html
    assert '<article class="letter card" lang="en">' in html
    assert "What we found" in html
    assert "我们的核对结果" in as_("coordinator", "zh").get(url(sick) + "?read=letter").content.decode()


def test_a_letter_of_an_earlier_decision_is_not_to_be_handed_out(world, sick, as_):
    first = screening.latest(sick)
    taken(subjects.enter_facts(world.coordinator, sick, sick.version, [{"fact": "inr", "value": 2, "date": "2026-03-02"}], "new value"))
    client = as_("coordinator")
    assert "Not to be handed out" in letter(client.get(url(sick) + f"?read=letter&decision={first.pk}"))
    assert "Not to be handed out" not in letter(client.get(url(sick) + "?read=letter"))


def test_the_letter_has_no_number_hash_or_verdict(sick, as_):
    text = letter(as_("coordinator").get(url(sick) + "?read=letter"))
    decision = screening.latest(sick)
    for foreign in ("32.2", "12.4", "ligible", "excludes", "I5", "E5", decision.rules_sha256, str(decision.pk), "Observation", "Low dose"):
        assert foreign not in text


def test_rule_text_is_unfolded_and_reasons_are_left_out(sick, as_):
    html = as_("coordinator").get(url(sick) + "?read=rule").content.decode()
    assert html.count("<details open>") == len(screening.verdicts_of(screening.latest(sick)))
    assert 'class="rules"' in html
    assert "Main reasons" not in html


def test_levels_and_filters_keep_the_decision_in_the_address(sick, as_):
    number = screening.latest(sick).pk
    html = unescape(as_("coordinator").get(url(sick) + f"?decision={number}&read=rule&show=fails").content.decode())
    for wanted in (
        f"?decision={number}&show=fails",
        f"?decision={number}&read=letter&show=fails",
        f"?decision={number}&read=rule&show=open#criteria",
    ):
        assert f'href="{wanted}"' in html
    assert 'data-shown="all"' in as_("coordinator").get(url(sick) + '?read="><script>').content.decode()


def test_the_line_for_another_log(sick, as_):
    decision = screening.latest(sick)
    html = unescape(as_("coordinator").get(url(sick)).content.decode())
    line = re.search(r'<input id="log-line" readonly value="([^"]*)">', html)[1]
    assert line.split("\t") == ["S-02", "2026-03-02", "Not eligible", "I5 E5", "2026-03-02", "1.0", str(decision.pk)]


def test_a_finding_leads_to_the_recorded_fact(sick, as_):
    html = as_("coordinator").get(url(sick)).content.decode()
    assert f'<a href="{url(sick, "page")}#fact-inr">Observation/obs-7</a>' in html
    there = as_("coordinator").get(url(sick, "page")).content.decode()
    assert re.search(r'<tr id="fact-inr"><th scope="row">INR', there)
    assert there.count('id="fact-inr"') == 1


# ---------------------------------------------------------------- the table


def lines(client, subject, query=""):
    response = client.get(url(subject, "why.csv") + query)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.req("T-07")
def test_the_signature_is_the_same_in_html_json_and_csv(world, as_):
    subject = world.decided("S-01")
    taken(world.sign(subject))
    client = as_("monitor")
    assert (
        "✎ Signed by Investigator Name, 2026-03-02 04:00 UTC = 2026-03-02 12:00 (Asia/Shanghai): I confirm that the subject is eligible."
        in words_of(client.get(url(subject)))
    )
    signature = json.loads(client.get(url(subject, "why.json")).content)["record"]["signature"]
    told = [signature[name] for name in ("printed_name", "created", "zone", "meaning")]
    assert told == ["Investigator Name", "2026-03-02T04:00:00.000000Z", "Asia/Shanghai", "eligibility confirmed"]
    rows = lines(client, subject)
    assert [row["criterion"] for row in rows] == list(screening.verdicts_of(screening.latest(subject)))
    for row in rows:
        assert [row[name] for name in ("signed_by", "signed_at", "signed_zone", "meaning", "signature_void")] == [*told, "false"]
    log = list(csv.DictReader(io.StringIO(b"".join(client.get("/s/aclf1/log.csv")).decode("utf-8-sig"))))
    assert [log[0][name] for name in ("signed_by", "signed_at", "signed_zone", "meaning")] == told


@pytest.mark.req("T-08")
def test_a_void_signature_is_void_in_the_table(world, as_):
    subject = world.decided("S-01")
    taken(world.sign(subject))
    signed = screening.latest(subject)
    fact = {"fact": "hiv_test", "value": "positive", "date": "2026-03-02"}
    taken(subjects.enter_facts(world.coordinator, subject, subject.version, [fact], "second report"))
    client = as_("monitor")
    assert {row["signed_by"] for row in lines(client, subject)} == {""}
    old = lines(client, subject, f"?decision={signed.pk}")[0]
    assert (old["signature_void"], old["signature_void_why"]) == ("true", "A later decision differs: second report")


@pytest.mark.req("T-05")
def test_overrides_stand_beside_the_verdict_in_the_table(world, sick, as_):
    second = world.user("second", Role.INVESTIGATOR)
    found = taken(overrides.record(world.investigator, screening.latest(sick), "E5", "=the sponsor agrees", "+letter 17"))
    assert code(overrides.seal(world.investigator, found)) == "own-override"
    taken(overrides.seal(second, found))
    by_id = {row["criterion"]: row for row in lines(as_("monitor"), sick)}
    row = by_id["E5"]
    assert (row["verdict"], row["passes"], row["decision"], row["decision_id"]) == (
        "met",
        "false",
        "ineligible",
        str(screening.latest(sick).pk),
    )
    # No spreadsheet takes what somebody wrote for a formula.
    assert [row[name] for name in ("override", "override_by", "override_document", "override_reason", "countersigned_by")] == [
        "holds",
        "Investigator Name",
        "'+letter 17",
        "'=the sponsor agrees",
        "Second Name",
    ]
    assert by_id["I5"]["override"] == ""


# ---------------------------------------------------------------- replay


@pytest.mark.req("T-02")
def test_where_a_replay_differs_is_said(sick, as_, monkeypatch):
    whole = record.Computed.result
    client = as_("monitor")
    assert "✓ Reproduced: the same answer, byte for byte." in words_of(client.get(url(sick) + "?replay=1"))
    monkeypatch.setattr(record.Computed, "result", lambda self: whole(self).replace('"ineligible"', '"eligible"'))
    text = words_of(client.get(url(sick) + "?replay=1"))
    assert '✗ Replay gives something else: the answer differs /decision: stored "ineligible", now "eligible"' in text
