"""People, sites, rules and subjects for tests, all made by the use-cases. Imported once the conftest has set Django up."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from trialrules.service import clock
from trialrules.service.models.accounts import Role
from trialrules.service.work import accounts, enrolment, rules, screening, signing, sites, subjects
from trialrules.service.work.outcome import Refused, taken

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "seven quiet herons wade"


def code(found):
    """The code of a refusal; anything else is a surprise."""
    assert isinstance(found, Refused), found
    return found.code


@cache
def rule_files(name: str) -> tuple[str, dict[str, str]]:
    return rules.from_folder(ROOT / "rules" / name)


def patient_file(name: str) -> bytes:
    return (ROOT / "demo" / name).read_bytes()


class World:
    """One study with two sites, somebody in each role, and rules in force; everything made by the use-cases."""

    def __init__(
        self, slug: str = "aclf1", file: str = "aclf_phase1.rules", codes: tuple[str, ...] = ("GZ", "CD"), *, examples: bool = False
    ) -> None:
        self.study = taken(accounts.create_study(None, slug, f"Study {slug}", slug.upper()))
        self.sites = {code: taken(sites.create_site(None, self.study, code, f"Site {code}", "Asia/Shanghai")) for code in codes}
        self.site = self.sites[codes[0]]
        self.other_site = self.sites[codes[-1]]
        self.users = {}
        for role in Role:
            self.user(role.value, role.value)
        self.user("unblinded", Role.COORDINATOR, unblinded=True)
        self.user("local", Role.COORDINATOR, site=self.other_site)
        self.outsider = taken(accounts.create_user(None, f"outsider-{slug}", "Out Sider")).user
        main, texts = rule_files(file)
        if not examples:
            # Most tests do without them; each would read them again.
            texts = {name: text for name, text in texts.items() if name != rules.examples_name(main)}
        version = taken(rules.import_version(self.writer, self.study, main, texts))
        version = taken(rules.review(self.investigator, version, "read"))
        self.version = taken(rules.approve(self.administrator, version, "reviewed"))
        for site in self.sites.values():
            taken(rules.put_in_force(self.administrator, self.version, site, clock.today(site.timezone), "start"))

    def user(self, name, role, *, site=None, unblinded=False):
        made = taken(accounts.create_user(None, f"{name}-{self.study.slug}", f"{name.title()} Name"))
        user = taken(accounts.set_password(made.token, PASSWORD))
        taken(accounts.grant(None, user, self.study, role, site=site, unblinded=unblinded, reason="test"))
        self.users[name] = user
        return user

    def __getattr__(self, name):
        try:
            return self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None

    def subject(self, code="S-01", file="aclf_01_eligible.json", *, site=None, change=None):
        content = patient_file(file)
        if change is not None:
            content = json.dumps(change(json.loads(content))).encode()
        return taken(subjects.create(self.coordinator, self.study, site or self.site, code, content)).subject

    def decided(self, code="S-01", **more):
        subject = self.subject(code, **more)
        taken(screening.decide(self.coordinator, subject))
        subject.refresh_from_db()
        return subject

    def sign(self, subject, user=None, **more):
        decision = screening.latest(subject)
        user = user or self.investigator
        words = {"outcomes": signing.outcomes_of(decision), "meaning": signing.meaning_of(decision) or signing.MEANINGS[0], **more}
        return signing.sign(user, decision, user.username, more.pop("password", PASSWORD), words["outcomes"], words["meaning"])

    def enrolled(self, code="S-01", arm="low", **more):
        subject = self.decided(code, **more)
        taken(self.sign(subject))
        subject = taken(enrolment.enrol(self.investigator, subject, subject.version))
        if arm:
            subject = taken(enrolment.allocate(self.unblinded, subject, subject.version, arm=arm, reason="list"))
        return subject
