"""Who brings in what is missing, and until when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .studies import Site, Study
from .subjects import Subject


class Assignment(models.Model):
    """One missing item of one subject, given to a person. `key` is that of `StandingItem`. Its changes stand in the audit trail."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="assignments")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="assignment_once")]
        indexes: ClassVar = [models.Index(fields=["study", "owner", "due"], name="assignment_of_owner")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.key}"
