"""Addresses of the pages about plans, calendar links, rules and the audit trail."""

from __future__ import annotations

from django.urls import path

from . import audit_views, editor_views, feed_views, rule_views, schedule_views, study_views
from .answers import twins

_SUBJECT = "s/<slug:study>/subjects/<str:code>"

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
    path("s/<slug:study>/editor/check", editor_views.check, name="editor-check"),
    path("s/<slug:study>/editor/format", editor_views.layout, name="editor-format"),
    path("s/<slug:study>/editor/evaluate", editor_views.evaluate, name="editor-evaluate"),
    *twins("s/<slug:study>/audit", audit_views.audit_page, "audit", "csv"),
]
