from __future__ import annotations

from datetime import timedelta

import pytest
from trialrules import limits
from trialrules.service import clock
from trialrules.service.models.studies import RuleVersion
from trialrules.service.work import rules, screening
from trialrules.service.work.outcome import RefusedError, taken

from .world import code, rule_files

MAIN = "aclf_phase1.rules"


def changed(old="1.0 language", new="2.0 language"):
    """The included rules with one text in another's place."""
    main, texts = rule_files(MAIN)
    assert old in texts[main]
    return main, {**texts, main: texts[main].replace(old, new)}


@pytest.mark.req("T-18")
def test_a_version_goes_from_draft_to_force(world):
    version = taken(rules.import_version(world.writer, world.study, *changed(), note="new version"))
    assert (version.status, version.label) == ("draft", "2.0")
    assert code(rules.approve(world.investigator, version, "skip the review")) == "wrong-order"
    today = clock.today("Asia/Shanghai")
    assert code(rules.put_in_force(world.administrator, version, world.site, today, "too early")) == "not-approved"
    taken(rules.review(world.investigator, version, "read"))
    taken(rules.approve(world.administrator, version, "fine"))
    taken(rules.put_in_force(world.administrator, version, world.site, today + timedelta(days=2), "next round"))
    assert rules.current(world.site) == world.version
    with clock.standing_at(clock.now() + timedelta(days=2)):
        assert rules.current(world.site).label == "2.0"
        assert rules.current(world.other_site) == world.version


@pytest.mark.req("T-18")
def test_nobody_approves_rules_of_their_own(world):
    from trialrules.service.models.accounts import Role
    from trialrules.service.work import accounts

    for role in (Role.INVESTIGATOR, Role.ADMINISTRATOR):
        taken(accounts.grant(None, world.writer, world.study, role, reason="several hats"))
    version = taken(rules.import_version(world.writer, world.study, *changed()))
    assert code(rules.review(world.writer, version, "my own")) == "own-work"
    taken(rules.review(world.investigator, version, "read"))
    assert code(rules.approve(world.writer, version, "my own")) == "own-work"


@pytest.mark.req("T-18")
@pytest.mark.parametrize(
    ("what", "allowed"),
    [("review", {"writer", "investigator"}), ("approve", {"investigator", "administrator"}), ("retire", {"investigator", "administrator"})],
)
def test_who_may_advance(world, what, allowed):
    for role in ("writer", "coordinator", "investigator", "monitor", "administrator"):
        version = RuleVersion.objects.create(
            study=world.study, label=f"{what}-{role}", main=world.version.main, files=world.version.files, sha256=world.version.sha256,
            author=world.outsider, created=clock.now(), status="draft" if what == "review" else "reviewed",
        )  # fmt: skip
        found = getattr(rules, what)(world.users[role], version, "reason given")
        assert (getattr(found, "code", None) == "forbidden") == (role not in allowed), role


@pytest.mark.req("T-18")
def test_only_rules_in_force_decide_for_real(world):
    subject = world.subject()
    draft = taken(rules.import_version(world.writer, world.study, *changed()))
    trial = taken(screening.try_version(world.coordinator, subject, draft))
    assert trial.draft
    assert screening.latest(subject) is None
    real = taken(screening.decide(world.coordinator, subject)).new
    assert not real.draft
    assert real.rule_version == world.version


def test_without_rules_in_force_nothing_is_decided(world):
    subject = world.subject()
    taken(rules.retire(world.administrator, world.version, "withdrawn by the sponsor"))
    assert code(screening.decide(world.coordinator, subject)) == "no-rules"


def test_a_day_past_is_refused(world):
    day = clock.today("Asia/Shanghai") - timedelta(days=1)
    assert code(rules.put_in_force(world.administrator, world.version, world.site, day, "back dated")) == "day-past"


def test_rules_of_another_study_have_no_site_here(world, noon):
    from .world import World

    other = World("other")
    day = clock.today("Asia/Shanghai")
    assert code(rules.put_in_force(world.administrator, world.version, other.site, day, "wrong study")) == "not-found"
    assert code(rules.review(world.investigator, other.version, "not mine")) == "not-found"


def test_rules_with_errors_are_refused_with_their_diagnostics(world):
    found = rules.import_version(world.writer, world.study, *changed("aclf_phase1 version", "aclf_phase1 vision"))
    assert code(found) == "rules-wrong"
    assert found.more["diagnostics"]


def test_a_missing_library_is_an_error(world):
    main, texts = rule_files(MAIN)
    assert code(rules.import_version(world.writer, world.study, main, {main: texts[main]})) == "rules-wrong"


def test_a_library_alone_is_refused(world):
    _, texts = rule_files(MAIN)
    library = {"common.rules": texts["lib/common.rules"]}
    assert code(rules.import_version(world.writer, world.study, "common.rules", library)) == "rules-library"


@pytest.mark.parametrize("main", ["nothing.rules", "../aclf_phase1.rules", "lib/common.rules"])
def test_the_main_file_is_one_of_the_files_at_the_top(world, main):
    _, texts = rule_files(MAIN)
    assert code(rules.import_version(world.writer, world.study, main, texts)) == "main-missing"


def test_sizes_are_bounded(world):
    main, texts = rule_files(MAIN)
    assert code(rules.import_version(world.writer, world.study, main, {**texts, "x": "#" * (limits.MAX_FILE_BYTES + 1)})) == "too-large"
    many = {**texts, **{f"{n}.rules": "" for n in range(limits.MAX_INCLUDES + 1)}}
    assert code(rules.import_version(world.writer, world.study, main, many)) == "too-large"


def test_unused_files_are_not_kept(world):
    main, texts = changed()
    version = taken(rules.import_version(world.writer, world.study, main, {**texts, "notes.txt": "anything"}))
    assert set(version.files) == set(texts)
    assert rules.protocol_of(version).sha256 == version.sha256


def test_labels_are_taken_once(world):
    assert code(rules.import_version(world.writer, world.study, *rule_files(MAIN))) == "label-taken"
    assert code(rules.import_version(world.writer, world.study, *rule_files(MAIN), label="../x")) == "label-wrong"
    assert taken(rules.import_version(world.writer, world.study, *rule_files(MAIN), label="1.0 b")).label == "1.0 b"


@pytest.mark.parametrize("role", ["coordinator", "investigator", "monitor", "administrator"])
def test_only_writers_hand_in(world, role):
    assert code(rules.import_version(world.users[role], world.study, *changed())) == "forbidden"


def test_an_outsider_learns_nothing(world):
    assert code(rules.import_version(world.outsider, world.study, *changed())) == "not-found"
    with pytest.raises(RefusedError):
        rules.find(world.outsider, world.study, "1.0")
    assert rules.find(world.monitor, world.study, "1.0") == world.version


def test_tampered_files_do_not_decide(world):
    subject = world.subject()
    main = world.version.main
    world.version.files = {**world.version.files, main: world.version.files[main].replace("Asia/Shanghai", "Asia/Tokyo")}
    world.version.save()
    with pytest.raises(RuntimeError, match="handed in"):
        screening.decide(world.coordinator, subject)
