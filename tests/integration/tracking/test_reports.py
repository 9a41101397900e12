"""Statistics against the rows they are of: totals, drill-down, files and scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient

from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.money import divide_half_up
from creditbridge.sheets.reading import open_sheet
from creditbridge.store.database import Database
from matching.lines import correcting, lookup, selecting
from matching.lines.dimensions import Dimension, Mark, Selection, month_key
from matching.lines.model import CreditLine
from matching.lines.rules import LineKind
from matching.tracking import service
from matching.tracking.figures import ADDITIVE, Figures
from matching.tracking.service import Report
from tests.integration.tracking.conftest import City

AsActor = Callable[[Actor], FlaskClient]
EVERYTHING = Selection()
SELECTIONS = (
    EVERYTHING,
    Selection(granted_from=date(2026, 9, 1)),
    Selection(granted_to=date(2026, 8, 31)),
    Selection(picked={Dimension.GRADE: "A"}),
    Selection(picked={Dimension.SIZE: "micro", Dimension.KIND: "new"}),
    Selection(marks=frozenset({Mark.UNSECURED})),
)


def report(database: Database, actor: Actor, dimension: Dimension, wanted: Selection = EVERYTHING) -> Report:
    with database.read() as session:
        return service.report(session, actor, dimension, wanted)


def rows_of(database: Database, actor: Actor, wanted: Selection = EVERYTHING) -> Sequence[CreditLine]:
    with database.read() as session:
        return lookup.all_of(session, actor, wanted)


def by_hand(rows: Sequence[CreditLine]) -> Figures:
    """The figures worked out from the rows, one by one."""
    return Figures(
        firms=len({row.firm_id for row in rows}),
        grants=len(rows),
        amount_fen=sum(row.amount_fen for row in rows),
        disbursed_fen=sum(row.disbursed_fen for row in rows),
        balance_fen=sum(row.balance_fen for row in rows),
        new=sum(row.kind == LineKind.NEW for row in rows),
        increase=sum(row.kind == LineKind.INCREASE for row in rows),
        renewal=sum(row.kind == LineKind.RENEWAL for row in rows),
        first_time=sum(row.first_time_borrower for row in rows),
        unsecured_fen=sum(row.amount_fen for row in rows if row.unsecured),
        inclusive_fen=sum(row.amount_fen for row in rows if row.inclusive_msme),
        rate_weight=sum(row.amount_fen * row.annual_rate_ppm for row in rows),
    )


def test_every_figure_is_that_of_its_rows(database: Database, city: City) -> None:
    with database.read() as session:
        for wanted in SELECTIONS:
            rows = rows_of(database, city.administrator, wanted)
            assert service.totals(session, city.administrator, wanted) == by_hand(rows)


def test_each_report_adds_up_and_each_row_leads_to_its_lines(database: Database, city: City) -> None:
    for actor, dimension in product((city.administrator, city.big.viewer), Dimension):
        found = report(database, actor, dimension)
        for name in ADDITIVE:
            assert sum(getattr(row.figures, name) for row in found.rows) == getattr(found.total, name)
        for row in found.rows:
            assert row.figures == by_hand(rows_of(database, actor, EVERYTHING.pick(dimension, row.key)))
        assert len({row.key for row in found.rows}) == len(found.rows)


def test_a_narrowed_report_adds_up_too(database: Database, city: City) -> None:
    for wanted in SELECTIONS:
        found = report(database, city.administrator, Dimension.TOWN, wanted)
        assert service.added([row.figures for row in found.rows]).amount_fen == found.total.amount_fen
        for row in found.rows:
            narrowed = wanted.pick(Dimension.TOWN, row.key)
            assert row.figures == by_hand(rows_of(database, city.administrator, narrowed))


def test_months_are_those_of_the_legal_date_in_order(database: Database, city: City) -> None:
    found = report(database, city.administrator, Dimension.MONTH)
    expected: dict[str, int] = defaultdict(int)
    for row in rows_of(database, city.administrator):
        expected[month_key(row.granted_on.year * 100 + row.granted_on.month)] += row.amount_fen
    assert [row.key for row in found.rows] == ["2026-08", "2026-09", "2026-11"]
    assert {row.key: row.figures.amount_fen for row in found.rows} == expected


def test_grades_stand_in_their_order_with_the_unknown_last(database: Database, city: City) -> None:
    found = report(database, city.administrator, Dimension.GRADE)
    assert [row.key for row in found.rows] == ["A", "B", "C", "unknown"]


def test_shares_rate_and_average_are_weighed(database: Database, city: City) -> None:
    rows = rows_of(database, city.administrator)
    with database.read() as session:
        total = service.totals(session, city.administrator, EVERYTHING)
    amount = sum(row.amount_fen for row in rows)
    weighted = sum(row.amount_fen * row.annual_rate_ppm for row in rows) / amount
    assert total.weighted_rate_ppm is not None
    assert abs(total.weighted_rate_ppm - weighted) <= 50
    assert total.average_fen == divide_half_up(amount, 6)
    assert total.first_time_ppm == divide_half_up(sum(r.first_time_borrower for r in rows) * 1_000_000, 12)


def test_a_lender_counts_only_its_own(database: Database, city: City) -> None:
    with database.read() as session:
        mine = service.totals(session, city.small.viewer, EVERYTHING)
    assert (mine.grants, mine.firms, mine.amount_fen) == (2, 2, 70_000_000)
    assert [row.key for row in report(database, city.small.viewer, Dimension.LENDER).rows] == [
        city.small.public_id
    ]


def test_a_lender_cannot_pick_another_lenders_lines(database: Database, city: City) -> None:
    wanted = EVERYTHING.pick(Dimension.LENDER, city.big.public_id)
    assert rows_of(database, city.small.viewer, wanted) == []


def test_a_lender_is_told_no_grade_of_an_offline_grant(database: Database, city: City) -> None:
    found = report(database, city.big.viewer, Dimension.GRADE)
    assert [row.key for row in found.rows] == ["unknown"]
    assert rows_of(database, city.big.viewer, EVERYTHING.pick(Dimension.GRADE, "A")) == []
    assert rows_of(database, city.administrator, EVERYTHING.pick(Dimension.GRADE, "A")) != []


def test_a_lender_is_told_the_grade_behind_an_application(database: Database, city: City) -> None:
    city.lines.online(city.big, city.product, city.firms[0])
    found = report(database, city.big.viewer, Dimension.GRADE)
    assert {row.key: row.figures.grants for row in found.rows} == {"A": 1, "unknown": 10}


def test_a_firm_has_no_statistics(database: Database, city: City) -> None:
    with database.read() as session, pytest.raises(NotFound):
        service.totals(session, city.firms[0].owner, EVERYTHING)


def test_a_voided_record_is_counted_nowhere(database: Database, city: City) -> None:
    line = next(row for row in rows_of(database, city.small.viewer) if row.amount_fen == 40_000_000)
    with database.write() as session:
        correcting.void(session, city.small.approver, line.public_id, reason="登错企业")
    with database.read() as session:
        assert service.totals(session, city.small.viewer, EVERYTHING).grants == 1


def test_a_correction_moves_the_figures(database: Database, city: City) -> None:
    line = next(row for row in rows_of(database, city.small.viewer) if row.amount_fen == 40_000_000)
    with database.write() as session:
        now = correcting.terms_of(lookup.line_of_lender(session, city.small.approver, line.public_id))
        changed = replace(now, amount_fen=50_000_000)
        correcting.correct(session, city.small.approver, line.public_id, changed, reason="金额录错")
    with database.read() as session:
        assert service.totals(session, city.small.viewer, EVERYTHING).amount_fen == 80_000_000


def test_amounts_beyond_64_bits_of_weight_are_exact(database: Database, city: City) -> None:
    big = 10**13
    for number in (1, 2):
        city.lines.offline(
            city.big,
            city.firms[number],
            amount_fen=big,
            annual_rate_ppm=999_999,
            contract_number=f"XL-{number}",
        )
    with database.read() as session:
        total = service.totals(session, city.administrator, EVERYTHING)
    assert total == by_hand(rows_of(database, city.administrator))
    assert total.rate_weight > 2**63


def cells(content: bytes) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    with open_sheet(content, "report.xlsx") as sheet:
        return sheet.header, [row.cells for row in sheet.rows]


def test_the_report_file_follows_from_the_exported_rows(city: City, as_actor: AsActor) -> None:
    client = as_actor(city.administrator)
    for query in ("", "?from=2026-09-01", "?size=micro&unsecured=1"):
        check_files(client, query)


def check_files(client: FlaskClient, query: str) -> None:
    header, lines = cells(client.get(f"/platform/lines.xlsx{query}").data)
    towns, amounts = header.index("授信时所在区镇"), header.index("授信金额（元）")
    expected: dict[str, float] = defaultdict(float)
    for line in lines[:-1]:
        expected[line[towns]] += float(line[amounts])
    report_header, rows = cells(client.get(f"/platform/reports/town.xlsx{query}").data)
    at = report_header.index("授信金额（元）")
    told: dict[str, Any] = {row[0]: float(row[at]) for row in rows}
    total = told.pop("合计")
    assert {town: round(fen, 2) for town, fen in expected.items()} == {
        town: round(fen, 2) for town, fen in told.items()
    }
    assert round(total, 2) == round(sum(expected.values()), 2)


def test_every_bar_leads_to_a_list_of_that_many_lines(
    database: Database, city: City, as_actor: AsActor
) -> None:
    client = as_actor(city.administrator)
    page = client.get("/platform/reports/size").text
    assert "/platform/lines?size=micro" in page
    micro = rows_of(database, city.administrator, EVERYTHING.pick(Dimension.SIZE, "micro"))
    assert f"共 {len(micro)} 笔授信" in client.get("/platform/lines?size=micro").text


def test_the_platform_overview_shows_what_is_granted(city: City, as_actor: AsActor) -> None:
    page = as_actor(city.administrator).get("/platform").text
    assert "6 家企业" in page
    assert "12 笔授信" in page
    assert "每月授信金额" in page


def test_the_lenders_reports_are_its_own(city: City, as_actor: AsActor) -> None:
    page = as_actor(city.small.viewer).get("/lender/reports").text
    assert "2 笔授信" in page
    assert "大银行" not in page
    assert as_actor(city.small.viewer).get("/lender/reports/lender").status_code == 404


def test_every_report_has_a_page_and_a_file(city: City, as_actor: AsActor) -> None:
    client = as_actor(city.administrator)
    for dimension in Dimension:
        assert client.get(f"/platform/reports/{dimension}").status_code == 200
        assert client.get(f"/platform/reports/{dimension}.xlsx").data.startswith(b"PK")


def test_an_unknown_report_is_not_found(city: City, as_actor: AsActor) -> None:
    assert as_actor(city.administrator).get("/platform/reports/colour").status_code == 404


def test_names_of_retired_products_are_kept(database: Database, city: City) -> None:
    with database.read() as session:
        named = selecting.names_of(
            session, city.administrator, Dimension.PRODUCT, [city.product.product_id, None]
        )
    assert named[city.product.product_id].words.zh == "大银行 稳企贷"
    assert named[None].words.zh == "平台外产品"
