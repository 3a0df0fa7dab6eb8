"""Giving a missing item to somebody: a form on the list of missing data, which is shown again afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ..work import subjects, todo
from ..work.outcome import Refused, RefusedError
from .answers import in_study, page
from .subject_view import urls_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

_MAX: Final = 64


@page
@require_POST
def assign(request: HttpRequest, study: str, code: str) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """Give an item to somebody, or take it back."""
    asked = in_study(request)
    subject = subjects.find(asked.user, asked.study, code)
    item, owner, due = (request.POST.get(name, "")[:_MAX] for name in ("item", "owner", "due"))
    done = todo.assign(asked.user, subject, item, owner, due)
    if isinstance(done, Refused):
        raise RefusedError(done)
    return redirect(urls_of(subject).missing)
