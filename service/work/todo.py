"""What is missing, as a list of things to do: who of the site brings an item in, and until when."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from ...engine.dates import parse_partial
from .. import access, clock
from ..models.accounts import User
from ..models.studies import Site
from ..models.subjects import Subject
from ..models.todo import Assignment
from ..models.worklist import ItemKind, StandingItem
from . import audit, screening, states, worklist
from .outcome import refuse, use_case


def people(site: Site) -> list[User]:
    """Who may enter data at a site, by name."""
    roles = access.PERMISSIONS[access.May.WRITE_SUBJECTS]
    here = Q(memberships__site=site) | Q(memberships__site=None)
    fitting = User.objects.filter(here, active=True, memberships__study=site.study_id, memberships__ended=None, memberships__role__in=roles)
    return list(fitting.distinct().order_by("name", "username"))


def of_subject(subject: Subject) -> dict[str, Assignment]:
    """The items of a subject that somebody is to bring in, by key."""
    return {one.key: one for one in Assignment.objects.filter(subject=subject).select_related("owner")}


@use_case
def assign(actor: User, subject: Subject, key: str, username: str, due: str) -> Assignment | None:
    """Give a missing item to somebody of the site; no user name takes it back. Once it is there, it is nobody's any more.

    Args:
        actor: a coordinator or investigator of the site.
        subject: somebody still in the study.
        key: the item, as in `StandingItem`.
        username: who brings it in.
        due: the day until which, `2026-03-02`; today or later.
    """
    held = screening.locked(actor, subject, access.May.WRITE_SUBJECTS)
    if held.state not in states.OPEN:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Nothing is asked of who has left the study.")
    before = of_subject(held).get(key)
    if not username:
        if before is not None:
            _told(actor, held, worklist.assignment_json(before), None)
            before.delete()
        return None
    if not StandingItem.objects.filter(subject=held, kind=ItemKind.MISSING, key=key).exists():
        raise refuse("item-unknown", 404, "This is not missing.", "Look at what is missing again.", "item")
    owner = next((one for one in people(held.site) if one.username == username), None)
    if owner is None:
        raise refuse("owner-unknown", 422, "Nobody of that name enters data at this site.", "Choose one of the list.", "owner")
    day = _day(due, held.site)
    if before is not None and (before.owner_id, before.due) == (owner.pk, day):
        return before
    now = before or Assignment(subject=held, study=held.study, site=held.site, key=key)
    old = None if before is None else worklist.assignment_json(before)
    now.owner, now.due = owner, day
    now.save()
    _told(actor, held, old, worklist.assignment_json(now))
    return now


def _day(text: str, site: Site) -> date:
    read = parse_partial(text.strip())
    if read is None or not read.exact or read.seconds is not None:
        raise refuse("day-wrong", 422, f"{text[:40]!r} is no day.", "Write a day `2026-03-02`.", "due")
    if read.first < clock.today(site.timezone).toordinal():
        raise refuse("day-past", 422, f"{text[:40]} is over.", "Say today or a later day.", "due")
    return date.fromordinal(read.first)


def _told(actor: User, subject: Subject, old: object, new: object) -> None:
    action = "missing item taken back" if new is None else "missing item given"
    audit.write(actor, action, f"subject {subject.code}", study=subject.study, old=old, new=new)
