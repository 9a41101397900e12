"""An invented city as files: the same bytes for the same seed, and rows as the register and the exchange carry them."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from creditbridge.demo.cli import demo
from creditbridge.demo.generating import delivering, registering
from creditbridge.demo.generating.drawing import City
from creditbridge.kernel import uscc
from creditbridge.records.catalogue import items

CITY = City(firms=600, records=40_000, seed=7, until=date(2026, 10, 31))


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    return folder, delivering.deliver(CITY, folder, rows_in_a_file=15_000)


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_city_is_the_same_bytes_and_another_seed_another(delivered, tmp_path):
    folder, _ = delivered
    delivering.deliver(CITY, tmp_path / "again", rows_in_a_file=15_000)
    assert contents(tmp_path / "again") == contents(folder)
    other = City(CITY.firms, CITY.records, 8, CITY.until)
    delivering.deliver(other, tmp_path / "again", rows_in_a_file=15_000)
    assert contents(tmp_path / "again")["records-001.parquet"] != contents(folder)["records-001.parquet"]


def test_files_hold_no_more_rows_than_a_batch_may_and_none_of_an_earlier_city_stays(tmp_path):
    delivering.deliver(CITY, tmp_path, rows_in_a_file=15_000)
    assert [pl.read_parquet(file).height for file in sorted(tmp_path.glob("*.parquet"))][:-1] == [15_000] * 2
    delivering.deliver(CITY, tmp_path)
    assert sorted(contents(tmp_path)) == ["firms.csv", "records-001.parquet"]


def test_firms_have_codes_and_names_of_their_own_and_some_things_are_not_stated(delivered):
    folder, _ = delivered
    firms = pl.read_csv(folder / "firms.csv", infer_schema=False)
    assert firms.height == CITY.firms
    codes = firms["统一社会信用代码"].to_list()
    assert {uscc.check(code).verdict for code in codes} == {uscc.UsccVerdict.VALID}
    assert firms["统一社会信用代码"].n_unique() == firms["企业名称"].n_unique() == CITY.firms
    assert 0.05 < (firms["行业代码"].fill_null("") == "").mean() < 0.2
    demo_codes = {uscc.synthetic(number, prefix=prefix) for number in range(2_000) for prefix in ("91", "92")}
    assert not demo_codes & set(codes)


def test_many_codes_at_once_are_those_made_one_by_one():
    numbers = np.array([0, 1, 9, 10, 123_456, 999_999])
    for prefix in ("91", "92", "93"):
        many = registering.invented_codes(np.full(len(numbers), prefix), numbers).to_list()
        assert many == [uscc.synthetic(number, prefix=prefix) for number in numbers.tolist()]


def test_rows_say_what_was_drawn_and_as_many_are_wrong_as_is_said(delivered):
    folder, done = delivered
    rows = pl.concat(pl.read_parquet(folder / name) for name in done.files)
    assert rows.height == done.rows == done.accepted + done.duplicate + done.incomplete + done.unknown_firm
    assert rows["record_id"].n_unique() == done.records == CITY.records
    assert set(rows["item"]) <= set(items())
    codes = set(pl.read_csv(folder / "firms.csv", infer_schema=False)["统一社会信用代码"])
    assert rows["uscc"].null_count() + rows["occurred_on"].null_count() == done.incomplete > 0
    assert (~rows["uscc"].drop_nulls().is_in(codes)).sum() == done.unknown_firm > 0
    assert done.late > 0


def test_the_command_says_what_it_wrote_and_refuses_what_no_memory_holds(tmp_path):
    asked = ["generate", "--firms", "50", "--records", "900", "--seed", "3", "--out", str(tmp_path / "city")]
    said = CliRunner().invoke(demo, [*asked, "--json"])
    figures = json.loads(said.stdout)
    assert (figures["firms"], figures["records"], figures["record_files"]) == (
        50,
        900,
        ["records-001.parquet"],
    )
    said = CliRunner().invoke(demo, asked)
    assert f"records import {tmp_path / 'city' / 'records-001.parquet'} --feed exchange" in said.stdout
    refused = CliRunner().invoke(demo, ["generate", "--firms", "1", "--records", "50000000"])
    assert refused.exit_code == 2
    assert "fewer records" in refused.output
