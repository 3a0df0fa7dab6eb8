"""What requests need: answers already given, buckets of attempts, links that work once."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Idempotency(models.Model):
    """The answer that was given to a request with an Idempotency-Key; the same key gets the same answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveIntegerField(default=0)
    response = models.TextField(default="")
    created = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"


class Throttle(models.Model):
    """A bucket of attempts that fills up with time; `updated` is in seconds since 1970."""

    bucket = models.CharField(max_length=120, primary_key=True)
    tokens = models.FloatField()
    updated = models.FloatField()

    def __str__(self) -> str:
        return self.bucket


class OneTimeLink(models.Model):
    """A link with which a user sets a password, once. Only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link of {self.user_id}"


class ApiToken(models.Model):
    """A token for programs; only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=8)
    name = models.CharField(max_length=100)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix} of {self.user_id}"
