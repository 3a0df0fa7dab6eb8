"""Operations on subjects: lists, one subject, new ones, their facts, moments, enrolment, allocation and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ...canonical import Json, canonical_bytes
from ...engine.decision_json import unused_json
from .. import access
from ..models.decisions import Decision
from ..models.studies import Site
from ..models.subjects import Subject
from ..work import enrolment, screening, subjects
from ..work.outcome import Refused
from .decisions import change_json
from .operation import Call, Done

_PAGE = 100


def subject_json(subject: Subject, decision: Decision | None) -> dict[str, Json]:
    """A subject in short."""
    found: dict[str, Json] = {
        "subject": subject.code,
        "site": subject.site.code,
        "state": str(subject.state),
        "version": subject.version,
        "changed": subject.changed.isoformat(),
        "waivers": subject.waivers,
        "decision": None,
    }
    if decision is not None:
        found["decision"] = {
            "id": str(decision.pk),
            "decision": decision.decision,
            "provisional": decision.provisional,
            "as_of": decision.as_of,
        }
    return found


def one_of(call: Call, may: access.May = access.May.READ_SUBJECTS) -> Subject:
    """The subject of the address.

    Raises:
        RefusedError: 404 if there is none that the user may know of.
    """
    return subjects.find(call.actor, call.study, call.path["subject"], may)


def listed(call: Call) -> Done | Refused:
    """A page of subjects by code."""
    sites = subjects.visible(call.actor, call.study)
    wanted = call.query.get("site")
    chosen = [site for site in sites if wanted in (None, site.code)]
    limit = int(call.query.get("limit", _PAGE))
    found = Subject.objects.filter(study=call.study, site__in=chosen, code__gt=call.query.get("after", "")).select_related("site")
    if "state" in call.query:
        found = found.filter(state=call.query["state"])
    rows = list(found.order_by("code")[: limit + 1])
    shown = rows[:limit]
    latest = {
        one.subject_id: one
        for one in Decision.objects.filter(subject__in=[row.pk for row in shown], draft=False, superseded_by=None).order_by("created")
    }
    values: list[Json] = [subject_json(row, latest.get(row.pk)) for row in shown]
    return Done({"subjects": values, "next": shown[-1].code if len(rows) > limit else None})


def shown(call: Call) -> Done:
    """One subject with its document, as far as the reader may see it."""
    return Done(_whole(call, one_of(call)))


def _whole(call: Call, subject: Subject) -> dict[str, Json]:
    return {**subject_json(subject, screening.latest(subject)), "document": subjects.document_for(call.actor, subject)}


def create(call: Call) -> Done | Refused:
    """A new subject from a patient's record."""
    site = Site.objects.filter(study=call.study, code=call.body["site"]).first()
    if site is None:
        return Refused("not-found", 404, "There is no such site.", "", "/site")
    patient = canonical_bytes(call.body["patient"])
    part = call.body.get("part")
    made = subjects.create(call.actor, call.study, site, str(call.body["subject"]), patient, part=None if part is None else str(part))
    if isinstance(made, Refused):
        return made
    return Done({**_whole(call, made.subject), "unused": [unused_json(one) for one in made.unused]}, 201)


def _entered(done: subjects.Entered | Refused) -> Done | Refused:
    if isinstance(done, Refused):
        return done
    decided = None if done.change is None else change_json(done.change)
    return Done({"subject": subject_json(done.subject, screening.latest(done.subject)), "decided": decided, "why": done.why})


def add_facts(call: Call) -> Done | Refused:
    """Facts are entered, and the subject is decided again."""
    facts = cast("list[Mapping[str, Json]]", call.body["facts"])
    return _entered(subjects.enter_facts(call.actor, one_of(call), _version(call), facts, _reason(call, "new data")))


def correct_fact(call: Call) -> Done | Refused:
    """A fact is replaced, or (null) taken out."""
    fact = cast("Mapping[str, Json] | None", call.body["fact"])
    at = int(call.path["index"]) if call.path["index"].isdecimal() and len(call.path["index"]) < 10 else -1
    return _entered(subjects.correct_fact(call.actor, one_of(call), _version(call), at, fact, _reason(call)))


def set_moment(call: Call) -> Done | Refused:
    """A moment gets its date."""
    day = call.body["day"]
    moment = str(call.body["moment"])
    return _entered(
        subjects.set_moment(call.actor, one_of(call), _version(call), moment, None if day is None else str(day), _reason(call, "new data"))
    )


def enrol(call: Call) -> Done | Refused:
    """The subject is enrolled."""
    return _short(enrolment.enrol(call.actor, one_of(call), _version(call), _reason(call)))


def allocate(call: Call) -> Done | Refused:
    """The subject gets a part or an arm."""
    part, arm = (None if call.body.get(name) is None else str(call.body[name]) for name in ("part", "arm"))
    return _short(enrolment.allocate(call.actor, one_of(call), _version(call), part=part, arm=arm, reason=_reason(call)))


def end(call: Call) -> Done | Refused:
    """The subject's part in the study ends."""
    body = call.body
    return _short(enrolment.end(call.actor, one_of(call), _version(call), str(body["status"]), str(body["day"]), _reason(call)))


def _short(done: Subject | Refused) -> Done | Refused:
    return done if isinstance(done, Refused) else Done(subject_json(done, screening.latest(done)))


def _version(call: Call) -> int:
    return int(cast("int", call.body["version"]))


def _reason(call: Call, usual: str = "") -> str:
    return str(call.body.get("reason", usual))
