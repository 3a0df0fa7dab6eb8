"""What a page costs does not grow with the study: plans of the worklist's queries at ten thousand subjects, and numbers of queries."""

from __future__ import annotations

import itertools
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from trialrules.service.ids import uuid7
from trialrules.service.models.decisions import Decision
from trialrules.service.models.subjects import Subject
from trialrules.service.models.worklist import Standing, StandingItem
from trialrules.service.pages.facets import Filters, chosen
from trialrules.service.pages.worklist import PAGE
from trialrules.service.work import subjects

MANY = 10_000


def columns(row, *without):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname not in without}


def many_subjects(world):
    """Ten thousand subjects as alike as the four of whom they are copies: decided, but for each fourth."""
    patterns = [
        world.decided("P-1"),
        world.decided("P-2", file="aclf_02_three_organs.json"),
        world.decided("P-3", file="aclf_03_missing_inr.json"),
        world.subject("P-4"),
    ]
    found = [one for one, _ in zip(itertools.cycle(patterns), range(MANY), strict=False)]
    sites = list(world.sites.values())
    made = Subject.objects.bulk_create(
        Subject(**columns(one, "id", "code", "site_id"), code=f"S-{at:05}", site=sites[at // 5 % len(sites)])
        for at, one in enumerate(found)
    )
    decisions = {one.pk: one.standing.decision for one in Subject.objects.exclude(standing=None).select_related("standing__decision")}
    pairs = [(subject, decisions[one.pk]) for subject, one in zip(made, found, strict=True) if one.pk in decisions]
    copies = Decision.objects.bulk_create(
        Decision(**{**columns(decision), "id": uuid7(), "subject_id": subject.pk, "site_id": subject.site_id, "result": "", "snapshot": ""})
        for subject, decision in pairs
    )
    Standing.objects.bulk_create(
        Standing(subject=subject, study=world.study, site_id=subject.site_id, decision=copy, word=copy.decision, provisional=False)
        for (subject, _), copy in zip(pairs, copies, strict=True)
    )
    items = {one.pk: list(StandingItem.objects.filter(subject=one)) for one in patterns}
    StandingItem.objects.bulk_create(
        StandingItem(**columns(item, "id", "subject_id", "site_id"), subject=subject, site_id=subject.site_id)
        for subject, one in zip(made, found, strict=True)
        for item in items[one.pk]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def steps_of(queryset):
    """The steps of a query's plan as the database tells them, a line each."""
    sql, parameters = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            return [row[3] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        (found,) = cursor.fetchone()
        waiting, steps = [(json.loads(found) if isinstance(found, str) else found)[0]["Plan"]], []
        while waiting:
            node = waiting.pop()
            steps.append(f"{node['Node Type']} {node.get('Relation Name', '')} {node.get('Index Name', '')}".strip())
            waiting += node.get("Plans", [])
        return steps


def reads_all(step):
    """Whether a step reads a whole table of subjects, or sorts what an index could give in order."""
    if connection.vendor == "sqlite":
        return step.startswith("SCAN") or "TEMP B-TREE" in step
    return step.startswith(("Seq Scan trialrules_subject", "Seq Scan trialrules_standing", "Sort", "Incremental Sort", "Hash"))


CHOICES = [
    Filters(), Filters(after="S-05000"), Filters(after="S-09949"), Filters(state="screening"), Filters(state="screening", after="S-09000"),
    Filters(site="GZ"), Filters(site="GZ", after="S-09000"), Filters(site="GZ", state="eligible"), Filters(q="S-01"),
    Filters(verdict="ineligible"), Filters(verdict="ineligible", after="S-09000"), Filters(verdict="none"), Filters(fails="E5"),
    Filters(fails="E5", after="S-05000"), Filters(missing="inr", state="screening"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["coordinator", "local"])
def test_ten_thousand_subjects_are_paged_by_index(world, name):
    many_subjects(world)
    sites = subjects.visible(world.users[name], world.study)
    found = {}
    for wanted in CHOICES:
        if name == "local" and wanted.site:
            assert not chosen(sites, world.study, wanted).exists()
            continue
        steps = steps_of(chosen(sites, world.study, wanted).order_by("code")[: PAGE + 1])
        if any(reads_all(step) for step in steps):
            found[wanted] = steps
    assert not found


# ---------------------------------------------------------------- numbers of queries

QUERIES = {
    "/s/aclf1/worklist": 16,
    "/s/aclf1/log": 8,
    "/s/aclf1/rules": 7,
    "/s/aclf1/board": 9,
    "/s/aclf1/soa": 7,
    "/s/aclf1/audit": 9,
    "/s/aclf1/subjects/S-01/page": 14,
    "/s/aclf1/subjects/S-01/why": 14,
    "/s/aclf1/subjects/S-01/criteria/I5": 11,
    "/s/aclf1/subjects/S-01/missing": 15,
    "/s/aclf1/subjects/S-01/sign": 14,
    "/s/aclf1/subjects/S-01/schedule": 10,
}
"""How many queries a page asks at most; five say who asks, how they signed in, whether a second factor is missing and what they may."""


def queries(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200, address
    return len(asked)


def too_many(client):
    """Pages that ask more than they should."""
    found = {address: queries(client, address) for address in QUERIES}
    return {address: count for address, count in found.items() if count > QUERIES[address]}


def measured_again(patient):
    """The same record with each value measured on twenty more days."""
    values = [fact for fact in patient["facts"] if "date" in fact and "value" in fact]
    more = [{**fact, "date": f"2026-02-{day:02}", "id": f"{at}/{day}"} for at, fact in enumerate(values) for day in range(1, 21)]
    return {**patient, "facts": [*patient["facts"], *more]}


def test_how_much_a_page_asks_hangs_neither_on_subjects_nor_on_facts(world, as_):
    world.enrolled("S-01")
    client = as_("investigator")
    for address in QUERIES:
        client.get(address)  # loads the rules, and notes that the session is in use
    assert too_many(client) == {}
    for at in range(2, 8):
        world.decided(f"S-{at:02}", file="aclf_03_missing_inr.json", change=measured_again)
    world.enrolled("S-08", change=measured_again)
    assert too_many(client) == {}
    assert {address: count for address, count in QUERIES.items() if queries(client, address.replace("S-01", "S-08")) > count} == {}
