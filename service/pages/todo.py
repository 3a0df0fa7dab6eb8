"""Who is to bring in what is missing, as values for the list of missing data and for the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from .. import clock
from ..work import todo, worklist
from .words import say, texts

if TYPE_CHECKING:
    from datetime import date

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.subjects import Subject
    from ..models.todo import Assignment


@frozen
class Todo:
    """One item that was given to somebody."""

    owner: str
    username: str
    due: str
    overdue: bool
    text: str


def todo_of(one: Assignment, today: date, lang: Lang) -> Todo:
    """An assignment, as of a day."""
    overdue, due = one.due < today, one.due.isoformat()
    text = say(lang, "todo_of", name=one.owner.name, due=due)
    return Todo(one.owner.name, one.owner.username, due, overdue, f"{text} ({texts(lang)['todo_overdue']})" if overdue else text)


def todos(subject: Subject, lang: Lang) -> dict[str, Todo]:
    """What was given to somebody of a subject's missing items, by key."""
    today = clock.today(subject.site.timezone)
    return {key: todo_of(one, today, lang) for key, one in todo.of_subject(subject).items()}


def todos_json(subject: Subject) -> list[Json]:
    """The same for programs."""
    return [worklist.assignment_json(one) for one in todo.of_subject(subject).values()]
