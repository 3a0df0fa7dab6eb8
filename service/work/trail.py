"""The audit trail as a reader may see it: nobody learns from it of subjects at sites that are not theirs."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from .. import access
from ..models.accounts import User
from ..models.audit import AuditEntry
from ..models.studies import Study
from ..models.subjects import Subject


def entries_for(actor: User, study: Study) -> QuerySet[AuditEntry]:
    """The entries of a study that a user may read, in order."""
    found = AuditEntry.objects.filter(study=study).select_related("study").order_by("seq")
    if access.allows(actor, access.May.READ_AUDIT, study):
        return found
    own = access.sites(actor, access.May.READ_AUDIT, study)
    elsewhere = Subject.objects.filter(study=study).exclude(site__in=own).annotate(name=Concat(Value("subject "), "code"))
    others = Q(target__startswith="feed ") & ~Q(actor=actor.username)
    return found.exclude(target__in=elsewhere.values("name")).exclude(others)
