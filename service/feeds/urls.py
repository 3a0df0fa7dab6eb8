"""Addresses of feeds. Whatever else stands under /c/ is answered as an unknown token is."""

from __future__ import annotations

from django.urls import path

from .views import calendar

urlpatterns = [
    path("c/<str:token>/calendar.ics", calendar, name="feed"),
    path("c/<path:rest>", lambda request, rest: calendar(request), name="feed-unknown"),  # noqa: ARG005 - the rest is nobody's business
]
