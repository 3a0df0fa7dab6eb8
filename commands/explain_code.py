"""`trialrules explain-code TR012` shows the page of an error code."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from ..dsl.catalog import pages, title_of
from ._outcome import InputError, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable


def wanted(code: str, known: Mapping[str, Traversable]) -> str:
    """The code as the pages spell it.

    Raises:
        InputError: if there is no such code; the message names near ones.
    """
    typed = code.strip().strip("[]").upper()
    number = re.fullmatch(r"(?:TR)?0*([0-9]{1,3})", typed, re.ASCII)
    if number is not None:
        typed = f"TR{int(number[1]):03d}"
    if typed in known:
        return typed
    if number is not None and known:
        near = [min(known, key=lambda each: (abs(int(each[2:]) - int(number[1])), each))]
    else:
        near = get_close_matches(typed, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "`trialrules explain-code` lists all codes."
    raise InputError(f"there is no code `{code}`; {hint}")


@click.command()
@click.argument("code", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(code: str | None, form: str) -> Outcome:
    """Explain an error code such as TR012: what is meant, an example, and the mend. Without a code: list them all."""
    known = pages()
    if code is None:
        listed = [{"code": each, "title": title_of(each, page.read_text(encoding="utf-8"))} for each, page in known.items()]
        if form == "json":
            click.echo(json.dumps({"schema": "trialrules/codes/1", "codes": listed}, ensure_ascii=False, indent=2))
        else:
            for each in listed:
                click.echo(f"{each['code']}  {each['title']}")
        return Outcome.DONE
    found = wanted(code, known)
    text = known[found].read_text(encoding="utf-8")
    if form == "json":
        page = {"schema": "trialrules/code/1", "code": found, "title": title_of(found, text), "text": text}
        click.echo(json.dumps(page, ensure_ascii=False, indent=2))
    else:
        click.echo(text.rstrip())
    return Outcome.DONE
