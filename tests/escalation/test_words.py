"""An escalation in words: each thing that may happen next has words in both languages."""

from __future__ import annotations

import pytest
from trialrules.engine.dates import parse_partial
from trialrules.engine.escalation.decide import escalation_state
from trialrules.engine.escalation.register import Enrolled, Register, Review
from trialrules.engine.escalation.words import action_words, overall_words, subject_words

from .levels import WITH_SENTINEL, WITHOUT_SENTINEL, Walk, next_walks


def day(text):
    return parse_partial(text).first


def test_a_result_that_nobody_recorded_is_asked_for_by_the_number_of_the_subject():
    register = Register((Enrolled("C-03", "low", day("2026-02-10")),))
    state = escalation_state(WITH_SENTINEL, register, day("2026-03-20"))
    assert [action_words(state, action, "en") for action in state.actions] == [
        "low waits: the first subject is observed before others follow",
        "record the results of C-03 at low: their observation ended on 2026-03-10 or later and nothing is recorded",
    ]
    assert subject_words(state, state.levels[0], "en") == (("C-03", "observation ended on 2026-03-10, result not recorded"),)
    assert [action_words(state, action, "zh") for action in state.actions][1] == (
        "请记录 low 中 C-03 的结果：观察期已于 2026-03-10 或之后结束，尚无记录"
    )


@pytest.mark.parametrize("design", [WITH_SENTINEL, WITHOUT_SENTINEL], ids=["sentinel", "plain"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_action_of_every_state_that_one_level_can_reach_has_words(design, lang):
    waiting, seen = [Walk(Register(), 739_000)], set()
    while waiting:
        walk = waiting.pop()
        key = (len(walk.register.subjects), walk.state(design).actions)
        if key in seen or len(seen) > 2_000:
            continue
        seen.add(key)
        for later in (0, 400):
            state = escalation_state(design, walk.register, walk.day + later)
            assert overall_words(state, lang)
            assert all(action_words(state, action, lang) for action in state.actions)
        waiting.extend(next_walks(walk, design, "low"))
    assert len(seen) > 20


def test_a_stop_by_the_committee_tells_its_day():
    register = Register((), (Review("low", "level", "stop", day("2026-03-01"), "SRC"),))
    state = escalation_state(WITHOUT_SENTINEL, register, day("2026-03-20"))
    assert [action_words(state, action, "en") for action in state.actions] == ["low: stopped by the review of 2026-03-01"]
