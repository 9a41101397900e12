"""Suggestions: never over a limit, never worth less than the greedy ones, and sometimes worth more."""

from itertools import product as every

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.needs.assigning import Edge, Room, assign, fits, greedy, worth

WAN = 1_000_000


def edge(need, lender, score, amount=100, product=None):
    return Edge(need, lender, lender * 10 if product is None else product, score, amount * WAN)


def best_by_trying(edges, room):
    """Every choice of one edge or none for each need."""
    needs = sorted({each.need for each in edges})
    choices = [[None, *(each for each in edges if each.need == need)] for need in needs]
    found = ([each for each in chosen if each] for chosen in every(*choices))
    return max(worth(chosen) for chosen in found if fits(chosen, room))


def test_the_whole_is_better_than_the_best_first():
    edges = [edge(1, 1, 90), edge(1, 2, 85), edge(2, 1, 88)]
    room = Room({1: 1, 2: 1})
    assert [(each.need, each.lender) for each in greedy(edges, room)] == [(1, 1)]
    assert [(each.need, each.lender) for each in assign(edges, room)] == [(1, 2), (2, 1)]
    assert worth(assign(edges, room)) > worth(greedy(edges, room))


def test_quotas_in_money_are_kept():
    edges = [edge(1, 1, 90, 300), edge(2, 1, 80, 200), edge(3, 1, 80, 200)]
    room = Room(fen={10: 400 * WAN})
    assert [each.need for each in greedy(edges, room)] == [1]
    assert [each.need for each in assign(edges, room)] == [2, 3]


def test_a_need_gets_one_lender_and_nobody_is_forced():
    edges = [edge(1, 1, 50), edge(1, 2, 60)]
    assert [each.lender for each in assign(edges, Room())] == [2]
    assert assign(edges, Room({1: 0, 2: 0})) == []
    assert assign([], Room()) == []


instances = st.lists(
    st.builds(
        Edge,
        need=st.integers(1, 5),
        lender=st.integers(1, 3),
        product=st.integers(1, 3),
        score=st.integers(0, 100),
        amount_fen=st.integers(1, 400).map(lambda wan: wan * WAN),
    ),
    max_size=9,
    unique_by=lambda each: (each.need, each.lender),
)
rooms = st.builds(
    Room,
    needs=st.dictionaries(st.integers(1, 3), st.integers(0, 3)),
    fen=st.dictionaries(st.integers(1, 3), st.integers(0, 800).map(lambda wan: wan * WAN)),
)


@settings(max_examples=60)
@given(instances, rooms)
def test_the_assignment_is_the_best_there_is(edges, room):
    amounts = {}
    edges = [
        Edge(each.need, each.lender, each.product, each.score, amounts.setdefault(each.need, each.amount_fen))
        for each in edges
    ]
    chosen = assign(edges, room)
    assert fits(chosen, room)
    assert worth(chosen) >= worth(greedy(edges, room))
    if edges:
        assert worth(chosen) == best_by_trying(edges, room)
