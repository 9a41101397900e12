"""A data folder with a large city for measuring what-if at the client: the demo's people and products, firms and index.

Firms are written as rows and JSON text at once, not as values one by one: 620,000 of them would take a quarter of an
hour. A folder may be kept; whoever measures again has it at hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Role
from creditbridge.bench.matching_city import make_city, value_of
from creditbridge.demo.accounts import ACCOUNTS
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.columns import EPOCH, Column, FactColumns
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.kernel import clock
from creditbridge.kernel.ids import ALPHABET, LENGTH
from creditbridge.registry.model import Firm
from creditbridge.store.change_counter import raise_counter
from creditbridge.store.database import Database
from lenders.admission.tree import Criterion
from lenders.products import service as products
from matching.eligibility.admitting import rule_of
from matching.index import live
from matching.whatif.asking import MOVABLE

FACTS = (
    "registration_status", "platform_grade", "established_on", "registered_region", "industry", "firm_size",
    "annual_revenue", "employees", "tax_credit_grade", "abnormal_listed", "overdue_now",
)  # fmt: skip
"""What is known of each firm: enough for the demo's products and all breakdowns."""
DEMO_FIRMS = 200
TOGETHER = 5_000
MANAGER = ACCOUNTS[Role.LENDER_PRODUCT_MANAGER][0]
_READY = "measured-city.json"


@dataclass(frozen=True, slots=True)
class Question:
    """A product, and the queries that may be asked about it."""

    product: str
    queries: Sequence[str]


def prepare(folder: Path, environ: Mapping[str, str], firms: int) -> Question:
    """See that a folder holds a city of so many firms with its index, and what may be asked of it.

    Raises:
        RuntimeError: the folder holds something else.
    """
    ready = folder / _READY
    is_new = not ready.exists()
    if is_new:
        if folder.exists() and any(folder.iterdir()):
            raise RuntimeError(f"{folder} is not empty and holds no such city")
        command(environ, "migrate")
        command(environ, "demo", "load", "--firms", str(DEMO_FIRMS))
    elif json.loads(ready.read_text(encoding="utf-8")) != {"firms": firms}:
        raise RuntimeError(f"{folder} holds a city of another size")
    database = Database(
        f"sqlite:///{folder / 'creditbridge.sqlite3'}", places={"index_folder": folder / "index"}
    )
    try:
        if is_new:
            fill(database, make_city(firms))
        with database.read() as session:
            live.refresh(session)
            asked = _question(session)
    finally:
        database.dispose()
    ready.write_text(json.dumps({"firms": firms}), encoding="utf-8")
    return asked


def with_settings(environ: Mapping[str, str], *words: str) -> list[str]:
    """A command of ours with these settings, and with no other database or broker than its folder's."""
    settings = [f"{name}={value}" for name, value in environ.items()]
    return [
        *("env", "-u", "DATABASE_URL", "-u", "REDIS_URL", *settings),
        *(sys.executable, "-m", "creditbridge.app.cli", *words),
    ]


def command(environ: Mapping[str, str], *words: str) -> None:
    """Run a command of ours to its end.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(  # noqa: S603 - ourselves
        with_settings(environ, *words), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"creditbridge {' '.join(words)} failed: {done.stderr[-400:]}")


def fill(database: Database, city: FactColumns) -> None:
    """Write a city's firms and their :data:`FACTS`, in one step of the change counter."""
    facts = stored_facts(city)
    with database.write() as session:
        seq, now = raise_counter(session), clock.now()
        first_id = (session.scalar(select(func.max(Firm.id))) or 0) + 1
        first_no = (session.scalar(select(func.max(Firm.firm_no))) or 0) + 1
        names, like = _row_of_firm(session, first_id, first_no)
        at = {name: names.index(name) for name in ("id", "firm_no", "uscc", "name", "public_id")}
        connection = session.connection()
        for begin in range(0, len(city), TOGETHER):
            places = range(begin, min(begin + TOGETHER, len(city)))
            rows = []
            for place in places:
                row = like.copy()
                row[at["id"]], row[at["firm_no"]] = first_id + place, first_no + place
                row[at["uscc"]], row[at["name"]] = f"91999900{place:010d}", f"测算企业 {place}"
                row[at["public_id"]] = _id_of(place)
                rows.append(tuple(row))
            # The template stands there already, as the first.
            _insert(connection, "firm", names, rows if begin else rows[1:])
            _insert(
                connection,
                "firm_facts",
                ("firm_id", "fact_values", "change_seq", "updated_at"),
                [(first_id + place, next(facts), seq, now.isoformat(" ")) for place in places],
            )


def stored_facts(city: FactColumns) -> Iterator[str]:
    """Each firm's :data:`FACTS` as the JSON text in which they are stored."""
    columns = [_texts_of(city.columns[key]) for key in FACTS]
    for several in zip(*columns, strict=True):
        yield "{" + ", ".join(filter(None, several)) + "}"


def _texts_of(column: Column) -> Iterator[str]:
    """A fact of each firm with its code, empty where it is not known."""
    days = {day: date.fromordinal(day + EPOCH) for day in np.unique(column.as_of).tolist()}
    ends = {day: _split(column.key, 0, on)[1] for day, on in days.items()}
    begins: dict[Any, str] = {}
    for place, (held, day) in enumerate(zip(column.values.tolist(), column.as_of.tolist(), strict=True)):
        if not day:
            yield ""
            continue
        begin = begins.get(held)
        if begin is None:
            begin = begins[held] = _split(column.key, value_of(column, place), days[day])[0]
        yield begin + ends[day]


def _split(key: str, value: Any, as_of: date) -> tuple[str, str]:
    """A fact as it is stored, in two parts: its value, and where from and as of when."""
    stored = FirmFacts(0, {key: FactValue(value, FactSource.DEMO, as_of)}, {}).to_json()["values"]
    text = json.dumps(stored, ensure_ascii=False)[1:-1]
    at = text.index(', "source"')
    return text[:at], text[at:]


def _row_of_firm(session: Session, first_id: int, first_no: int) -> tuple[tuple[str, ...], list[Any]]:
    """The first firm written as any is, and how its row is stored: the others are like it."""
    table = Firm.__table__
    assert isinstance(table, Table)
    session.execute(
        insert(table).values(
            id=first_id,
            firm_no=first_no,
            public_id=_id_of(0),
            uscc=f"91999900{0:010d}",
            name="测算企业 0",
            status="active",
        )
    )
    found = session.connection().exec_driver_sql("SELECT * FROM firm WHERE id = ?", (first_id,))
    return tuple(found.keys()), list(found.one())


def _id_of(place: int) -> str:
    """A public id of its own, made faster than drawn."""
    signs = []
    for _ in range(LENGTH):
        place, sign = divmod(place, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def _insert(connection: Any, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608 - names of ours


def _question(session: Session) -> Question:
    """The manager's product with most thresholds that the city knows something of, and these moved."""
    organisation = session.scalar(
        select(Membership.organisation_id).join(Membership.user).where(User.login_name == MANAGER)
    )
    found = {
        product.public_id: [one for one in rule_of(product).criteria() if _moves(one)]
        for product in products.published(session)
        if product.for_firms and product.lender.organisation_id == organisation
    }
    public_id = max(found, key=lambda each: len(found[each]))
    queries = [f"t-{quote(one.id)}={quote(text)}" for one in found[public_id] for text in _texts(one)]
    if not queries:
        raise RuntimeError("no product of the demo has a threshold to move")
    return Question(public_id, queries)


def _moves(criterion: Criterion) -> bool:
    return criterion.test.operator in MOVABLE and criterion.test.fact in FACTS


def _texts(criterion: Criterion) -> Sequence[str]:
    """Thresholds as they are typed."""
    fact = catalogue()[criterion.test.fact]
    if fact.scale is not None:
        return list(fact.scale.grades)
    return [str(number) for number in range(1, 41)]
