"""The audit trail: written with every change, chained by hashes, and looked through for breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen
from django.db import connection, transaction

from ...canonical import Json, JsonProblem, canonical_bytes, strict_json_loads
from .. import clock, seals
from ..models.accounts import User
from ..models.audit import AuditEntry, AuditHead
from ..models.studies import Study
from .actions import ACTIONS
from .outcome import refuse

HASHED: Final = ("key", "study_id", "seq", "at", "actor", "action", "target", "old", "new", "reason", "prev_hash")
"""The columns that an entry's hash covers, those with free text by their salted digests."""
MIN_REASON: Final = 3
"""Letters or digits that a reason has at least."""
_BLIND_KEYS: Final = frozenset({"arm", "doses", "amount", "document"})
_WITHHELD: Final = "(blinded)"


@frozen
class Break:
    """The first entry of a chain that is not as it was written; `study` is the slug, or None for the installation."""

    study: str | None
    seq: int
    why: str


@frozen
class Verified:
    """What looking through the chains found. `heads`: the last hash of each chain, by slug ("" for the installation)."""

    entries: int
    heads: Mapping[str, str]
    breaks: tuple[Break, ...]


def write(
    actor: User | str,
    action: str,
    target: str,
    *,
    study: Study | None = None,
    old: object = None,
    new: object = None,
    reason: str = "",
) -> AuditEntry:
    """Add an entry to a study's chain (or the installation's), in the transaction of the change itself.

    Raises:
        RuntimeError: outside of a transaction, where the entry could stand without the change or the change without it.
        ValueError: for an action that is not in the list of `actions`: no page would have a word for it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit entry is written in the transaction of the change it tells of")
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not in the list of actions")
    chain = 0 if study is None else study.pk
    AuditHead.objects.get_or_create(chain=chain)
    head = AuditHead.objects.select_for_update().get(chain=chain)
    entry = AuditEntry(
        key=f"{chain}:{head.seq + 1}",
        study=study,
        seq=head.seq + 1,
        at=clock.stamp(),
        actor=actor if isinstance(actor, str) else actor.username,
        action=action,
        target=target,
        old=_text(old),
        new=_text(new),
        reason=reason,
        prev_hash=head.hash,
    )
    entry.salts = seals.new_salts("entry", _hashed(entry))
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    AuditHead.objects.filter(chain=chain).update(seq=entry.seq, hash=entry.hash)
    return entry


def _text(value: object) -> str:
    return "" if value is None else canonical_bytes(value).decode("utf-8")


def entry_hash(entry: AuditEntry, swaps: seals.Swaps | None = None) -> str:
    """The hash over everything an entry says and the hash of the one before it; `swaps` are the redactions of its chain."""
    return seals.row_hash("entry", seals.name_of_entry(entry.seq), _hashed(entry), seals.salts_of(entry.salts), swaps or {})


def _hashed(entry: AuditEntry) -> dict[str, Json]:
    return {name: getattr(entry, name) for name in HASHED}


def swaps_of(study: Study | int | None) -> seals.Swaps:
    """What the redactions of a study replaced; the chain of the installation has none."""
    if study is None:
        return {}
    found = AuditEntry.objects.filter(study=study, action=seals.ACTION).order_by("seq")
    return seals.gathered(found.values_list("new", flat=True))


def need_reason(reason: str) -> str:
    """The reason, trimmed.

    Raises:
        RefusedError: if there is none.
    """
    text = reason.strip()
    if sum(letter.isalnum() for letter in text) < MIN_REASON and not any(ord(letter) > 0x2E7F for letter in text):
        raise refuse("reason-missing", 422, "A change needs a reason.", "Say in a few words why.", "reason")
    return text


def shown(entry: AuditEntry, *, unblinded: bool) -> dict[str, Json]:
    """An entry for a reader; one who may not know the arms sees neither them nor what could give them away."""
    old, new = _value(entry.old), _value(entry.new)
    return {
        "study": None if entry.study is None else entry.study.slug,
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "old": old if unblinded else _masked(old),
        "new": new if unblinded else _masked(new),
        "reason": entry.reason,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }


def _value(text: str) -> Json:
    if not text:
        return None
    found = strict_json_loads(text)
    return text if isinstance(found, JsonProblem) else found


def _masked(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _WITHHELD if key in _BLIND_KEYS else _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def verify(study: Study | None = None) -> Verified:
    """Look through all chains, or one study's: the first break of each, if there is one."""
    with transaction.atomic():
        slugs = dict(Study.objects.values_list("pk", "slug"))
        wanted = sorted({0, *slugs, *_chains()}) if study is None else [study.pk]
        heads: dict[str, str] = {}
        breaks: list[Break] = []
        entries = 0
        for chain in wanted:
            slug = slugs.get(chain, f"#{chain}") if chain else None
            last, found = _look_through(chain, slug)
            head = AuditHead.objects.filter(chain=chain).first()
            entries += last.seq if last is not None else 0
            heads[slug or ""] = "" if last is None else last.hash
            if found is None and (last.seq if last else 0, last.hash if last else "") != ((head.seq, head.hash) if head else (0, "")):
                found = Break(slug, (last.seq if last else 0) + 1, "the chain ends before its last entry")
            breaks += [] if found is None else [found]
    return Verified(entries, heads, tuple(breaks))


def _chains() -> set[int]:
    """Chains that entries or heads name, whether or not there is such a study."""
    named = {one or 0 for one in AuditEntry.objects.order_by().values_list("study_id", flat=True).distinct()}
    return named | set(AuditHead.objects.values_list("chain", flat=True))


def _look_through(chain: int, slug: str | None) -> tuple[AuditEntry | None, Break | None]:
    """The last good entry of a chain, and its first break."""
    before: AuditEntry | None = None
    swaps = swaps_of(chain or None)
    for entry in _entries(chain):
        seq, hash_ = (0, "") if before is None else (before.seq, before.hash)
        if entry.seq != seq + 1:
            return before, Break(slug, seq + 1, "the entry is missing")
        if entry.key != f"{chain}:{entry.seq}":
            return before, Break(slug, entry.seq, "the entry has another key")
        if entry.prev_hash != hash_:
            return before, Break(slug, entry.seq, "the entry does not follow the one before it")
        if entry.hash != entry_hash(entry, swaps):
            return before, Break(slug, entry.seq, "the entry is not what was written")
        before = entry
    return before, None


def _entries(chain: int) -> Iterator[AuditEntry]:
    chosen = AuditEntry.objects.filter(study_id=chain) if chain else AuditEntry.objects.filter(study=None)
    return chosen.order_by("seq", "key").iterator(chunk_size=1000)
