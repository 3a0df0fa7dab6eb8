"""What stands around every page: who is signed in, the language, and where one can go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen
from django.urls import NoReverseMatch, reverse

from ...engine.explain_words import words
from .. import access
from ..models.accounts import User
from ..models.studies import Study
from .words import HTML_LANG, LANGUAGES, NAMES, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from ...engine.explain_words import Lang
    from ..models.redactions import Redaction

LANGUAGE_KEY: Final = "language"
"""In the session of somebody who is not signed in."""
_NAV: Final = (
    ("worklist", "w"),
    ("log", "l"),
    ("soa", "s"),
    ("board", "d"),
    ("feeds", "c"),
    ("rules", "r"),
    ("audit", "a"),
    ("settings", "p"),
)
_SUBJECT_PAGES: Final = frozenset(
    {"subject", "fact", "detail", "why", "criterion", "missing", "sign", "overrides", "schedule", "visit", "move", "subject-new"}
)
_RULE_PAGES: Final = frozenset({"rule", "editor"})
_AUDIT_PAGES: Final = frozenset({"redactions", "redaction"})


@frozen
class Place:
    """One entry of the navigation; `key` is its shortcut behind `g`."""

    label: str
    url: str
    key: str
    here: bool


@frozen
class Frame:
    """What the base template shows."""

    lang: Lang
    html_lang: str
    other_lang: Lang
    other_html_lang: str
    other_name: str
    t: Mapping[str, str]
    home: str
    path: str
    study: str
    user_name: str
    roles: str
    nav: tuple[Place, ...]
    language_url: str
    logout_url: str
    account_url: str


def lang_of(request: HttpRequest) -> Lang:
    """The language: the user's own; before signing in the one chosen, else the browser's."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        return _known(user.language)
    session = getattr(request, "session", None)
    chosen = session.get(LANGUAGE_KEY) if session is not None else None
    return _known(str(chosen or request.META.get("HTTP_ACCEPT_LANGUAGE", "")))


def _known(text: str) -> Lang:
    return "zh" if text.strip().lower().startswith("zh") else "en"


def frame_of(request: HttpRequest) -> Frame:
    """The frame for whoever asks, on whatever page."""
    lang = lang_of(request)
    other = next(one for one in LANGUAGES if one != lang)
    user = getattr(request, "user", None)
    study = getattr(request, "study", None)
    known = user if isinstance(user, User) else None
    there = study if isinstance(study, Study) and known is not None else None
    return Frame(
        lang,
        HTML_LANG[lang],
        other,
        HTML_LANG[other],
        NAMES[other],
        texts(lang),
        address("studies") or "/",
        request.get_full_path() if request.method == "GET" else "",
        "" if there is None else there.short_name,
        "" if known is None else known.name,
        "" if known is None or there is None else _roles(known, there, lang),
        () if known is None or there is None else _nav(request, known, there, lang),
        address("language"),
        address("logout"),
        address("account"),
    )


def _roles(user: User, study: Study, lang: Lang) -> str:
    return words(lang).chain(role_words(user, study, lang))


def role_words(user: User, study: Study, lang: Lang) -> tuple[str, ...]:
    """What somebody is in a study, with the site where it is only one."""
    table = texts(lang)
    found = access.memberships(user, study)
    return tuple(dict.fromkeys(table[f"role_{one.role}"] + ("" if one.site is None else f" ({one.site.code})") for one in found))


def _nav(request: HttpRequest, user: User, study: Study, lang: Lang) -> tuple[Place, ...]:
    match = request.resolver_match
    here = (match.url_name if match is not None else "") or ""
    if here in _SUBJECT_PAGES:
        here = "worklist"
    if here in _RULE_PAGES:
        here = "rules"
    if here in _AUDIT_PAGES:
        here = "audit"
    held = {one.role for one in access.memberships(user, study)}
    found = []
    for name, key in _NAV:
        rule = access.URLS.get(name)
        url = address(name, study=study.slug)
        if url and isinstance(rule, access.May) and held & access.PERMISSIONS[rule]:
            found.append(Place(texts(lang)[f"nav_{name}"], url, key, name == here))
    return tuple(found)


def address(name: str, **places: str) -> str:
    """An address by name; empty where this installation has no such page."""
    try:
        return reverse(name, kwargs=places)
    except NoReverseMatch:
        return ""


def redaction_url(redaction: Redaction) -> str:
    """The address of a redaction's page."""
    return address("redaction", study=redaction.study.slug, number=str(redaction.pk))
