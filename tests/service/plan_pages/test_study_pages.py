"""The Schedule of Activities, the board, calendar links, versions of the rules, the editor and the audit trail as pages."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from trialrules.service import clock
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.feeds import Feed
from trialrules.service.models.studies import RuleVersion
from trialrules.service.pages.plan_text import texts
from trialrules.service.work import documents, feeds, rules, visits
from trialrules.service.work.outcome import taken

from ..world import rule_files

ROOT = Path(__file__).resolve().parents[3]


def test_the_words_have_the_same_places_in_both_languages():
    english, chinese = texts("en"), texts("zh")
    for key, text in english.items():
        assert text.count("{") == chinese[key].count("{"), key
        assert chinese[key].strip()


def test_every_word_is_used():
    folder = ROOT / "service"
    code = "".join(
        path.read_text(encoding="utf-8") for pattern in ("pages/*.py", "templates/trialrules/plan/*") for path in folder.glob(pattern)
    )
    families = (*re.findall(r'f"([a-z]+_)\{', code), "recorded_done", "moved_done")
    unused = [key for key in texts("en") if not re.search(rf"\b{key}\b", code) and not key.startswith(families)]
    assert unused == []


# ---------------------------------------------------------------- grid and board


def test_the_grid_is_shown_with_footnotes(world, browse):
    page = browse(world.writer).get("soa")
    assert "Schedule of Activities CG-BM1 in acute-on-chronic liver failure, phase I Rules 1.0" in page.words
    assert re.search(r'class="x"><a href="[^"]+" title="[^"]+">X<', page.html)
    twin = browse(world.writer).json("soa.json")
    assert twin["schema"] == "trialrules/soa/1"
    assert [one["visit"] for one in twin["grids"][0]["visits"]][:3] == ["pre", "inf1", "d3"]
    table = browse(world.writer).get("soa.csv").html
    assert table.startswith("\ufeff")
    assert "Total bilirubin" in table


def test_the_board_shows_places_and_what_may_happen_next(world, browse):
    world.enrolled()
    page = browse(world.coordinator).get("board")
    assert "Low dose low sentinel under observation · in work S-01 not dosed yet free place free place" in page.words
    assert "What may happen next Low dose: the first subject is observed before others follow" in page.words
    assert "Record a review" not in page.words
    assert browse(world.coordinator).json("board.json")["boards"][0]["schema"] == "trialrules/escalation-state/1"


def test_the_board_asks_first_for_the_result_that_all_wait_for(world, browse):
    subject = world.enrolled()
    taken(visits.done(world.unblinded, subject, subject.version, "inf1", "2026-03-02T09:00+08:00", doses={"cg_bm1": None}))
    with clock.standing_at(clock.now() + timedelta(days=60)):
        words = browse(world.coordinator).get("board").words
    steps = words.partition("What may happen next ")[2]
    assert steps.startswith(
        "record the results of S-01 at Low dose: their observation ended on 2026-03-30 or later and nothing is recorded "
    )
    assert steps.index("record the results") < steps.index("Low dose waits: the first subject is observed before others follow")


def test_the_board_leads_to_the_subjects_that_the_reader_may_open(world, browse):
    world.enrolled()
    link = '<a href="/s/aclf1/subjects/S-01/page">S-01</a>'
    assert link in browse(world.coordinator).get("board").html
    elsewhere = browse(world.users["local"]).get("board")
    assert "GZ 1 not dosed yet" in elsewhere.words
    assert "/subjects/" not in elsewhere.html


def test_the_grid_has_rows_of_heads_and_leads_to_the_lines_of_the_rules(world, browse):
    browser = browse(world.coordinator)
    page = browser.get("soa")
    heads = page.html.partition("<thead>")[2].partition("</thead>")[0]
    assert re.findall(r'<th scope="row">([^<]+)</th>', heads) == ["Epoch", "Visit", "Day", "Window"]
    rule = browser.get(f"rules/{world.version.label}").html
    links = set(re.findall(rf'href="/s/aclf1/rules/{world.version.label}#([^"]+)"', page.html))
    assert len(links) > 10
    assert [one for one in links if f'<li id="{one}">' not in rule] == []
    lines = world.version.files[world.version.main].split("\n")
    bilirubin = re.search(r'#L-aclf_phase1\.rules-(\d+)" title="Total bilirubin: Day 28"', page.html)[1]
    line = lines[int(bilirubin) - 1]
    assert line.strip().startswith("assess")
    assert f'<li id="L-aclf_phase1.rules-{bilirubin}"><code>{line}</code></li>' in rule.replace("&quot;", '"')


TABLES = {
    "board": "escalation",
    "rules": "label",
    "audit": "seq",
    "subjects/S-01/schedule": "visit",
    "feeds": "prefix",
    "subjects/S-01/page": "fact",
    "worklist": "subject",
    "log": "subject",
}


@pytest.mark.parametrize("path", TABLES)
def test_every_table_has_its_twins(world, browse, path):
    world.enrolled()
    taken(feeds.create(world.investigator, world.study, "mine"))
    client = browse(world.investigator).client
    response = client.get(f"/s/aclf1/{path}.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert lines[0][0] == TABLES[path]
    assert len(lines) > 1
    assert {len(line) for line in lines} == {len(lines[0])}
    assert client.get(f"/s/aclf1/{path}.json").headers["Content-Type"] == "application/json"
    assert f"/s/aclf1/{path}.csv" in client.get(f"/s/aclf1/{path}").content.decode()


def test_subjects_of_other_sites_count_on_the_board_but_are_not_named(world, browse):
    world.enrolled("SECRET-7")
    page = browse(world.local).get("board")
    assert "SECRET-7" not in page.html
    assert "GZ 1 not dosed yet" in page.words


def test_a_review_is_recorded_by_an_investigator_with_a_reason(world, browse):
    fields = {"level": "low", "about": "level", "decision": "stop", "day": "2026-03-02", "reason": "liver failure in two"}
    assert browse(world.coordinator).post("board", fields).status == 403
    browser = browse(world.investigator)
    assert browser.post("board", {**fields, "reason": ""}).status == 422
    assert browser.post("board", {**fields, "level": "huge"}).status == 422
    assert browser.post("board", {**fields, "day": "2026-05-05"}).status == 422
    page = browser.post("board", fields)
    assert page.status == 200
    assert "stopped at Low dose" in page.words


@pytest.mark.req("T-22")
def test_a_blinded_board_is_not_shown_and_said_to_be_hidden(world, browse):
    main, files = rule_files("aclf_phase1.rules")
    blinded = re.sub(r'^(arm \w+ "[^"]*") open$', r'\1 blinded as "CG-BM1"', files[main], flags=re.MULTILINE)
    assert blinded.count('blinded as "CG-BM1"') == 3
    version = taken(rules.import_version(world.writer, world.study, main, {**files, main: blinded}, label="blinded"))
    version = taken(rules.approve(world.administrator, taken(rules.review(world.investigator, version, "read")), "read"))
    for site in world.sites.values():
        taken(rules.put_in_force(world.administrator, version, site, clock.today(site.timezone), "amendment"))
    page = browse(world.coordinator).get("board")
    assert "The levels of this study's dose escalation are blinded" in page.words
    assert "Low dose" not in page.words
    assert "Low dose" in browse(world.unblinded).get("board").words


def test_rules_without_an_escalation_have_no_board(blinded_world, browse_blinded):
    assert "The rules of this study have no dose escalation." in browse_blinded(blinded_world.unblinded).get("board").words


def test_nothing_may_happen_next_while_a_record_cannot_be_read(world, browse, monkeypatch):
    """A toxicity may stand in it."""
    world.enrolled("S-01")
    world.enrolled("S-02", site=world.other_site)
    read = documents.subject_of

    def refuses(document, protocol, now):
        if '"S-01"' in document:
            raise documents.unreadable(())
        return read(document, protocol, now)

    monkeypatch.setattr(documents, "subject_of", refuses)
    page = browse(world.coordinator).get("board")
    assert (page.status, "The record of subject S-01 can't be read with these rules." in page.words) == (409, True)
    assert "Low dose" not in page.words
    page = browse(world.local).get("board")
    assert (page.status, "A record of site GZ can't be read with these rules." in page.words) == (409, True)
    assert "S-01" not in page.html


# ---------------------------------------------------------------- calendar links


def test_a_link_is_shown_once_and_what_it_says_before(world, browse):
    world.enrolled()
    browser = browse(world.coordinator)
    query = "kind=subject&subject=S-01&titles=private&language=zh&windows=1"
    page = browser.get(f"feeds?{query}")
    assert "ACLF1 S-01 2026-03-05, all day · tentative" in page.words
    assert "时间窗：ACLF1 S-01" in page.words
    fields = dict(pair.split("=") for pair in query.split("&")) | {"what": "create"}
    made = browser.post("feeds", fields)
    url = unescape(re.search(r'readonly value="([^"]+)"', made.html)[1])
    assert re.fullmatch(r"http://127\.0\.0\.1:8765/c/[\w-]{43}/calendar\.ics", url)
    assert f"webcal://127.0.0.1:8765/c/{url.split('/')[4]}/calendar.ics" in made.words
    assert 'class="p-qr-code"' in made.html
    assert " style=" not in made.html
    again = browser.get("feeds")
    assert url not in again.html
    assert url.split("/")[4] not in again.html
    assert f"{url.split('/')[4][:6]}…" in again.words
    assert "never 0 in use" in again.words
    feed = Feed.objects.get()
    assert (feed.kind, feed.subject.code, feed.titles, feed.language, feed.windows) == ("subject", "S-01", "private", "zh", True)


def test_links_are_rotated_and_revoked(world, browse):
    browser = browse(world.coordinator)
    browser.post("feeds", {"what": "create", "kind": "mine"})
    feed = Feed.objects.get()
    page = browser.post("feeds", {"what": "rotate", "feed": feed.pk})
    assert "This link is shown once" in page.words
    newest = Feed.objects.exclude(pk=feed.pk).get()
    assert browser.post("feeds", {"what": "revoke", "feed": newest.pk}).status == 200
    assert Feed.objects.filter(revoked=None).count() == 0
    assert browser.post("feeds", {"what": "revoke", "feed": "x"}).status == 404
    assert [one["state"] for one in browser.json("feeds.json")["feeds"]] == ["revoked", "revoked"]


def test_a_link_leads_to_programs_that_add_by_url_and_lasts_as_chosen(world, browse):
    page = browse(world.coordinator).post("feeds", {"what": "create", "kind": "mine", "days": "30"})
    url = unescape(re.search(r'readonly value="([^"]+)"', page.html)[1])
    quoted = quote(url, safe="")
    assert f'href="https://calendar.google.com/calendar/r?cid={quote(url.replace("http://", "webcal://"), safe="")}"' in page.html
    for host in ("outlook.live.com", "outlook.office.com"):
        assert f'href="https://{host}/calendar/0/addfromweb?url={quoted}&amp;name=ACLF1"' in page.html
    feed = Feed.objects.get()
    assert (feed.expires - feed.created).days == 30


def test_a_link_of_the_past_tells_its_last_program(world, browse):
    taken(feeds.create(world.coordinator, world.study, "mine"))
    Feed.objects.update(agent="Google-Calendar-Importer", fetches=3)
    browser = browse(world.coordinator)
    assert "Google-Calendar-Importer" in browser.get("feeds").words
    assert browser.json("feeds.json")["feeds"][0]["program"] == "Google-Calendar-Importer"


def test_all_links_of_ones_own_end_at_once(world, browse):
    for kind in ("mine", "study"):
        taken(feeds.create(world.coordinator, world.study, kind))
    other = taken(feeds.create(world.investigator, world.study, "mine")).feed
    browser = browse(world.coordinator)
    assert "End all my links (2)" in browser.get("feeds").words
    page = browser.post("feeds", {"what": "revoke all"})
    assert "Links ended: 2." in page.words
    assert "End all my links" not in page.words
    assert list(Feed.objects.filter(revoked=None)) == [other]
    assert AuditEntry.objects.filter(action="feed revoked").count() == 2
    assert browse(world.writer).post("feeds", {"what": "revoke all"}).status == 403


def test_administrators_see_and_end_the_links_of_all(world, browse):
    browse(world.coordinator).post("feeds", {"what": "create", "kind": "mine"})
    browser = browse(world.administrator)
    assert "Coordinator Name" in browser.get("feeds").words
    assert browser.post("feeds", {"what": "revoke", "feed": Feed.objects.get().pk}).status == 200
    assert "No links yet." in browse(world.investigator).get("feeds").words


@pytest.mark.req("T-21")
def test_no_link_to_what_one_may_not_see(world, browse):
    world.enrolled()
    browser = browse(world.local)
    for fields in ({"kind": "subject", "subject": "S-01"}, {"kind": "site", "site": "GZ"}, {"kind": "study"}):
        assert browser.post("feeds", {"what": "create", **fields}).status in (403, 404)
    assert "S-01" not in browser.get("feeds").html
    assert Feed.objects.count() == 0


def test_the_truth_about_refreshing_is_told(world, browse):
    words = browse(world.monitor).get("feeds").words
    assert "Google Calendar every 4 to 24 hours; can't be set" in words
    assert "phone the subject" in words


# ---------------------------------------------------------------- rules


def stricter(text):
    return text.replace("age at screening >= 18 years", "age at screening >= 50 years")


@pytest.fixture
def amended(world):
    files = {name: stricter(text) for name, text in world.version.files.items()}
    assert files != world.version.files
    return taken(rules.import_version(world.writer, world.study, world.version.main, files, label="2.0", note="older people only"))


@pytest.mark.req("T-18")
def test_a_version_goes_its_way_and_not_by_its_author(world, amended, browse):
    page = browse(world.writer).get("rules/2.0")
    assert "You wrote this version: somebody else approves it." in page.words
    assert browse(world.writer).post("rules/2.0", {"what": "review", "reason": "fine"}).status == 403
    assert browse(world.investigator).post("rules/2.0", {"what": "review", "reason": ""}).status == 422
    assert browse(world.investigator).post("rules/2.0", {"what": "review", "reason": "read it"}).status == 302
    assert browse(world.administrator).post("rules/2.0", {"what": "approve", "reason": "as discussed"}).status == 302
    force = {"what": "effect", "site": "GZ", "reason": "committee"}
    assert browse(world.administrator).post("rules/2.0", {**force, "from": "2026-02-01"}).status == 422
    assert browse(world.administrator).post("rules/2.0", {**force, "from": "2026-03-10"}).status == 302
    page = browse(world.monitor).get("rules/2.0")
    assert "approved" in page.words
    assert "GZ from 2026-03-10" in page.words
    assert "2.0 older people only approved GZ from 2026-03-10" in browse(world.monitor).get("rules").words


def upload(name, text):
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def test_an_upload_with_mistakes_is_not_stored_and_says_where(world, browse):
    text = next(text for name, text in world.version.files.items() if name == world.version.main)
    fields = {"files": [upload("x.rules", text.replace("age at screening >= 18 years", "agee >= 18 years"))], "label": "3.0"}
    page = browse(world.writer).post("rules", fields)
    assert page.status == 422
    assert "x.rules:" in page.words
    assert "agee" in page.words
    assert RuleVersion.objects.count() == 1
    assert browse(world.writer).post("rules", {"label": "3.0"}).status == 422
    assert browse(world.writer).post("rules", {"files": [upload("x.rules", b"\xff\xfe")], "label": "3.0"}).status == 422
    assert browse(world.coordinator).post("rules", fields).status == 403


def test_an_upload_takes_the_libraries_of_the_newest_version(world, browse):
    text = stricter(world.version.files[world.version.main])
    page = browse(world.writer).post("rules", {"files": [upload(world.version.main, text)], "label": "3.0", "note": "older"})
    assert page.status == 302
    assert RuleVersion.objects.get(label="3.0").files.keys() == world.version.files.keys()


# ---------------------------------------------------------------- the audit trail


def test_the_audit_trail_is_filtered_and_verified(world, browse):
    world.decided()
    browser = browse(world.monitor)
    page = browser.get("audit?action=decided")
    assert "decided subject S-01" in page.words
    assert "rules handed in rules 1.0" not in page.words
    assert "Unbroken: " in browser.get("audit?verify=1").words
    assert browser.get("audit?from=2026-13-99&before=x&after=-1").status == 200
    assert [one["action"] for one in browser.json("audit.json?action=decided")["entries"]] == ["decided"]
    assert browse(world.coordinator).get("audit").status == 403


@pytest.mark.req("T-22")
def test_arms_are_not_in_the_audit_trail_of_the_blinded(blinded_world, browse_blinded):
    world = blinded_world
    world.enrolled(arm="placebo")
    for path in ("audit", "audit.json"):
        assert "placebo" not in browse_blinded(world.monitor).get(path).html
