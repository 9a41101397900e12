"""Taking batches: what becomes of good and of bad input, and that a batch is in the lake wholly or not at all."""

import io
import json
import zipfile
from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from creditbridge.kernel import uscc
from creditbridge.kernel.errors import Conflict, DuplicateRequest, InvalidInput
from creditbridge.records import batches, catalogue, compaction, intake, manifest, sources
from creditbridge.records.batch_report import Sent
from creditbridge.records.cli import records
from creditbridge.records.columns import NO_DAY, day_number
from creditbridge.records.feeds import feeds
from creditbridge.records.quarantine import LINE, PROBLEM
from creditbridge.sheets.limits import UPLOAD
from creditbridge.sheets.writing import write_csv, write_xlsx
from tests.firms import register_firm
from tests.lake import opened

TODAY = date(2026, 11, 28)
HEAD = "uni_social_crd_cd,busexclist,inclu_dt,remove_dt,inclu_reason"
TAX_HEAD = "uni_social_crd_cd,coll_item,rkrq,paid_amt,yzpzxh"


@pytest.fixture
def firms(database):
    with database.write() as session:
        return [register_firm(session) for _ in range(3)]


@pytest.fixture
def send(database, tmp_path):
    def take(content, feed="abnormal_list", name="a.csv", **options):
        path = tmp_path / f"sent-{name}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        reference = options.pop("reference", "")
        return intake.take(database, feeds()[feed], Sent(path, name, reference), **options)

    return take


def listing(*rows, head=HEAD):
    return "\n".join([head, *(",".join(row) for row in rows)]) + "\n"


def codes_of(records):
    return sorted(catalogue.numbered()[number].code for number in records.item.tolist())


def refused(database, report, locale="en"):
    with database.read() as session:
        header, rows = batches.quarantined_rows(session, batches.batch(session, report.batch_id), locale)
        return header, list(rows)


def test_rows_become_records_of_their_firms(database, firms, send):
    report = send(
        listing(
            (firms[0].uscc, "1", "2025-03-01", "", "未按规定公示年度报告"),
            (firms[1].uscc, "2", "2025/4/1", "2025-06-01 10:00:00", "通过登记的住所无法联系"),
        )
    )
    assert (report.rows, report.good_rows, report.records, report.quarantined) == (2, 2, 3, 0)
    lake = opened(database)
    first = lake.read_firms([firms[0].firm_no], TODAY)
    assert codes_of(first) == ["penalty.abnormal_report"]
    assert (first.occurred_on[0], first.ends_on[0]) == (day_number(date(2025, 3, 1)), NO_DAY)
    second = lake.read_firms([firms[1].firm_no], TODAY)
    assert codes_of(second) == ["penalty.abnormal_removed", "penalty.abnormal_unreachable"]


def test_a_batch_is_taken_once_by_name_and_by_content(database, firms, send):
    content = listing((firms[0].uscc, "1", "2025-03-01", "", "年报"))
    send(content, reference="B1")
    with pytest.raises(DuplicateRequest) as same:
        send(content, name="other.csv", reference="B2")
    assert same.value.code == "batch_taken"
    with pytest.raises(DuplicateRequest) as named:
        send(content.replace("2025-03-01", "2025-03-02"), reference="B1")
    assert named.value.code == "reference_taken"
    assert sum(opened(database).rows().values()) == 1


def test_an_entry_sent_again_is_a_duplicate_and_a_changed_one_replaces_it(database, firms, send):
    row = (firms[0].uscc, "1", "2025-03-01", "", "年报")
    send(listing(row), reference="B1")
    before = opened(database)
    again = send(listing(row, (firms[1].uscc, "2", "2025-03-01", "", "年报")), reference="B2")
    assert (again.duplicate_rows, again.good_rows, again.records) == (1, 1, 1)
    changed = send(listing((firms[0].uscc, "1", "2025-03-01", "2025-09-01", "年报")), reference="B3")
    assert (changed.records, changed.replaced) == (2, 1)
    lake = opened(database)
    held = lake.read_firms([firms[0].firm_no], TODAY)
    assert codes_of(held) == ["penalty.abnormal_removed", "penalty.abnormal_report"]
    assert NO_DAY not in held.ends_on
    assert lake.at(before.watermark).read_firms([firms[0].firm_no], TODAY).ends_on.tolist() == [NO_DAY]
    compaction.compact(database, TODAY, most_files=1)
    assert len(opened(database).read_firms([firms[0].firm_no], TODAY)) == 2


def test_what_is_wrong_with_a_row_is_told_and_it_can_be_mended_and_sent_again(database, firms, send):
    code = firms[0].uscc
    look_alike = code.replace("0", "O", 1)
    report = send(
        listing(
            (code, "1", "2025-02-30", "", "年报"),
            (look_alike, "2", "2025-03-01", "", "年报"),
            (uscc.synthetic(999_999), "3", "2025-03-01", "", "年报"),
            ("", "4", "2025-03-01", "", "年报"),
            (code, "5", "2025-03-01", "", "其他"),
            (code, "6", "2025-03-01", "2024-01-01", "年报"),
            (code, "7", "2031-01-01", "", "年报"),
            (code, "8", "", "", "年报"),
            (code, "9", "2025-03-01", "", "年报"),
        )
    )
    assert (report.rows, report.good_rows, report.quarantined) == (9, 1, 8)
    figures = report.figures()
    assert (figures["unknown_firm"], figures["out_of_range"], figures["incomplete"]) == (3, 2, 2)
    header, rows = refused(database, report)
    assert header == [*HEAD.split(","), "Problem"]
    said = [row[-1] for row in rows]
    for place, words in enumerate(
        (
            "2025-02-30",
            "Did you mean",
            "No such firm",
            "not given",
            "does not fit",
            "before it",
            "out of range",
            "missing",
        )
    ):
        assert words in said[place], (place, said[place])
    mended = [[*row[:2], "2025-02-28", *row[3:]] for row in rows[:1]]
    again = send(write_csv(header, mended), name="mended.csv")
    assert (again.good_rows, again.quarantined) == (1, 0)


def test_amounts_state_their_unit_or_are_in_the_columns(database, firms, send):
    code = firms[0].uscc
    report = send(
        listing(
            (code, "增值税", "2026-11-01", "1234.5", "1"),
            (code, "增值税", "2026-11-01", '"1,234.50"', "2"),
            (code, "增值税", "2026-11-01", "3.5万元", "3"),
            (code, "企业所得税", "2026-11-01", "￥12元", "4"),
            (code, "增值税", "2026-11-01", "约5万", "5"),
            (code, "增值税", "2026-11-01", "100美元", "6"),
            (code, "增值税", "2026-11-01", "-5", "7"),
            (code, "增值税", "2026-11-01", "", "8"),
            (code, "增值税", "2026-11-01", "1e300", "9"),
            head=TAX_HEAD,
        ),
        feed="taxes_paid",
    )
    assert (report.good_rows, report.quarantined, report.late) == (4, 5, 0)
    values = opened(database).read_firms([firms[0].firm_no], TODAY).value.tolist()
    assert sorted(values) == [12_00, 1234_50, 1234_50, 35_000_00]
    problems = report.figures()["problems"]
    assert problems == {"number_wrong": 2, "number_out_of_range": 2, "number_missing": 1}


@pytest.mark.parametrize("form", ["gb18030", "bom", "titles", "xlsx", "parquet", "tsv"])
def test_files_of_every_kind_are_taken(database, firms, send, form):
    code = firms[0].uscc
    rows = [(code, "1", "2025-03-01", "", "未公示年度报告"), (code, "2", "2025-04-01", "", "住所无法联系")]
    head = "统一社会信用代码,经营异常名录id,列入日期,移出日期,列入经营异常名录原因"
    content, name = listing(*rows, head=head if form in ("titles", "gb18030") else HEAD).encode(), "a.csv"
    if form == "gb18030":
        content = content.decode().encode("gb18030")
    elif form == "bom":
        content = b"\xef\xbb\xbf" + content
    elif form == "tsv":
        content, name = content.replace(b",", b"\t"), "a.tsv"
    elif form == "xlsx":
        content, name = write_xlsx(HEAD.split(","), rows), "a.xlsx"
    elif form == "parquet":
        frame = pl.DataFrame(rows, schema=HEAD.split(","), orient="row")
        frame = frame.with_columns(pl.col("inclu_dt").str.to_date())
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        content, name = buffer.getvalue(), "a.parquet"
    report = send(content, name=name)
    assert (report.good_rows, report.quarantined) == (2, 0)
    assert codes_of(opened(database).read_firms([firms[0].firm_no], TODAY)) == [
        "penalty.abnormal_report", "penalty.abnormal_unreachable",
    ]  # fmt: skip


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * 300_000_000 + b"</a>")
    return buffer.getvalue()


def repeated(rows, signs):
    """A small file in which one text of a dictionary stands in every row."""
    one = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * signs]))
    table = pa.table(dict.fromkeys(HEAD.split(","), one))
    buffer = io.BytesIO()
    pq.write_table(
        table, buffer, use_dictionary=True, store_schema=False, dictionary_pagesize_limit=4_000_000
    )
    assert len(buffer.getvalue()) < 4_000_000
    return buffer.getvalue()


LISTED = (
    "统一社会\n信用代码",
    "经营异常名录id",
    "列入日期",
    "移出日期",
    "列入经营异常名录原因",
    "备注",
    "备注",
)


@pytest.mark.parametrize("form", ["gb18030", "utf-8-sig", "xlsx"])
def test_a_list_as_a_department_keeps_it_is_taken(database, firms, send, form):
    wide = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in "0123456789"})
    code = firms[0].uscc
    rows = [
        ("1", code, "2025年3月1日"), ("2", code.translate(wide), "2025.3.1"), ("3", code, "２０２５/３/１"),
        ("4", code, "45717"), ("5", code, "2025-02-30"), ("合计", "", ""),
    ]  # fmt: skip
    above = [("2025 年经营异常名录",), ("填报单位：市局", "", "填报日期：3 月")]
    width = len(LISTED)
    lines = [
        *(row + ("",) * (width - len(row)) for row in above),
        LISTED,
        *((who, number, day, "", "年报", "", "") for number, who, day in rows),
    ]
    if form == "xlsx":
        content = write_xlsx(lines[0], lines[1:])
    else:
        text = "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
        content = (text + "\r\n\r\n").encode(form)
    report = send(content, name="a.xlsx" if form == "xlsx" else "a.csv")
    assert (report.records, report.quarantined) == (4, 2)
    held = opened(database).read_firms([firms[0].firm_no], TODAY)
    assert set(held.occurred_on.tolist()) == {day_number(date(2025, 3, 1))}
    _, told = refused(database, report)
    assert len(told) == 2


def test_what_is_missing_is_told_of_the_row_that_is_most_like_a_header(database, firms, send):
    with pytest.raises(InvalidInput) as error:
        send("2025 年经营异常名录,,\n统一社会信用代码,经营异常名录id,列入日期,移出日期\n1,2,3,4\n")
    assert "列入经营异常名录原因" in error.value.words.zh
    assert "列入日期" not in error.value.words.zh.replace("列入经营异常名录原因", "")


@pytest.mark.parametrize("largest_group", [1 << 20, 100])
@pytest.mark.parametrize(
    ("rows", "signs", "code"),
    [(50_000, 500_000, "cell_too_long"), (50_000, 100_000, "file_unpacks_too_large")],
)
def test_a_small_file_that_unpacks_to_a_thousand_times_its_size_is_refused(
    database, send, monkeypatch, largest_group, rows, signs, code
):
    monkeypatch.setattr(sources, "_LARGEST_GROUP", largest_group)
    with pytest.raises(InvalidInput) as refusal:
        send(repeated(rows, signs), name="a.parquet", limits=UPLOAD)
    assert refusal.value.code == code
    assert opened(database).rows() == {}


def test_a_file_of_thousands_of_columns_is_refused(send):
    wide = ",".join([HEAD, *(f"c{place}" for place in range(UPLOAD.columns))]) + "\n"
    with pytest.raises(InvalidInput) as refusal:
        send(wide, limits=UPLOAD)
    assert refusal.value.code == "too_many_columns"


def parquet_bytes():
    buffer = io.BytesIO()
    pl.DataFrame({name: ["x"] * 100 for name in HEAD.split(",")}).write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        ("a,b\n1,2\n", "a.csv", "missing_columns"),
        (f"{HEAD},{HEAD.split(',', maxsplit=1)[0]}\n", "a.csv", "duplicate_header"),
        (HEAD.encode() + b"\n" + "一二三四五六七八".encode() + b"," + "年报".encode("gb18030") + b",,,\n", "a.csv", "file_encoding"),
        (parquet_bytes()[:-40], "a.parquet", "file_damaged"),
        (parquet_bytes(), "a.csv", "file_format_mismatch"),
        (b"", "a.csv", "file_empty"),
        (b"x", "a.pdf", "file_format"),
        (b"PK\x03\x04 broken", "a.xlsx", "file_damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_whole(database, firms, send, content, name, code):
    with pytest.raises(InvalidInput) as error:
        send(content, name=name)
    assert error.value.code == code
    assert "Parquet magic" not in error.value.words.zh, "what a library says is no Chinese"
    assert opened(database).rows() == {}
    with database.read() as session:
        (batch,) = batches.listed(session).batches
        assert (batch.state, batch.records) == ("failed", 0)
        assert batch.problem


def test_a_zip_bomb_is_refused_before_it_costs_memory(database, firms, send):
    from creditbridge.sheets.limits import UPLOAD

    with pytest.raises(InvalidInput) as error:
        send(bomb(), name="a.xlsx", limits=UPLOAD)
    assert error.value.code == "file_unpacks_too_large"
    assert opened(database).rows() == {}
    with database.read() as session:
        assert [batch.state for batch in batches.listed(session).batches] == ["failed"]


def test_a_parquet_file_broken_within_leaves_nothing_of_its_good_part(database, firms, send):
    buffer = io.BytesIO()
    rows = pl.DataFrame({name: [f"{name}{n}" for n in range(4_000)] for name in HEAD.split(",")})
    rows.write_parquet(buffer, row_group_size=1_000, compression="zstd")
    content = bytearray(buffer.getvalue())
    middle = len(content) * 3 // 5
    content[middle : middle + 400] = bytes(400)
    with pytest.raises(InvalidInput) as error:
        send(bytes(content), name="a.parquet")
    assert error.value.code == "file_damaged"
    assert opened(database).rows() == {}


def test_refused_rows_are_told_by_the_line_on_which_they_stand(database, firms, send, monkeypatch):
    monkeypatch.setattr(
        sources, "_BLOCK", 400
    )  # some of the broken lines are met while another stretch is read
    monkeypatch.setattr(sources, "_BLOCKS", 2)
    good = (firms[0].uscc, "1", "2024-03-01", "", "年报")
    wrong, broken = (*good[:2], "2024-02-30", *good[3:]), (*good, "too", "many")
    rows = [broken if line % 7 == 0 else wrong if line % 5 == 0 else good for line in range(2, 62)]
    report = send(listing(*rows))
    held = pl.read_parquet(report.quarantine)
    told = list(zip(held[LINE], held[PROBLEM].str.split("@").list.first(), strict=True))
    assert sorted(told) == [
        (line, "cells_wrong" if line % 7 == 0 else "date_wrong")
        for line in range(2, 62)
        if line % 7 == 0 or line % 5 == 0
    ]


def test_rows_with_too_many_cells_go_to_quarantine(database, firms, send):
    code = firms[0].uscc
    report = send(f"{HEAD}\n{code},1,2025-03-01,,年报,x,y\n{code},2,2025-03-01,,年报\n")
    assert (report.rows, report.good_rows, report.quarantined) == (2, 1, 1)
    assert "cells" in refused(database, report)[1][0][-1]


def test_a_dry_run_says_the_same_and_writes_nothing(database, firms, send):
    content = listing((firms[0].uscc, "1", "2025-03-01", "", "年报"), ("x", "2", "2025-03-01", "", "年报"))
    tried = send(content, dry_run=True)
    assert opened(database).rows() == {}
    with database.read() as session:
        assert not batches.listed(session).batches
    taken = send(content)
    for name in ("rows", "good_rows", "quarantined", "records", "problems"):
        assert getattr(tried, name) == getattr(taken, name)


def test_a_crash_before_the_commit_leaves_nothing_to_see(database, firms, send, monkeypatch):
    content = listing((firms[0].uscc, "1", "2025-03-01", "", "年报"))

    def killed(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(batches, "mark_taken", killed)
        with pytest.raises(KeyboardInterrupt):
            send(content)
    assert opened(database).rows() == {}
    assert send(content).records == 1
    assert sum(opened(database).rows().values()) == 1


def test_a_lake_changed_meanwhile_is_merged_anew(database, firms, send, monkeypatch):
    content = listing((firms[0].uscc, "1", "2025-03-01", "", "年报"))
    merge, seen = intake.merging.merge, []

    def meanwhile(new, held):
        if not seen:
            seen.append(1)
            with database.write() as session:
                manifest.move(session, manifest.files_generation(session))
        return merge(new, held)

    monkeypatch.setattr(intake.merging, "merge", meanwhile)
    assert send(content).records == 1
    assert sum(opened(database).rows().values()) == 1


def test_two_intakes_at_once_do_not_mix(database, firms, send, tmp_path):
    with database.read() as session:
        folder = manifest.folder(session)
    with intake._alone(folder), pytest.raises(Conflict):
        send(listing((firms[0].uscc, "1", "2025-03-01", "", "年报")))


def test_firms_are_found_by_organisation_code_and_by_name(database, firms, send):
    organisation = firms[0].uscc[8:17]
    head = "creditcode,comp_nm,cogn_year"
    report = send(
        listing(
            (organisation, "别名", "2025"), ("", firms[1].name, "2025"), ("", "没有的企业", "2025"), head=head
        ),
        feed="tech_micro",
    )
    assert (report.good_rows, report.quarantined) == (2, 1)
    assert opened(database).read_firms([firms[1].firm_no], TODAY).occurred_on.tolist() == [
        day_number(date(2025, 12, 31))
    ]


def test_the_command_reports_as_json_and_writes_the_quarantine(database, firms, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        listing((firms[0].uscc, "1", "2025-03-01", "", "年报"), ("x", "2", "2025-03-01", "", "年报"))
    )
    context = type("Context", (), {"database": staticmethod(lambda: database)})
    run = CliRunner().invoke
    done = run(records, ["import", str(path), "--feed", "abnormal_list", "--json"], obj=context)
    report = json.loads(done.stdout)
    assert (report["rows"], report["accepted"], report["quarantined"]) == (2, 1, 1)
    out = tmp_path / "bad.csv"
    assert run(records, ["quarantine", report["batch"], "--out", str(out)], obj=context).exit_code == 0
    assert "x,2,2025-03-01" in out.read_text("utf-8-sig")
    again = run(records, ["import", str(path), "--feed", "abnormal_list"], obj=context)
    assert again.exit_code == 1
    assert run(records, ["import", str(path), "--feed", "nothing"], obj=context).exit_code == 2
    assert run(records, ["compact"], obj=context).exit_code == 0


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_that_calls_its_columns_otherwise_is_taken_and_told_in_its_own_words(
    database, firms, send, form
):
    header = ["序号", "社会信用代码", "行政处罚决定书文号", "处罚决定日期", "罚款金额（万元）"]
    rows = [
        ("1", firms[0].uscc, "甲〔2025〕1 号", "2025-03-01", "1.5"),
        ("2", firms[0].uscc, "甲2", "2025-02-30", "1"),
    ]
    content = write_xlsx(header, rows) if form == "xlsx" else listing(*rows, head=",".join(header))
    report = send(content, feed="tax_penalties", name=f"a.{form}")
    assert (report.good_rows, report.quarantined) == (1, 1)
    assert report.figures()["headings"]["uni_social_crd_cd"] == "社会信用代码"
    held = opened(database).read_firms([firms[0].firm_no], TODAY)
    assert set(held.value.tolist()) == {15_000_00}
    told, waiting = refused(database, report, "zh")
    assert told == [*header, "问题"]
    assert waiting[0][-1] == "日期有误（处罚决定日期：2025-02-30）。"


def test_what_a_workbook_with_titles_above_lacks_is_told_alone(send):
    lines = [("经营异常名录", "", "", ""), ("填报：甲", "", "填报日期", ""), LISTED[:4], ("1", "2", "3", "4")]
    with pytest.raises(InvalidInput) as error:
        send(write_xlsx(lines[0], lines[1:]), name="a.xlsx")
    assert error.value.code == "missing_columns"
    assert "列入经营异常名录原因" in error.value.words.zh
    assert "移出日期（" not in error.value.words.zh
