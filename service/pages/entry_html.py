"""The form that records one missing thing as HTML. A page may have forty of them: see `evidence` for why no template makes them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from attrs import frozen
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .entry import Field, Form


@frozen
class Sender:
    """What the forms of a page have in common: where they go, the subject's version, Django's token, the page they stand on."""

    url: str
    version: int
    token: str
    origin: str


def entry_form_html(form: Form, prefix: str, sender: Sender, t: Mapping[str, str]) -> SafeString:
    """A form; `prefix` keeps the ids of a page's forms apart."""
    hidden = {
        "csrfmiddlewaretoken": sender.token,
        "version": str(sender.version),
        "target": form.target,
        "title": form.title,
        "from": sender.origin,
    }
    inputs = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    fields = fields_html(form, prefix, t)
    url = escape(sender.url)
    return SafeString(
        f'<form method="post" action="{url}" hx-post="{url}" hx-target="#page" hx-swap="innerHTML show:#main:top" '
        f'hx-disabled-elt="find button">{inputs}\n<div class="fields">{fields}\n<div class="field">'
        f'<button aria-label="{escape(t["save"])}: {escape(form.title)}">{escape(t["save"])}</button></div>'
        f'<span class="busy">{escape(t["saving"])}</span></div></form>'
    )


def fields_html(form: Form, prefix: str, t: Mapping[str, str]) -> SafeString:
    """The fields alone, for a page that has its own buttons."""
    return SafeString("".join(_field(field, f"{escape(prefix)}-{escape(field.name)}", t) for field in form.fields))


def _field(field: Field, key: str, t: Mapping[str, str]) -> str:
    narrow = " narrow" if field.kind in ("number", "unit") else ""
    control = _select(field, key, t) if field.kind == "select" else _input(field, key)
    return f'<div class="field{narrow}"><label for="f{key}">{escape(field.label)}</label>\n{control}</div>'


def _select(field: Field, key: str, t: Mapping[str, str]) -> str:
    options = [
        f'<option value="{escape(one.value)}"{" selected" if field.value and one.value == field.value else ""}>{escape(one.label)}</option>'
        for one in field.options
    ]
    if field.required:
        options.insert(0, f'<option value="">{escape(t["choose"])}</option>')
    return f'<select id="f{key}" name="{escape(field.name)}"{_required(field)}>{"".join(options)}</select>'


def _input(field: Field, key: str) -> str:
    mode = ' inputmode="decimal"' if field.kind == "number" else ""
    listed = f' list="l{key}"' if field.options else ""
    hint = f' title="{escape(field.hint)}" placeholder="{escape(field.hint)}"' if field.hint else ""
    typed = f'<input id="f{key}" name="{escape(field.name)}" value="{escape(field.value)}" autocomplete="off"'
    suggested = "".join(f'<option value="{escape(one.value)}"></option>' for one in field.options)
    return f"{typed}{mode}{listed}{hint}{_required(field)}>" + (f'<datalist id="l{key}">{suggested}</datalist>' if suggested else "")


def _required(field: Field) -> str:
    return " required" if field.required else ""
