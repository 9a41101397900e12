"""Bitmaps count as sets do."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.labels import combining
from creditbridge.labels import index as label_index
from creditbridge.labels.index import Combination, build

KEYS = ("a", "b", "c", "d")
numbers = st.sets(st.integers(0, 200), max_size=60)
keys = st.lists(st.sampled_from((*KEYS, "nobody")), max_size=3).map(tuple)


@settings(max_examples=100, deadline=None)
@given(
    numbers,
    st.fixed_dictionaries(dict.fromkeys(KEYS, numbers)),
    keys,
    st.lists(keys.filter(bool), max_size=2).map(tuple),
    keys,
)
def test_a_combination_is_what_sets_say(
    every: set[int],
    members: dict[str, set[int]],
    all_of: tuple[str, ...],
    any_of: tuple[tuple[str, ...], ...],
    none_of: tuple[str, ...],
) -> None:
    held = {key: inside & every for key, inside in members.items()}
    index = build(sorted(every), [(key, sorted(inside)) for key, inside in held.items()])
    wanted = Combination(all_of, any_of, none_of)

    expected = set(every)
    for key in all_of:
        expected &= held.get(key, set())
    for group in any_of:
        expected &= set().union(*(held.get(key, set()) for key in group))
    for key in none_of:
        expected -= held.get(key, set())

    assert index.count(wanted) == len(expected)
    with patch.object(label_index, "COMPILED_FROM", 0):
        assert index.count(wanted) == len(expected)
    assert index.firm_nos(wanted).tolist() == sorted(expected)
    chosen = index.firm_nos(wanted)
    assert index.carried(KEYS, chosen).tolist() == [
        [number in held[key] for key in KEYS] for number in chosen.tolist()
    ]
    assert index.carried((), chosen).shape == (len(expected), 0)
    assert index.counts(KEYS) == {key: len(inside) for key, inside in held.items()}


def test_values_of_facts_stand_as_the_catalogue_has_them() -> None:
    keys = ["size:micro", "size:large", "size:small", "size:medium", "grade:B", "grade:A", "else:1"]
    found = combining.offered(keys)
    assert found["size"] == ["large", "medium", "small", "micro"]
    assert found["grade"] == ["A", "B"]
