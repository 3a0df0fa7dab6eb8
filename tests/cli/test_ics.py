"""`trialrules ics`: one calendar, a state that is never lost, the same bytes without changes, the same bytes for every arm."""

from __future__ import annotations

import json
import re
import stat

import pytest
from icalendar import Calendar

from .study import SUBJECT, ends, golden, put, subject, write

DAY = "2026-03-16"
KEY = "00" * 32


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    (tmp_path / "key").write_text(KEY + "\n", encoding="ascii")
    return tmp_path


def ics(*args, files=("k.json",), on=DAY, rules="knees.rules", state="s.json"):
    given = [part for file in files for part in ("--subject", file)]
    return ends("ics", rules, *given, "--on", on, "--state", state, *args)


def summaries(text: str) -> list[str]:
    return [str(event["SUMMARY"]) for event in Calendar.from_ical(text).walk("VEVENT")]


def test_the_calendar_is_the_one_that_was_looked_at(folder):
    code, _, err = ics("--key-file", "key", "-o", "k.ics")
    assert code == 0
    assert re.fullmatch(r"k.ics written\n\d+ events in the state: \d+ new, 0 changed, 0 called off\n", err)
    golden("calendar.ics", (folder / "k.ics").read_bytes().decode())


def test_without_changes_the_same_bytes_come_again(folder):
    ics("-o", "a.ics")
    state = (folder / "s.json").read_bytes()
    code, _, err = ics("-o", "b.ics", on="2026-03-17T10:00+01:00")
    assert code == 0
    assert (folder / "a.ics").read_bytes() == (folder / "b.ics").read_bytes()
    assert (folder / "s.json").read_bytes() == state
    assert "0 new, 0 changed, 0 called off" in err


def test_a_moved_visit_is_the_same_event_with_a_higher_sequence(folder):
    def event(name):
        ics("-o", name, on="2026-03-16" if name == "a.ics" else "2026-03-17")
        events = Calendar.from_ical((folder / name).read_bytes()).walk("VEVENT")
        return next(one for one in events if str(one["SUMMARY"]) == "knees =Day 28 K-01")

    before = event("a.ics")
    put(folder / "k.json", subject(visits=[*SUBJECT["visits"][:4], {"visit": "d28", "status": "booked", "date": "2026-04-01T08:00+02:00"}]))
    after = event("b.ics")
    assert (before["UID"], before["SEQUENCE"], after["SEQUENCE"]) == (after["UID"], 0, 1)


def test_the_arm_changes_not_a_byte_of_calendar_and_state(folder):
    found = set()
    for arm in ("salve", "control"):
        put(folder / "k.json", subject(arm=arm))
        ics("--key-file", "key", "-o", f"{arm}.ics", state=f"{arm}.json", on=DAY)
        found.add(((folder / f"{arm}.ics").read_bytes(), (folder / f"{arm}.json").read_bytes()))
    assert len(found) == 1


def test_a_new_state_and_its_key_are_for_their_owner_only(folder):
    ics("--key-file", "new.key", "-o", "k.ics")
    for name in ("s.json", "new.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    key = (folder / "new.key").read_text(encoding="ascii").strip()
    assert json.loads((folder / "s.json").read_text(encoding="utf-8"))["key"] == key


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b'{"schema": "trialrules/calendar-state/1"}'])
def test_a_state_that_is_not_whole_is_an_error_and_stays_as_it_is(folder, damage):
    (folder / "s.json").write_bytes(damage)
    (folder / "k.ics").write_bytes(b"the last good one")
    code, out, err = ics("-o", "k.ics")
    assert (code, out) == (2, "")
    assert err.startswith("s.json: this calendar state can't be used: ")
    assert "Nothing was written." in err
    assert (folder / "s.json").read_bytes() == damage
    assert (folder / "k.ics").read_bytes() == b"the last good one"


def test_a_key_that_is_none_or_another_one_is_refused(folder):
    (folder / "bad").write_text("abc", encoding="ascii")
    assert ics("--key-file", "bad") == (2, "", "bad: a calendar key is 64 hexadecimal digits on one line.\n")
    ics("-o", "k.ics")
    code, _, err = ics("--key-file", "key")
    assert code == 2
    assert err.startswith("s.json: its key is not the one of key.")


def test_line_ends_in_titles_stay_inside_their_line(folder):
    rules = folder / "knees.rules"
    rules.write_text(rules.read_text(encoding="utf-8").replace('"Before"', '"Before, and; more\\n"'), encoding="utf-8")
    _, out, _ = ics("--study-name", "Knees\r\nSUMMARY:stolen\rX")
    assert not re.search(r"(?m)^(SUMMARY:stolen|X)\r?$", out)
    assert all(line.endswith("\r\n") for line in out.splitlines(keepends=True))
    assert any(one.startswith("Knees SUMMARY:stolen X Treatment 1") for one in summaries(out))


def test_what_somebody_wrote_about_an_unscheduled_visit_is_not_in_the_calendar(folder):
    _, out, _ = ics()
    assert "Fever" not in out
    assert "knees Unscheduled visit K-01" in summaries(out)


def test_windows_ends_details_and_titles_are_up_to_the_caller(folder):
    with_windows = summaries(ics()[1])
    without = summaries(ics("--no-windows")[1])
    assert [one for one in with_windows if one.startswith("Window: ")]
    assert [one for one in with_windows if not one.startswith("Window: ")] == without
    assert "Last day: knees No driving K-01" in summaries(ics("--ends")[1])
    assert "DESCRIPTION:Examination" in ics("--details")[1]
    assert "DESCRIPTION" not in ics()[1]
    assert "=Day 28 K-01" in summaries(ics("--titles", "visit")[1])
    assert "Salve trial =Day 28 K-01" in summaries(ics("--study-name", "Salve trial")[1])


def test_chinese_words_and_titles(folder):
    found = summaries(ics("--lang", "zh")[1])
    assert "knees 第 1 次治疗 K-01" in found
    assert any(one.startswith("时间窗：") for one in found)


def test_one_subject_has_its_own_calendar_several_share_the_study_s(folder):
    put(folder / "l.json", subject(subject="K-02", site="HAM"))
    both = summaries(ics(files=("k.json", "l.json"))[1])
    assert {one.split()[-1] for one in both} == {"K-01", "K-02"}
    assert {one.split()[-1] for one in summaries(ics()[1])} == {"K-01"}
    assert {one.split()[-1] for one in summaries(ics("--site", "HAM")[1])} == {"K-02"}


def test_a_bad_subject_leaves_its_events_as_they_were_told(folder):
    put(folder / "l.json", subject(subject="K-02"))
    ics("-o", "a.ics", files=("k.json", "l.json"))
    put(folder / "l.json", {"subject": "K-02", "patient": {"id": "P"}, "visits": [{"visit": "d29"}]})
    code, _, err = ics("-o", "b.ics", files=("k.json", "l.json"))
    assert code == 2
    assert "no visit `d29`" in err
    assert (folder / "a.ics").read_bytes() == (folder / "b.ics").read_bytes()


def test_no_usable_subject_writes_nothing(folder):
    put(folder / "k.json", {"subject": "K-01"})
    code, _, err = ics("-o", "k.ics")
    assert code == 2
    assert err.endswith("no subject can be used: nothing was written.\n")
    assert not (folder / "s.json").exists()
    assert not (folder / "k.ics").exists()


def test_a_domain_that_is_none_is_told(folder):
    code, _, err = ics("--domain", "not a domain")
    assert (code, (folder / "s.json").exists()) == (2, False)
    assert err.startswith("--domain not a domain: ")
