from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from creditbridge.kernel import uscc
from creditbridge.registry.cli import firms
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database

CODE = uscc.synthetic(1)


@dataclass
class Context:
    opened: Database

    def database(self) -> Database:
        return self.opened


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(
            firms, ["import", *arguments], obj=Context(database), catch_exceptions=False
        )

    return call


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a.csv"
    path.write_text(f"uscc,name,备注\n{CODE},甲,\nx,乙,\n", encoding="utf-8")
    return str(path)


def firm_count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Firm))


def test_json_is_one_object_whose_counts_add_up(run, file):
    printed = json.loads(run(file, "--json").stdout)
    assert printed == {
        "rows": 2,
        "accepted": 1,
        "warned": 0,
        "refused": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
    }


def test_a_dry_run_writes_nothing(run, file, database):
    result = run(file, "--dry-run")
    assert (result.exit_code, firm_count(database)) == (0, 0)
    assert "未写入任何内容" in result.stdout


def test_people_are_told_the_counts_the_unread_columns_and_the_reasons(run, file):
    printed = run(file).stdout
    assert "新增企业" in printed
    assert "未读取的列：备注" in printed
    assert "长度不符" in printed


def test_an_english_terminal_reads_english(run, file, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "firms created" in run(file).stdout


def test_long_lists_are_cut_with_a_hint(run, tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("uscc,name\n" + "x,甲\n" * 30, encoding="utf-8")
    assert "另有 10 行" in run(str(path)).stdout


def test_refused_rows_are_written_to_a_file(run, file, tmp_path):
    run(file, "--refused", str(tmp_path / "refused.csv"))
    assert (tmp_path / "refused.csv").read_text("utf-8-sig").splitlines()[0] == "uscc,name,备注,未接收原因"


def test_a_missing_folder_for_refused_rows_is_told_before_anything_is_written(run, file, database):
    assert run(file, "--refused", "/nowhere/refused.csv").exit_code == 2
    assert firm_count(database) == 0


def test_a_map_is_read(run, tmp_path, database):
    (tmp_path / "c.csv").write_text(f"甲,乙\n{CODE},某公司\n", encoding="utf-8")
    (tmp_path / "map.json").write_text('{"columns": {"甲": "uscc", "乙": "name"}}', encoding="utf-8")
    assert run("c.csv", "--map", "map.json").exit_code == 0
    assert firm_count(database) == 1


def test_a_reason_for_check_digits_is_taken(run, tmp_path, database, wrong_digit):
    (tmp_path / "d.csv").write_text(f"uscc,name\n{wrong_digit},甲\n", encoding="utf-8")
    run("d.csv", "--accept-check-digit", "已核对")
    with database.read() as session:
        assert session.scalars(select(Firm.identity_status)).one() == "overridden"


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "文件是空的"), ("a,b\n1,2\n", "缺少必需的列"), ('uscc,name\n"open', "引号不配对")],
)
def test_a_file_that_cannot_be_read_ends_with_one_clear_line(run, tmp_path, content, says):
    (tmp_path / "e.csv").write_text(content, encoding="utf-8")
    result = run("e.csv", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_absent_file_is_a_usage_error(run):
    assert run("absent.csv").exit_code == 2


def test_a_workbook_is_imported(run, tmp_path, database):
    from creditbridge.sheets.writing import write_xlsx

    (tmp_path / "f.xlsx").write_bytes(write_xlsx(["uscc", "name"], [[CODE, "甲"]]))
    assert run("f.xlsx").exit_code == 0
    assert firm_count(database) == 1
