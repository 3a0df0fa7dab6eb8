"""The fixed words of the document that `docs` writes, in English and Chinese."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE = {
    # key: English, Chinese
    "kicker": ("Eligibility criteria", "入选与排除标准"),
    "inclusion": ("Inclusion criteria", "入选标准"),
    "exclusion": ("Exclusion criteria", "排除标准"),
    "one.inclusion": ("inclusion", "入选"),
    "one.exclusion": ("exclusion", "排除"),
    "version": ("Version", "版本"),
    "registry": ("Registry", "注册号"),
    "hash": ("SHA-256 of the rules", "规则 SHA-256"),
    "source": ("Source text", "方案原文"),
    "from": ("from “{}”", "自“{}”"),
    "to": ("to “{}”", "至“{}”"),
    "timezone": ("Time zone", "时区"),
    "months": ("Month steps", "按月推算"),
    "months.down": ("round down: 31 May − 3 months = the last day of February", "向下取整：5 月 31 日前 3 个月为 2 月最后一日"),
    "months.up": ("round up: 31 May − 3 months = 1 March", "向上取整：5 月 31 日前 3 个月为 3 月 1 日"),
    "until": ("Evidence counts until", "证据截至"),
    "baseline": ("Baseline", "基线"),
    "moments": ("Moments", "时间点"),
    "contents": ("Contents", "目录"),
    "given": ("as recorded", "以记录为准"),
    "planned": ("else planned: {}", "否则按计划：{}"),
    "else": ("else {}", "否则：{}"),
    "words": ("In words", "文字表述"),
    "rule": ("The rule", "规则"),
    "protocol words": ("The protocol’s words", "方案原文"),
    "assumptions": ("Assumptions", "假定"),
    "notes": ("Notes", "注释"),
    "warnings": ("Warnings", "提示"),
    "data": ("Data needed", "所需数据"),
    "scenarios": ("Worked examples", "示例"),
    "no scenarios": ("No worked example names this criterion.", "尚无示例涉及本条标准。"),
    "fact": ("Fact", "数据项"),
    "kind": ("Kind and values", "类型与取值"),
    "codes": ("Codes", "编码"),
    "reach": ("Holds for", "有效期"),
    "reach.ever": ("for ever", "长期"),
    "reach.none": ("the stated window, or the same day", "规则所述时间窗或当日"),
    "absence": ("Nothing recorded", "无记录时"),
    "absence.no": ("taken as absent", "视为无"),
    "absence.unknown": ("unknown", "未知"),
    "glossary": ("Glossary", "术语"),
    "facts": ("Facts", "数据项"),
    "definitions": ("Definitions", "定义"),
    "not a rule": ("Source items that are no rules", "不作为规则的原文条目"),
    "used by": ("Used by", "用于"),
    "when": ("When {}:", "若 {}："),
    "always.block": ("In any case:", "任何情况下："),
    "all": ("all of", "全部满足"),
    "any": ("any of", "任一满足"),
    "none": ("none of", "均不满足"),
    "at least": ("at least {} of", "至少 {} 项满足"),
    "at most": ("at most {} of", "至多 {} 项满足"),
    "exactly": ("exactly {} of", "恰好 {} 项满足"),
    "cases": ("the first that applies", "依次取首个适用者"),
    "if": ("if", "若"),
    "then": ("then", "则"),
    "otherwise": ("otherwise", "否则"),
    "met": ("met", "满足"),
    "warns": ("warns", "提示"),
    "does not warn": ("does not warn", "不提示"),
    "not met": ("not met", "不满足"),
    "unknown": ("unknown", "未知"),
    "not applicable": ("not applicable", "不适用"),
    "provisional": ("provisional", "暂定"),
    "components": ("components at most {} apart", "各组成记录间隔不超过 {}"),
    "members": ("any of {}", "{} 之一"),
    "attributes": ("with {}", "属性：{}"),
    "words.or": (" / ", " / "),
    "assume.reach": ("reach: {}", "有效期：{}"),
    "assume.absence": ("absence: {}", "无记录：{}"),
    "kind.lab": ("lab", "检验"),
    "kind.vital": ("vital sign", "生命体征"),
    "kind.score": ("score", "评分"),
    "kind.grade": ("grade", "分级"),
    "kind.finding": ("finding", "检查结果"),
    "kind.event": ("event", "事件"),
    "kind.condition": ("condition", "疾病"),
    "kind.exposure": ("exposure", "暴露/用药"),
    "kind.judgement": ("investigator’s judgement", "研究者判断"),
    "kind.attribute": ("attribute of the person", "个人属性"),
    "kind.group": ("group", "组合"),
    "foot": (
        "Written by trialrules {} from the rule file; it is the rule file that is executed.",
        "由 trialrules {} 根据规则文件生成；以规则文件为准。",
    ),
    "criteria count": ("{} inclusion and {} exclusion criteria", "{} 条入选标准，{} 条排除标准"),
}

LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {lang: MappingProxyType({key: texts[at] for key, texts in _TABLE.items()}) for at, lang in enumerate(("en", "zh"))}
)


class Labels:
    """The fixed words of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._table = LABELS[lang]

    def __call__(self, key: str, *parts: object) -> str:
        """The label of a key, with `parts` in its places."""
        return self._table[key].format(*parts)
