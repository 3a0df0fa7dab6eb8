"""What a process keeps: bounded, for all threads, and never what another key made."""

from __future__ import annotations

import threading

import pytest
from trialrules.service import kept
from trialrules.service.kept import Kept


def test_what_is_kept_is_made_once():
    found, made = Kept[str](100), []
    for _ in range(3):
        assert found.get(("a", 1), lambda: made.append(1) or ("value", 10)) == "value"
    assert made == [1]
    assert found.get(("a", 2), lambda: ("other", 10)) == "other"


def test_the_least_recently_used_goes_first():
    found = Kept[str](30)
    for key in "abc":
        found.get(key, lambda key=key: (key, 10))
    found.get("a", lambda: pytest.fail("a is kept"))
    found.get("d", lambda: ("d", 10))
    assert (len(found), found.size) == (3, 30)
    again = []
    for key in "acdb":
        found.get(key, lambda key=key: again.append(key) or (key, 10))
    assert again == ["b"]


def test_what_is_larger_than_all_is_not_kept():
    found = Kept[str](30)
    found.get("small", lambda: ("small", 10))
    assert found.get("huge", lambda: ("huge", 31)) == "huge"
    assert (len(found), found.size) == (1, 10)


def test_what_failed_is_not_kept():
    found = Kept[str](30)

    def broken():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        found.get("a", broken)
    assert found.get("a", lambda: ("a", 1)) == "a"


def test_threads_leave_it_within_its_bound():
    found = Kept[int](500)

    def use(begin):
        for at in range(begin, begin + 400):
            assert found.get(at % 97, lambda at=at: (at % 97, 7)) == at % 97

    threads = [threading.Thread(target=use, args=(begin,)) for begin in range(0, 40, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.size == 7 * len(found)
    assert found.size <= 500


def test_everything_can_be_given_up():
    found = Kept[str](30)
    found.get("a", lambda: ("a", 10))
    kept.forget()
    assert (len(found), found.size) == (0, 0)
