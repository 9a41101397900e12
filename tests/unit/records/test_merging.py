import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.records import merging, source_keys

ENTRIES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=20)


def columns(entries, numbered=False):
    made = {name: np.zeros(len(entries), "i8") for name in merging.COMPARED}
    made["source_key"] = np.array([key for key, _ in entries], "i8")
    made["value"] = np.array([value for _, value in entries], "i8")
    if numbered:
        made["record_no"] = np.arange(len(entries), dtype="i8")
    return made


@given(ENTRIES, ENTRIES)
@settings(max_examples=100)
def test_the_last_entry_of_each_key_counts_and_only_what_differs_is_kept(held, new):
    in_force = dict(held)
    numbers = {key: number for number, (key, _) in enumerate(held)}
    said = dict(new)
    merged = merging.merge(columns(new), columns(held, numbered=True) if held else None)
    kept = [entry for entry, keep in zip(new, merged.kept, strict=True) if keep]
    assert dict(kept) == {key: value for key, value in said.items() if in_force.get(key) != value}
    assert len(kept) == len(dict(kept))
    assert {kept[by][0]: number for number, by in zip(merged.replaces, merged.by, strict=True)} == {
        key: numbers[key] for key, _ in kept if key in numbers
    }


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9)), st.lists(st.integers(0, 9)))
@settings(max_examples=200)
def test_held_keys_that_are_sent_again_are_found_and_no_others(sent, held):
    held = [*held, *sent[::2], *(key ^ 1 for key in sent)]
    rows = merging.SentKeys(np.array(sent, "i8")).rows_of(np.array(held, "i8"))
    assert rows.tolist() == [row for row, key in enumerate(held) if key in sent]


@given(ENTRIES, ENTRIES)
@settings(max_examples=100)
def test_it_is_enough_to_compare_with_what_has_a_key_that_is_sent(held, new):
    sent, known = columns(new), columns(held, numbered=True)
    rows = merging.SentKeys(sent["source_key"]).rows_of(known["source_key"])
    by_all = merging.merge(sent, known)
    by_some = merging.merge(sent, {name: column[rows] for name, column in known.items()})
    assert all(
        getattr(by_all, part).tolist() == getattr(by_some, part).tolist()
        for part in ("kept", "replaces", "by")
    )


def test_keys_stay_the_same_for_years():
    # Keys are stored: another function would take every entry sent again for a new one.
    import polars as pl

    base = source_keys.of_texts(pl.Series(["", "甬市监处罚〔2025〕1号", None]))
    assert [hex(value) for value in base.tolist()] == [
        "0xcbf29ce484222325",
        hex(fnv("甬市监处罚〔2025〕1号")),
        "0xcbf29ce484222325",
    ]
    mixed = source_keys.of_records(base, np.array([1, 2, 3]))
    assert len(set(mixed.tolist())) == 3


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value
