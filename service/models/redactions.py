"""Redactions: personal data that got into a record by accident, taken out by two people."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .studies import Study
from .subjects import Subject


class RedactionState(models.TextChoices):
    """How far a redaction has come."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


class Redaction(models.Model):
    """A text that somebody wants taken out, and what somebody else said to that. `text` is empty once it is decided.

    Guards of the append-only tables read this: a row of theirs takes the tombstone of a redaction that is done and still has its text.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="redactions")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="redactions")
    text = models.CharField(max_length=200)
    reason = models.TextField()
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=RedactionState.choices, default=RedactionState.OPEN)
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided = models.CharField(max_length=32, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state="done") | (models.Q(decider__isnull=False) & ~models.Q(decider=models.F("asker"))),
                name="redaction_by_two",
            )
        ]

    def __str__(self) -> str:
        return f"R-{self.pk}"
