"""The n latest records where ties and coarse dates leave them open: the same as trying every placing of every date."""

from itertools import combinations, product
from types import SimpleNamespace

from hypothesis import given, settings, strategies as st
from trialrules.engine.last import fewest, last_sets

DAYS = range(1, 5)


@st.composite
def records(draw):
    """Something like items: a day, perhaps with a time, or a stretch of days."""
    first = draw(st.sampled_from(DAYS))
    last = draw(st.integers(first, 4)) if draw(st.booleans()) else first
    seconds = draw(st.sampled_from([None, 8, 20])) if first == last else None
    return SimpleNamespace(first=first, last=last, seconds=seconds, offset=None)


def placings(items):
    """Each item on each of its days."""
    for days in product(*(range(item.first, item.last + 1) for item in items)):
        yield list(zip(days, items, strict=True))


def later(left, right):
    (day, item), (other_day, other) = left, right
    both = item.seconds is not None and other.seconds is not None
    return day > other_day or (day == other_day and both and item.seconds > other.seconds)


def tried(items, count):
    """The index sets that some placing allows."""
    found = set()
    for placed in placings(items):
        for chosen in combinations(range(len(items)), min(count, len(items))):
            left_out = [placed[index] for index in range(len(items)) if index not in chosen]
            if not any(later(other, placed[index]) for other in left_out for index in chosen):
                found.add(chosen)
    return found


@settings(max_examples=300)
@given(st.lists(records(), max_size=5), st.integers(1, 3))
def test_every_set_of_the_latest_is_found(items, count):
    indices = {id(item): index for index, item in enumerate(items)}
    found = [tuple(sorted(indices[id(item)] for item in some)) for some in last_sets(items, count)]
    assert len(found) == len(set(found))
    assert set(found) == tried(items, count)


@settings(max_examples=300)
@given(st.lists(st.tuples(records(), st.booleans(), st.booleans()), max_size=5), st.integers(1, 3))
def test_the_fewest_that_pass_are_found(drawn, count):
    least = count
    for chosen in product((True, False), repeat=len(drawn)):
        there = [record for record, wanted in zip(drawn, chosen, strict=True) if wanted or record[2]]
        passes = [record[1] for record in there]
        for some in tried([record[0] for record in there], count):
            least = min(least, sum(passes[index] for index in some))
    assert fewest(drawn, count, 4) == least


def test_more_ways_than_can_be_tried_are_too_many():
    items = [SimpleNamespace(first=1, last=1, seconds=None, offset=None) for _ in range(12)]
    assert last_sets(items, 6) is None
    assert len(last_sets(items, 1)) == len(items)
