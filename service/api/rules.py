"""Operations on rules: studies and their protocols, checking rule texts, screening a patient who is posted and not kept."""

from __future__ import annotations

from typing import cast

from ...canonical import Json, canonical_bytes
from ...dsl.render_json import SCHEMA as DIAGNOSTICS_SCHEMA, render_json
from ...engine.advise import advise
from ...engine.dates import parse_partial
from ...engine.decide import screen as decide
from ...engine.decision_json import decision_to_json
from ...engine.explain_words import Lang
from ...records.detect import read_patients
from .. import access, clock
from ..models.accounts import Membership
from ..models.studies import RuleVersion
from ..work import amendment, documents, rules
from ..work.outcome import Refused
from .operation import Call, Done


def studies(call: Call) -> Done:
    """The studies of whoever asks."""
    found: list[Json] = []
    for study in access.studies(call.actor):
        roles: list[Json] = [_role(one) for one in access.memberships(call.actor, study)]
        found.append({"study": study.slug, "name": study.name, "short_name": study.short_name, "roles": roles})
    return Done({"studies": found})


def _role(one: Membership) -> dict[str, Json]:
    return {"role": str(one.role), "site": None if one.site is None else one.site.code, "unblinded": one.unblinded}


def version_json(version: RuleVersion, *, files: bool = False) -> dict[str, Json]:
    """A version of the rules, with its texts if asked for."""
    effects: list[Json] = [
        {"site": one.site.code, "from": one.effective_from.isoformat()}
        for one in version.effects.select_related("site").order_by("effective_from", "pk")
    ]
    found: dict[str, Json] = {
        "label": version.label,
        "main": version.main,
        "sha256": version.sha256,
        "status": str(version.status),
        "author": version.author.username,
        "reviewer": None if version.reviewer is None else version.reviewer.username,
        "approver": None if version.approver is None else version.approver.username,
        "created": version.created.isoformat(),
        "note": version.note,
        "effective": effects,
    }
    return found | {"files": dict(version.files)} if files else found


def protocols(call: Call) -> Done:
    """The versions of a study's rules, the newest first."""
    found = RuleVersion.objects.filter(study=call.study).select_related("author", "reviewer", "approver").order_by("-pk")
    return Done({"protocols": [version_json(one) for one in found]})


def protocol(call: Call) -> Done:
    """One version with its texts."""
    return Done(version_json(rules.find(call.actor, call.study, call.path["label"]), files=True))


def effect(call: Call) -> Done | Refused:
    """Which subjects' verdicts one version changes against another, a page of subjects."""
    new = rules.find(call.actor, call.study, call.path["label"])
    old = rules.find(call.actor, call.study, str(call.query["with"])) if "with" in call.query else rules.before(new)
    if old is None:
        return Refused("not-found", 404, "There is no version before it.", "Name one to compare with.", "with")
    found = amendment.effect(call.actor, old, new, str(call.query.get("after", "")))
    return found if isinstance(found, Refused) else Done(found.data(old.label, new.label))


def hand_in(call: Call) -> Done | Refused:
    """A new draft."""
    body = call.body
    files = cast("dict[str, str]", body["files"])
    label, note = str(body.get("label", "")), str(body.get("note", ""))
    made = rules.import_version(call.actor, call.study, str(body["main"]), files, label=label, note=note)
    return made if isinstance(made, Refused) else Done(version_json(made, files=True), 201)


def check(call: Call) -> Done | Refused:
    """What is wrong with rule texts; nothing is kept."""
    files, main = cast("dict[str, str]", call.body["files"]), str(call.body["main"])
    if main not in files:
        return Refused("main-missing", 422, "The rule file is not among the files.", "Name one of them.", "/main")
    found = rules.check(main, files)
    value = cast("dict[str, Json]", render_json(found.diagnostics, found.sources))
    return Done({"schema": DIAGNOSTICS_SCHEMA, "ok": found.protocol is not None, "diagnostics": value["diagnostics"]})


def screen(call: Call) -> Done | Refused:
    """The decision for a patient who is posted; nothing is kept."""
    body = call.body
    label = body.get("protocol")
    version = rules.newest(call.study) if label is None else rules.find(call.actor, call.study, str(label))
    if version is None:
        return Refused("no-rules", 409, "The study has no rules yet.", "Hand in a rule file first.")
    loaded = rules.protocol_of(version)
    now = parse_partial(str(body["on"])) if "on" in body else clock.day(loaded.timezone)
    if now is None or not now.exact:
        return Refused("day-wrong", 422, f"{str(body['on'])[:40]!r} is no day.", "Write it as 2026-03-02.", "/on")
    read = next(iter(read_patients(canonical_bytes(body["patient"]), loaded, now)))
    if read.patient is None:
        raise documents.unreadable(read.problems)
    decision = decide(loaded, read.patient, now)
    lang: Lang = "zh" if body.get("lang") == "zh" else "en"
    return Done(dict(decision_to_json(decision, advise(loaded, read.patient, decision), lang)))
