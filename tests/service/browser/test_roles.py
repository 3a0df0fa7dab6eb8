"""What each role sees and may do. The pages offer nothing that is refused; what is not offered is refused to who asks all the same."""

from __future__ import annotations

import pytest

from .person import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def changes(page):
    """The forms of a page that change something: all that are sent, but for the bar's."""
    return page.locator("main form[method=post]").count()


@pytest.mark.req("T-21")
def test_a_monitor_reads_everything_and_changes_nothing(person):
    monitor = person("monitor")
    page = monitor.page
    for path in (
        "/s/aclf1/worklist", "/s/aclf1/log", "/s/aclf1/subjects/L-03/page", "/s/aclf1/subjects/L-03/why", "/s/aclf1/subjects/L-03/missing",
        "/s/aclf1/subjects/L-04/schedule", "/s/aclf1/subjects/L-02/criteria/E5", "/s/aclf1/soa", "/s/aclf1/board", "/s/aclf1/rules",
        "/s/aclf1/rules/1.0", "/s/aclf1/audit",
    ):  # fmt: skip
        monitor.open(path)
        assert (path, changes(page)) == (path, 0)
        assert page.locator("main h1").count() == 1
    monitor.open("/s/aclf1/subjects/L-03/why").look("roles-monitor-why")
    page.click("text=Replay")
    assert "the same answer, byte for byte" in monitor.text()
    for path in ("/s/aclf1/new-subject", "/s/aclf1/subjects/L-06/sign", "/s/aclf1/subjects/L-04/visits/d60", "/s/aclf1/settings"):
        monitor.refused(path, 403)
    sent = page.evaluate(
        """async () => (await fetch("/s/aclf1/subjects/L-03/missing", {method: "POST", headers: {
          "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
        }, body: "version=1&target=fact:inr&value=1.2&date=2026-11-20"})).status"""
    )
    assert sent == 403
    monitor.complaints.clear()


@pytest.mark.req("T-22")
def test_who_is_unblinded_sees_the_arm_and_others_do_not(person):
    pharmacist, coordinator = person("pharmacist"), person("coordinator")
    for subject, arm in (("A-12", "CG-BM1 at the recommended dose"), ("A-13", "Placebo")):
        path = f"/s/as/subjects/{subject}/schedule"
        assert arm in pharmacist.open(path).text(".p-arm")
        assert coordinator.open(path).text(".p-arm") == "arm: CG-BM1 or placebo (masked)"
    pharmacist.open("/s/as/subjects/A-12/schedule").look("roles-unblinded")
    coordinator.open("/s/as/subjects/A-12/schedule").look("roles-blinded")
    assert "recommended dose" not in coordinator.open("/s/as/subjects/A-12/schedule.json").page.content()


@pytest.mark.req("T-21")
def test_a_coordinator_of_another_site_finds_nothing(person):
    elsewhere = person("coordinator-gz")
    page = elsewhere.page
    # One study, one site: the only study opens at once, or is the only one to choose.
    elsewhere.open("/s/aclf1/worklist").look("roles-one-site")
    shown = page.locator("tbody th").all_inner_texts()
    assert shown == ["L-01", "L-02", "L-03", "L-04", "L-07"]
    page.fill("#q", "L-06")
    page.press("#q", "Enter")
    page.wait_for_url("**q=L-06*")
    assert page.locator("tbody tr").count() == 0
    for path in ("page", "why", "missing", "schedule", "visits/d60", "visits/d60/move?to=2026-12-24", "criteria/E5"):
        elsewhere.refused(f"/s/aclf1/subjects/L-06/{path}", 404)
        elsewhere.refused(f"/s/aclf1/subjects/NO-1/{path}", 404)
    for path in ("/s/as/worklist", "/s/aclf2/worklist", "/s/none/worklist"):
        elsewhere.refused(path, 404)


@pytest.mark.req("T-21")
def test_nobody_gets_in_with_a_link_twice_or_with_a_wrong_password(person, service):
    used = service.links["writer"]
    writer = person("writer")
    assert writer.open("/").page.locator("li.card").count() == 3
    writer.page.click(".bar-end form:last-child button")
    writer.page.wait_for_url("**/login*")
    writer.refused(used, 404)
    assert "does not work" in writer.keep("roles-link-dead").text()
    writer.open("/login?next=/s/as/rules")
    writer.page.fill("#username", "writer")
    writer.page.fill("#password", "six loud herons dive")
    writer.page.click("main form button")
    writer.page.wait_for_selector("[role=alert]")
    writer.complaints.clear()
    writer.look("roles-wrong-password")
    writer.page.fill("#password", PASSWORD)
    writer.page.click("main form button")
    writer.page.wait_for_url("**/s/as/rules")
