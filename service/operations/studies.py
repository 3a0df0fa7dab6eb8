"""Studies and sites, as the person at the machine makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction

from ..models.studies import Site, Study
from ..work import accounts, rules, sites, studies
from ..work.outcome import taken
from .trouble import OperationError


def create(slug: str, name: str, short_name: str) -> None:
    """Make a study."""
    taken(accounts.create_study(None, slug, name, short_name))


def site(study: str, code: str, name: str, timezone: str) -> None:
    """Make a site of a study."""
    taken(sites.create_site(None, find(study), code, name, timezone))


def closed(study: str, code: str, days: Sequence[str], reason: str) -> None:
    """State the closed days of a site; each is a day and its name, with a blank between them."""
    taken(sites.set_closed_days(None, find_site(find(study), code), sites.typed_days("\n".join(days)), reason))


def listing() -> Iterator[dict[str, object]]:
    """All studies with their sites, by address and code."""
    for study in Study.objects.order_by("slug"):
        places = [_place(one) for one in Site.objects.filter(study=study).order_by("code")]
        held = {"waivers": study.waivers, **studies.retention_json(study)}
        yield {"study": study.slug, "name": study.name, "short_name": study.short_name, **held, "sites": places}


def _place(one: Site) -> dict[str, object]:
    version = rules.current(one)
    label = None if version is None else version.label
    return {"site": one.code, "name": one.name, "timezone": one.timezone, "closed_days": len(one.closed_days), "rules": label}


def find(slug: str) -> Study:
    """A study by its address.

    Raises:
        OperationError: if there is none.
    """
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        there = ", ".join(sorted(Study.objects.values_list("slug", flat=True))) or "none"
        raise OperationError(f"there is no study {slug}; there are: {there}")
    return study


def find_site(study: Study, code: str) -> Site:
    """A site of a study by its code.

    Raises:
        OperationError: if there is none.
    """
    found = Site.objects.filter(study=study, code=code).first()
    if found is None:
        raise OperationError(f"study {study.slug} has no site {code}")
    return found


def change(slug: str, *, waivers: bool | None, ended: str | None, keep_years: int | None, reason: str) -> None:
    """Change what is named (None: as it is), all of it or nothing; an empty day and 0 years take away what was said."""
    study = find(slug)
    with transaction.atomic():
        if waivers is not None:
            taken(studies.allow_waivers(None, study, allowed=waivers, reason=reason))
        if ended is not None or keep_years is not None:
            now = studies.retention(study)
            day = (None if now.ended is None else now.ended.isoformat()) if ended is None else ended or None
            years = now.years if keep_years is None else keep_years or None
            taken(studies.set_retention(None, study, day, years, reason))
