"""A subject's schedule, visits that are recorded, and moves, as pages and as their twins."""

from __future__ import annotations

import re

import pytest
from trialrules.service.models.subjects import Subject
from trialrules.service.work import visits
from trialrules.service.work.outcome import taken

PATH = "subjects/S-01/schedule"


def now(subject):
    return Subject.objects.get(pk=subject.pk)


@pytest.fixture
def subject(world):
    return world.enrolled()


def test_the_page_says_what_is_late_what_is_next_and_every_visit(subject, world, browse):
    page = browse(world.coordinator).get(PATH)
    assert page.status == 200
    assert "Late Pre-treatment Sun 2026-03-01 window closed 2026-03-01, yesterday" in page.words
    assert "Next Day 3 Thu 2026-03-05 in 3 days, window 2026-03-04 … 2026-03-06" in page.words
    assert "Deviations Sun 2026-03-01: Pre-treatment: nothing recorded, window over for 1 day" in page.words
    assert "no record: Body weight: a record dated 2026-03-02 or before — for Infusion" in page.words
    assert "Day 28, Mon 2026-03-30, planned" in page.words
    for row in ("pre", "inf1", "d3", "d7", "d14", "d21", "d28", "d60", "d90", "d180"):
        assert f'id="v-{row}"' in page.html


def test_the_drawing_has_its_words_and_no_style_of_its_own(subject, world, browse):
    html = browse(world.coordinator).get(PATH).html
    assert '<desc id="tl-desc">10 lines, 2026-02-22 to 2026-09-06; the table below holds the same.</desc>' in html
    assert "Today 2026-03-02" in html
    assert " style=" not in html
    assert " onclick" not in html


def test_the_page_in_chinese(subject, world, browse):
    world.coordinator.language = "zh"
    world.coordinator.save()
    page = browse(world.coordinator).get(PATH)
    assert "逾期" in page.words
    assert "第 28 天" in page.words
    assert "Late" not in page.words


def test_the_twin_is_the_schedule_itself(subject, world, browse):
    twin = browse(world.coordinator).json(f"{PATH}.json")
    assert twin["schema"] == "trialrules/schedule/1"
    assert twin["subject_version"] == now(subject).version
    assert [one["key"] for one in twin["visits"]][:3] == ["pre", "inf1", "d3"]


@pytest.mark.parametrize(
    ("role", "status"), [("coordinator", 200), ("investigator", 200), ("monitor", 200), ("writer", 403), ("administrator", 403)]
)
def test_who_sees_schedules(subject, world, browse, role, status):
    assert browse(world.users[role]).get(PATH).status == status


@pytest.mark.req("T-21")
def test_a_subject_of_another_site_is_not_there(subject, world, browse):
    for path in (PATH, f"{PATH}.json", "subjects/S-01/visits/d28", "subjects/S-01/visits/d28/move?to=2026-04-01"):
        assert browse(world.local).get(path).status == 404


def test_who_reads_only_is_offered_no_form(subject, world, browse):
    assert "visits/d28" not in browse(world.monitor).get(PATH).html
    assert browse(world.monitor).get("subjects/S-01/visits/d28").status == 403


# ---------------------------------------------------------------- recording


def test_a_visit_is_booked_with_a_time_of_the_site(subject, world, browse):
    browser = browse(world.coordinator)
    page = browser.get("subjects/S-01/visits/d28")
    fields = {"version": page.hidden("version"), "what": "booked", "date": "2026-03-31", "time": "09:30"}
    assert browser.post("subjects/S-01/visits/d28", fields).status == 302
    assert "booked, in 29 days" not in browser.get(PATH).words
    page = browser.get(f"{PATH}?done=recorded&visit=d28")
    assert "Day 28: recorded." in page.words
    assert "2026-03-31 09:30" in page.words
    assert '"2026-03-31T09:30+08:00"' in now(subject).document


def test_what_was_given_is_asked_for_not_presumed(subject, world, browse):
    choices = re.findall(r'<input type="radio" name="given\.[^>]*>', browse(world.coordinator).get("subjects/S-01/visits/inf1").html)
    assert [re.search(r'value="(\w+)"', one)[1] for one in choices] == ["planned", "none", "amount"]
    assert "required" in choices[0]
    assert [one for one in choices if "checked" in one] == []


def test_the_day_on_which_a_visit_was_made_is_asked_for_not_presumed(subject, world, browse):
    fields = re.findall(r'<input type="date" name="date"[^>]*>', browse(world.coordinator).get("subjects/S-01/visits/d3").html)
    assert [one for one in fields if 'max="2026-03-02"' in one] == ['<input type="date" name="date" required max="2026-03-02">']


def test_nothing_is_recorded_before_enrolment(world, browse):
    subject = world.decided()
    browser = browse(world.coordinator)
    page = browser.get("subjects/S-01/visits/pre")
    assert "Visits are recorded for who is enrolled." in page.words
    assert "<textarea" not in page.html
    fields = {"version": subject.version, "what": "missed", "reason": "did not come"}
    assert browser.post("subjects/S-01/visits/pre", fields).status == 409


def test_missed_wants_a_reason(subject, world, browse):
    browser = browse(world.coordinator)
    fields = {"version": now(subject).version, "what": "missed", "reason": " "}
    page = browser.post("subjects/S-01/visits/pre", fields)
    assert page.status == 422
    assert "A change needs a reason." in page.words
    assert browser.post("subjects/S-01/visits/pre", {**fields, "reason": "did not come"}).status == 302
    assert "did not come" in browser.get(PATH).words


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"what": "done", "date": "2026-03-09"}, 422),
        ({"what": "booked", "date": "yesterday", "time": "09:00"}, 422),
        ({"what": "booked", "date": "2026-04-01", "time": "25:99"}, 422),
        ({"what": "done", "date": "2026-03-01", "given.x": "amount", "amount.x": "much"}, 422),
        ({"what": "swallowed"}, 422),
        ({}, 422),
    ],
)
def test_what_is_typed_wrong_is_refused_and_changes_nothing(subject, world, browse, fields, status):
    before = now(subject)
    page = browse(world.coordinator).post("subjects/S-01/visits/pre", {"version": before.version, **fields})
    assert page.status == status
    assert 'role="alert"' in page.html
    assert now(subject).document == before.document


@pytest.mark.req("T-24")
def test_a_stale_form_shows_both_versions(subject, world, browse):
    browser, version = browse(world.coordinator), now(subject).version
    taken(visits.book(world.investigator, now(subject), version, "d28", "2026-04-01T09:00+08:00"))
    page = browser.post("subjects/S-01/visits/d28", {"version": version, "what": "missed", "reason": "on holiday"})
    assert page.status == 409
    assert f"What you looked at {version} Missed" in page.words
    assert f"What is there now {version + 1} booked" in page.words
    assert "missed" not in now(subject).document


def test_a_booking_is_changed_from_its_own_time_and_what_undoes_it_stands_last(subject, world, browse):
    browser, path = browse(world.coordinator), "subjects/S-01/visits/d28"
    assert 'name="time" required value="09:00"' in browser.get(path).html
    taken(visits.book(world.coordinator, now(subject), now(subject).version, "d28", "2026-03-31T08:30+08:00"))
    html = browser.get(path).html
    assert 'name="date" required value="2026-03-31"' in html
    assert 'name="time" required value="08:30"' in html
    assert html.index('value="missed"') < html.index('value="taken back"')
    world.coordinator.language = "zh"
    world.coordinator.save()
    assert "已预约，2026-03-31 08:30，Coordinator Name" in browser.get(path).words


@pytest.mark.req("T-11")
def test_what_was_recorded_by_mistake_is_taken_back_and_the_appointment_stays(subject, world, browse):
    browser, path = browse(world.coordinator), "subjects/S-01/visits/pre"
    taken(visits.book(world.coordinator, now(subject), now(subject).version, "pre", "2026-03-02T09:00+08:00"))
    assert browser.post(path, {"version": now(subject).version, "what": "done", "date": "2026-03-01"}).status == 302
    assert '/visits/pre">Change<' in browser.get(PATH).html
    page = browser.get(path)
    assert "Take it back" in page.words
    assert "It took place, 2026-03-01, Coordinator Name" in page.words
    assert "booked, 2026-03-02 09:00" not in page.words
    undo = {"version": now(subject).version, "what": "taken back"}
    assert browser.post(path, {**undo, "reason": " "}).status == 422
    assert browser.post(path, {**undo, "reason": "the wrong subject"}).status == 302
    states = {one.key: one.status for one in taken(visits.schedule(world.coordinator, now(subject))).visits}
    assert states["pre"] == "booked"
    assert "booked, 2026-03-02 09:00, Coordinator Name" in browser.get(path).words
    assert browser.post(path, {**undo, "version": now(subject).version, "reason": "the wrong day"}).status == 302
    assert browser.post(path, {**undo, "version": now(subject).version, "reason": "once more"}).status == 404
    assert browse(world.monitor).post(path, {**undo, "reason": "not mine"}).status == 403


# ---------------------------------------------------------------- moving


def test_before_a_new_day_is_chosen_the_page_says_how_the_visit_stands(subject, world, browse):
    assert "Planned 2026-03-30 Window 2026-03-27 … 2026-04-02" in browse(world.coordinator).get("subjects/S-01/visits/d28/move").words


def test_the_plan_is_shown_and_nothing_changes(subject, world, browse):
    before = now(subject)
    page = browse(world.coordinator).get("subjects/S-01/visits/d28/move?to=2026-04-01")
    assert "S-01: Day 28 moves from Mon 2026-03-30 to Wed 2026-04-01, 2 days later" in page.words
    assert "in its window 2026-03-27 … 2026-04-02, 1 day left" in page.words
    assert "Calendar events that change: 1 (calendar links that show them: 0) Day 28: changed" in page.words
    assert now(subject).document == before.document


def test_a_move_out_of_the_window_says_so(subject, world, browse):
    page = browse(world.coordinator).get("subjects/S-01/visits/d28/move?to=2026-04-04")
    assert "leaves its window 2026-03-27 … 2026-04-02: 2 days late" in page.words


@pytest.mark.req("T-11")
def test_a_move_wants_a_reason_and_is_kept_with_it(subject, world, browse):
    browser, path = browse(world.coordinator), "subjects/S-01/visits/d28/move"
    page = browser.get(f"{path}?to=2026-04-01")
    fields = {"version": page.hidden("version"), "to": page.hidden("to"), "reason": ""}
    refused = browser.post(path, fields)
    assert refused.status == 422
    assert "A change needs a reason." in refused.words
    assert "moves from Mon 2026-03-30" in refused.words
    assert browser.post(path, {**fields, "reason": "train strike"}).status == 302
    assert "train strike" in now(subject).document
    assert "Day 28: moved." in browser.get(f"{PATH}?done=moved&visit=d28").words


@pytest.mark.req("T-24")
def test_of_two_moves_one_is_stale(subject, world, browse):
    path = "subjects/S-01/visits/d28/move"
    first, second = browse(world.coordinator), browse(world.investigator)
    fields = {"version": first.get(f"{path}?to=2026-04-01").hidden("version"), "to": "2026-04-01", "reason": "holiday"}
    assert first.post(path, fields).status == 302
    page = second.post(path, {**fields, "to": "2026-03-31"})
    assert page.status == 409
    assert "What you looked at" in page.words
    assert "→ 2026-03-31" in page.words


@pytest.mark.parametrize("to", ["2026-02-01", "tomorrow", "2026-13-45", "9999-99"])
def test_a_move_that_cannot_be(subject, world, browse, to):
    page = browse(world.coordinator).get(f"subjects/S-01/visits/d28/move?to={to}")
    assert page.status in (200, 422)
    assert 'role="alert"' in page.html
    assert 'name="reason"' not in page.html


def test_the_twin_of_a_plan(subject, world, browse):
    twin = browse(world.coordinator).json("subjects/S-01/visits/d28/move.json?to=2026-04-01")
    assert twin["schema"] == "trialrules/move-plan/1"
    assert twin["shifts"][0] == {
        "visit": "d28", "title": "Day 28", "from": "Mon 2026-03-30", "to": "Wed 2026-04-01",
        "window": "in its window 2026-03-27 … 2026-04-02, 1 day left", "outside": False,
    }  # fmt: skip


# ---------------------------------------------------------------- blinding


@pytest.mark.req("T-22")
def test_pages_are_the_same_under_every_allocation(blinded_world, browse_blinded):
    world, seen = blinded_world, []
    for arm in ("low", "placebo"):
        code = f"S-{arm}"
        world.enrolled(code, arm=arm)
        browser = browse_blinded(world.coordinator)
        found = []
        for path in ("schedule", "schedule.json", "visits/d28", "visits/d28/move?to=2026-04-01", "visits/d28/move.json?to=2026-04-01"):
            page = browser.get(f"subjects/{code}/{path}")
            assert page.status == 200
            found.append(page.html.replace(code, "CODE"))
        seen.append([without_tokens(html) for html in found])
    assert seen[0] == seen[1]
    assert "masked" in seen[0][0]


def without_tokens(html):
    return re.sub(r'(csrfmiddlewaretoken" value|sha256":) ?="[^"]*"', "", html)


@pytest.mark.req("T-22")
def test_who_may_know_the_arm_sees_it(blinded_world, browse_blinded):
    world = blinded_world
    world.enrolled("S-placebo", arm="placebo")
    assert "UNBLINDED" in browse_blinded(world.unblinded).get("subjects/S-placebo/schedule").words
    assert "UNBLINDED" not in browse_blinded(world.investigator).get("subjects/S-placebo/schedule").words
