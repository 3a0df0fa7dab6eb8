"""What an offline copy says of the study itself: sites, roles, versions of the rules, where they are in force."""

from __future__ import annotations

from ..models.accounts import Membership
from ..models.studies import RuleEffect, RuleVersion, Site, Study
from ..work import studies


def study_facts(study: Study) -> dict[str, object]:
    """Everything about a study but its subjects, decisions and trail."""
    return {
        "schema": "trialrules/export-study/1",
        "slug": study.slug,
        "name": study.name,
        "short_name": study.short_name,
        "waivers": study.waivers,
        "retention": studies.retention_json(study),
        "sites": [
            {"code": one.code, "name": one.name, "timezone": one.timezone, "closed_days": one.closed_days}
            for one in Site.objects.filter(study=study).order_by("code")
        ],
        "roles": [_role(one) for one in Membership.objects.filter(study=study).select_related("user", "site").order_by("pk")],
        "rules": [_version(one) for one in RuleVersion.objects.filter(study=study).order_by("pk")],
        "effects": [
            {"rules": one.version.label, "site": one.site.code, "from": one.effective_from.isoformat(), "by": one.by.username}
            for one in RuleEffect.objects.filter(version__study=study).select_related("version", "site", "by").order_by("pk")
        ],
    }


def _role(one: Membership) -> dict[str, object]:
    return {
        "user": one.user.username,
        "name": one.user.name,
        "role": str(one.role),
        "site": None if one.site is None else one.site.code,
        "unblinded": one.unblinded,
        "ended": None if one.ended is None else one.ended.isoformat(),
    }


def _version(one: RuleVersion) -> dict[str, object]:
    return {
        "label": one.label,
        "main": one.main,
        "sha256": one.sha256,
        "status": str(one.status),
        "author": one.author.username,
        "reviewer": None if one.reviewer is None else one.reviewer.username,
        "approver": None if one.approver is None else one.approver.username,
        "created": one.created.isoformat(),
        "note": one.note,
        "files": sorted(one.files),
    }
