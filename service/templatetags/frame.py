"""`{% frame as frame %}`: what stands around every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from ..pages.frame import Frame, frame_of

if TYPE_CHECKING:
    from django.template import Context

register = template.Library()


@register.simple_tag(takes_context=True, name="frame")
def frame_tag(context: Context) -> Frame:
    """Who is signed in, the language, where one can go."""
    return frame_of(context["request"])
