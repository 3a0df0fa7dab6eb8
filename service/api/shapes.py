"""What the API's answers look like, as JSON Schema."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from .schema import Schema, array, obj, or_null, text

STRING: Final[Schema] = {"type": "string"}
MAYBE: Final[Schema] = {"type": ["string", "null"]}
TRUTH: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FREE: Final[Schema] = {"type": "object"}
ANYTHING: Final[Schema] = {}

CODE: Final[Schema] = text(40, 1)
DAY: Final[Schema] = text(40, 1)
REASON: Final[Schema] = text(2_000, 1)
VERSION: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2_000_000_000}
LANG: Final[Schema] = {"type": "string", "enum": ["en", "zh"]}
LIMIT: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 500}

VERSION_OF_RULES: Final = obj(
    {
        "label": STRING, "main": STRING, "sha256": STRING,
        "status": {"type": "string", "enum": ["draft", "reviewed", "approved", "retired"]},
        "author": STRING, "reviewer": MAYBE, "approver": MAYBE, "created": STRING, "note": STRING,
        "effective": array(obj({"site": STRING, "from": STRING})),
    },
    {"files": {"type": "object", "additionalProperties": STRING}},
)  # fmt: skip
STUDY: Final = obj(
    {"study": STRING, "name": STRING, "short_name": STRING, "roles": array(obj({"role": STRING, "site": MAYBE, "unblinded": TRUTH}))}
)
DIAGNOSTICS: Final = obj({"schema": STRING, "ok": TRUTH, "diagnostics": array(FREE)})
EFFECT: Final = obj(
    {
        "schema": STRING, "old": STRING, "new": STRING, "compared": COUNT, "total": COUNT, "after": MAYBE, "next": MAYBE,
        "becoming": obj({"eligible": COUNT, "ineligible": COUNT, "undetermined": COUNT}),
        "changed": array(obj({
            "subject": STRING, "site": STRING, "as_of": STRING, "before": MAYBE, "after": MAYBE, "problem": MAYBE,
            "criteria": array(obj({"criterion": STRING, "before": MAYBE, "after": MAYBE})),
        })),
    }
)  # fmt: skip
SUBJECT: Final = obj(
    {
        "subject": STRING, "site": STRING, "state": STRING, "version": VERSION, "changed": STRING,
        "waivers": array(STRING, description="Of who was enrolled under a waiver: the overrides."), "decision": or_null(FREE),
    }
)  # fmt: skip
WHOLE_SUBJECT: Final = obj({**SUBJECT["properties"], "document": FREE})
UNUSED: Final = obj({"code": STRING, "reason": STRING, "where": STRING, "nearest": MAYBE})
CREATED: Final = obj({**WHOLE_SUBJECT["properties"], "unused": array(UNUSED)})
SHIFT: Final = obj({"criterion": STRING, "old": MAYBE, "new": MAYBE})
MARK: Final = or_null(obj({
    "id": STRING, "user": STRING, "printed_name": STRING, "role": STRING, "reason": STRING, "record_hash": STRING, "created": STRING,
    "zone": STRING,
}))  # fmt: skip
OVERRIDE: Final = obj(
    {
        "id": STRING, "decision": STRING, "criterion": STRING, "author": STRING, "author_name": STRING, "role": STRING, "reason": STRING,
        "reference": STRING, "created": STRING, "zone": STRING, "record_hash": STRING, "current": TRUTH, "holds": TRUTH,
        "countersigned": MARK, "withdrawn": MARK,
    }
)  # fmt: skip
BRIEF: Final = obj(
    {
        "id": STRING, "decision": {"type": "string", "enum": ["eligible", "ineligible", "undetermined"]},
        "provisional": TRUTH, "draft": TRUTH,
        "as_of": STRING, "rules": STRING, "rules_sha256": STRING, "data_sha256": STRING, "engine": STRING, "created": STRING, "by": STRING,
        "reason": STRING, "record_hash": STRING, "supersedes": MAYBE,
        "signature": or_null(obj({
            "id": STRING, "name": STRING, "meaning": STRING, "at": STRING, "zone": STRING, "record_hash": STRING,
            "void": or_null(obj({"why": STRING, "at": STRING, "by": STRING})),
        })),
        "overrides": array(OVERRIDE),
    }
)  # fmt: skip
DECIDED: Final = obj({"decision": BRIEF, "before": MAYBE, "differs": TRUTH, "shifts": array(SHIFT), "voided": MAYBE})
ENTERED: Final = obj({"subject": SUBJECT, "decided": or_null(DECIDED), "why": STRING})
PLAN: Final = obj(
    {
        "subject": STRING, "version": VERSION, "visit": STRING, "to": STRING, "possible": TRUTH, "applied": TRUTH,
        "problems": array(STRING),
        "closed": MAYBE, "feeds": COUNT,
        "shifts": array(obj({
            "visit": STRING, "title": STRING, "old": MAYBE, "new": MAYBE, "window": or_null(obj({"start": STRING, "end": STRING})),
            "outside_days": {"type": "integer"}, "leaves_window": TRUTH,
        })),
        "stretches": array(obj({"key": STRING, "title": STRING, "old": array(MAYBE), "new": array(MAYBE)})),
        "joinings": array(obj({"kind": STRING, "visit": STRING, "other": STRING})),
    }
)  # fmt: skip
FEED: Final = obj(
    {
        "id": COUNT, "kind": STRING, "subject": MAYBE, "site": MAYBE, "owner": STRING, "prefix": STRING, "titles": STRING,
        "language": STRING,
        "windows": TRUTH, "created": STRING, "expires": MAYBE, "revoked": MAYBE, "last_fetch": MAYBE, "fetches": COUNT,
    }
)  # fmt: skip
NEW_FEED: Final = obj({**FEED["properties"], "url": STRING})
ENTRY: Final = obj(
    {
        "study": MAYBE, "seq": COUNT, "at": STRING, "actor": STRING, "action": STRING, "target": STRING, "old": ANYTHING, "new": ANYTHING,
        "reason": STRING, "prev_hash": STRING, "hash": STRING,
    }
)  # fmt: skip
PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["type", "status", "code", "title"],
    "properties": {
        "type": STRING,
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; what programs look at."},
        "title": {"type": "string", "description": "One sentence."},
        "place": {"type": "string", "description": "JSON pointer or name of what is wrong."},
        "mend": {"type": "string", "description": "What to do."},
        "yours": {"type": "integer", "description": "Of a stale edit: the version that was sent."},
        "current": {"type": "integer", "description": "Of a stale edit: the version there is."},
    },
    "additionalProperties": True,
}


def component(name: str) -> Schema:
    """A reference to a schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(name: str, items: Schema) -> Schema:
    """A page of a list; `next` is the `after` of the page that follows."""
    return obj({name: array(items), "next": MAYBE})


@lru_cache(maxsize=1)
def components() -> dict[str, Any]:
    """The published schemas (`schemas/`) and the problem, under the names that references use."""
    found: dict[str, Any] = {"Problem": PROBLEM}
    for name, file in (("Decision", "decision"), ("Schedule", "schedule")):
        whole = json.loads((files("trialrules") / "schemas" / f"{file}.schema.json").read_text(encoding="utf-8"))
        inner = whole.pop("$defs", {})
        for key in ("$schema", "$id"):
            whole.pop(key, None)
        found[name] = _renamed(whole, name)
        found |= {f"{name}_{key}": _renamed(value, name) for key, value in inner.items()}
    return found


def _renamed(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {
            key: f"#/components/schemas/{name}" + item.removeprefix("#").replace("/$defs/", "_")
            if key == "$ref" and isinstance(item, str)
            else _renamed(item, name)
            for key, item in value.items()
        }
    return [_renamed(item, name) for item in value] if isinstance(value, list) else value
