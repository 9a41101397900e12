"""Nothing secret stands in a log, whatever goes wrong (ASVS 16.2.4, 16.2.5, 14.2.1)."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from creditbridge.app import logs
from creditbridge.store.database import Database

SECRET = "a-secret-nobody-may-read"


@pytest.fixture(autouse=True)
def set_up() -> None:
    logs.set_up()


def _fail() -> None:
    password = SECRET
    raise RuntimeError(f"{len(password)} signs")


def test_a_traceback_holds_no_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        _fail()
    except RuntimeError as error:
        structlog.get_logger().error("unexpected_error", exc_info=error)

    written = capsys.readouterr().out
    assert "_fail" in written
    assert SECRET not in written


def test_an_entry_is_one_line_of_json_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().warning("told", path='/a\n{"level": "forged"}')

    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    assert entry["level"] == "warning"
    assert entry["timestamp"].endswith("Z")


def test_libraries_write_in_the_same_form() -> None:
    handler = logging.StreamHandler()
    record = logging.LogRecord("rq", logging.WARNING, "file", 1, "a job\nfailed", None, None)
    handler.setFormatter(logs.formatter())

    assert json.loads(handler.format(record))["event"] == "a job\nfailed"


def test_a_database_error_does_not_repeat_the_values(database: Database) -> None:
    with database.read() as session, pytest.raises(SQLAlchemyError) as caught:
        session.execute(text("SELECT :value FROM no_such_table"), {"value": SECRET})

    assert SECRET not in str(caught.value)
