"""What a schedule says of records that it can't use, and a move of days that it can't take, for people: English, or Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..phrases import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..explain_words import Lang

_CHINESE: Final = {
    "The rule file has no schedule.": "规则文件中没有访视计划。",
    "There are {n} more problems.": "另有 {n} 个问题。",
    "The study has no part {part}.": "研究中没有部分 {part}。",
    "The subject is in no part of the study yet: {parts}.": "受试者尚未分入研究的任何部分：{parts}。",
    "There is no arm {arm} here; there are {arms}.": "此处没有组别 {arm}；现有组别：{arms}。",
    "The end ({status} on {day}) is after {now}; it does not count yet.": "结束记录（{status}，{day}）晚于 {now}，暂不计入。",
    "The record gives the screening on {day}, the last one was on {last}; {given} stands.": (
        "记录中的筛选日期为 {day}，最近一次筛选为 {last}；以 {given} 为准。"
    ),
    "{n} screenings are recorded; the last {most} are shown.": "已记录 {n} 次筛选；仅显示最近 {most} 次。",
    "There are more than {n} visits; only those are shown.": "访视超过 {n} 个；仅显示这些。",
    "{n} unscheduled visits are recorded; the first {most} are shown.": "已记录 {n} 次计划外访视；仅显示前 {most} 次。",
    "{key}: the subject has not ended the study early, or the protocol has no such visit.": (
        "{key}：受试者未提前结束研究，或方案中没有此访视。"
    ),
    "{key}: the schedule of this subject has no such visit.": "{key}：该受试者的访视计划中没有此访视。",
    "{key}: recorded both as missed and as skipped.": "{key}：同时记录为缺失和跳过。",
    "{key}: recorded as {status}, without a day.": "{key}：记录为“{status}”，但没有日期。",
    "{key}: recorded as done on {day}, which is after {now}.": "{key}：记录的完成日期 {day} 晚于 {now}。",
    "{key}: recorded as done twice, on {first} and on {second}; the first counts.": (
        "{key}：完成日期记录了两次（{first} 和 {second}）；以前者为准。"
    ),
    "{key}: {status} for {day}, which is no day.": "{key}：“{status}”的日期 {day} 不是具体的一天。",
    "{key}: {day} is no day.": "{key}：{day} 不是具体的一天。",
    "{key}: {day} is before {now}; what took place is recorded, not planned.": ("{key}：{day} 早于 {now}；已发生的访视应记录，而非安排。"),
    "{key}: {day} is after the end of the subject's part in the study.": "{key}：{day} 晚于受试者结束参与的日期。",
    "{key}: it can't be moved, because {why}.": "{key}：无法改期，因为{why}。",
    "{key}: held from {start} to {end}, which is earlier.": "{key}：暂停自 {start} 至 {end}，结束早于开始。",
}
_VALUES: Final = {
    "done": "已完成",
    "missed": "缺失",
    "skipped": "跳过",
    "booked": "预约",
    "moved": "改期",
    "completed": "已完成",
    "withdrawn": "已退出研究",
    "lost": "失访",
    "died": "死亡",
    "screen failed": "筛选失败",
    "none": "无",
    "no schedule plans it": "没有计划安排此访视",
    "it has taken place": "该访视已进行",
    "it is recorded as missed": "已记录为缺失",
    "it is recorded as skipped": "已记录为跳过",
    "the subject's part in the study ended before it": "受试者在此之前已结束参与",
    "it does not apply to this subject": "该访视不适用于此受试者",
}
_PHRASES: Final = Phrases(_CHINESE)


def problem_words(problems: Iterable[str], lang: Lang) -> tuple[str, ...]:
    """The problems in a language; what has no translation stays as it is, so that nothing goes unsaid."""
    if lang == "en":
        return tuple(problems)
    return tuple(_PHRASES.say(one, lambda _, value: _VALUES.get(value, value)) or one for one in problems)
