"""Parts of pages that no template puts together, because a page has so many of them: `{% evidence row %}`, `{% needs … %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from ..pages.entry_html import Sender, entry_form_html, fields_html
from ..pages.evidence import evidence_html
from ..pages.needs_html import needs_html

if TYPE_CHECKING:
    from django.template import Context
    from django.utils.safestring import SafeString

    from ..pages.entry import Form
    from ..pages.why import Row

register = template.Library()


@register.simple_tag(takes_context=True)
def evidence(context: Context, row: Row) -> SafeString:
    """The tree of a criterion, and the rule's text beside it."""
    return evidence_html(row, context["t"]["rule_head"])


@register.simple_tag(takes_context=True)
def entry_form(context: Context, form: Form, prefix: object, origin: str) -> SafeString:
    """The form that records one thing about the page's subject `s`."""
    return entry_form_html(form, str(prefix), _sender(context, origin), context["t"])


@register.simple_tag(takes_context=True)
def needs(context: Context, origin: str) -> SafeString:
    """What is missing of the page's subject `s`, with its forms; `origin` is the page on which they stand."""
    return needs_html(context["s"], _sender(context, origin), context["t"])


def _sender(context: Context, origin: str) -> Sender:
    shown = context["s"]
    return Sender(shown.urls.missing, shown.version, str(context["csrf_token"]), origin)


@register.simple_tag(takes_context=True)
def entry_fields(context: Context, form: Form, prefix: str) -> SafeString:
    """The fields of a form that the page itself surrounds."""
    return fields_html(form, prefix, context["t"])
