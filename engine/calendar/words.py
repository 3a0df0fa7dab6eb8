"""The few words that calendars add to the protocol's own, in the languages they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "cancelled": {"en": "CANCELLED: {0}", "zh": "已取消：{0}"},
    "window": {"en": "Window: {0}", "zh": "时间窗：{0}"},
    "maybe": {"en": "To be confirmed: {0}", "zh": "待确认：{0}"},
    "end": {"en": "Last day: {0}", "zh": "最后一天：{0}"},
    "per day": {"en": "{0}, {1} times a day", "zh": "{0}，每日{1}次"},
    "unscheduled": {"en": "Unscheduled visit", "zh": "计划外访视"},
    "medication": {"en": "Medication", "zh": "用药"},
    "join": {"en": " + ", "zh": "＋"},
    "subject feed": {"en": "{0} {1}", "zh": "{0} {1}"},
    "site feed": {"en": "{0} site {1}", "zh": "{0} 中心 {1}"},
    "study feed": {"en": "{0}", "zh": "{0}"},
    "revoked": {
        "en": "This calendar is no longer available: please remove the subscription",
        "zh": "此日历已停用：请删除该订阅",
    },
}


def say(word: str, language: Language, *parts: object) -> str:
    """One of WORDS with its places filled; a KeyError is a mistake in the program."""
    return WORDS[word][language].format(*parts)
