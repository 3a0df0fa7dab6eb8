"""A column for JSON that both databases keep as text.

Django's own JSONField has a CHECK with a function that SQLite refuses to run while its schema isn't trusted, as ours never is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from ...canonical import JsonProblem, canonical_bytes, strict_json_loads

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class JsonText(_Text):
    """Lists and objects in, lists and objects out; canonical JSON in the database."""

    if TYPE_CHECKING:
        # What the plugin for Django takes for the types of the attribute.
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> object:
        """What the text says."""
        return self.to_python(value)

    def to_python(self, value: object) -> object:
        """Text is read, anything else is what it is."""
        if not isinstance(value, str):
            return value
        found = strict_json_loads(value)
        if isinstance(found, JsonProblem):
            raise ValueError(f"column {self.name}: {found.message}")  # noqa: TRY004 - the text is wrong, not its type
        return found

    def get_prep_value(self, value: object) -> str:
        """The text to store."""
        return canonical_bytes(value).decode("utf-8")
