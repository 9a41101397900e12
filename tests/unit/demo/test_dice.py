"""Chance with a seed."""

from __future__ import annotations

from creditbridge.demo.dice import Dice, rounded
from creditbridge.kernel import ids


def test_the_same_seed_draws_the_same() -> None:
    assert [Dice("a").whole(0, 9**9) for _ in range(3)] == [Dice("a").whole(0, 9**9) for _ in range(3)]


def test_streams_do_not_disturb_each_other() -> None:
    left, right = Dice("a"), Dice("a")
    right.stream("names").whole(0, 100)
    assert left.stream("facts").whole(0, 9**9) == right.stream("facts").whole(0, 9**9)
    assert left.stream("facts").between(0, 1) != left.stream("names").between(0, 1)


def test_a_whole_number_reaches_both_ends() -> None:
    dice = Dice("ends")
    assert {dice.whole(1, 3) for _ in range(200)} == {1, 2, 3}


def test_a_weight_of_nought_is_never_drawn() -> None:
    dice = Dice("weights")
    assert {dice.weighted({"a": 1, "b": 0}) for _ in range(50)} == {"a"}


def test_a_bell_is_cut_at_both_ends() -> None:
    dice = Dice("bell")
    assert all(-1 <= dice.bell(0, 5, -1, 1) <= 1 for _ in range(100))


def test_sums_are_rounded_to_hundreds_of_yuan() -> None:
    assert rounded(1_234_567) == 1_230_000


def test_public_ids_can_be_drawn_from_a_seed() -> None:
    with ids.drawn_with(Dice("ids").pick):
        first = ids.public_id()
    with ids.drawn_with(Dice("ids").pick):
        again = ids.public_id()
    assert first == again
    assert len(first) == ids.LENGTH
    assert ids.public_id() != ids.public_id()
