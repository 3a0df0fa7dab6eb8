"""The application that web servers load."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialrules.service.settings")
_django = get_wsgi_application()

from .feeds.wsgi import FeedsFirst  # noqa: E402 - its models are there only now

application = FeedsFirst(_django)
