"""Studies, their sites, and the versions of their rules."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .fields import JsonText


class Study(models.Model):
    """One trial. `short_name` is what calendars show.

    `waivers`: whether countersigned overrides of all failing criteria open enrolment. `ended` and `retention_years`: from which day
    and for how long the records have to be kept. Nothing is ever deleted by them.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=40)
    waivers = models.BooleanField(default=False)
    ended = models.DateField(null=True)
    retention_years = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return self.slug


class Site(models.Model):
    """One place where a study is carried out. `closed_days`: a list of {date, name}."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sites")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64)
    closed_days = JsonText(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "code"], name="site_code")]

    def __str__(self) -> str:
        return f"{self.study_id} {self.code}"


class RuleStatus(models.TextChoices):
    """How far a version of the rules has come."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    RETIRED = "retired"


class RuleVersion(models.Model):
    """A rule file with all it uses, as it was handed in: `files` by path below the folder of `main`. Only its status changes."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=40)
    main = models.CharField(max_length=200)
    files = JsonText()
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=RuleStatus.choices, default=RuleStatus.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField()
    note = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "label"], name="rules_label")]

    def __str__(self) -> str:
        return f"{self.study_id} {self.label}"


class RuleEffect(models.Model):
    """From which day a version holds at a site; of several the latest day counts, then the one stated last."""

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="effects")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="effects")
    effective_from = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "site", "effective_from"], name="effect_once")]

    def __str__(self) -> str:
        return f"{self.version_id} at {self.site_id} from {self.effective_from}"
