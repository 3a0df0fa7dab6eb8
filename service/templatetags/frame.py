"""`{% frame as frame %}`: what stands around every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from ..pages.frame import Frame, frame_of, lang_of
from ..pages.refusals import mend_of, message_of

if TYPE_CHECKING:
    from django.template import Context

    from ..work.outcome import Refused

register = template.Library()


@register.simple_tag(takes_context=True, name="frame")
def frame_tag(context: Context) -> Frame:
    """Who is signed in, the language, where one can go."""
    return frame_of(context["request"])


@register.simple_tag(takes_context=True)
def told(context: Context, refused: Refused) -> str:
    """What was refused, in the language of whoever asks."""
    return message_of(refused, lang_of(context["request"]))


@register.simple_tag(takes_context=True)
def mended(context: Context, refused: Refused) -> str:
    """What to do about it."""
    return mend_of(refused, lang_of(context["request"]))
