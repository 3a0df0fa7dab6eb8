"""Subjects. Everything clinical stands in one document, so that there is one home for it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import JsonText
from .studies import Site, Study


class State(models.TextChoices):
    """Where a subject stands; `work.states` says what may follow what."""

    SCREENING = "screening"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not eligible"
    ENROLLED = "enrolled"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    DIED = "died"
    SCREEN_FAILED = "screen failed"


class Subject(models.Model):
    """A person in a study, by code. `document` is `trialrules/subject/1` JSON; `version` goes up with every change."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="subjects")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="subjects")
    code = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=State.choices, default=State.SCREENING)
    document = models.TextField()
    salt = models.CharField(max_length=32)
    """Of the digest of the document that the audit trail keeps."""
    version = models.PositiveIntegerField(default=1)
    enrolled_as_of = models.CharField(max_length=40, default="")
    """Once enrolled: the day of the decision that was signed. Corrected data are judged as of that day."""
    waivers = JsonText(default=list)
    """Of who was enrolled although criteria fail: the overrides that let them pass."""
    created = models.DateTimeField()
    changed = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "code"], name="subject_code")]
        indexes: ClassVar = [
            # The worklist pages through these, by code, with one state or one site chosen.
            models.Index(fields=["study", "state", "code"], name="subject_by_state"),
            models.Index(fields=["site", "state", "code"], name="subject_by_site_state"),
            models.Index(fields=["site", "code"], name="subject_by_site"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} {self.code}"
