"""The migration that opens the books, on a database that is in use: lines in every state, offers that hold a quota.

What was there before stands in the books after it, the trial balance holds, and what was recorded is unchanged.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    text,
)

from creditbridge.app import schema
from creditbridge.store.database import Database
from matching.ledger import checking
from matching.ledger.checking import trial_balance
from matching.ledger.model import LedgerLimit
from matching.lines import booking
from matching.lines.model import CreditLine

BEFORE = "0004"
WAN = 1_000_000
LINES = [
    # state, repayment method, source, limit, paid out, balance
    ("pending_signing", "equal_instalment", "online", 100, 0, 0),
    ("active", "equal_instalment", "offline", 100, 100, 60),
    ("active", "revolving", "offline", 50, 120, 30),
    ("active", "bullet", "online", 80, 80, 0),
    ("frozen", "interest_then_bullet", "offline", 40, 10, 10),
    ("expired", "equal_principal", "offline", 30, 30, 5),
    ("terminated", "revolving", "offline", 20, 20, 0),
    ("cancelled", "equal_instalment", "online", 10, 0, 0),
]
"""Amounts in ten thousand yuan."""


class Filler:
    """Writes rows into tables as they were at a revision: what is not said and must be there gets some value."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.tables = MetaData()
        self.tables.reflect(connection)
        self.made = 0

    def put(self, table_name: str, **said: Any) -> int:
        self.made += 1
        table = self.tables.tables[table_name]
        values = {
            column.name: self._some(table, column.name) for column in table.columns if self._must(column)
        }
        row = self.connection.execute(insert(table).values(**{**values, **said}).returning(table.c.id))
        return int(row.scalar_one())

    def _must(self, column: Any) -> bool:
        return not column.nullable and column.server_default is None and column.name != "id"

    def _some(self, table: Table, name: str) -> Any:
        kind = table.columns[name].type
        if isinstance(kind, Boolean):
            return False
        if isinstance(kind, DateTime):
            return datetime(2026, 11, 1, tzinfo=UTC)
        if isinstance(kind, Date):
            return date(2026, 11, 1)
        if isinstance(kind, Integer):
            return 0
        if isinstance(kind, String):
            return f"{name[:4]}{self.made}"
        return {}


@pytest.fixture
def filled(bare: Database) -> Database:
    """A database of the revision before, with lines, one voided record, and two offers that hold a quota."""
    with bare.engine.begin() as connection:
        command.upgrade(schema.config(connection), BEFORE)
        put = Filler(connection).put
        bank = put("organisation", kind="lender", name="银行", is_active=True)
        firms = put("organisation", kind="firm", name="企业", is_active=True)
        lender = put("lender", organisation_id=bank, state="approved")
        firm = put("firm", name="企业", firm_no=1, status="active", uscc="91990000TEST000001")
        products = [
            put("product", lender_id=lender, quota_used_fen=999 * WAN, quota_fen=None) for _ in range(2)
        ]
        versions = [put("product_version", product_id=key, number=1, state="live") for key in products]
        for place, (state, method, source, limit, lent, left) in enumerate(LINES):
            put(
                "credit_line",
                lender_id=lender,
                lender_organisation_id=bank,
                firm_id=firm,
                product_id=products[0] if place % 2 else None,
                product_version_id=versions[0] if place % 2 else None,
                contract_number=f"HT-{place}",
                state=state,
                source=source,
                repayment_method=method,
                amount_fen=limit * WAN,
                disbursed_fen=lent * WAN,
                balance_fen=left * WAN,
                balance_on=date(2026, 11, 20) if lent else None,
                granted_on=date(2026, 1, 5),
                maturity_on=date(2027, 1, 5),
                term_months=12,
                annual_rate_ppm=38_500,
                standing=True,
            )
        put(
            "credit_line", lender_id=lender, lender_organisation_id=bank, firm_id=firm, contract_number="HT-作废",
            state="terminated", source="offline", repayment_method="bullet", amount_fen=70 * WAN, standing=None,
            term_months=12, annual_rate_ppm=38_500,
        )  # fmt: skip
        application = put(
            "application", firm_id=firm, organisation_id=firms, state="submitted", choices=[], version=1
        )
        for key, version in zip(products, versions, strict=True):
            put(
                "submission", application_id=application, firm_id=firm, firm_organisation_id=firms,
                lender_id=lender, lender_organisation_id=bank, product_id=key, product_version_id=version,
                state="offered", applied_fen=9 * WAN, quota_held_fen=9 * WAN, term_months=12,
            )  # fmt: skip
    return bare


def rows_of(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        columns = "contract_number, state, amount_fen, disbursed_fen, balance_fen, standing"
        return list(connection.execute(text(f"SELECT {columns} FROM credit_line ORDER BY id")))


def test_the_books_hold_what_was_there(filled: Database) -> None:
    before = rows_of(filled)

    schema.upgrade(filled)

    checking.ask_witness(booking.differences)
    with filled.read() as session:
        trial = trial_balance(session)
        assert trial.findings == ()
        assert trial.holds
        assert trial.transactions > len(LINES)
    assert rows_of(filled) == before


def test_every_line_has_its_limit_and_what_is_used_of_it(filled: Database) -> None:
    schema.upgrade(filled)

    with filled.read() as session:
        lines = {line.contract_number: line for line in session.scalars(select(CreditLine))}
        limits = {row.owner_id: row for row in session.scalars(select(LedgerLimit))}
    found = []
    for place, (state, *_rest) in enumerate(LINES):
        line = lines[f"HT-{place}"]
        limit = limits[line.id]
        found.append((state, line.revolving, limit.limit_fen // WAN, limit.used_fen // WAN, limit.is_open))
    assert found == [
        ("pending_signing", True, 100, 0, False),
        ("active", False, 100, 100, True),
        ("active", True, 50, 30, True),
        ("active", True, 80, 0, True),
        ("frozen", False, 40, 10, False),
        ("expired", False, 30, 30, False),
        ("terminated", True, 0, 0, False),
        ("cancelled", True, 0, 0, False),
    ]
    assert lines["HT-作废"].id not in limits, "a voided record has no books"


def test_quotas_are_counted_anew_from_lines_and_offers(filled: Database) -> None:
    schema.upgrade(filled)

    with filled.engine.connect() as connection:
        used = connection.execute(text("SELECT quota_used_fen FROM product ORDER BY id")).scalars().all()
    of_first = sum(line[3] for place, line in enumerate(LINES) if place % 2 and line[0] != "cancelled") + 9
    assert [fen // WAN for fen in used] == [of_first, 9]


def test_the_migrated_schema_is_still_the_codes(filled: Database) -> None:
    schema.upgrade(filled)
    with filled.engine.connect() as connection:
        assert schema.differences(connection) == []
