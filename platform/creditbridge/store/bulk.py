"""Many rows at once, beside the session: what a city is written with.

Rows are tuples, in the order of the columns that are named. They go to the driver as they are, to PostgreSQL by COPY:
no statement is built and no object made for a row. Nothing is flushed first, and what a session has loaded of these
rows is not refreshed. A JSON value is given as its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, Dialect, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Row = tuple[Any, ...]


ROOM_KB = 131_072


def make_room(session: Session) -> None:
    """Let SQLite hold in memory what a large transaction touches; it stays so for this connection.

    With the 2 MB that are usual, pages of indexes are written out and read again many times before the transaction ends.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{ROOM_KB}")


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of these columns; the others take the database's defaults."""
    connection = session.connection()
    dialect = connection.dialect
    told = _told(dialect, table, columns, rows)
    names = ", ".join(_name(dialect, table, column) for column in columns)
    place = dialect.identifier_preparer.format_table(table)
    if dialect.name == "postgresql":
        _copy(session, f"COPY {place} ({names}) FROM STDIN", told)
    elif given := list(told):
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {place} ({names}) VALUES ({marks})", given)  # noqa: S608 - our own names


def update_rows(
    session: Session, table: Table, key: str, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    """Set these columns of the row whose key is the last value of each tuple."""
    connection = session.connection()
    dialect = connection.dialect
    given = list(_told(dialect, table, (*columns, key), rows))
    if given:
        mark = "%s" if dialect.name == "postgresql" else "?"
        names = ", ".join(f"{_name(dialect, table, column)} = {mark}" for column in columns)
        place = dialect.identifier_preparer.format_table(table)
        where = _name(dialect, table, key)
        connection.exec_driver_sql(f"UPDATE {place} SET {names} WHERE {where} = {mark}", given)  # noqa: S608 - our own names


def _name(dialect: Dialect, table: Table, column: str) -> str:
    return dialect.identifier_preparer.format_column(table.c[column])


def _told(dialect: Dialect, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> Iterable[Row]:
    """Rows as the driver takes them: days and instants in the form in which the database has them."""
    readers: list[tuple[int, Callable[[Any], Any]]] = []
    for place, column in enumerate(columns):
        kind = table.c[column].type.dialect_impl(dialect)
        reader = None if isinstance(kind, JSON) else kind.bind_processor(dialect)
        if reader is not None:
            readers.append((place, _remembering(reader)))
    return _converted(readers, rows) if readers else rows


def _converted(readers: Sequence[tuple[int, Callable[[Any], Any]]], rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        values = list(row)
        for place, reader in readers:
            values[place] = reader(values[place])
        yield tuple(values)


def _remembering(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Of many rows the days, instants and marks are few."""
    known: dict[Any, Any] = {}

    def read(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            told = known[value] = reader(value)
            return told

    return read


def _copy(session: Session, statement: str, rows: Iterable[Row]) -> None:
    driver = session.get_bind().dialect.loaded_dbapi
    cursor: Any = session.connection().connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        # As SQLAlchemy says it, so that whoever tries again knows what may be tried again.
        raise DBAPIError.instance(statement, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()
