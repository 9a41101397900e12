from __future__ import annotations

from datetime import timedelta

from creditbridge.kernel import clock
from matching.applications import deciding, figures
from matching.applications.reasons import Reason
from tests.scene import Scene


def _decided(scene: Scene, lender, product, days: list[int]) -> None:
    for taken in days:
        (submission,) = scene.submit(scene.firm(), [product])
        with clock.at(clock.now() + timedelta(days=taken)), scene.people.database.write() as session:
            deciding.not_accept(session, lender.reviewer, submission.public_id, codes=[Reason.OUTSIDE_AREA])


def test_the_median_over_enough_decisions(scene: Scene, lender, product, database) -> None:
    _decided(scene, lender, product, [1, 2, 4, 8, 9])
    with clock.at(clock.now() + timedelta(days=20)), database.read() as session:
        assert figures.median_days(session) == {product.product_id: 4}


def test_too_few_decisions_say_nothing(scene: Scene, lender, product, database) -> None:
    _decided(scene, lender, product, [1, 2])
    with clock.at(clock.now() + timedelta(days=20)), database.read() as session:
        assert figures.median_days(session, [product.product_id]) == {product.product_id: None}


def test_decisions_of_long_ago_do_not_count(scene: Scene, lender, product, database) -> None:
    _decided(scene, lender, product, [1])
    with clock.at(clock.now() + timedelta(days=400)), database.read() as session:
        assert figures.median_days(session) == {}


def test_outcomes_are_counted_by_product_and_the_grade_when_the_firm_applied(
    scene: Scene, lender, product, database
) -> None:
    for grade in ("A", "A", "C", None):
        (submission,) = scene.submit(scene.firm(grade=grade), [product])
        with database.write() as session:
            deciding.not_accept(session, lender.reviewer, submission.public_id, codes=[Reason.OUTSIDE_AREA])
    with clock.at(clock.now() + timedelta(days=1)), database.read() as session:
        told = {row.grade: (row.offered, row.refused) for row in figures.outcomes(session)}
        assert told == {"A": (0, 2), "C": (0, 1), None: (0, 1)}
    with clock.at(clock.now() + timedelta(days=731)), database.read() as session:
        assert figures.outcomes(session) == []


def test_a_firm_is_told_how_likely_its_grade_is_offered_terms(
    scene: Scene, lender, product, database
) -> None:
    firm = scene.firm(grade="A")
    key = (product.product_id, lender.id)
    with database.read() as session:
        assert figures.likelihoods(session, firm.id, [key]) == {product.product_id: None}
    _decided(scene, lender, product, [1] * 10)
    with clock.at(clock.now() + timedelta(days=2)), database.read() as session:
        told = figures.likelihoods(session, firm.id, [key])[product.product_id]
    assert told is not None
    assert told.percent < 20
    assert told.product_decided == 10
