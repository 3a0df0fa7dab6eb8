"""The audit trail: filtered, page by page, newest first; on demand the chain is checked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from .. import access
from ..work import audit, trail
from .action_words import action_words, target_asked
from .answers import in_study, page
from .audit import PER_PAGE, audit_row, entry_lines
from .frame import address, lang_of
from .plan_answers import number, shown
from .plan_text import texts
from .words import sentences

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ..models.audit import AuditEntry
    from ..models.studies import Study

_FILTERS = ("actor", "action", "target", "from")


@page
def audit_page(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """Entries that the reader may see."""
    asked, lang = in_study(request), lang_of(request)
    t = texts(lang)
    everything = trail.entries_for(asked.user, asked.study)
    asked_for = {name: request.GET.get(name, "").strip()[:120] for name in _FILTERS}
    chosen = _filtered(everything, {**asked_for, "target": target_asked(asked_for["target"], lang)})
    before, after = number(request.GET.get("before", "")), number(request.GET.get("after", ""))
    if after >= 0:
        found = list(reversed(chosen.filter(seq__gt=after).order_by("seq")[:PER_PAGE]))
    else:
        found = list((chosen.filter(seq__lt=before) if before >= 0 else chosen).order_by("-seq")[:PER_PAGE])
    open_eyes = access.unblinded(asked.user, asked.study)
    entries = [audit.shown(entry, unblinded=open_eyes) for entry in found]
    query = {name: text for name, text in asked_for.items() if text}
    older = bool(found) and chosen.filter(seq__lt=found[-1].seq).exists()
    newer = bool(found) and chosen.filter(seq__gt=found[0].seq).exists()
    context = {
        "rows": [audit_row(entry, lang) for entry in entries],
        "hint": sentences(lang, (t["audit_hint"], *([] if open_eyes else [t["blinded_values"]]))),
        "filter": {**asked_for, "first": asked_for["from"]},
        "actors": sorted(set(everything.order_by().values_list("actor", flat=True))),
        "actions": [(one, action_words(one, lang)) for one in sorted(set(everything.order_by().values_list("action", flat=True)))],
        "query": urlencode(query),
        "older": urlencode({**query, "before": found[-1].seq}) if older else "",
        "newer": urlencode({**query, "after": found[0].seq}) if newer else "",
        "redactions": address("redactions", study=asked.study.slug) if access.anywhere(asked.user, access.May.REDACT, asked.study) else "",
    }
    checked = _verified(asked.study, t) if request.GET.get("verify") else {}
    return shown(
        request,
        "audit.html",
        context | checked,
        lambda: {"schema": "trialrules/audit/1", "entries": entries, **checked},
        table=lambda: entry_lines(entries),
    )


def _filtered(found: QuerySet[AuditEntry], asked: dict[str, str]) -> QuerySet[AuditEntry]:
    if asked["actor"]:
        found = found.filter(actor=asked["actor"])
    if asked["action"]:
        found = found.filter(action=asked["action"])
    if asked["target"]:
        found = found.filter(target__icontains=asked["target"])
    try:
        return found.filter(at__gte=date.fromisoformat(asked["from"]).isoformat()) if asked["from"] else found
    except ValueError:
        return found


def _verified(study: Study, t: dict[str, str]) -> dict[str, object]:
    """Whether the study's chain is as it was written."""
    result = audit.verify(study)
    first = next(iter(result.breaks), None)
    if first is not None:
        return {"verified": t["verified_bad"].format(first.seq, first.why), "verified_ok": False}
    return {"verified": t["verified_ok"].format(result.entries, result.heads.get(study.slug, "")[:16]), "verified_ok": True}
