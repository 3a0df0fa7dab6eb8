"""Addresses of feeds. Whatever else stands under /c/ is answered as an unknown token is."""

from __future__ import annotations

from django.urls import path, re_path

from .views import calendar

urlpatterns = [
    path("c/<str:token>/calendar.ics", calendar, name="feed"),
    re_path(r"^c/[\s\S]*$", calendar, name="feed-unknown"),
]
