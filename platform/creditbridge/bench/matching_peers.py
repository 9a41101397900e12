"""The same rules on the same firms by other engines: Polars, DuckDB, PostgreSQL and plain Python.

All of them know three-valued logic themselves: a comparison of what is not known is null, and nulls go through "and" and
"or" as our unknown does. Each answers how many firms are eligible and how many tentative, product by product; that is
less than the packed verdicts we end with, and in their favour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from creditbridge.bench.matching_city import ON, firm_of
from creditbridge.facts.columns import FactColumns, Kind
from lenders.admission.tree import Criterion, Missing, Mode, Node, Operator, Test, Tree
from matching.eligibility.rules import Verdict, verdict
from matching.index.comparing import column_key, interval, kind_of_test, oldest_day, truths_of_codes

Answer = list[tuple[int, int]]
"""For each product: eligible, tentative."""
POLARS_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Peer:
    """What an engine answered for the first products and firms, and the seconds it would take for all of them."""

    seconds: float
    answer: Answer
    products: int
    firms: int


def names(city: FactColumns) -> dict[str, str]:
    """A plain name for each column."""
    return {key: f"f{number}" for number, key in enumerate(city.columns)}


def table(city: FactColumns) -> dict[str, Any]:
    """The columns as the engines hold them: a value and the day it holds as of, null where not known."""
    import polars as pl

    held: dict[str, Any] = {"firm_no": city.firm_nos}
    for key, name in names(city).items():
        column = city.columns[key]
        known = pl.Series(column.known)
        values = column.values.T if column.kind is Kind.SETS else [column.values]
        for number, one in enumerate(values):
            series = pl.Series(np.ascontiguousarray(one).view(np.int64) if column.kind is Kind.SETS else one)
            held[f"{name}_{number}"] = pl.select(pl.when(known).then(series)).to_series()
        held[f"{name}_on"] = pl.Series(column.as_of.astype(np.int32))
    return held


class Sql:
    """Rules as SQL that DuckDB and PostgreSQL both read."""

    def __init__(self, city: FactColumns) -> None:
        self.city, self.names = city, names(city)

    def rule(self, node: Node) -> str:
        if isinstance(node, Criterion):
            return self._criterion(node)
        joint = " AND " if node.mode is Mode.ALL else " OR "
        return (
            "("
            + (joint.join(map(self.rule, node.nodes)) or ("TRUE" if node.mode is Mode.ALL else "FALSE"))
            + ")"
        )

    def _criterion(self, criterion: Criterion) -> str:
        met = self._test(criterion.test, criterion.max_age_days)
        if criterion.missing is not Missing.TENTATIVE:
            met = f"coalesce({met}, {'TRUE' if criterion.missing is Missing.PASS else 'FALSE'})"
        before = "".join(f"NOT {self._test(test, None)} OR " for test in criterion.when)
        return f"({before}{met})"

    def _test(self, test: Test, max_age: int | None) -> str:
        key = column_key(test)
        if key not in self.names:
            return "CAST(NULL AS BOOLEAN)"
        said = self._compared(test, self.names[key])
        if max_age is None:
            return said
        return f"(CASE WHEN {self.names[key]}_on >= {oldest_day(ON, max_age)} THEN {said} END)"

    def _compared(self, test: Test, name: str) -> str:
        kind = kind_of_test(test)
        if kind is Kind.ORDERED:
            low, high = interval(test, ON)
            bounds = [f"{name}_0 >= {low}"] * (low > -(2**61)) + [f"{name}_0 <= {high}"] * (high < 2**61)
            return f"({' AND '.join(bounds)})"
        if kind is Kind.CODED:
            truths = truths_of_codes(test, self.city.columns[column_key(test)].codes)
            held, unknown = (np.flatnonzero(truths == truth).tolist() for truth in (1, 0))
            said = f"{name}_0 IN ({', '.join(map(str, held))})" if held else f"{name}_0 < 0"
            if not unknown:
                return f"({said})"
            return f"(CASE WHEN {name}_0 IN ({', '.join(map(str, unknown))}) THEN NULL ELSE {said} END)"
        return self._sets(test, name)

    def _sets(self, test: Test, name: str) -> str:
        parts = []
        for number, bits in enumerate(set_words(self.city, test)):
            if test.operator is Operator.ALL_OF:
                parts.append(f"({name}_{number} & {bits}) = {bits}")
            elif bits:
                parts.append(
                    f"({name}_{number} & {bits}) {'=' if test.operator is Operator.NONE_OF else '<>'} 0"
                )
        joint = " OR " if test.operator is Operator.ANY_OF else " AND "
        return f"({joint.join(parts)})"


def set_words(city: FactColumns, test: Test) -> list[int]:
    """The codes a comparison of sets names as signed words."""
    column = city.columns[column_key(test)]
    words = np.zeros(column.values.shape[1], dtype=np.uint64)
    for code in test.value if isinstance(test.value, tuple) else ():
        at = column.codes.index(str(code))
        words[at >> 6] |= np.uint64(1 << (at & 63))
    return [int(word) for word in words.view(np.int64)]


class Expressions:
    """Rules as Polars expressions."""

    def __init__(self, city: FactColumns) -> None:
        import polars as pl

        self.pl, self.city, self.names = pl, city, names(city)

    def rule(self, node: Node) -> Any:
        if isinstance(node, Criterion):
            return self._criterion(node)
        parts = [self.rule(inner) for inner in node.nodes]
        return self.pl.all_horizontal(parts) if node.mode is Mode.ALL else self.pl.any_horizontal(parts)

    def _criterion(self, criterion: Criterion) -> Any:
        met = self._test(criterion.test, criterion.max_age_days)
        if criterion.missing is not Missing.TENTATIVE:
            met = met.fill_null(criterion.missing is Missing.PASS)
        for test in criterion.when:
            met = ~self._test(test, None) | met
        return met

    def _test(self, test: Test, max_age: int | None) -> Any:
        key = column_key(test)
        if key not in self.names:
            return self.pl.lit(None, dtype=self.pl.Boolean)
        said = self._compared(test, self.names[key])
        if max_age is None:
            return said
        return self.pl.when(self.pl.col(f"{self.names[key]}_on") >= oldest_day(ON, max_age)).then(said)

    def _compared(self, test: Test, name: str) -> Any:
        kind, value = kind_of_test(test), self.pl.col(f"{name}_0")
        if kind is Kind.ORDERED:
            low, high = interval(test, ON)
            if low < -(2**61):
                return value <= high
            return value >= low if high > 2**61 else value.is_between(low, high)
        if kind is Kind.CODED:
            truths = truths_of_codes(test, self.city.columns[column_key(test)].codes)
            held, unknown = (np.flatnonzero(truths == truth).tolist() for truth in (1, 0))
            said = value.is_in(held) if len(held) != 1 else value == held[0]
            return self.pl.when(~value.is_in(unknown)).then(said) if unknown else said
        return self._sets(test, name)

    def _sets(self, test: Test, name: str) -> Any:
        parts = []
        for number, bits in enumerate(set_words(self.city, test)):
            common = self.pl.col(f"{name}_{number}") & bits
            if test.operator is Operator.ALL_OF:
                parts.append(common == bits)
            elif bits:
                parts.append(common == 0 if test.operator is Operator.NONE_OF else common != 0)
        if len(parts) == 1:
            return parts[0]
        return (
            self.pl.any_horizontal(parts)
            if test.operator is Operator.ANY_OF
            else self.pl.all_horizontal(parts)
        )


def polars(city: FactColumns, rules: Sequence[Tree], products: int) -> Peer:
    """The best Polars plan found: lazy expressions, a hundred products a pass, packed columns of verdicts as result."""
    import polars as pl

    frame = pl.DataFrame(table(city))
    begun = time.perf_counter()
    asked = Expressions(city)
    answer: Answer = []
    for at in range(0, products, POLARS_TOGETHER):
        some = rules[at : min(at + POLARS_TOGETHER, products)]
        found = (
            frame.lazy()
            .select([asked.rule(rule.root).alias(str(n)) for n, rule in enumerate(some)])
            .collect()
        )
        answer += [(int(column.sum()), int(column.null_count())) for column in found.get_columns()]
    return _scaled(begun, answer, products, rules, len(city))


def duckdb(city: FactColumns, rules: Sequence[Tree], products: int) -> Peer | None:
    """DuckDB, where it is installed, with every product of a pass in one scan, counting by CASE."""
    import polars as pl

    try:
        import duckdb as engine
    except ImportError:
        return None

    frame = pl.DataFrame(table(city))
    with engine.connect() as connection:
        connection.register("arriving", frame.to_arrow())
        connection.execute("CREATE TABLE city AS SELECT * FROM arriving")
        begun = time.perf_counter()
        answer: Answer = []
        for at in range(0, products, POLARS_TOGETHER):
            answer += _counted(
                Sql(city),
                rules[at : min(at + POLARS_TOGETHER, products)],
                lambda sql: connection.execute(sql).fetchone(),
            )
        return _scaled(begun, answer, products, rules, len(city))


def postgresql(city: FactColumns, rules: Sequence[Tree], products: int, url: str) -> Peer | None:
    """PostgreSQL, where it can be reached: a temporary table, every product of a pass in one scan."""
    import polars as pl
    import psycopg

    frame = pl.DataFrame(table(city))
    try:
        with psycopg.connect(url.replace("+psycopg", ""), connect_timeout=3) as connection:
            kinds = ", ".join(
                f"{name} {'bigint' if kind != pl.Int32 else 'integer'}" for name, kind in frame.schema.items()
            )
            connection.execute(f"CREATE TEMPORARY TABLE city ({kinds}) ON COMMIT DROP".encode())
            with connection.cursor().copy(b"COPY city FROM STDIN (FORMAT csv)") as copying:
                copying.write(frame.write_csv(include_header=False))
            connection.execute(b"ANALYZE city")
            begun = time.perf_counter()
            answer: Answer = []
            for at in range(0, products, 20):
                answer += _counted(
                    Sql(city),
                    rules[at : min(at + 20, products)],
                    lambda sql: connection.execute(sql.encode()).fetchone(),
                )
            return _scaled(begun, answer, products, rules, len(city))
    except psycopg.OperationalError:
        return None


def python(city: FactColumns, rules: Sequence[Tree], products: int, firms: int) -> Peer:
    """The explaining evaluator's short form over firms as values; these are made beforehand."""
    known = [firm_of(city, place) for place in range(firms)]
    begun = time.perf_counter()
    answer: Answer = []
    for rule in rules[:products]:
        found = [verdict(rule, one, ON) for one in known]
        answer.append((found.count(Verdict.ELIGIBLE), found.count(Verdict.TENTATIVE)))
    peer = _scaled(begun, answer, products, rules, firms)
    return Peer(peer.seconds * len(city) / max(1, firms), answer, products, firms)


def _counted(sql: Sql, rules: Sequence[Tree], ask: Callable[[str], Any]) -> Iterator[tuple[int, int]]:
    parts = [
        f"sum(CASE WHEN {said} THEN 1 ELSE 0 END), sum(CASE WHEN ({said}) IS NULL THEN 1 ELSE 0 END)"
        for said in (sql.rule(rule.root) for rule in rules)
    ]
    row = [int(number or 0) for number in ask(f"SELECT {', '.join(parts)} FROM city")]  # noqa: S608 - our own rules
    yield from zip(row[::2], row[1::2], strict=True)


def _scaled(begun: float, answer: Answer, products: int, rules: Sequence[Tree], firms: int) -> Peer:
    seconds = (time.perf_counter() - begun) * len(rules) / max(1, products)
    return Peer(seconds, answer, products, firms)
