"""Every address of the service. A name without a row in `access.URLS` fails the tests and is refused to everybody."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from . import health
from .api.urls import urlpatterns as of_api
from .feeds.urls import urlpatterns as of_feeds
from .pages.plan_urls import urlpatterns as of_plans
from .pages.urls import urlpatterns as of_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.figures, name="metrics"),
    *of_feeds,
    *of_api,
    *of_pages,
    *of_plans,
]
handler400 = "trialrules.service.errors.bad_request"
handler403 = "trialrules.service.errors.forbidden"
handler404 = "trialrules.service.errors.not_found"
handler500 = "trialrules.service.errors.broken"
