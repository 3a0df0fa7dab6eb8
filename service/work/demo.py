"""The demonstration: three studies with the included rules, sites, an account for each role, and subjects in every state of their lives.

Everything goes through the use-cases, in the order of the days on which it would have happened; the clock is put there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

from ...canonical import Json
from .. import clock
from ..models.accounts import Role, User
from ..models.studies import Site, Study
from ..models.subjects import Subject
from . import accounts, documents, enrolment, included, redactions, rules, screening, signing, sites, subjects, visits
from .demo_subjects import FILE_DAY, PLANS, Plan, Step
from .outcome import taken

ZONE: Final = ZoneInfo("Asia/Shanghai")
STUDIES: Final = {
    "as": ("CG-BM1 in ankylosing spondylitis", "CG-BM1 AS", "ankylosing_spondylitis.rules"),
    "aclf1": ("CG-BM1 in acute-on-chronic liver failure, phase I", "ACLF I", "aclf_phase1.rules"),
    "aclf2": ("CG-BM1 in acute-on-chronic liver failure, phase II", "ACLF II", "aclf_phase2.rules"),
}
SITES: Final = {
    "as": (("BJ", "Beijing"), ("SH", "Shanghai")),
    "aclf1": (("GZ", "Guangzhou"), ("CD", "Chengdu")),
    "aclf2": (("GZ", "Guangzhou"), ("CD", "Chengdu")),
}
USERS: Final = {
    "admin": ("Ada Min", Role.ADMINISTRATOR, False),
    "writer": ("Wen Rui", Role.WRITER, False),
    "investigator": ("Dr Lin", Role.INVESTIGATOR, False),
    "coordinator": ("Chen Yu", Role.COORDINATOR, False),
    "pharmacist": ("Pan Hua", Role.COORDINATOR, True),
    "monitor": ("Mo Ning", Role.MONITOR, False),
}
"""User name -> printed name, role in all studies at all sites, unblinded."""
SITE_USERS: Final = {"coordinator-bj": ("Bao Jing", "as", "BJ"), "coordinator-gz": ("Gao Zhen", "aclf1", "GZ")}
"""Coordinators of one site only."""
_DATE: Final = re.compile(r"\b(20[12][0-9])-([01][0-9])-([0-3][0-9])\b")
_BEGAN: Final = -240
_HOUR: Final = timedelta(hours=9)


@frozen
class Demo:
    """What was made: the secrets of the one-time links, by user name."""

    links: Mapping[str, str]


class _Cast:
    """The people and places of the demonstration."""

    def __init__(self, today: date) -> None:
        self.today = today
        now = clock.now()
        self.latest = now if today == now.astimezone(ZONE).date() else datetime.max.replace(tzinfo=UTC)
        self.users: dict[str, User] = {}
        self.studies: dict[str, Study] = {}
        self.sites: dict[tuple[str, str], Site] = {}

    def at(self, day: int, minute: int = 0) -> datetime:
        """An instant in the morning of a day, counted from today; what happened today happened before now."""
        morning = datetime.combine(self.today + timedelta(days=day), datetime.min.time(), ZONE) + _HOUR + timedelta(minutes=minute)
        return min(morning.astimezone(UTC), self.latest)

    def day(self, offset: str, time: str = "") -> str:
        """A day (and time) as text, counted from today."""
        text = (self.today + timedelta(days=int(offset))).isoformat()
        return f"{text}T{time}+08:00" if time else text


def load_demo(today: date | None = None) -> Demo:
    """Fill an empty database with the demonstration; `today` is the day up to which things have happened (left out: today).

    Raises:
        RefusedError: if there are such studies or users already.
    """
    cast = _Cast(today or clock.now().astimezone(ZONE).date())
    with clock.standing_at(cast.at(_BEGAN)):
        _people_and_places(cast)
        _rules(cast)
    waiting: list[tuple[int, int, Callable[[], object]]] = []
    for plan in PLANS:
        made = _Story(cast, plan)
        waiting.append((min([plan.day, *[step[0] for step in plan.steps]]), len(waiting), made.create))
        waiting += [(step[0], len(waiting) + at, made.step(step)) for at, step in enumerate(plan.steps)]
    minutes: dict[int, int] = {}
    for day, _, act in sorted(waiting, key=lambda one: one[:2]):
        minutes[day] = minutes.get(day, 0) + 1
        with clock.standing_at(cast.at(day, minutes[day])):
            act()
    # The links of the day on which the accounts were made have run out long since.
    return Demo({username: taken(accounts.new_link(None, username)).token for username in cast.users})


def _people_and_places(cast: _Cast) -> None:
    for slug, (name, short, _) in STUDIES.items():
        cast.studies[slug] = taken(accounts.create_study(None, slug, name, short))
        for code, place in SITES[slug]:
            cast.sites[slug, code] = taken(sites.create_site(None, cast.studies[slug], code, place, "Asia/Shanghai"))
    for username, (name, role, unblinded) in USERS.items():
        _user(cast, username, name)
        for study in cast.studies.values():
            taken(accounts.grant(None, cast.users[username], study, role, unblinded=unblinded, reason="demonstration"))
    for username, (name, slug, code) in SITE_USERS.items():
        _user(cast, username, name)
        site = cast.sites[slug, code]
        taken(accounts.grant(None, cast.users[username], site.study, Role.COORDINATOR, site=site, reason="demonstration"))


def _user(cast: _Cast, username: str, name: str) -> None:
    made = taken(accounts.create_user(None, username, name, superuser=username == "admin"))
    cast.users[username] = made.user


def _rules(cast: _Cast) -> None:
    for slug, (_, _, file) in STUDIES.items():
        main, texts = included.protocol_files(file)
        version = taken(rules.import_version(cast.users["writer"], cast.studies[slug], main, texts, note="as included"))
        version = taken(rules.review(cast.users["investigator"], version, "read against the registry entry"))
        version = taken(rules.approve(cast.users["admin"], version, "reviewed"))
        for (study, _), site in cast.sites.items():
            if study == slug:
                taken(rules.put_in_force(cast.users["admin"], version, site, clock.today(site.timezone), "start of the study"))


_END_REASONS: Final = {
    "screen failed": "not eligible",
    "completed": "all visits took place",
    "withdrawn": "withdrew consent",
    "lost": "three calls and a letter went unanswered",
    "died": "reported by the family",
}


class _Story:
    """One subject, step by step."""

    def __init__(self, cast: _Cast, plan: Plan) -> None:
        self._cast = cast
        self._plan = plan
        self._subject: Subject | None = None

    @property
    def subject(self) -> Subject:
        """The subject as it is now."""
        if self._subject is None:
            raise RuntimeError("a subject is made before anything happens to it")
        self._subject.refresh_from_db()
        return self._subject

    def create(self) -> None:
        """Make the subject from its file, with the file's days moved."""
        plan, cast = self._plan, self._cast
        content = self._moved(plan.file).encode("utf-8")
        site = cast.sites[plan.study, plan.site]
        self._subject = taken(subjects.create(cast.users["coordinator"], site.study, site, plan.code, content)).subject

    def _moved(self, file: str) -> str:
        text = (files(included.PACKAGE) / "demo").joinpath(*file.split("/")).read_text(encoding="utf-8")
        days = (self._cast.today + timedelta(days=self._plan.day)).toordinal() - date.fromisoformat(FILE_DAY).toordinal()
        return _DATE.sub(lambda found: (date.fromisoformat(found[0]) + timedelta(days=days)).isoformat(), text)

    def step(self, step: Step) -> Callable[[], object]:
        """What happens in a step, to be done when its day has come."""
        _, what, words = step
        return lambda: getattr(self, f"_{what}")(*words)

    def _decide(self) -> None:
        taken(screening.decide(self._cast.users["coordinator"], self.subject))

    def _sign(self) -> None:
        decision = screening.latest(self.subject)
        meaning = None if decision is None else signing.meaning_of(decision)
        if decision is None or meaning is None:
            raise RuntimeError(f"{self._plan.code}: there is nothing to sign")
        taken(signing.seal(self._cast.users["investigator"], decision, signing.outcomes_of(decision), meaning))

    def _enrol(self) -> None:
        subject = self.subject
        taken(enrolment.enrol(self._cast.users["investigator"], subject, subject.version))

    def _allocate(self, part: str, arm: str) -> None:
        subject, pharmacist = self.subject, self._cast.users["pharmacist"]
        taken(enrolment.allocate(pharmacist, subject, subject.version, part=part or None, arm=arm, reason="randomization list"))

    def _done(self, key: str, day: str, time: str = "") -> None:
        subject = self.subject
        taken(visits.done(self._cast.users["coordinator"], subject, subject.version, key, self._cast.day(day, time)))

    def _book(self, key: str, day: str, time: str = "") -> None:
        subject = self.subject
        taken(visits.book(self._cast.users["coordinator"], subject, subject.version, key, self._cast.day(day, time)))

    def _missed(self, key: str) -> None:
        subject = self.subject
        taken(visits.missed(self._cast.users["coordinator"], subject, subject.version, key, "the subject was abroad"))

    def _skipped(self, key: str) -> None:
        subject = self.subject
        taken(visits.skipped(self._cast.users["coordinator"], subject, subject.version, key, "agreed with the sponsor"))

    def _redact(self, text: str, reason: str) -> None:
        taken(redactions.ask(self._cast.users["coordinator"], self.subject, text, reason))

    def _fact(self, name: str, value: str, day: str, reason: str) -> None:
        subject = self.subject
        fact: dict[str, Json] = {"fact": name, "value": value, "date": self._cast.day(day)}
        taken(subjects.enter_facts(self._cast.users["coordinator"], subject, subject.version, [fact], reason))

    def _facts(self, file: str) -> None:
        """The facts of another file, about the time after enrolment."""
        subject = self.subject
        record = documents.value_of(self._moved(file))["patient"]
        taken(subjects.enter_facts(self._cast.users["coordinator"], subject, subject.version, _facts_of(record), "results of the visits"))

    def _end(self, status: str, day: str) -> None:
        subject = self.subject
        reason = _END_REASONS[status]
        taken(enrolment.end(self._cast.users["coordinator"], subject, subject.version, status, self._cast.day(day), reason))


def _facts_of(record: Json) -> list[dict[str, Json]]:
    facts = record.get("facts") if isinstance(record, dict) else None
    # The consent is in the first file already, and a CRP without the laboratory's range would unsettle the criterion that was signed.
    left_out = ("consent", "crp")
    return [one for one in facts if isinstance(one, dict) and one.get("fact") not in left_out] if isinstance(facts, list) else []
