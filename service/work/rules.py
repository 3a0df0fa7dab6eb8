"""Versions of a study's rules: handed in with their libraries, reviewed, approved by somebody else, in force from a day at a site."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from attrs import field, frozen

from ... import limits
from ...canonical import digest
from ...dsl.diagnostics import Diagnostic, has_errors
from ...dsl.facade import LoadResult, files_sha256, load as load_from_disk, load_scenarios_text, load_texts, scenarios_beside
from ...dsl.model import Protocol
from .. import access, clock
from ..models.accounts import User
from ..models.studies import RuleEffect, RuleStatus, RuleVersion, Site, Study
from . import audit
from .once import given_once
from .outcome import not_found, refuse, use_case

_USUAL_SIZE: Final = 2_000_000
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,39}")


# ---------------------------------------------------------------- reading


def check(main: str, files: Mapping[str, str]) -> LoadResult:
    """Load rules from texts by path: the protocol, or what is wrong with them. The last few of usual size are remembered."""
    if sum(map(len, files.values())) > _USUAL_SIZE:
        return load_texts(main, files)
    return _checked(main, tuple(sorted(files.items())))


@lru_cache(maxsize=4)
def _checked(main: str, files: tuple[tuple[str, str], ...]) -> LoadResult:
    return load_texts(main, dict(files))


def from_folder(path: Path) -> tuple[str, dict[str, str]]:
    """A rule file on disk with all it uses and its examples, as `import_version` takes them: the name of the main file, texts by path."""
    found = load_from_disk(path)
    folder = str(path)[: len(str(path)) - len(path.name)]
    texts = {name.removeprefix(folder): source.text for name, source in found.sources.items()}
    beside = scenarios_beside(path)
    return path.name, texts | ({beside.name: beside.read_text(encoding="utf-8")} if beside.is_file() else {})


def examples_name(main: str) -> str:
    """What the file of examples is called that belongs to a rule file."""
    return scenarios_beside(main).name


def used_files(version: RuleVersion) -> dict[str, str]:
    """The texts that a decision rests on: all but the examples."""
    return {name: text for name, text in version.files.items() if name != examples_name(version.main)}


@frozen
class _Stored:
    """Which rules are meant: the digest is over all files. The version itself is looked at only where they are not in memory."""

    main: str
    sha256: str
    version: RuleVersion = field(eq=False)


@lru_cache(maxsize=32)
def _loaded(stored: _Stored) -> Protocol:
    protocol = load_texts(stored.main, stored.version.files).protocol
    if protocol is None or protocol.sha256 != stored.sha256:
        raise RuntimeError(f"rules {stored.version.label}: the stored files are not what was handed in")
    return protocol


def protocol_of(version: RuleVersion) -> Protocol:
    """The checked protocol of a version; kept in memory, by the digest of its files, so that those need not be read each time.

    Raises:
        RuntimeError: if the stored files no longer load, or are not those that were handed in.
    """
    return _loaded(_Stored(version.main, version.sha256, version))


def examined(version: RuleVersion) -> Protocol:
    """As `protocol_of`, after a look at the files that are stored now: before rules are approved, and before anything is decided by them.

    Raises:
        RuntimeError: as there.
    """
    if files_sha256(used_files(version)) != version.sha256:
        raise RuntimeError(f"rules {version.label}: the stored files are not what was handed in")
    return protocol_of(version)


def effective(site: Site, on: date) -> RuleVersion | None:
    """The approved version that is in force at a site on a day."""
    found = RuleEffect.objects.filter(site=site, effective_from__lte=on, version__status=RuleStatus.APPROVED)
    effect = found.select_related("version").defer("version__files").order_by("-effective_from", "-pk").first()
    return None if effect is None else effect.version


def current(site: Site) -> RuleVersion | None:
    """The version in force at a site today."""
    return effective(site, clock.today(site.timezone))


def newest(study: Study) -> RuleVersion | None:
    """The version to read a study's documents with where none is in force yet: the last approved one, else the last one handed in."""
    found = RuleVersion.objects.filter(study=study).exclude(status=RuleStatus.RETIRED).defer("files")
    return found.filter(status=RuleStatus.APPROVED).order_by("-pk").first() or found.order_by("-pk").first()


def latest_number(study: Study) -> int:
    """The number of the version that was handed in last; 0 where there is none."""
    return RuleVersion.objects.filter(study=study).order_by("-pk").values_list("pk", flat=True).first() or 0


def before(version: RuleVersion) -> RuleVersion | None:
    """The version that one would compare with: the last approved one before it, else the one before it."""
    found = RuleVersion.objects.filter(study=version.study_id, pk__lt=version.pk).order_by("-pk")
    return found.filter(status=RuleStatus.APPROVED).first() or found.first()


def find(actor: User, study: Study, label: str) -> RuleVersion:
    """A version by its label.

    Raises:
        RefusedError: if there is none, or the user has no role in the study.
    """
    version = RuleVersion.objects.filter(study=study, label=label).first()
    if version is None or not access.anywhere(actor, access.May.READ_RULES, study):
        raise not_found("version of the rules")
    return version


# ---------------------------------------------------------------- writing


@use_case
def import_version(
    actor: User, study: Study, main: str, files: Mapping[str, str], *, label: str = "", note: str = "", seen: int | None = None
) -> RuleVersion:
    """Hand in a rule file with all it uses, as a draft; its examples, if they stand beside it, are kept with it.

    Args:
        actor: the author.
        study: the study.
        main: the name of the rule file; one of the keys of `files`.
        files: texts by path below the folder of the rule file; what the rule file does not use is left out.
        label: what people call the version; left out: the version that the file states.
        note: what changed, for reviewers.
        seen: the newest version (`latest_number`) that the author knew of; where there is a newer one, it is refused as stale.
    """
    _may(actor, access.May.WRITE_RULES, study)
    Study.objects.select_for_update().get(pk=study.pk)
    if seen is not None and seen != latest_number(study):
        newer = RuleVersion.objects.filter(study=study).latest("pk")
        mend = f"Look at what {newer.label} changed, then store again."
        raise refuse("stale", 409, f"Version {newer.label} was handed in since you began.", mend, "label", yours=seen, current=newer.pk)
    kept, protocol = _readable(main, files)
    name = (label or protocol.version).strip()
    if not _LABEL.fullmatch(name):
        raise refuse("label-wrong", 422, "A label has at most 40 letters, digits, blanks and `._-`.", "Such as `2.0`.", "label")
    taken = refuse("label-taken", 409, f"There is a version {name} already.", "Say another label.", "label")
    with given_once(RuleVersion.objects.filter(study=study, label=name), taken):
        version = RuleVersion.objects.create(
            study=study, label=name, main=main, files=kept, sha256=protocol.sha256, author=actor, created=clock.now(), note=note[:10_000]
        )
    new = {"sha256": version.sha256, "main": main, "examples_sha256": examples_digest(version)}
    audit.write(actor, "rules handed in", f"rules {name}", study=study, new=new, reason=note)
    return version


def _readable(main: str, files: Mapping[str, str]) -> tuple[dict[str, str], Protocol]:
    if main not in files or PurePosixPath(main).name != main:
        raise refuse("main-missing", 422, "The rule file is not among the files.", "Name one that stands at the top.", "main")
    if len(files) > limits.MAX_INCLUDES + 1 or any(len(text.encode("utf-8", "replace")) > limits.MAX_FILE_BYTES for text in files.values()):
        message = f"A rule file has at most {limits.MAX_FILE_BYTES} bytes and uses at most {limits.MAX_INCLUDES} others."
        raise refuse("too-large", 413, message, "Take out what is not used.", "files")
    found = check(main, files)
    if found.protocol is None:
        errors = [one for one in found.diagnostics if one.severity == "error"]
        raise refuse(
            "rules-wrong", 422, f"The rules have {len(errors)} errors.", "Mend them first.", "files", diagnostics=found.diagnostics
        )
    if found.protocol.kind == "library":
        raise refuse("rules-library", 422, "This is a library, which has no criteria.", "Hand in the protocol that uses it.", "main")
    kept = {name: source.text for name, source in found.sources.items()}
    return kept | _readable_examples(main, files, found.protocol), found.protocol


def _readable_examples(main: str, files: Mapping[str, str], protocol: Protocol) -> dict[str, str]:
    """The file of examples, if there is one that holds anything."""
    name = examples_name(main)
    text = files.get(name, "")
    if not text.strip():
        return {}
    found = load_scenarios_text(text, name, protocol)
    if has_errors(found.diagnostics):
        mend = "Mend them, or hand in an empty file to leave them out."
        raise refuse("examples-wrong", 422, "The examples do not fit the rules.", mend, "files", diagnostics=found.diagnostics)
    return {name: text}


def examples_digest(version: RuleVersion) -> str | None:
    """The digest of a version's examples, for which the audit trail vouches beside the rules; None: it has none."""
    text = version.files.get(examples_name(version.main))
    return None if text is None else digest(text)


def diagnostics(main: str, files: Mapping[str, str]) -> tuple[bool, Sequence[Diagnostic]]:
    """Whether rules have no errors, and all there is to say about them."""
    found = check(main, files)
    return not has_errors(found.diagnostics), found.diagnostics


@use_case
def review(actor: User, version: RuleVersion, reason: str) -> RuleVersion:
    """Say that a draft was read and found good, by somebody else than its author."""
    return _advance(actor, version, RuleStatus.DRAFT, RuleStatus.REVIEWED, access.May.REVIEW_RULES, reason)


@use_case
def approve(actor: User, version: RuleVersion, reason: str) -> RuleVersion:
    """Approve a reviewed version, not as its author. It holds at a site once `put_in_force` says from when."""
    return _advance(actor, version, RuleStatus.REVIEWED, RuleStatus.APPROVED, access.May.APPROVE_RULES, reason)


@use_case
def retire(actor: User, version: RuleVersion, reason: str) -> RuleVersion:
    """Take a version out of use; decisions that were made with it stay."""
    _may(actor, access.May.APPROVE_RULES, version.study)
    why = audit.need_reason(reason)
    held = _locked(version)
    old = str(held.status)
    if old != RuleStatus.RETIRED:
        held.status = RuleStatus.RETIRED
        held.save(update_fields=["status"])
        audit.write(actor, "rules retired", f"rules {held.label}", study=held.study, old=old, new="retired", reason=why)
    return held


def _advance(actor: User, version: RuleVersion, before: RuleStatus, after: RuleStatus, may: access.May, reason: str) -> RuleVersion:
    _may(actor, may, version.study)
    why = audit.need_reason(reason)
    held = _locked(version)
    if held.author_id == actor.pk:
        raise refuse("own-work", 403, "Nobody reviews or approves rules of their own.", "Ask somebody else.")
    if held.status != before:
        raise refuse(
            "wrong-order", 409, f"The version is {held.status}, not {before}.", "A draft is reviewed, a reviewed version approved."
        )
    examined(held)
    held.status = after
    if after == RuleStatus.REVIEWED:
        held.reviewer = actor
    else:
        held.approver = actor
    held.save(update_fields=["status", "reviewer", "approver"])
    new = {"status": str(after), "sha256": held.sha256}
    audit.write(actor, f"rules {after}", f"rules {held.label}", study=held.study, old={"status": str(before)}, new=new, reason=why)
    return held


@use_case
def put_in_force(actor: User, version: RuleVersion, site: Site, effective_from: date, reason: str) -> RuleEffect:
    """Say from which day an approved version holds at a site; never back before today, so that no decision changes its basis."""
    _may(actor, access.May.APPROVE_RULES, version.study)
    why = audit.need_reason(reason)
    held = _locked(version)
    if site.study_id != held.study_id:
        raise not_found("site")
    if held.status != RuleStatus.APPROVED:
        raise refuse("not-approved", 409, f"The version is {held.status}; only approved ones are put in force.", "Have it approved first.")
    if effective_from < clock.today(site.timezone):
        raise refuse("day-past", 422, f"{effective_from} is past.", "Say today or a later day.", "effective_from")
    effect, made = RuleEffect.objects.get_or_create(
        version=held, site=site, effective_from=effective_from, defaults={"by": actor, "created": clock.now()}
    )
    if made:
        new = {"site": site.code, "effective_from": effective_from.isoformat()}
        audit.write(actor, "rules put in force", f"rules {held.label}", study=held.study, new=new, reason=why)
    return effect


def _locked(version: RuleVersion) -> RuleVersion:
    return RuleVersion.objects.select_for_update().select_related("study").get(pk=version.pk)


def _may(actor: User, may: access.May, study: Study) -> None:
    if access.anywhere(actor, may, study):
        return
    known = access.memberships(actor, study)
    raise refuse("forbidden", 403, f"Your role may not {may}.") if known else not_found("study")
