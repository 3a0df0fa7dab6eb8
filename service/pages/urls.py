"""Addresses of the pages about accounts and subjects."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from . import (
    account_views as account,
    list_views as lists,
    override_views,
    own_account as own,
    record_views as record,
    redaction_views as redactions,
    settings_views as settings,
    subject_views as one,
    todo_views,
)
from .answers import twins

_STUDY: Final = "s/<slug:study>"
_SUBJECT: Final = f"{_STUDY}/subjects/<str:code>"

urlpatterns: list[URLPattern] = [
    # Of two addresses of one name the later one is the name's.
    path("studies.json", account.studies, {"twin": "json"}, name="studies"),
    path("", account.studies, name="studies"),
    path("new-study", settings.new_study, name="study-new"),
    path(f"{_STUDY}/", account.study_start, name="study"),
    *twins(f"{_STUDY}/settings", settings.settings_page, "settings"),
    path("login", account.login, name="login"),
    path("login/code", account.login_code, name="login-code"),
    path("logout", account.logout, name="logout"),
    path("language", account.language, name="language"),
    path("welcome/<str:token>", account.welcome, name="welcome"),
    path("account", own.account, name="account"),
    path("account/password", own.password, name="account-password"),
    path("account/second-factor", own.factor, name="account-factor"),
    path("account/second-factor/remove", own.factor_remove, name="account-factor-remove"),
    path("account/tokens", own.tokens, name="account-tokens"),
    *twins(f"{_STUDY}/worklist", lists.worklist, "worklist", "csv"),
    path(f"{_STUDY}/new-subject", lists.new, name="subject-new"),
    *twins(f"{_STUDY}/log", lists.log, "log", "csv"),
    *twins(f"{_SUBJECT}/why", one.why, "why", "csv"),
    *twins(f"{_STUDY}/redactions", redactions.all_of, "redactions"),
    *twins(f"{_STUDY}/redactions/<int:number>", redactions.one_of, "redaction"),
    *twins(f"{_SUBJECT}/criteria/<str:criterion>", one.criterion, "criterion"),
    *twins(f"{_SUBJECT}/missing", one.missing, "missing"),
    path(f"{_SUBJECT}/todo", todo_views.assign, name="todo"),
    *twins(f"{_SUBJECT}/sign", one.sign, "sign"),
    *twins(f"{_SUBJECT}/overrides", override_views.overrides_page, "overrides"),
    *twins(f"{_SUBJECT}/facts/<int:index>", record.fact, "fact"),
    *twins(f"{_SUBJECT}/details/<str:name>", record.detail, "detail"),
    *twins(f"{_SUBJECT}/page", lists.subject, "subject", "csv"),
]
