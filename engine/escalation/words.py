"""An escalation in words, English and Chinese; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..dates import format_day
from ..explain_words import Lang
from .decide import Action, EscalationState, Finding
from .level import LevelState

_EN: Mapping[str, str] = MappingProxyType(
    {
        "status.enrolling": "enrolling",
        "status.sentinel under observation": "sentinel under observation",
        "status.sentinel to be reviewed": "sentinel to be reviewed",
        "status.suspended": "suspended",
        "status.under observation": "under observation",
        "status.to be reviewed": "to be reviewed",
        "status.passed": "passed",
        "status.stopped": "stopped",
        "status.not open": "not open",
        "subject.waiting": "not dosed yet",
        "subject.observed": "observed until {until}",
        "subject.unrecorded": "observation ended on {until}, result not recorded",
        "subject.clear": "no toxicity",
        "subject.toxic": "toxicity on {known}",
        "subject.replaced": "not evaluable since {known}, may be replaced",
        "overall.open": "{level} is open",
        "overall.waiting": "waiting for results at {level}",
        "overall.held": "held at {level} until the review",
        "overall.finished": "finished: {passed} is tolerated and there is no higher level",
        "overall.stopped": "stopped at {level}",
        "enrol": "enrol {count} at {level}, from {day}: {why}",
        "observe": "observe {level} until {day}: {why}",
        "observe.over": "{level} waits: {why}",
        "observe.undosed": "{level}: {why}",
        "record": "record the results of {subjects} at {level}: their observation ended on {day} or later and nothing is recorded",
        "review": "review of {level} by {who}: {why}",
        "none": "{level}: {why}",
        "why.group open": "places of the first group",
        "why.sentinel wanted": "the first subject goes alone",
        "why.sentinel observed": "the first subject is observed before others follow",
        "why.sentinel clear": "the first subject had no toxicity; the others wait for the review",
        "why.sentinel toxic": "the first subject had a toxicity; enrolment is suspended until it is decided on",
        "why.expanded": "one toxicity among the first group: it is expanded",
        "why.expanded by review": "the group is expanded",
        "why.results pending": "all places are taken, not all results are known",
        "why.result not recorded": "the observation is over and nothing is recorded",
        "why.group complete": "all results are known; a recommendation is needed before the step up",
        "why.toxicities": "{toxic} toxicities: the level is stopped, and no one is dosed there or above",
        "why.stopped by review": "stopped by the review of {since}",
        "why.expand below": "it may be expanded by {count}, as the level above was stopped",
        "why.highest tolerated": "the highest level that is tolerated",
        "why.all levels passed": "all levels are passed",
        "finding.unknown level": "{subject}: there is no level {level}",
        "finding.dosed too early": "{subject} was dosed at {level} on {day}, when no place was open there",
        "finding.toxicity is not replaced": "{subject} at {level}: a toxicity counts, though the subject is called not evaluable",
        "finding.toxicity before dose": "{subject} at {level}: the toxicity lies before the first dose",
        "finding.review too early": "the review of {level} on {day} came before the results that it is about, and does not count",
        "nobody": "the committee",
    }
)
_ZH: Mapping[str, str] = MappingProxyType(
    {
        "status.enrolling": "入组中",
        "status.sentinel under observation": "哨兵受试者观察中",
        "status.sentinel to be reviewed": "哨兵受试者待审查",
        "status.suspended": "暂停入组",
        "status.under observation": "观察中",
        "status.to be reviewed": "待审查",
        "status.passed": "已通过",
        "status.stopped": "已停止",
        "status.not open": "未开放",
        "subject.waiting": "尚未给药",
        "subject.observed": "观察至 {until}",
        "subject.unrecorded": "观察期于 {until} 结束，结果未记录",
        "subject.clear": "无剂量限制性毒性",
        "subject.toxic": "{known} 发生剂量限制性毒性",
        "subject.replaced": "自 {known} 起不可评价，可替换",
        "overall.open": "{level} 可入组",
        "overall.waiting": "等待 {level} 的结果",
        "overall.held": "{level} 审查前暂停",
        "overall.finished": "已结束：{passed} 可耐受，且无更高剂量组",
        "overall.stopped": "停止于 {level}",
        "enrol": "自 {day} 起 {level} 可入组 {count} 例：{why}",
        "observe": "{level} 观察至 {day}：{why}",
        "observe.over": "{level} 等待：{why}",
        "observe.undosed": "{level}：{why}",
        "record": "请记录 {level} 中 {subjects} 的结果：观察期已于 {day} 或之后结束，尚无记录",
        "review": "{who} 审查 {level}：{why}",
        "none": "{level}：{why}",
        "why.group open": "首批名额",
        "why.sentinel wanted": "首例受试者单独给药",
        "why.sentinel observed": "首例受试者观察结束前其他人不得给药",
        "why.sentinel clear": "首例受试者无毒性；其他人等待审查",
        "why.sentinel toxic": "首例受试者发生毒性；决定前暂停入组",
        "why.expanded": "首批中一例毒性：扩展",
        "why.expanded by review": "扩展该组",
        "why.results pending": "名额已满，结果未全",
        "why.result not recorded": "观察期已结束，尚无记录",
        "why.group complete": "结果已全；递增前须有审查建议",
        "why.toxicities": "{toxic} 例毒性：该剂量组停止，该组及以上不再给药",
        "why.stopped by review": "{since} 的审查决定停止",
        "why.expand below": "上一剂量组已停止，可扩展 {count} 例",
        "why.highest tolerated": "最高可耐受剂量组",
        "why.all levels passed": "所有剂量组已通过",
        "finding.unknown level": "{subject}：没有剂量组 {level}",
        "finding.dosed too early": "{subject} 于 {day} 在 {level} 给药，当时没有开放的名额",
        "finding.toxicity is not replaced": "{subject}（{level}）：毒性须计入，即使该受试者被记为不可评价",
        "finding.toxicity before dose": "{subject}（{level}）：毒性早于首次给药",
        "finding.review too early": "{level} 在 {day} 的审查早于其所依据的结果，不计入",
        "nobody": "委员会",
    }
)
_TABLES: Mapping[Lang, Mapping[str, str]] = MappingProxyType({"en": _EN, "zh": _ZH})
_NO_TITLES: Mapping[str, str] = MappingProxyType({})


def status_words(state: EscalationState, level: LevelState, lang: Lang) -> str:
    """How a level stands; one above the level in work that nobody was dosed at is "not open"."""
    number = state.levels.index(level)
    key = level.status if state.open[number] or level.subjects else "not open"
    return _TABLES[lang][f"status.{key}"]


def overall_words(state: EscalationState, lang: Lang, titles: Mapping[str, str] = _NO_TITLES) -> str:
    """The whole in one phrase; levels are called by `titles`, else by their names."""
    current, passed = (titles.get(name, name) for name in (state.current or "", state.highest_passed or ""))
    return _TABLES[lang][f"overall.{state.overall}"].format(level=current, passed=passed)


def subject_words(state: EscalationState, level: LevelState, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Each subject of a level and how it counts."""
    found = []
    for view in level.subjects:
        over = view.state == "observed" and view.until is not None and view.until < state.as_of
        words = _TABLES[lang]["subject.unrecorded" if over else f"subject.{view.state}"]
        found.append((view.subject.number, words.format(until=_day(view.until), known=_day(view.known))))
    return tuple(found)


def action_words(state: EscalationState, action: Action, lang: Lang, titles: Mapping[str, str] = _NO_TITLES) -> str:
    """What may or must happen, and why; levels are called by `titles`, else by their names."""
    table = _TABLES[lang]
    level = next(one for one in state.levels if one.level == action.level)
    expanded = action.why == "expanded" and not 0 < level.toxic < state.design.stop
    why = table["why.expanded by review" if expanded else f"why.{action.why}"].format(
        toxic=level.toxic, since=_day(level.since), count=action.count
    )
    key: str = action.kind
    if key == "observe" and (action.day is None or action.day < state.as_of):
        key = "observe.undosed" if action.day is None else "observe.over"
    return table[key].format(
        count=action.count,
        level=titles.get(action.level, action.level),
        day=_day(action.day),
        why=why,
        subjects=", ".join(action.subjects),
        who=state.design.review_by or table["nobody"],
    )


def finding_words(finding: Finding, lang: Lang, titles: Mapping[str, str] = _NO_TITLES) -> str:
    """What was recorded against the rules; levels are called by `titles`, else by their names."""
    level = titles.get(finding.level, finding.level)
    return _TABLES[lang][f"finding.{finding.code}"].format(subject=finding.subject, level=level, day=_day(finding.day))


def _day(day: int | None) -> str:
    return "" if day is None else format_day(day)
