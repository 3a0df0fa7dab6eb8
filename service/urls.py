"""Every address of the service. A name without a row in `access.URLS` fails the tests and is refused to everybody."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
