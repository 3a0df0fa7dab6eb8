"""What is missing, each item with its forms, as HTML. There may be forty of them: see `evidence` for why no template makes them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from .entry_html import entry_form_html
from .findings import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .entry import Need
    from .entry_html import Sender
    from .subject_view import Shown


def needs_html(page: Shown, sender: Sender, t: Mapping[str, str]) -> SafeString:
    """The items in the order in which they help most; forms only for whoever may write. `sender` is that of the entry forms."""
    if not page.needs:
        return SafeString(f'<p class="empty"><span class="good" aria-hidden="true">✓</span> {escape(t["missing_none"])}</p>')
    items = "".join([_item(need, page, sender, t) for need in page.needs])
    return SafeString(f'<p class="hint">{escape(t["missing_intro"])}</p><ol class="needs card">{items}</ol>\n')


def _item(need: Need, page: Shown, sender: Sender, t: Mapping[str, str]) -> str:
    form = entry_form_html(need.form, str(need.number), sender, t) if need.form is not None and page.may_write else ""
    give = _give(need, page, sender.token, t) if need.key and page.may_write else ""
    return f'<li class="need"><h3>{need.number}. {escape(short(need.text))}</h3>\n{form}\n{_given(need)}\n{give}</li>'


def _given(need: Need) -> str:
    """To whom it was given."""
    if need.todo is None:
        return ""
    look = "badge bad" if need.todo.overdue else "badge"
    return f'<p class="small"><span class="{look}"><span aria-hidden="true">☐</span> {escape(need.todo.text)}</span></p>'


def _give(need: Need, page: Shown, token: str, t: Mapping[str, str]) -> str:
    """The form that gives an item to somebody of the site."""
    username, due = ("", "") if need.todo is None else (need.todo.username, need.todo.due)
    people = "".join(
        f'<option value="{escape(one)}"{" selected" if one == username else ""}>{escape(name)}</option>' for one, name in page.people
    )
    number = need.number
    return (
        f'<details class="todo"><summary>{escape(t["todo_give"])}<span class="unseen">{escape(t["colon"] + need.text)}</span></summary>'
        f'<form method="post" action="{escape(page.urls.todo)}" class="fields">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(token)}">'
        f'<input type="hidden" name="item" value="{escape(need.key)}">'
        f'<div class="field"><label for="o{number}">{escape(t["todo_owner"])}</label><select id="o{number}" name="owner">'
        f'<option value="">{escape(t["todo_nobody"])}</option>{people}</select></div>'
        f'<div class="field"><label for="d{number}">{escape(t["todo_due"])}</label>'
        f'<input id="d{number}" name="due" value="{escape(due)}" autocomplete="off" placeholder="2026-03-02"></div>'
        f'<div class="field"><button class="second">{escape(t["todo_save"])}</button></div></form></details>'
    )
