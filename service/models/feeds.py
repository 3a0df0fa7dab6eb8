"""Calendar feeds, and the state from which they are served."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .studies import Site, Study
from .subjects import Subject


class Feed(models.Model):
    """One link that a calendar program fetches. The token itself is shown once and kept nowhere: only its SHA-256."""

    class Kind(models.TextChoices):
        """What it shows."""

        SUBJECT = "subject"
        SITE = "site"
        STUDY = "study"
        MINE = "mine"

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="feeds")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="feeds")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="feeds")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=8)
    titles = models.CharField(max_length=16, default="code")
    language = models.CharField(max_length=8, default="en")
    windows = models.BooleanField(default=False)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)
    last_fetch = models.DateTimeField(null=True)
    agent = models.CharField(max_length=200, default="")
    fetches = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["study", "owner"], name="feed_of_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.prefix}"


class CalendarStore(models.Model):
    """The calendar state of a study (bytes of `engine.calendar.state_json`): its key. Events stand in `SubjectCalendar`."""

    study = models.OneToOneField(Study, on_delete=models.PROTECT, primary_key=True, related_name="calendar")
    state = models.BinaryField()
    version = models.PositiveIntegerField(default=1)
    changed = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.study_id)


class SubjectCalendar(models.Model):
    """The events of one subject, as calendars were told: a calendar state with the study's key.

    `made_from` is the digest of everything they were made from: while it is the same, they are still right.
    """

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="calendar")
    state = models.BinaryField()
    made_from = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.subject_id)


class FeedBytes(models.Model):
    """The last good bytes of a feed: what is served while nothing new can be made. `made_from` as in `SubjectCalendar`."""

    feed = models.OneToOneField(Feed, on_delete=models.PROTECT, primary_key=True, related_name="bytes")
    etag = models.CharField(max_length=80)
    content = models.BinaryField()
    gzip = models.BinaryField()
    changed = models.DateTimeField()
    made_from = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return str(self.feed_id)
