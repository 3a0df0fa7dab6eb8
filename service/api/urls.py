"""Addresses of the API, from the table of operations."""

from __future__ import annotations

from django.urls import path

from . import openapi
from .dispatch import endpoint
from .table import by_path

urlpatterns = [path("api/v1/openapi.json", openapi.view, name="api-openapi")]
urlpatterns += [
    path(
        f"{openapi.PREFIX}{address}".lstrip("/").replace("{", "<str:").replace("}", ">"),
        endpoint({one.method: one for one in operations}),
        name=operations[0].name,
    )
    for address, operations in by_path().items()
]
