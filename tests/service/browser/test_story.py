"""The whole story: from a patient's bundle over a signed eligibility to a moved visit that subscribed calendar programs show."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from ...clients.programs import evolution_python, python_folder
from ...clients.subscribers import Khal, evolution_at
from .patients import SYNTHEA, allocate, bundle_without_creatinine, today, upload
from .person import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SUBJECT = "/s/as/subjects/A-30"
VISIT = "CG-BM1 AS Infusion 3 A-30"


@pytest.fixture(scope="module")
def khal(tmp_path_factory):
    """Makes a subscription with vdirsyncer and khal."""
    programs = python_folder()
    return lambda url: Khal(programs, tmp_path_factory.mktemp("khal"), url)


@pytest.fixture(scope="module")
def evolution(tmp_path_factory):
    """Makes a subscription with Evolution Data Server."""
    program = evolution_python()
    return lambda url: evolution_at(program, tmp_path_factory.mktemp("evolution"), url)


@pytest.mark.req("T-05")
@pytest.mark.req("T-06")
@pytest.mark.req("T-20")
def test_from_a_bundle_to_a_moved_visit_in_calendars(person, service, khal, evolution):
    administrator = person("admin")
    assert "administrator" in administrator.look("story-01-studies").text()
    coordinator = person("coordinator")
    hand_in(coordinator)
    bring_what_is_missing(coordinator)
    sign_and_enrol(person("investigator"))
    allocate(person("pharmacist"), "A-30", "cg_bm1")
    record_the_first_infusion(coordinator)
    day = book(coordinator)
    url = make_a_link(coordinator)
    calendar = khal(url)
    with evolution(url) as desktop:
        before = desktop.look()[VISIT]
        assert before.start == at(day)
        assert starts(calendar, day) == [shown(day)]
        moved = move(coordinator, day)
        after = desktop.look()[VISIT]
        assert (after.uid, after.sequence, after.start) == (before.uid, before.sequence + 1, at(moved))
        # Once, on its new day; what is fetched again without a change stays as it is.
        assert starts(calendar, day) == [shown(moved)]
        assert starts(calendar, day) == [shown(moved)]
        assert [str(one["uid"]) for one in events(url) if one["summary"] == VISIT] == [before.uid]
        revoke(coordinator)
        stone = list(desktop.look().values())
        assert (len(stone), before.uid in {one.uid for one in stone}) == (1, False)
    a_month_later(service)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        events(url)
    assert "Not Found" in calendar.refused()


def hand_in(coordinator):
    """A new subject from a FHIR bundle; the answer says what is open, and why."""
    page = coordinator.open("/s/as/worklist").page
    page.click("a:has-text('New subject')")
    page.select_option("#site", "BJ")
    page.fill("#code", "A-30")
    page.set_input_files("#file", bundle_without_creatinine())
    page.click("main form button")
    page.wait_for_url(f"**{SUBJECT}/why")
    assert coordinator.text("h1") == "? Undetermined: nothing fails; 1 unknown (E10)"
    assert "Creatinine" in coordinator.text("main .reason")
    coordinator.look("story-02-why-open")


def bring_what_is_missing(coordinator):
    """The missing-data page takes the value, decides again and says what it was and is now."""
    page = coordinator.page
    page.click("a:has-text('Missing data (1)')")
    page.wait_for_url("**/missing")
    coordinator.look("story-03-missing")
    page.fill("#f1-value", "0.9")
    page.fill("#f1-unit", "mg/dL")
    page.fill("#f1-date", today().isoformat())
    page.fill("#f1-source", "laboratory, sheet 17")
    page.click(".need:first-child button")
    page.wait_for_selector("#saved")
    assert "was: ? Undetermined: nothing fails; 1 unknown (E10)" in coordinator.text("#saved")
    assert "now: ✓ Eligible" in coordinator.text("#saved")
    assert "E10 unknown → not met" in coordinator.text("#saved")
    assert "Creatinine" in coordinator.announced()
    coordinator.look("story-04-saved")
    assert page.locator("text=Sign off").count() == 0
    coordinator.refused(f"{SUBJECT}/sign", 403)


def sign_and_enrol(investigator):
    """Every criterion is confirmed; then name and password, again each time; then the subject is enrolled."""
    page = investigator.open(f"{SUBJECT}/why").page
    page.click("a:has-text('Sign off')")
    investigator.look("story-05-sign")
    boxes = page.locator("input[type=checkbox][name^=confirm]")
    for number in range(boxes.count() - 1):
        boxes.nth(number).check()
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.click("fieldset button")
    assert page.url.endswith("/sign"), "the browser lets nobody sign before every box is checked"
    boxes.last.check()
    page.fill("#password", "somebody else's password")
    page.click("fieldset button")
    page.wait_for_selector("[role=alert]")
    assert "password" in investigator.text("[role=alert]").lower()
    investigator.complaints.clear()
    assert all(boxes.nth(number).is_checked() for number in range(boxes.count()))
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.click("fieldset button")
    page.wait_for_url("**/why")
    assert "✎ Signed by Dr Lin" in investigator.text()
    investigator.look("story-06-signed")
    investigator.open(f"{SUBJECT}/page")
    page.click("button:has-text('Enrol')")
    page.wait_for_selector("h1:has-text('enrolled')")
    investigator.look("story-07-enrolled")


def record_the_first_infusion(coordinator):
    """The visits stand on the page; the first ones took place today."""
    page = coordinator.open(f"{SUBJECT}/schedule").page
    coordinator.look("story-08-schedule")
    for key in ("base", "inf1"):
        coordinator.open(f"{SUBJECT}/visits/{key}")
        form = page.locator("form:has([name=what][value=done])")
        form.locator("[name=date]").fill(today().isoformat())
        for dose in form.locator("[value=planned]").all():
            dose.check()
        form.locator("button").click()
        page.wait_for_url("**/schedule?done=recorded*")
    coordinator.look("story-09-infusion-recorded")


def book(coordinator):
    """The next visit gets its day and hour."""
    day = today() + timedelta(days=14)
    page = coordinator.open(f"{SUBJECT}/visits/inf3").page
    form = page.locator("form:has([name=what][value=booked])")
    form.locator("[name=date]").fill(day.isoformat())
    form.locator("[name=time]").fill("09:00")
    coordinator.look("story-10-visit")
    form.locator("button").click()
    page.wait_for_url("**/schedule?done=recorded*")
    assert f"{day}" in coordinator.text("#v-inf3")
    return day


def make_a_link(coordinator):
    """The preview says exactly what calendars will show; the link is shown once."""
    page = coordinator.page
    page.click(".p-links a[href*='feeds?kind=subject']")
    page.wait_for_url("**/feeds?kind=subject&subject=A-30")
    assert VISIT in coordinator.text(".p-events")
    page.click("form:has([value=create]) button")
    page.wait_for_selector("#new-link")
    coordinator.look("story-11-link")
    return page.input_value("#new-link")


def move(coordinator, day):
    """The plan first: what shifts with it, which calendars change; then the move, with a reason."""
    to = day + timedelta(days=1)
    page = coordinator.open(f"{SUBJECT}/visits/inf3").page
    form = page.locator("form[action$='/move']")
    form.locator("[name=to]").fill(to.isoformat())
    form.locator("button").click()
    page.wait_for_url("**/move?to=*")
    assert f"{day}" in coordinator.text(".p-plan")
    assert f"{to}" in coordinator.text(".p-plan")
    coordinator.look("story-12-move-plan")
    page.fill("[name=reason]", "the room is taken")
    page.click("form[method=post].p-form button")
    page.wait_for_url("**/schedule?done=moved*")
    assert f"{to}" in coordinator.text("#v-inf3")
    coordinator.look("story-13-moved")
    return to


def revoke(coordinator):
    """The link ends."""
    page = coordinator.open("/s/as/feeds").page
    page.click(".p-menu summary")
    page.click(".p-menu button.danger")
    page.wait_for_selector("tr.revoked")
    coordinator.look("story-14-revoked")


def a_month_later(service):
    """The link was revoked 31 days ago."""
    then = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%d %H:%M:%S")
    with sqlite3.connect(f"{service.env['TRIALRULES_HOME']}/trialrules.sqlite3") as database:
        assert database.execute("UPDATE trialrules_feed SET revoked = ? WHERE revoked IS NOT NULL", [then]).rowcount == 1
    database.close()


def at(day):
    """Nine o'clock at the site, as an instant."""
    return f"{day}T01:00:00Z"


def shown(day):
    """The same as khal writes it."""
    return f"{day}T01:00"


def starts(calendar, day):
    """When khal shows the visit, after it fetched."""
    calendar.fetch()
    return [when for when, _ in calendar.listed(str(day - timedelta(days=3)), "20d").get(VISIT, [])]


def events(url):
    """The events at an address."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
        return Calendar.from_ical(answer.read()).walk("VEVENT")


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason="the synthetic patients are not here: ../shared/data/synthea-r4")
def test_a_bundle_of_a_hospital_is_taken_and_what_it_lacks_is_named(person):
    coordinator = person("coordinator")
    bundle = json.loads(next(iter(sorted(SYNTHEA.glob("*.json")))).read_text(encoding="utf-8"))
    page = coordinator.open("/s/aclf1/new-subject").page
    page.select_option("#site", "GZ")
    page.fill("#code", "L-30")
    page.set_input_files("#file", upload(bundle))
    page.click("main form button")
    # What of the bundle was not kept is told before anything else.
    page.wait_for_selector("main .actions a.button")
    coordinator.look("story-19-not-kept")
    page.click("main .actions a.button:not(.second)")
    page.wait_for_url("**/subjects/L-30/why")
    assert re.match(r"\? Undetermined: nothing fails; \d+ unknown", coordinator.text("h1"))
    assert "INR" in coordinator.text()
    coordinator.look("story-20-hospital")
