"""A subject's life at random, beside a model that knows only the order of things: what is allowed, what it changes, what stays."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from trialrules.service import clock, record
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.decisions import Decision, Signature
from trialrules.service.models.subjects import Subject
from trialrules.service.work import audit, enrolment, integrity, replay, rules, screening, signing, subjects, visits
from trialrules.service.work.outcome import Refused

from .conftest import NOON
from .world import patient_file

BEFORE = {"screening", "eligible", "not eligible"}
OPEN = BEFORE | {"enrolled"}
STATE_OF = {"eligible": "eligible", "ineligible": "not eligible", "undetermined": "screening"}
FILES = ["aclf_01_eligible.json", "aclf_02_three_organs.json", "aclf_03_missing_inr.json"]
VISITS = ["inf1", "d7", "d28", "d60", "no_such"]
DAYS = st.integers(-3, 70)


class Known:
    """What the model knows of one subject."""

    def __init__(self, row):
        self.row = row
        self.state, self.version = "screening", 1
        self.facts = json.loads(row.document)["patient"]["facts"]
        self.latest = None
        self.holding = []  # of the signatures that still hold: the answer, the day, the evidence
        self.enrolled_by = None


class Life(RuleBasedStateMachine):
    world = None

    def __init__(self):
        super().__init__()
        self.known, self.least = {}, (0, 0, 0)
        self.day = 0
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self):
        try:
            assert audit.verify().breaks == ()
            assert list(integrity.flaws()) == []
            assert all(replay.replay(decision).agrees for decision in Decision.objects.all())
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def one(self, data):
        return data.draw(st.sampled_from(sorted(self.known)))

    def now(self):
        return clock.standing_at(NOON + timedelta(days=self.day))

    def attempt(self, action, *, expected, version=None, changes=True):
        """Do something; `expected` is the code of the refusal, None for success, or "any". A refusal leaves nothing."""
        before = AuditEntry.objects.count(), list(Subject.objects.order_by("pk").values())
        with self.now():
            found = action()
        refused = found.code if isinstance(found, Refused) else None
        if expected != "any":
            assert refused == expected
        after = AuditEntry.objects.count(), list(Subject.objects.order_by("pk").values())
        if refused is not None:
            assert after == before
        elif changes:
            assert after[0] > before[0]
        return None if refused is not None else found

    def told(self, code, decided):
        """The model learns of a decision, and forgets signatures under another answer, until enrolment also those on other evidence."""
        known = self.known[code]
        if decided is not None:
            known.latest = decided
            answer = self.answer(decided)
            known.holding = [
                (signed, day, evidence)
                for signed, day, evidence in known.holding
                if signed == answer and (known.state not in BEFORE or self.evidence(decided, day) == evidence)
            ]
            if known.state in BEFORE:
                known.state = STATE_OF[decided.decision]

    @staticmethod
    def answer(decision):
        return decision.decision, decision.provisional, tuple(screening.verdicts_of(decision).items())

    @staticmethod
    def evidence(decision, day):
        """Computed, not read: what its rules and data say of each criterion as of a day."""
        found = record.compute(rules.protocol_of(decision.rule_version), decision.snapshot.encode(), day)
        return json.loads(found.result())["criteria"]

    # ---------------------------------------------------------------- what happens

    @initialize(file=st.sampled_from(FILES), far=st.integers(0, 4))
    def first(self, file, far):
        # Few lives would come as far as a visit by chance.
        self.create("S-1", FILES[0] if far else file)
        for step in [self.decided, self.signed, self.enrolled, self.enrolled][:far]:
            step("S-1")

    @rule(code=st.sampled_from(["S-1", "S-2"]), file=st.sampled_from(FILES))
    def create(self, code, file):
        world = self.world
        found = self.attempt(
            lambda: subjects.create(world.coordinator, world.study, world.site, code, patient_file(file)),
            expected="code-taken" if code in self.known else None,
        )
        if found is not None:
            self.known[code] = Known(found.subject)

    @rule(days=st.sampled_from([-2, -1, 1, 2, 7, 30]))
    def clock_moves(self, days):
        # Rules are in force from day 0 on.
        self.day = max(0, self.day + days)

    @rule(data=st.data())
    def decide(self, data):
        self.decided(self.one(data))

    @rule(data=st.data())
    def sign_on_another_day(self, data):
        code = self.one(data)
        self.clock_moves(1)
        self.decided(code)
        if self.known[code].latest:
            self.signed(code)

    def decided(self, code):
        known = self.known[code]
        expected = None if known.state in OPEN else "wrong-order"
        found = self.attempt(lambda: screening.decide(self.world.coordinator, known.row), expected=expected, changes=False)
        if found is not None:
            self.told(code, found.new)

    @rule(
        data=st.data(), value=st.sampled_from([1.2, 1.8, 2.6, 9.5]), stale=st.booleans(), at=st.sampled_from(["2026-03-01", "2026-03-02"])
    )
    def enter(self, data, value, stale, at):
        known = self.known[self.one(data)]
        fact = {"fact": "inr", "value": value, "date": at}
        self.record(known, stale, lambda seen: subjects.enter_facts(self.world.coordinator, known.row, seen, [fact]), [*known.facts, fact])

    @rule(data=st.data(), out=st.booleans(), stale=st.booleans())
    def correct(self, data, out, stale):
        known = self.known[self.one(data)]
        index = data.draw(st.integers(0, len(known.facts)))
        fact = None if out else {"fact": "he_grade", "value": 2, "date": "2026-03-02"}
        facts = [*known.facts[:index], *([] if fact is None else [fact]), *known.facts[index + 1 :]]
        missing = "fact-unknown" if index == len(known.facts) else None
        change = lambda seen: subjects.correct_fact(self.world.coordinator, known.row, seen, index, fact, "was mistyped")  # noqa: E731
        self.record(known, stale, change, facts, missing)

    def record(self, known, stale, action, facts, wrong=None):
        expected = "stale" if stale else wrong if known.state in OPEN else "wrong-order"
        found = self.attempt(lambda: action(known.version - 1 if stale else known.version), expected=expected)
        if found is not None:
            known.version, known.facts = known.version + 1, facts
            self.told(known.row.code, found.change.new)

    @precondition(lambda self: any(known.latest for known in self.known.values()))
    @rule(data=st.data())
    def sign(self, data):
        self.signed(data.draw(st.sampled_from(sorted(code for code, known in self.known.items() if known.latest))))

    def signed(self, code):
        known = self.known[code]
        latest = known.latest
        if known.state not in BEFORE:
            expected = "wrong-order"
        elif latest.provisional:
            expected = "provisional"
        elif latest.decision == "undetermined":
            expected = "undetermined"
        else:
            expected = "signed" if Signature.objects.filter(decision=latest).exists() else None
        meaning = signing.meaning_of(latest) or signing.MEANINGS[0]
        found = self.attempt(lambda: signing.seal(self.world.investigator, latest, signing.outcomes_of(latest), meaning), expected=expected)
        if found is not None:
            known.holding.append((self.answer(latest), latest.as_of, self.evidence(latest, latest.as_of)))

    @rule(data=st.data(), stale=st.booleans())
    def enrol(self, data, stale):
        self.enrolled(self.one(data), stale=stale)

    def enrolled(self, code, *, stale=False):
        known = self.known[code]
        if stale or known.state not in BEFORE:
            expected = "stale" if stale else "wrong-order"
        elif known.latest is None or known.latest.decision != "eligible":
            expected = "not-eligible"
        elif not known.holding:
            expected = "not-signed"
        else:
            expected = "provisional" if known.latest.provisional else None
        seen = known.version - stale
        if self.attempt(lambda: enrolment.enrol(self.world.investigator, known.row, seen), expected=expected) is not None:
            known.version, known.state, known.enrolled_by = known.version + 1, "enrolled", known.latest.pk

    @rule(data=st.data(), arm=st.sampled_from(["low", "medium"]))
    def allocate(self, data, arm):
        known = self.known[self.one(data)]
        self.course(known, lambda: enrolment.allocate(self.world.unblinded, known.row, known.version, arm=arm, reason="list"))

    @rule(data=st.data(), key=st.sampled_from(VISITS), days=DAYS, what=st.sampled_from(["book", "done", "move"]))
    def dated_visit(self, data, key, days, what):
        known = self.known[self.one(data)]
        on = (NOON + timedelta(days=self.day + days)).date().isoformat()
        user = self.world.coordinator
        actions = {
            "book": lambda: visits.book(user, known.row, known.version, key, on),
            "done": lambda: visits.done(user, known.row, known.version, key, on),
            "move": lambda: visits.move(user, known.row, known.version, key, on, "abroad that week"),
        }
        self.course(known, actions[what])

    @rule(data=st.data(), key=st.sampled_from(VISITS), what=st.sampled_from([visits.missed, visits.skipped, visits.undo]))
    def other_visit(self, data, key, what):
        known = self.known[self.one(data)]
        self.course(known, lambda: what(self.world.coordinator, known.row, known.version, key, "did not come"))

    def course(self, known, action):
        expected = "any" if known.state == "enrolled" else "wrong-order"
        if self.attempt(action, expected=expected) is not None:
            known.version += 1

    @rule(data=st.data(), status=st.sampled_from(["completed", "withdrawn", "lost", "died", "screen failed"]))
    def end(self, data, status):
        known = self.known[self.one(data)]
        allowed = {"completed": {"enrolled"}, "screen failed": BEFORE}.get(status, OPEN)
        expected = None if known.state in allowed else "wrong-order"
        found = self.attempt(
            lambda: enrolment.end(self.world.coordinator, known.row, known.version, status, "2026-03-02", "as told"), expected=expected
        )
        if found is not None:
            known.version, known.state = known.version + 1, status

    # ---------------------------------------------------------------- what always holds

    @invariant()
    def the_database_is_as_the_model(self):
        for code, known in self.known.items():
            row = Subject.objects.get(study=self.world.study, code=code)
            assert (row.state, row.version) == (known.state, known.version)
            assert json.loads(row.document)["patient"]["facts"] == known.facts
            assert bool(screening.signature_of(row)) == bool(known.holding)
            counting = Decision.objects.filter(subject=row, draft=False, superseded_by=None).count()
            assert counting == (1 if known.latest else 0)
            if known.enrolled_by is not None:
                assert Signature.objects.filter(decision__subject=row).exists()

    @invariant()
    def nothing_goes_away(self):
        there = AuditEntry.objects.count(), Decision.objects.count(), Signature.objects.count()
        assert all(now >= once for now, once in zip(there, self.least, strict=True))
        self.least = there


def live(world, examples, steps):
    machine = type("LifeHere", (Life,), {"world": world})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=checks))


@pytest.mark.req("T-20")
@pytest.mark.req("T-08")
def test_lives_are_as_the_model_says(world):
    live(world, 10, 16)


@pytest.mark.nightly
@pytest.mark.req("T-20")
@pytest.mark.req("T-08")
def test_many_long_lives(world):
    live(world, 100, 60)


@pytest.mark.req("T-08")
def test_a_differing_decision_voids_every_signature(world):
    # Signed on two days, both times under the same answer: neither signature outlives another answer.
    subject = world.decided()
    for day in (0, 1):
        with clock.standing_at(NOON + timedelta(days=day)):
            found = screening.decide(world.coordinator, subject)
            assert not isinstance(found, Refused)
            assert not isinstance(world.sign(subject), Refused)
    assert Signature.objects.filter(void=None).count() == 2
    changed = subjects.enter_facts(world.coordinator, subject, 1, [{"fact": "inr", "value": 9.5, "date": "2026-03-02"}])
    assert changed.change.shifts
    assert Signature.objects.filter(void=None).count() == 0
    assert screening.signature_of(subject) is None
