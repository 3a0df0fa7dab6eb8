"""Tables. Code of ours imports them from the module that owns them; Django finds them all here."""

from .accounts import Membership, User
from .audit import AuditEntry, AuditHead
from .decisions import Decision, Signature, SignatureVoid
from .factors import RecoveryCode, SecondFactor
from .feeds import CalendarStore, Feed, FeedBytes, SubjectCalendar
from .overrides import Override, OverrideMark
from .redactions import Redaction
from .studies import RuleEffect, RuleVersion, Site, Study
from .subjects import Subject
from .todo import Assignment
from .web import ApiToken, Idempotency, OneTimeLink, Throttle
from .worklist import Standing, StandingItem

__all__ = [
    "ApiToken",
    "Assignment",
    "AuditEntry",
    "AuditHead",
    "CalendarStore",
    "Decision",
    "Feed",
    "FeedBytes",
    "Idempotency",
    "Membership",
    "OneTimeLink",
    "Override",
    "OverrideMark",
    "RecoveryCode",
    "Redaction",
    "RuleEffect",
    "RuleVersion",
    "SecondFactor",
    "Signature",
    "SignatureVoid",
    "Site",
    "Standing",
    "StandingItem",
    "Study",
    "Subject",
    "SubjectCalendar",
    "Throttle",
    "User",
]
