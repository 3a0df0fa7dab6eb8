"""Every operation of the API. `access.URLS` has a row for each name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...limits import MAX_BODY_BYTES, MAX_INCLUDES, MAX_UPLOAD_BYTES
from . import decisions, feeds, rules, subjects, visits
from .operation import Operation
from .schema import Schema, array, obj, or_null, text
from .shapes import (
    BRIEF,
    CODE,
    CREATED,
    DAY,
    DECIDED,
    DIAGNOSTICS,
    EFFECT,
    ENTERED,
    ENTRY,
    FEED,
    FREE,
    LANG,
    LIMIT,
    NEW_FEED,
    PLAN,
    REASON,
    STUDY,
    SUBJECT,
    VERSION,
    VERSION_OF_RULES,
    WHOLE_SUBJECT,
    component,
    listed,
)

_OF_STUDY: Final = "/studies/{study}"
_OF_SUBJECT: Final = f"{_OF_STUDY}/subjects/{{subject}}"
_FILES: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": MAX_INCLUDES + 1,
    "propertyNames": text(200, 1),
    "additionalProperties": text(MAX_BODY_BYTES),
}
_RULES: Final = obj({"main": text(200, 1), "files": _FILES})
_PATIENT: Final[Schema] = {**FREE, "description": "`trialrules/patient/1`, or a FHIR R4 Bundle."}
_STATES: Final[Schema] = {
    "type": "string",
    "enum": ["screening", "eligible", "not eligible", "enrolled", "completed", "withdrawn", "lost", "died", "screen failed"],
}
_ENDS: Final[Schema] = {"type": "string", "enum": ["completed", "withdrawn", "lost", "died", "screen failed"]}
_DOSES: Final[Schema] = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": text(64, 1),
    "additionalProperties": or_null(obj({"value": {"type": "number", "minimum": 0, "maximum": 1_000_000_000}, "unit": text(64, 1)})),
}
_INDEX: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 10**15}
_BOOLEAN: Final[Schema] = {"type": "boolean"}


def _whole_decision() -> Schema:
    return obj({**BRIEF["properties"], "result": component("Decision"), "data": FREE})


OPERATIONS: Final = (
    Operation("api-studies", "GET", "/studies", "The studies in which you have a role", rules.studies, obj({"studies": array(STUDY)})),
    Operation("api-check", "POST", "/check", "What is wrong with rule texts; nothing is kept", rules.check, DIAGNOSTICS, body=_RULES),
    Operation(
        "api-protocols",
        "GET",
        f"{_OF_STUDY}/protocols",
        "Versions of the rules, the newest first",
        rules.protocols,
        obj({"protocols": array(VERSION_OF_RULES)}),
    ),
    Operation(
        "api-protocols",
        "POST",
        f"{_OF_STUDY}/protocols",
        "Hand in a rule file as a draft",
        rules.hand_in,
        VERSION_OF_RULES,
        201,
        body=obj(_RULES["properties"], {"label": text(40), "note": text(10_000)}),
        problems=(409,),
        writes=True,
        most=MAX_BODY_BYTES,
    ),
    Operation("api-protocol", "GET", f"{_OF_STUDY}/protocols/{{label}}", "One version with its texts", rules.protocol, VERSION_OF_RULES),
    Operation(
        "api-effect",
        "GET",
        f"{_OF_STUDY}/protocols/{{label}}/effect",
        "The subjects whose verdict a version changes against another",
        rules.effect,
        EFFECT,
        query={"with": text(40, 1)},
    ),
    Operation(
        "api-screen",
        "POST",
        f"{_OF_STUDY}/screen",
        "Decide for a patient who is posted; nothing is kept",
        rules.screen,
        component("Decision"),
        body=obj({"patient": _PATIENT}, {"protocol": text(40, 1), "on": DAY, "lang": LANG}),
        problems=(409,),
        most=MAX_UPLOAD_BYTES,
    ),
    Operation(
        "api-subjects",
        "GET",
        f"{_OF_STUDY}/subjects",
        "Subjects by code, a page",
        subjects.listed,
        listed("subjects", SUBJECT),
        query={"site": text(20, 1), "state": _STATES, "after": CODE, "limit": LIMIT},
    ),
    Operation(
        "api-subjects",
        "POST",
        f"{_OF_STUDY}/subjects",
        "A new subject from a patient's record",
        subjects.create,
        CREATED,
        201,
        body=obj({"subject": CODE, "site": text(20, 1), "patient": _PATIENT}, {"part": or_null(text(64, 1))}),
        problems=(409,),
        writes=True,
        most=MAX_UPLOAD_BYTES,
    ),
    Operation("api-subject", "GET", _OF_SUBJECT, "One subject with its document", subjects.shown, WHOLE_SUBJECT),
    Operation(
        "api-facts",
        "POST",
        f"{_OF_SUBJECT}/facts",
        "Enter facts; the subject is decided again",
        subjects.add_facts,
        ENTERED,
        body=obj({"version": VERSION, "facts": array(FREE, minItems=1, maxItems=500)}, {"reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-fact",
        "POST",
        f"{_OF_SUBJECT}/facts/{{index}}",
        "Correct a fact, or (null) take it out",
        subjects.correct_fact,
        ENTERED,
        body=obj({"version": VERSION, "fact": or_null(FREE), "reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-moments",
        "POST",
        f"{_OF_SUBJECT}/moments",
        "Say when a moment was",
        subjects.set_moment,
        ENTERED,
        body=obj({"version": VERSION, "moment": text(64, 1), "day": or_null(DAY)}, {"reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-decisions",
        "GET",
        f"{_OF_SUBJECT}/decisions",
        "All decisions about a subject, the latest first",
        decisions.history,
        obj({"decisions": array(BRIEF)}),
    ),
    Operation(
        "api-decisions",
        "POST",
        f"{_OF_SUBJECT}/decisions",
        "Decide with the rules in force",
        decisions.decide,
        DECIDED,
        201,
        body=obj({}, {"reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation("api-decision", "GET", f"{_OF_SUBJECT}/decisions/{{decision}}", "One decision whole", decisions.whole, _whole_decision()),
    Operation(
        "api-sign",
        "POST",
        f"{_OF_SUBJECT}/decisions/{{decision}}/signature",
        "Sign a decision",
        decisions.sign,
        BRIEF,
        201,
        body=obj(
            {
                "username": text(64, 1),
                "password": text(128, 1),
                "meaning": text(200, 1),
                "outcomes": {"type": "object", "maxProperties": 1_000, "propertyNames": text(64, 1), "additionalProperties": text(20)},
            }
        ),
        problems=(409, 429),
        writes=True,
    ),
    Operation(
        "api-overrides",
        "POST",
        f"{_OF_SUBJECT}/decisions/{{decision}}/overrides",
        "Override a failing criterion; the verdict stays",
        decisions.override,
        BRIEF,
        201,
        body=obj({"criterion": text(64, 1), "reason": REASON, "reference": text(200, 1)}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-countersignature",
        "POST",
        f"{_OF_SUBJECT}/overrides/{{override}}/countersignature",
        "Countersign somebody else's override",
        decisions.countersign,
        BRIEF,
        201,
        body=obj({"username": text(64, 1), "password": text(128, 1)}),
        problems=(409, 429),
        writes=True,
    ),
    Operation(
        "api-withdrawal",
        "POST",
        f"{_OF_SUBJECT}/overrides/{{override}}/withdrawal",
        "Take an override back",
        decisions.withdraw,
        BRIEF,
        201,
        body=obj({"reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-enrolment",
        "POST",
        f"{_OF_SUBJECT}/enrolment",
        "Enrol whose eligibility is signed",
        subjects.enrol,
        SUBJECT,
        body=obj({"version": VERSION}, {"reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-allocation",
        "POST",
        f"{_OF_SUBJECT}/allocation",
        "Say part or arm",
        subjects.allocate,
        SUBJECT,
        body=obj({"version": VERSION, "reason": REASON}, {"part": or_null(text(64, 1)), "arm": or_null(text(64, 1))}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-end",
        "POST",
        f"{_OF_SUBJECT}/end",
        "The end of a subject's part in the study",
        subjects.end,
        SUBJECT,
        body=obj({"version": VERSION, "status": _ENDS, "day": DAY, "reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-schedule",
        "GET",
        f"{_OF_SUBJECT}/schedule",
        "The schedule as of today",
        visits.schedule,
        component("Schedule"),
        query={"lang": LANG},
        problems=(409,),
    ),
    Operation(
        "api-visits",
        "POST",
        f"{_OF_SUBJECT}/visits",
        "Book a visit, or record what became of it",
        visits.record,
        SUBJECT,
        body=obj(
            {
                "version": VERSION,
                "visit": text(80, 1),
                "status": {"type": "string", "enum": ["booked", "done", "missed", "skipped", "taken back"]},
            },
            {"when": DAY, "doses": _DOSES, "reason": REASON},
        ),
        problems=(409,),
        writes=True,
    ),
    Operation(
        "api-move",
        "POST",
        f"{_OF_SUBJECT}/move",
        "What follows if a visit is moved; with `apply` it is",
        visits.move,
        PLAN,
        body=obj({"visit": text(80, 1), "to": DAY}, {"apply": _BOOLEAN, "version": VERSION, "reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation("api-feeds", "GET", f"{_OF_STUDY}/feeds", "Calendar links", feeds.listed, obj({"feeds": array(FEED)})),
    Operation(
        "api-feeds",
        "POST",
        f"{_OF_STUDY}/feeds",
        "A new calendar link; its address is told once",
        feeds.create,
        NEW_FEED,
        201,
        body=obj(
            {"kind": {"type": "string", "enum": ["subject", "site", "study", "mine"]}},
            {
                "subject": or_null(CODE),
                "site": or_null(text(20, 1)),
                "titles": {"type": "string", "enum": ["full", "visit", "private"]},
                "language": LANG,
                "windows": _BOOLEAN,
                "days": {"type": "integer", "minimum": 1, "maximum": 1_100},
            },
        ),
        problems=(409,),
        writes=True,
        secret=True,
    ),
    Operation("api-feed", "DELETE", f"{_OF_STUDY}/feeds/{{feed}}", "End a calendar link", feeds.revoke, FEED, problems=(409,), writes=True),
    Operation(
        "api-feed-rotate",
        "POST",
        f"{_OF_STUDY}/feeds/{{feed}}/rotation",
        "Another secret for a calendar link",
        feeds.rotate,
        NEW_FEED,
        201,
        body=obj({}, {"reason": REASON}),
        problems=(409,),
        writes=True,
        secret=True,
    ),
    Operation(
        "api-audit",
        "GET",
        f"{_OF_STUDY}/audit",
        "The audit trail, oldest first",
        feeds.entries,
        listed("entries", ENTRY),
        query={"after": _INDEX, "limit": LIMIT, "target": text(120, 1)},
    ),
)


def by_path() -> Mapping[str, tuple[Operation, ...]]:
    """The operations of each path."""
    found: dict[str, tuple[Operation, ...]] = {}
    for operation in OPERATIONS:
        found[operation.path] = (*found.get(operation.path, ()), operation)
    return found
