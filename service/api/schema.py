"""The part of JSON Schema that requests are described with, and the check of a value against it. The same dictionaries go into OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

Schema = Mapping[str, Any]
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, Decimal),
    "boolean": (bool,),
    "null": (type(None),),
}


@frozen
class Fault:
    """The first thing wrong with a value, and where (a JSON pointer)."""

    message: str
    place: str


def text(most: int, least: int = 0, **more: object) -> Schema:
    """A string of a length."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def obj(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: object) -> Schema:
    """An object with these members and no others."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False, **more}


def array(items: Schema, **more: object) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **more}


def or_null(schema: Schema) -> Schema:
    """A value that may be missing."""
    kind = schema["type"]
    return {**schema, "type": [*([kind] if isinstance(kind, str) else kind), "null"]}


def fault_of(value: object, schema: Schema, place: str = "") -> Fault | None:
    """What is wrong with a value; None if nothing is."""
    kinds: Sequence[str] = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    if kinds and not any(_is(value, kind) for kind in kinds):
        return Fault(f"This has to be {' or '.join(kinds)}.", place)
    if "enum" in schema and value not in schema["enum"]:
        return Fault(f"This has to be one of {', '.join(map(str, schema['enum']))}.", place)
    if isinstance(value, str):
        return _fault_of_text(value, schema, place)
    if isinstance(value, dict):
        return _fault_of_object(value, schema, place)
    if isinstance(value, list):
        return _fault_of_list(value, schema, place)
    numeric = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if numeric and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return Fault(f"This has to be from {schema.get('minimum', '…')} to {schema.get('maximum', '…')}.", place)
    return None


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, Decimal):
        # JSON Schema counts 1.0 as an integer.
        return value == value.to_integral_value()
    return isinstance(value, _TYPES[kind])


def _fault_of_text(value: str, schema: Schema, place: str) -> Fault | None:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < least or (most is not None and len(value) > most):
        return Fault(f"This has to have from {least} to {most} characters.", place)
    if "\x00" in value:
        return Fault("A text has no NUL character.", place)
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        return Fault(f"This has another form than {schema['pattern']}.", place)
    return None


def _fault_of_object(value: dict[str, object], schema: Schema, place: str) -> Fault | None:
    for name in schema.get("required", ()):
        if name not in value:
            return Fault(f"`{name}` is missing.", place)
    if len(value) > schema.get("maxProperties", len(value)) or len(value) < schema.get("minProperties", 0):
        return Fault("There are too many or too few members.", place)
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, item in value.items():
        below = f"{place}/{_step(name)}"
        if name not in known and rest is False:
            return Fault(f"There is no `{name[:64]}` here; there is {', '.join(known)}.", below)
        inner = known.get(name, rest)
        found = fault_of(item, inner, below) if isinstance(inner, Mapping) else _nul(item, below)
        if found is None and "propertyNames" in schema:
            found = fault_of(name, schema["propertyNames"], below)
        if found is not None:
            return found
    return None


def _fault_of_list(value: list[object], schema: Schema, place: str) -> Fault | None:
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
    if not least <= len(value) <= most:
        return Fault(f"This has to have from {least} to {most} items.", place)
    items = schema.get("items")
    found = (fault_of(item, items, f"{place}/{at}") if items else _nul(item, f"{place}/{at}") for at, item in enumerate(value))
    return next((one for one in found if one is not None), None)


def _nul(value: object, place: str) -> Fault | None:
    """Free JSON has no NUL either: databases refuse it."""
    return fault_of(value, {}, place)


def _step(name: str) -> str:
    return name[:64].replace("~", "~0").replace("/", "~1")
