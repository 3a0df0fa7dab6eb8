"""What the worklist filters by: where each subject stands, kept beside the decision that says so. Everything here can be made again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .decisions import Decision
from .studies import Site, Study
from .subjects import Subject


class Standing(models.Model):
    """A subject's latest real decision, as far as lists need it."""

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="standing")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    word = models.CharField(max_length=12)
    provisional = models.BooleanField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["study", "site", "word"], name="standing_by_word")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.word}"


class ItemKind(models.TextChoices):
    """What an item of a subject's standing is."""

    FAILS = "fails"
    MISSING = "missing"


class StandingItem(models.Model):
    """A criterion that fails, or a fact (or moment) that is missing; `place` keeps the order of the protocol, or of what helps most."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="standing_items")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=ItemKind.choices)
    key = models.CharField(max_length=64)
    place = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "kind", "key"], name="standing_item_once")]
        indexes: ClassVar = [models.Index(fields=["study", "kind", "site", "key"], name="standing_item_by_key")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.kind} {self.key}"
