"""The audit trail: one chain a study, and one for the installation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .studies import Study


class AuditEntry(models.Model):
    """Who did what to what, when and why; `old` and `new` are JSON or empty.

    `key` is `STUDY:SEQ` (0 for the installation), so that no column is outside of what `hash` and the order vouch for. `at` is text for
    the same reason: what was hashed is what is stored. `salts` are those of the digests of `old`, `new` and `reason` (`service.seals`).
    """

    key = models.CharField(max_length=40, primary_key=True)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, related_name="audit")
    seq = models.BigIntegerField()
    at = models.CharField(max_length=32)
    actor = models.CharField(max_length=64)
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=120)
    old = models.TextField()
    new = models.TextField()
    reason = models.TextField()
    salts = models.TextField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "seq"], name="audit_seq")]
        indexes: ClassVar = [models.Index(fields=["study", "target", "seq"], name="audit_target")]

    def __str__(self) -> str:
        return self.key


class AuditHead(models.Model):
    """The last entry of each chain; locked while one is added, so that entries of a chain follow one another."""

    chain = models.BigIntegerField(primary_key=True)
    """The study's number; 0 for the installation."""
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.chain}:{self.seq}"
