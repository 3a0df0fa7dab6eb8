"""Worklist, screening log, new subject, one subject; signing in; what holds for every page."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.test import Client
from trialrules.service.models.subjects import Subject
from trialrules.service.models.worklist import Standing, StandingItem
from trialrules.service.pages.tables import safe_cell
from trialrules.service.pages.words import texts
from trialrules.service.work import accounts

from ..world import PASSWORD
from .test_why import url, words_of


def codes(response):
    return [row["subject"] for row in json.loads(response.content)["subjects"]]


@pytest.fixture
def people(world):
    world.decided("S-01")
    world.decided("S-02", file="aclf_02_three_organs.json")
    world.decided("S-03", file="aclf_03_missing_inr.json", site=world.other_site)
    world.subject("S-04")
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["S-01", "S-02", "S-03", "S-04"]),
        ("?site=CD", ["S-03"]),
        ("?state=eligible", ["S-01"]),
        ("?verdict=ineligible", ["S-02"]),
        ("?verdict=none", ["S-04"]),
        ("?fails=E5", ["S-02"]),
        ("?fails=E5&site=CD", []),
        ("?missing=inr", ["S-03"]),
        ("?q=S-0", ["S-01", "S-02", "S-03", "S-04"]),
        ("?q=S-02", ["S-02"]),
        ("?after=S-02", ["S-03", "S-04"]),
        ("?site=nowhere", []),
    ],
)
def test_facets(people, as_, query, found):
    assert codes(as_("coordinator").get(f"/s/aclf1/worklist.json{query}")) == found


COUNTS = {
    "": {"site": {"GZ": 3, "CD": 1}, "state": {"screening": 2, "eligible": 1, "not eligible": 1}},
    "?site=GZ": {"site": {"GZ": 3, "CD": 1}, "state": {"screening": 1, "eligible": 1, "not eligible": 1}, "missing": {}},
    "?state=screening": {"site": {"GZ": 1, "CD": 1}, "verdict": {"undetermined": 1, "none": 1}, "fails": {}},
    "?verdict=ineligible": {"site": {"GZ": 1}, "fails": {"E5": 1, "I5": 1}, "missing": {}},
    "?fails=E5": {"state": {"not eligible": 1}, "verdict": {"ineligible": 1}},
    "?fails=E5&state=eligible": {"state": {"not eligible": 1, "eligible": 0}, "verdict": {}, "fails": {"E5": 0}},
    "?missing=inr&q=S-0": {"site": {"CD": 1}, "missing": {"inr": 1, "other_unsuitability": 1}},
    "?q=S-04": {"site": {"GZ": 1}, "verdict": {"none": 1}},
}


@pytest.mark.parametrize("query", COUNTS)
def test_facets_count_within_what_is_chosen_elsewhere(people, as_, query):
    found = json.loads(as_("coordinator").get(f"/s/aclf1/worklist.json{query}").content)["facets"]
    for name, counts in COUNTS[query].items():
        assert (name, found[name]) == (name, counts)


def test_a_count_is_what_a_click_on_it_shows(people, as_):
    client = as_("coordinator")
    for query in COUNTS:
        html = client.get(f"/s/aclf1/worklist{query}").content.decode()
        links = re.findall(r'<a href="(\?[^"]*)"><span>[^<]*</span> <span class="n">(\d+)</span>', html)
        for link, count in links:
            assert len(codes(client.get(f"/s/aclf1/worklist.json{link}".replace("&amp;", "&")))) == int(count), (query, link)


def test_the_worklist_as_csv_has_every_row_behind_the_filters(people, as_, monkeypatch):
    monkeypatch.setattr("trialrules.service.pages.worklist._BATCH", 2)
    response = as_("coordinator").get("/s/aclf1/worklist.csv?site=GZ")
    lines = list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert response.headers["Content-Disposition"] == 'attachment; filename="aclf1-worklist.csv"'
    assert [(line["subject"], line["verdict"], line["fails"]) for line in lines] == [
        ("S-01", "Eligible", ""),
        ("S-02", "Not eligible", "I5, E5"),
        ("S-04", "Not screened", ""),
    ]


def test_who_works_at_one_site_sees_that_site(people, as_):
    client = as_("local")
    assert codes(client.get("/s/aclf1/worklist.json")) == ["S-03"]
    assert codes(client.get("/s/aclf1/worklist.json?site=GZ")) == []
    assert "S-01" not in client.get("/s/aclf1/worklist").content.decode()
    assert "S-01" not in b"".join(client.get("/s/aclf1/log.csv")).decode()


def test_rows_say_the_verdict_in_words_and_what_comes_next(people, as_):
    text = words_of(as_("coordinator").get("/s/aclf1/worklist"))
    assert "S-02 GZ not eligible ✗ Not eligible 2026-03-02 I5, E5" in text
    assert "S-03 CD screening ? Undetermined 2026-03-02 INR, Another reason against taking part enter 2 missing" in text
    assert "S-04 GZ screening – Not screened screen" in text
    assert "sign S-02" in words_of(as_("investigator").get("/s/aclf1/worklist"))


def test_standing_follows_the_decision(people, as_):
    subject = Subject.objects.get(code="S-03")
    assert {(one.kind, one.key) for one in StandingItem.objects.filter(subject=subject)} == {
        ("missing", "inr"),
        ("missing", "other_unsuitability"),
    }
    entry = {"version": subject.version, "target": "fact:inr", "value": "9", "date": "2026-03-02"}
    as_("coordinator").post(url(subject, "missing"), entry)
    assert Standing.objects.get(subject=subject).word == "ineligible"
    assert ("missing", "inr") not in {(one.kind, one.key) for one in StandingItem.objects.filter(subject=subject)}


# ---------------------------------------------------------------- the log


@pytest.mark.req("T-07")
def test_the_log_shows_signatures_in_html_csv_and_json(people, as_):
    subject = Subject.objects.get(code="S-01")
    people.sign(subject)
    client = as_("monitor")
    text = words_of(client.get("/s/aclf1/log"))
    assert "✎ Investigator Name 2026-03-02 04:00 UTC = 2026-03-02 12:00 (Asia/Shanghai) I confirm that the subject is eligible." in text
    lines = list(csv.DictReader(io.StringIO(b"".join(client.get("/s/aclf1/log.csv")).decode("utf-8-sig"))))
    assert [line["subject"] for line in lines] == ["S-01", "S-02", "S-03"]
    assert [lines[0][key] for key in ("signed_by", "signed_zone", "meaning")] == [
        "Investigator Name",
        "Asia/Shanghai",
        "eligibility confirmed",
    ]
    assert lines[1]["fails"] == "I5 E5"
    twin = json.loads(client.get("/s/aclf1/log.json").content)
    assert twin["rows"][0]["signed_at"] == lines[0]["signed_at"]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_no_cell_is_a_formula(begin):
    assert safe_cell(f"{begin}1+1").startswith("'")


# ---------------------------------------------------------------- a subject


def test_a_new_subject_is_screened_at_once(world, as_):
    client = as_("coordinator")
    done = client.post("/s/aclf1/new-subject", {"site": "GZ", "code": "S-77", "sex": "female", "birth_date": "1980-05"})
    assert done.headers["Location"] == "/s/aclf1/subjects/S-77/why"
    assert "? Undetermined" in words_of(client.get("/s/aclf1/subjects/S-77/why"))
    again = client.post("/s/aclf1/new-subject", {"site": "GZ", "code": "S-77"})
    assert again.status_code == 409
    assert "There is a subject S-77 already." in words_of(again)
    assert client.post("/s/aclf1/new-subject", {"site": "XX", "code": "S-78"}).status_code == 404
    assert as_("monitor").get("/s/aclf1/new-subject").status_code == 403


def test_a_subject_is_enrolled_from_its_page(world, as_):
    subject = world.decided("S-01")
    world.sign(subject)
    client = as_("investigator")
    assert 'value="enrol"' in client.get(url(subject, "page")).content.decode()
    assert 'value="enrol"' not in as_("coordinator").get(url(subject, "page")).content.decode()
    assert client.post(url(subject, "page"), {"version": subject.version, "action": "enrol"}).status_code == 302
    subject.refresh_from_db()
    assert subject.state == "enrolled"
    stale = client.post(
        url(subject, "page"), {"version": "99", "action": "end", "status": "withdrawn", "day": "2026-03-02", "reason": "moved"}
    )
    assert stale.status_code == 409


def test_the_page_shows_what_is_recorded(world, as_):
    text = words_of(as_("monitor").get(url(world.decided("S-02", file="aclf_02_three_organs.json"), "page")))
    assert "Creatinine 2.3 mg/dL 2026-03-01 Observation/obs-6" in text


# ---------------------------------------------------------------- signing in


def test_signing_in_and_out(world):
    client = Client()
    assert client.get("/s/aclf1/worklist").headers["Location"] == "/login?next=/s/aclf1/worklist"
    wrong = client.post("/login", {"username": world.coordinator.username, "password": "no no no no"})
    assert "User name or password is wrong." in words_of(wrong)
    form = {"username": world.coordinator.username, "password": PASSWORD}
    assert client.post("/login", {**form, "next": "https://elsewhere.example/"}).headers["Location"] == "/"
    assert client.post("/logout").status_code == 302
    assert client.post("/login", {**form, "next": "/s/aclf1/log"}).headers["Location"] == "/s/aclf1/log"
    assert client.get("/s/aclf1/log").status_code == 200


def test_a_one_time_link_sets_a_password_once(world):
    made = accounts.create_user(None, "fresh", "Fresh Face")
    client, link = Client(), f"/welcome/{made.token}"
    assert "This link is for Fresh Face (fresh). It works once." in words_of(client.get(link))
    weak = client.post(link, {"password": "12345", "again": "12345"})
    assert weak.status_code == 422
    assert "The two passwords differ." in words_of(client.post(link, {"password": PASSWORD, "again": "other"}))
    assert client.post(link, {"password": PASSWORD, "again": PASSWORD}).headers["Location"] == "/"
    assert "You have no role in a study yet." in words_of(client.get("/"))
    assert client.get(link).status_code == 404


def test_the_language_is_the_user_s(world, as_):
    client = as_("coordinator")
    assert client.post("/language", {"language": "zh", "next": "/s/aclf1/worklist"}).headers["Location"] == "/s/aclf1/worklist"
    assert "工作列表" in words_of(client.get("/s/aclf1/worklist"))
    fresh = Client()
    assert "登录" in words_of(fresh.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9"}))
    # Who signs out finds the door in the language that was spoken inside, whatever the browser prefers.
    client.post("/logout")
    assert "登录" in words_of(client.get("/login", headers={"Accept-Language": "en"}))
    fresh.post("/language", {"language": "en"})
    assert "Sign in" in words_of(fresh.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9"}))


# ---------------------------------------------------------------- every page

PAGES = (
    "/", "/login", "/s/aclf1/worklist", "/s/aclf1/log", "/s/aclf1/new-subject", "/s/aclf1/subjects/S-02/page", "/s/aclf1/subjects/S-02/why",
    "/s/aclf1/subjects/S-02/criteria/E5", "/s/aclf1/subjects/S-03/missing", "/s/aclf1/subjects/S-02/sign", "/s/aclf1/subjects/S-99/why",
    "/welcome/nothing",
)  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_ours_alone(people, as_, page, lang):
    response = as_("investigator", lang).get(page)
    html = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert re.findall(r'(?:src|href|action|hx-post)="(?:https?:)?//[^"]*"', html) == []
    assert re.findall(r"<[^>]*\s(?:on\w+|style)=", html) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.search(r'<html lang="(en|zh-Hans)">', html)
    assert html.count("<h1") == 1
    assert 'class="skip" href="#main"' in html


def test_both_languages_have_every_word():
    english, chinese = texts("en"), texts("zh")
    assert english.keys() == chinese.keys()
    assert [key for key in english if not english[key].strip() or not chinese[key].strip()] == []
    places = {key: (re.findall(r"{\w+}", english[key]), re.findall(r"{\w+}", chinese[key])) for key in english}
    assert {key: pair for key, pair in places.items() if sorted(pair[0]) != sorted(pair[1])} == {}
