"""Overrides of single criteria, and what became of them: rows that stay as they were written, like decisions and signatures."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..ids import uuid7
from .decisions import Decision


class Override(models.Model):
    """That an investigator lets a failing criterion pass, why, and by which document of the sponsor or the ethics committee.

    It stands beside the decision and changes nothing of it. `created` is text, so that what was hashed is what is stored. `salts` are
    those of the digests of columns with free text (`service.seals`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="overrides")
    criterion = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16)
    reason = models.TextField()
    reference = models.CharField(max_length=200)
    created = models.CharField(max_length=32)
    zone = models.CharField(max_length=64)
    salts = models.TextField()
    record_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.id)


class MarkKind(models.TextChoices):
    """What may become of an override."""

    COUNTERSIGNED = "countersigned"
    WITHDRAWN = "withdrawn"


class OverrideMark(models.Model):
    """That somebody countersigned an override, or took it back; each at most once. `record_hash` is the override's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    override = models.ForeignKey(Override, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=16, choices=MarkKind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=200)
    role = models.CharField(max_length=16)
    reason = models.TextField()
    record_hash = models.CharField(max_length=64)
    created = models.CharField(max_length=32)
    zone = models.CharField(max_length=64)
    salts = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["override", "kind"], name="override_mark_once")]

    def __str__(self) -> str:
        return f"{self.override_id} {self.kind}"
