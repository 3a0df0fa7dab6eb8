"""The quicker `frozen` makes classes that behave as those of attrs do."""

import attrs
import pytest
from trialrules.dsl._frozen import frozen
from trialrules.dsl.source import Span, span_field


def pair(decorate):
    @decorate
    class Leaf:
        name: str
        child: object = None
        span: Span = span_field()

    @decorate
    class Empty:
        span: Span = span_field()

    return Leaf, Empty


OURS, THEIRS = pair(frozen), pair(attrs.frozen)


@pytest.mark.parametrize(("leaf", "empty"), [OURS, THEIRS], ids=["ours", "attrs"])
def test_values_are_compared_and_hashed_without_spans(leaf, empty):
    here, there = Span("a", 0, 1), Span("b", 2, 3)
    assert leaf("x", empty(), span=here) == leaf("x", empty(), span=there)
    assert len({leaf("x", 1, span=here), leaf("x", 1, span=there), leaf("y", 1), leaf("x", 2), empty(span=here), empty(span=there)}) == 4
    assert leaf("x") != leaf("y")
    assert leaf("x") != empty()
    assert empty() != leaf(None)
    assert leaf("x") != ("x", None)


@pytest.mark.parametrize(("leaf", "empty"), [OURS, THEIRS], ids=["ours", "attrs"])
def test_nodes_are_frozen_and_show_their_fields(leaf, empty):
    node = leaf("x", empty())
    assert repr(node) == "Leaf(name='x', child=Empty())"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        node.name = "y"
    assert not hasattr(node, "__dict__")
    assert attrs.evolve(node, name="y") == leaf("y", empty())


def test_without_equality_it_is_the_same_object_only():
    @frozen(eq=False)
    class Fact:
        name: str

    assert Fact("x") != Fact("x")
    assert len({Fact("x"), Fact("x")}) == 2


def test_a_node_that_holds_itself_can_be_shown():
    held = []
    node = OURS[0]("x", held)
    held.append(node)
    assert repr(node) == "Leaf(name='x', child=[...])"
