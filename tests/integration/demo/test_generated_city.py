"""A city written to files is taken by the same commands as a real one, and found as it was said to be."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.demo.generating import delivering
from creditbridge.demo.generating.drawing import City
from creditbridge.records import intake
from creditbridge.records.feeds import feeds
from creditbridge.registry import importing
from creditbridge.sheets.limits import OPERATOR
from tests.lake import opened


@pytest.fixture
def database(database, tmp_path):
    database.places["lake_folder"] = tmp_path / "lake"
    return database


def test_a_generated_city_is_taken_as_it_was_said_to_be(database, tmp_path):
    done = delivering.deliver(City(200, 6_000, 5, date(2026, 10, 31)), tmp_path, rows_in_a_file=4_000)
    with database.write() as session:
        register = tmp_path / delivering.FIRMS_FILE
        taken = importing.import_firms(session, None, register, register.name, limits=OPERATOR)
    assert (taken.created, taken.refused) == (200, 0)
    reports = [
        intake.take(database, feeds()[delivering.FEED], intake.Sent(tmp_path / name, name))
        for name in done.files
    ]
    assert sum(report.rows for report in reports) == done.rows
    assert sum(report.good_rows for report in reports) == done.accepted
    assert sum(report.duplicate_rows for report in reports) == done.duplicate
    assert sum(report.quarantined for report in reports) == done.incomplete + done.unknown_firm
    assert sum(report.figures()["unknown_firm"] for report in reports) >= done.unknown_firm
    assert sum(opened(database).rows().values()) == done.accepted
