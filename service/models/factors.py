"""The second factor of an account: what its device and the service both know, and the codes for when the device is lost."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """The device of one account. No row: the account has none.

    `secret` is sealed (`service.sealed`); it is shown once, while the device is set up. `last_step` is the time step of the last code
    that was taken: a code works once, and none that is older works after it.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="second_factor")
    secret = models.TextField()
    since = models.DateTimeField()
    last_step = models.BigIntegerField()

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that works once in place of the device's. Only its SHA-256 is kept; `used` also stands when later codes took its place."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"
