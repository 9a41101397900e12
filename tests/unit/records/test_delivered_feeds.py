"""Every feed that is delivered takes a table as a department's clerk writes it from the headings alone."""

from datetime import date

import pytest

from creditbridge.kernel import uscc
from creditbridge.records.feeds import STORED, feeds
from creditbridge.records.firm_index import FirmIndex
from creditbridge.records.mapping import Mapper
from creditbridge.records.sources import as_columns, open_source
from creditbridge.sheets.limits import UPLOAD
from creditbridge.sheets.writing import write_xlsx

CODE, OLD, NAME = uscc.synthetic(1), "330200000000012", "甲有限公司"
TODAY = date(2026, 11, 28)
DAYS = {
    "day": ["2025年3月1日", "2025/3/1", "45717"],
    "month_end": ["202503", "2025年3月"],
    "year_end": ["2024年度", "2024"],
}
FIRM = {"code": CODE, "old_number": OLD, "name": NAME}


def written(feed, code):
    """What a clerk may write into a column, as its use in the description asks."""
    for rule in feed.records:
        for day in (rule.occurred, rule.ends):
            if day is not None and day.column == code:
                return DAYS[day.kind]
    if texts := [text for rule in feed.records for text in values(rule, code)]:
        return texts
    if known := [FIRM[one.by] for one in feed.firm if one.column == code]:
        return known
    asked = (one for rule in feed.records for one in rule.when if one.column == code and not one.negated)
    return next(([*one.equals, *one.contains] for one in asked if one.equals or one.contains), None)


def values(rule, code):
    if code == rule.item_column:
        return ["tax.paid"]
    if rule.value is None or code not in (rule.value.column, rule.value.minus):
        return []
    if rule.value.unit == "grade":
        return [*rule.value.grades, *rule.item.grades]
    return ["120000"] if rule.value.unit == STORED else ["1,200"]


def cell(feed, code, place):
    texts = written(feed, code) or [f"甲〔2025〕{place}号"]
    return texts[place % len(texts)]


def rows_of(feed):
    return [[cell(feed, code, place) for code in feed.columns] for place in range(3)]


def problems(path, feed):
    index = FirmIndex([(1, CODE, OLD, NAME)])
    with open_source(path, path.name, feed, UPLOAD) as source:
        assert set(source.columns) == set(feed.columns)
        found = [
            one
            for stretch in source.stretches
            for one in Mapper(feed, index, TODAY).map(as_columns(stretch.frame, source, feed)).problems
        ]
    assert len(found) == 3
    return [one for one in found if one]


@pytest.mark.parametrize("code", sorted(feeds()))
def test_a_clerks_file_is_taken(code, tmp_path):
    feed = feeds()[code]
    header, rows = ["序号", *(title or name for name, title in feed.columns.items()), "备注"], rows_of(feed)
    lines = [[str(place), *row, ""] for place, row in enumerate(rows, start=1)]
    text = tmp_path / "a.csv"
    quoted = ["\r\n".join(",".join(f'"{one}"' for one in line) for line in [["填报表"], header, *lines])]
    text.write_bytes(quoted[0].encode("gb18030"))
    assert problems(text, feed) == []
    sheet = tmp_path / "a.xlsx"
    sheet.write_bytes(write_xlsx([f"{feed.name.zh}（2025 年）"], [header, *lines]))
    assert problems(sheet, feed) == []


@pytest.mark.parametrize("code", sorted(code for code, feed in feeds().items() if feed.also))
def test_a_file_that_calls_its_columns_otherwise_is_taken(code, tmp_path):
    feed = feeds()[code]
    header = [feed.also.get(name, [title])[-1] for name, title in feed.columns.items()]
    sheet = tmp_path / "a.xlsx"
    sheet.write_bytes(write_xlsx(header, rows_of(feed)))
    assert problems(sheet, feed) == []
