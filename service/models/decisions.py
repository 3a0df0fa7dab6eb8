"""Decisions and signatures: rows that stay as they were written; the database refuses anything else."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..ids import uuid7
from .studies import RuleVersion, Site, Study
from .subjects import Subject


class Decision(models.Model):
    """What was decided, on which rules and data, by whom: enough to come to it again byte for byte.

    `snapshot` is the patient's record (canonical JSON), without arm and visits; `result` is `trialrules/decision/1`, canonical, in English.
    `created` and the like are text, so that what was hashed is what is stored. `salts` are those of the digests of the columns
    with free text (`service.seals`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="decisions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="decisions")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="decisions")
    subject_version = models.PositiveIntegerField()
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="decisions")
    rules_sha256 = models.CharField(max_length=64)
    data_sha256 = models.CharField(max_length=64)
    snapshot = models.TextField()
    engine = models.CharField(max_length=40)
    versions = models.TextField()
    as_of = models.CharField(max_length=40)
    zone = models.CharField(max_length=64)
    result = models.TextField()
    decision = models.CharField(max_length=12)
    provisional = models.BooleanField()
    draft = models.BooleanField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16)
    reason = models.TextField()
    created = models.CharField(max_length=32)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    salts = models.TextField()
    record_hash = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "draft", "created"], name="decision_of_subject"),
            models.Index(fields=["study", "created"], name="decision_of_study"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Signature(models.Model):
    """An investigator's signature on a decision. `outcomes`: criterion -> verdict, as canonical JSON."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="signature")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=200)
    outcomes = models.TextField()
    record_hash = models.CharField(max_length=64)
    created = models.CharField(max_length=32)
    zone = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.id)


class SignatureVoid(models.Model):
    """That a signature no longer holds, and why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="void")
    why = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created = models.CharField(max_length=32)

    def __str__(self) -> str:
        return str(self.id)
