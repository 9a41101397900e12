"""How applications go: the funnel, the clock, what is past its target."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from creditbridge.kernel import clock
from creditbridge.store.database import Database
from matching.applications import deciding, reviewing, supplementing
from matching.applications.reasons import Reason
from matching.lines.dimensions import Dimension, Selection
from matching.tracking import applying
from matching.tracking.figures import FunnelCounts
from tests.integration.tracking.conftest import City

EVERYTHING = Selection()


def test_the_funnel_counts_who_ever_reached_a_step(database: Database, city: City) -> None:
    city.lines.online(city.big, city.product, city.firms[0])
    city.lines.accepted(city.big, city.product, city.firms[1])
    city.scene.submit(city.firms[2], [city.product])
    with database.read() as session:
        assert applying.funnel(session, city.administrator, EVERYTHING) == FunnelCounts(3, 2, 2, 2, 1)
        assert applying.funnel(session, city.big.viewer, EVERYTHING) == FunnelCounts(3, 2, 2, 2, 1)
        assert applying.funnel(session, city.small.viewer, EVERYTHING) == FunnelCounts()


def test_the_period_is_that_of_the_application(database: Database, city: City) -> None:
    city.scene.submit(city.firms[2], [city.product])
    with database.read() as session:
        today = Selection(granted_from=date(2026, 11, 23), granted_to=date(2026, 11, 23))
        assert applying.funnel(session, city.administrator, today).applied == 1
        before = Selection(granted_to=date(2026, 11, 22))
        assert applying.funnel(session, city.administrator, before).applied == 0


def test_a_picked_product_or_lender_narrows_applications_too(database: Database, city: City) -> None:
    city.scene.submit(city.firms[2], [city.product])
    with database.read() as session:
        for dimension, key, expected in (
            (Dimension.PRODUCT, city.product.public_id, 1),
            (Dimension.LENDER, city.small.public_id, 0),
            (Dimension.LENDER, city.big.public_id, 1),
            (Dimension.PRODUCT, "nothing", 0),
        ):
            wanted = EVERYTHING.pick(dimension, key)
            assert applying.funnel(session, city.administrator, wanted).applied == expected


def test_the_clock_stands_still_while_the_firm_supplies_documents(database: Database, city: City) -> None:
    start = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
    with clock.at(start):
        key = city.scene.submit(city.firms[0], [city.product])[0].public_id
        with database.write() as session:
            reviewing.accept(session, city.big.reviewer, key)
            reviewing.start_review(session, city.big.reviewer, key)
    with clock.at(start + timedelta(days=1)), database.write() as session:
        supplementing.request_supplement(
            session,
            city.big.reviewer,
            key,
            items=["流水"],
            deadline=date(2026, 11, 20),
            note="",
        )
    with clock.at(start + timedelta(days=5)), database.write() as session:
        supplementing.answer_supplement(session, city.firms[0].owner, key, answer="已补")
    with clock.at(start + timedelta(days=7)), database.write() as session:
        deciding.reject(session, city.big.reviewer, key, codes=[Reason.GRADE_TOO_LOW], text="")
    with database.read() as session:
        found = applying.clocks(session, city.administrator, EVERYTHING)
        assert (found.decided, found.median_days) == (1, 3.0)


def test_what_waits_too_long_is_overdue(database: Database, city: City) -> None:
    city.scene.submit(city.firms[0], [city.product])
    with database.read() as session:
        assert applying.clocks(session, city.administrator, EVERYTHING).overdue == 0
    with clock.at(datetime(2026, 12, 23, 2, 0, tzinfo=UTC)), database.read() as session:
        found = applying.clocks(session, city.administrator, EVERYTHING)
        assert (found.open, found.overdue) == (1, 1)
        rows = applying.overdue(session, city.administrator, EVERYTHING)
        assert [(row.lender_id, row.open, row.overdue) for row in rows] == [(city.big.public_id, 1, 1)]
