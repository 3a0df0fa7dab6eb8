"""The screening log: one row a screened subject, with the decision that holds; as a page, as CSV and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import asdict, frozen

from ..models.decisions import Signature
from ..models.worklist import ItemKind, StandingItem
from ..work import subjects
from .facets import Filters, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from ..models.accounts import User
    from ..models.studies import Site, Study
    from ..models.subjects import Subject

PAGE: Final = 200
SCHEMA: Final = "trialrules/screening-log/1"
_BATCH: Final = 500


@frozen
class LogRow:
    """One row; the names are the columns."""

    subject: str
    site: str
    state: str
    screened: str
    decision: str
    provisional: bool
    fails: str
    missing: str
    rules: str
    decided_by: str
    decided_at: str
    decision_id: str
    signed_by: str
    signed_at: str
    signed_zone: str
    meaning: str
    waiver: bool


def log_rows(user: User, study: Study, after: str = "", most: int | None = None) -> Iterator[LogRow]:
    """The rows by subject code, in batches, so that no study is too large."""
    left, sites = most, subjects.visible(user, study)
    while left is None or left > 0:
        size = _BATCH if left is None else min(_BATCH, left)
        found = list(_decided(sites, study, after)[:size])
        yield from _rows(found)
        if len(found) < size:
            return
        after = found[-1].code
        left = None if left is None else left - len(found)


def _decided(sites: Sequence[Site], study: Study, after: str) -> QuerySet[Subject]:
    """Subjects with a decision by code, without the long texts that no row shows."""
    texts = (*(f"standing__decision__{name}" for name in ("snapshot", "result", "versions")), "standing__decision__rule_version__files")
    found = chosen(sites, study, Filters(after=after)).filter(standing__isnull=False).order_by("code").defer("document", *texts)
    return found.select_related("site", "standing__decision__actor", "standing__decision__rule_version")


def _rows(found: list[Subject]) -> Iterator[LogRow]:
    keys: dict[tuple[int, str], list[str]] = {}
    for item in StandingItem.objects.filter(subject__in=found).order_by("subject", "kind", "place"):
        keys.setdefault((item.subject_id, item.kind), []).append(item.key)
    held = Signature.objects.filter(decision__subject__in=found, void=None).select_related("decision")
    signed = {one.decision.subject_id: one for one in held}
    for one in found:
        decision, signature = one.standing.decision, signed.get(one.pk)
        yield LogRow(
            one.code,
            one.site.code,
            str(one.state),
            decision.as_of,
            decision.decision,
            decision.provisional,
            " ".join(keys.get((one.pk, ItemKind.FAILS), [])),
            " ".join(keys.get((one.pk, ItemKind.MISSING), [])),
            decision.rule_version.label,
            decision.actor.name,
            decision.created,
            str(decision.pk),
            "" if signature is None else signature.printed_name,
            "" if signature is None else signature.created,
            "" if signature is None else signature.zone,
            "" if signature is None else signature.meaning,
            bool(one.waivers),
        )


def log_lines(rows: Iterable[LogRow]) -> Iterator[list[object]]:
    """The log as lines of a table, heads first."""
    yield [field.name for field in LogRow.__attrs_attrs__]
    for row in rows:
        yield list(asdict(row).values())
