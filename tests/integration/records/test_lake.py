import os
import pickle
from datetime import date, timedelta

import polars as pl
import pytest

from creditbridge.kernel.errors import Conflict, NotFound
from creditbridge.records import compaction, manifest, overlays, segments
from creditbridge.records.buckets import BUCKETS, bucket_of
from creditbridge.records.overlaying import OverlayKind
from tests.lake import opened, put

DAY = date(2026, 6, 1)
TODAY = date(2026, 11, 28)
FINE, PAID = "penalty.fine", "tax.paid"


def fine(firm, day=DAY, ends=None, value=5_000_00):
    return firm, FINE, day, ends or day + timedelta(days=1), value


def values(records):
    return records.value.tolist()


def test_an_empty_lake_has_no_records(database):
    lake = opened(database)
    assert len(lake.read(3, TODAY)) == len(lake.read_firms([1, 2], TODAY)) == 0


def test_records_are_read_by_bucket_and_by_firm(database):
    put(database, [fine(1, value=11), fine(1 + BUCKETS, value=12), fine(2, value=21)])
    put(database, [fine(1, day=date(2026, 1, 1), value=10)])
    lake = opened(database)
    assert values(lake.read(bucket_of(1), TODAY)) == [10, 11, 12]
    assert values(lake.read_firms([2, 1], TODAY)) == [10, 11, 21]
    assert values(lake.read_firms([5], TODAY)) == []
    assert lake.read(1, TODAY).is_ordered()
    assert values(pickle.loads(pickle.dumps(lake)).read_firms([2], TODAY)) == [21]  # noqa: S301 - our own


def test_the_files_are_parquet_that_others_read(database):
    put(database, [fine(1, value=11), fine(1, day=date(2026, 1, 1), value=10)])
    lake = opened(database)
    frame = pl.read_parquet(lake.folder / lake.files[1][0])
    assert frame["value"].to_list() == [10, 11]
    assert frame.schema["item"] == pl.UInt16


def test_what_has_not_occurred_yet_does_not_count(database):
    put(database, [fine(1)])
    assert values(opened(database).read_firms([1], DAY - timedelta(days=1))) == []


def test_an_adverse_record_is_gone_five_years_after_its_end(database):
    put(
        database,
        [
            fine(1, day=date(2020, 1, 1), ends=date(2020, 2, 29)),
            (1, "registration.capital", date(2001, 1, 1), None, 7),
        ],
    )
    lake = opened(database)
    assert values(lake.read_firms([1], date(2025, 2, 27))) == [7, 5_000_00]
    assert values(lake.read_firms([1], date(2025, 3, 1))) == [7]


@pytest.mark.parametrize("kind", [OverlayKind.DISPUTED, OverlayKind.REPAIRED, OverlayKind.EXPIRED])
def test_an_overlaid_record_is_out_for_every_reader_until_it_is_lifted(database, kind):
    number, _ = put(database, [fine(1, value=1), fine(1, value=2)])
    with database.write() as session:
        overlays.lay(session, 1, number, kind, from_on=TODAY)
    lake = opened(database)
    assert values(lake.read(1, TODAY)) == values(lake.read_firms([1], TODAY)) == [2]
    assert values(lake.read(1, TODAY - timedelta(days=1))) == [1, 2]
    assert [one.kind for one in lake.overlays_of(1)] == [kind]
    assert len(lake.held_of(1)) == 2
    with database.write() as session:
        overlays.lift(session, 1, number, kind, on=TODAY)
    assert values(opened(database).read(1, TODAY)) == [1, 2]


def test_a_corrected_record_counts_with_the_right_values(database):
    first, second = put(database, [fine(1, value=1), fine(1, value=2)])
    with database.write() as session:
        overlays.lay(
            session, 1, first, OverlayKind.CORRECTED, from_on=TODAY, value=9, occurred_on=date(2026, 7, 1)
        )
        overlays.lay(session, 1, second, OverlayKind.CORRECTED, from_on=TODAY, withdrawn=True)
    records = opened(database).read(1, TODAY)
    assert (values(records), records.occurred_on.tolist()) == (
        [9],
        [(date(2026, 7, 1) - date(1970, 1, 1)).days],
    )


def test_overlays_go_onto_records_of_the_firm_and_once(database):
    (number,) = put(database, [fine(1)])
    with database.write() as session:
        overlays.lay(session, 1, number, OverlayKind.DISPUTED)
    with database.write() as session, pytest.raises(Conflict):
        overlays.lay(session, 1, number, OverlayKind.DISPUTED)
    with database.write() as session, pytest.raises(NotFound):
        overlays.lay(session, 2, number, OverlayKind.DISPUTED)
    with database.write() as session, pytest.raises(NotFound):
        overlays.lift(session, 1, number, OverlayKind.REPAIRED)


def test_a_lake_is_read_again_as_it_was(database):
    (number,) = put(database, [fine(1, value=1)])
    before = opened(database)
    put(database, [fine(1, value=2)])
    with database.write() as session:
        overlays.lay(session, 1, number, OverlayKind.DISPUTED, from_on=DAY)
    now = opened(database)
    assert values(now.read(1, TODAY)) == [2]
    assert values(now.at(before.watermark).read(1, TODAY)) == values(before.read(1, TODAY)) == [1]
    assert now.generation > before.generation
    compaction.compact(database, TODAY, most_files=1)
    assert values(opened(database).at(before.watermark).read(1, TODAY)) == [1]


def test_compaction_makes_one_file_and_changes_no_answer(database):
    for value in range(4):
        put(database, [fine(1, value=value), fine(2, value=value)])
    before = opened(database)
    assert compaction.compact(database, TODAY, most_files=2) == 2
    after = opened(database)
    assert [len(names) for names in after.files.values()] == [1, 1]
    for bucket in (1, 2):
        assert after.read(bucket, TODAY).record_no.tolist() == before.read(bucket, TODAY).record_no.tolist()
    assert compaction.compact(database, TODAY, most_files=2) == 0


def test_a_purge_takes_records_past_their_time_out_of_the_files(database):
    put(database, [fine(1, day=date(2020, 1, 1)), fine(1)])
    put(database, [fine(2, day=date(2020, 1, 1))])
    assert compaction.compact(database, date(2024, 1, 1)) == 0
    assert compaction.compact(database, TODAY) == 2
    assert opened(database).rows() == {1: 1}


def test_files_nobody_reads_any_more_are_removed_later(database):
    put(database, [fine(1)])
    put(database, [fine(1)])
    folder = opened(database).folder
    segments.write(folder / "01" / "stray.parquet", segments.mapped(folder / opened(database).files[1][0]))
    compaction.compact(database, TODAY, most_files=1)
    assert compaction.sweep(database) == 0
    os.utime(folder / "01" / "stray.parquet", (0, 0))
    assert compaction.sweep(database, timedelta(seconds=-5)) == 3
    assert len(opened(database).read(1, TODAY)) == 2


def test_two_changes_on_one_sight_of_the_list_do_not_both_go_through(database):
    with database.read() as session:
        seen = manifest.files_generation(session)
    put(database, [fine(1)])
    with database.write() as session, pytest.raises(Conflict):
        manifest.move(session, seen)


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(segments.BrokenSegment):
        segments.records(path)
    pl.DataFrame({"firm_no": [1, 2]}).write_parquet(path)
    with pytest.raises(segments.BrokenSegment):
        segments.records(path)
