"""Addresses of the pages about plans, calendar links, rules and the audit trail."""

from __future__ import annotations

from django.urls import path

from . import audit_views, code_page, editor_parts, editor_views, feed_views, rule_views, schedule_views, study_views
from .answers import twins

_SUBJECT = "s/<slug:study>/subjects/<str:code>"
_EDITOR = {
    "check": editor_parts.check,
    "format": editor_parts.layout,
    "evaluate": editor_parts.evaluate,
    "tests": editor_parts.tests,
    "effect": editor_parts.effect,
    "name": editor_parts.name,
}

urlpatterns = [
    *twins(f"{_SUBJECT}/schedule", schedule_views.schedule, "schedule", "csv"),
    *twins(f"{_SUBJECT}/visits/<str:key>/move", schedule_views.move, "move"),
    *twins(f"{_SUBJECT}/visits/<str:key>", schedule_views.visit, "visit"),
    *twins("s/<slug:study>/soa", study_views.soa, "soa", "csv"),
    *twins("s/<slug:study>/board", study_views.board_page, "board", "csv"),
    *twins("s/<slug:study>/feeds", feed_views.feeds, "feeds", "csv"),
    *twins("s/<slug:study>/rules", rule_views.rules_page, "rules", "csv"),
    path("s/<slug:study>/rules/<str:label>/effect.csv", rule_views.effect_csv, name="rule"),
    *twins("s/<slug:study>/rules/<str:label>", rule_views.rule, "rule"),
    path("s/<slug:study>/editor", editor_views.editor, name="editor"),
    *[path(f"s/<slug:study>/editor/{name}", view, name=f"editor-{name}") for name, view in _EDITOR.items()],
    *twins("codes/<str:code>", code_page.code_page, "code"),
    *twins("s/<slug:study>/audit", audit_views.audit_page, "audit", "csv"),
]
