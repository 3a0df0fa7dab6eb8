"""Who may sign in, and what they are in which study."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from .studies import Site, Study


class UserManager(BaseUserManager["User"]):
    """Finds users by name; `work.accounts` makes them."""


class User(AbstractBaseUser):
    """An account. `username` never changes, because the audit names it; `name` is the one printed on signatures."""

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, default="en")
    superuser = models.BooleanField(default=False)
    """Administrator of the installation: makes studies, and gives the first roles in them."""
    created = models.DateTimeField()
    sessions = models.PositiveIntegerField(default=0)
    """How often all sessions were ended; those that began before the last time are no longer good."""

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.username

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """What Django asks before it lets somebody in."""
        return self.active

    def get_session_auth_hash(self) -> str:
        """What a session is compared with at every request: another password ends it, and so does one more in `sessions`."""
        return salted_hmac("trialrules.session", f"{self.sessions} {self.password}", algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    """What a user may be in a study."""

    WRITER = "writer"
    COORDINATOR = "coordinator"
    INVESTIGATOR = "investigator"
    MONITOR = "monitor"
    ADMINISTRATOR = "administrator"


class Membership(models.Model):
    """One role of a user in a study, at one site or (site null) at all of them. Ended ones stay, for the record."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    unblinded = models.BooleanField(default=False)
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "study", "site", "role"], condition=models.Q(ended=None), name="membership_once"),
            models.UniqueConstraint(
                fields=["user", "study", "role"], condition=models.Q(ended=None, site=None), name="membership_once_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.study_id}"
