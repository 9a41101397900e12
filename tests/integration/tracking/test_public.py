"""What anybody may see: whole months, no cell under five firms, nothing to be worked out from totals."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from creditbridge.store.database import Database
from matching.lines.dimensions import Dimension
from matching.tracking import public
from tests.integration.tracking.conftest import City


def test_little_is_told_of_few_firms(database: Database, city: City) -> None:
    """Up to the end of October five firms were granted something, by one lender five, by the other one."""
    with database.read() as session:
        told = public.public_figures(session)
        by_lender = public.public_report(session, Dimension.LENDER)
    assert (told.lenders, told.products, told.as_of) == (2, 1, date(2026, 10, 31))
    assert all(row.figures is None for row in by_lender.rows)


def test_the_running_month_is_not_told(database: Database, city: City) -> None:
    with database.read() as session:
        months = public.public_report(session, Dimension.MONTH)
    assert [row.words.zh for row in months.rows] == ["2026-08", "2026-09"]


def test_enough_firms_are_told(database: Database, city: City) -> None:
    firms = [city.scene.firm() for _ in range(10)]
    with database.write() as session:
        for number, firm in enumerate(firms):
            ours = number % 2 == 0
            city.lines.offline_within(
                session,
                city.big if ours else city.small,
                firm,
                product=city.product if ours else None,
                granted_on=date(2026, 10, 8),
            )
    with database.read() as session:
        told = public.public_figures(session)
        by_lender = public.public_report(session, Dimension.LENDER)
        grants = public.grants_for_product(session, city.product.product_id)
    assert told.firms is not None
    assert told.firms >= 5
    assert by_lender.total is not None
    assert [row.figures is None for row in by_lender.rows] == [False, False]
    assert grants is not None
    assert grants.firms >= 5


def test_a_product_with_few_firms_tells_nothing(database: Database, city: City) -> None:
    with database.read() as session:
        assert public.grants_for_product(session, city.product.product_id) is None
        assert public.median_days_by_product(session) == {}


@pytest.mark.parametrize("dimension", [Dimension.GRADE, Dimension.BRANCH, Dimension.PRODUCT])
def test_grades_are_not_told_by(database: Database, dimension: Dimension) -> None:
    with database.read() as session, pytest.raises(ValueError, match="not told"):
        public.public_report(session, dimension)


def test_the_public_page_says_what_it_hides(client: FlaskClient, city: City) -> None:
    for by in ("", "section", "size", "town", "month", "lender", "grade", "nonsense"):
        answer = client.get(f"/statistics?by={by}")
        assert answer.status_code == 200
        assert "不足 5 家企业的数字不公布" in answer.text


def test_the_public_page_of_an_empty_city_says_what_comes(client: FlaskClient) -> None:
    assert "还没有可公布的统计" in client.get("/statistics").text
