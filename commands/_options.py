"""The options that every verb about patients has: which patients, the day, what the data lack, in which language, how strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..engine.explain_words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PATIENT = click.option(
    "--patient",
    "patients",
    multiple=True,
    required=True,
    metavar="FILE",
    help="A file or folder of patients, or - ; repeatable, at least one.",
)
_ON = click.option("--on", "on", required=True, metavar="DATE", help="The day of assessment, such as 2026-03-02. Nothing reads the clock.")
_MOMENT = click.option("--moment", "moments", multiple=True, metavar="NAME=DATE", help="Set a moment that the data lack; repeatable.")
_LANG = click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the words.")
_STRICT = click.option("--strict", is_flag=True, help="A fact or moment that the rules do not declare is an error, not just listed.")


def about_patients(forms: Iterable[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a verb these options; `forms` are its formats, the first for people."""
    form = click.option("--format", "form", type=click.Choice(list(forms)), default="text", show_default=True)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # The last one applied is listed first in the help.
        for option in (_STRICT, _LANG, form, _MOMENT, _ON, _PATIENT):
            function = option(function)
        return function

    return decorate
