"""Looking through products, and the example their cost is shown by."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.kernel.words import Words
from lenders.admission.tree import Mode, Operator
from lenders.browsing.example import USUAL_AMOUNT_FEN, example_loan
from lenders.browsing.rules import Sort, Wish, browse, contradicts, fits, loan_facts
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming
from lenders.pricing.rates import RateKind, RateStructure
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import ApplicantKind, GuaranteeType, ProductTerms, SchemeRef
from tests.products import WAN, criterion, product, rule

ON = date(2026, 11, 23)
TERMS = ProductTerms(
    amount_min_fen=10 * WAN,
    amount_max_fen=300 * WAN,
    rate=RateStructure.fixed(40_000),
    term_months_min=6,
    term_months_max=36,
    repayment_methods=(RepaymentMethod.EQUAL_INSTALMENT,),
    guarantee_types=(GuaranteeType.UNSECURED,),
    regions=("320500",),
    description=Words("面向制造业", "For manufacturers"),
)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), True),
        (Wish(amount_fen=300 * WAN), True),
        (Wish(amount_fen=301 * WAN), False),
        (Wish(amount_fen=9 * WAN), False),
        (Wish(term_months=36), True),
        (Wish(term_months=37), False),
        (Wish(guarantees=(GuaranteeType.MORTGAGE,)), False),
        (Wish(guarantees=(GuaranteeType.MORTGAGE, GuaranteeType.UNSECURED)), True),
        (Wish(methods=(RepaymentMethod.BULLET,)), False),
        (Wish(region="320581"), True),
        (Wish(region="320000"), True),
        (Wish(region="330100"), False),
        (Wish(applicant_kind=ApplicantKind.NATURAL_PERSON), False),
        (Wish(rate_kind=RateKind.FIXED), True),
        (Wish(rate_kind=RateKind.RANGE), False),
        (Wish(lender="0" * 20), False),
        (Wish(text="稳企 江湾"), True),
        (Wish(text="MANUFACTURERS"), True),
        (Wish(text="养殖"), False),
    ],
)
def test_a_product_fits_a_wish_by_its_terms(wish: Wish, expected: bool) -> None:
    assert fits(product(TERMS), wish, ON) is expected


def test_what_a_product_leaves_open_excludes_nobody() -> None:
    wish = Wish(5_000 * WAN, 120, None, (GuaranteeType.MORTGAGE,), (RepaymentMethod.BULLET,), None, "330100")
    assert fits(product(ProductTerms()), wish, ON)


def test_the_text_is_looked_for_in_the_scheme_too() -> None:
    scheme = SchemeRef(1, "x", Words("苗圃计划", "Seedbed"), Words("科技局", "Science office"))
    assert fits(product(scheme=scheme), Wish(text="苗圃"), ON)


def test_a_condition_on_the_loan_leaves_a_product_out() -> None:
    tree = rule(criterion("loan_purpose", Operator.IN_SET, ("research",)))
    assert contradicts(tree, Wish(purpose="equipment"), ON)
    assert not contradicts(tree, Wish(purpose="research"), ON)
    assert not contradicts(tree, Wish(), ON)


def test_an_alternative_or_an_unknown_when_leaves_nothing_out() -> None:
    research = criterion("loan_purpose", Operator.IN_SET, ("research",))
    either = rule(research, criterion("employees", Operator.AT_LEAST, 5), mode=Mode.ANY)
    assert not contradicts(either, Wish(purpose="equipment"), ON)
    large = criterion("employees", Operator.AT_LEAST, 5).test
    sometimes = rule(criterion("loan_purpose", Operator.IN_SET, ("research",), when=(large,)))
    assert not contradicts(sometimes, Wish(purpose="equipment"), ON)


def test_loan_facts_hold_what_is_asked_for_only() -> None:
    facts = loan_facts(100 * WAN, None, "green", ON)
    assert set(facts) == {"requested_amount", "loan_purpose"}
    assert not facts["requested_amount"].confirmed


def test_the_cheapest_comes_first_and_unpublished_rates_last() -> None:
    rates = [RateStructure.unpublished(), RateStructure.fixed(50_000), RateStructure.fixed(40_000)]
    made = [product(ProductTerms(rate=rate)) for rate in rates]
    page = browse(made, Wish(), ON)
    assert [row.product for row in page.listings] == [made[2], made[1], made[0]]


@pytest.mark.parametrize("sort", [Sort.AMOUNT, Sort.TERM])
def test_the_largest_comes_first_and_open_ends_last(sort: Sort) -> None:
    made = [product(ProductTerms(amount_max_fen=n, term_months_max=n)) for n in (None, 5, 9)]
    page = browse(made, Wish(), ON, sort=sort)
    assert [row.product for row in page.listings] == [made[2], made[1], made[0]]


def test_cursors_walk_through_every_product_once() -> None:
    made = [product(ProductTerms(rate=RateStructure.fixed(30_000 + 100 * n))) for n in range(7)]
    seen, cursor = [], None
    while True:
        page = browse(made, Wish(), ON, cursor=cursor, limit=3)
        assert page.total == 7
        seen += [row.product for row in page.listings]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made


def test_a_cursor_that_is_gone_begins_again() -> None:
    page = browse([product()], Wish(), ON, cursor="gone")
    assert len(page.listings) == 1


def test_an_example_without_wishes_is_the_usual_loan() -> None:
    example = example_loan(ProductTerms(rate=RateStructure.fixed(40_000)), ON)
    assert (example.amount_fen, example.term_months, example.moved) == (USUAL_AMOUNT_FEN, 12, False)
    assert example.apr_ppm == 40_000
    assert example.apr_words == Words("4.00%", "4.00%")


def test_an_example_is_moved_into_what_the_product_lends() -> None:
    example = example_loan(TERMS, ON, amount_fen=900 * WAN, term_months=3, method=RepaymentMethod.BULLET)
    assert (example.amount_fen, example.term_months) == (300 * WAN, 6)
    assert example.method is RepaymentMethod.EQUAL_INSTALMENT
    assert example.moved


def test_a_product_that_names_no_method_takes_the_one_asked_for() -> None:
    example = example_loan(ProductTerms(), ON, method=RepaymentMethod.BULLET)
    assert example.method is RepaymentMethod.BULLET
    assert not example.moved


def test_a_rate_that_is_not_published_has_no_cost() -> None:
    example = example_loan(ProductTerms(), ON)
    assert example.apr_ppm is None
    assert example.true_cost is None
    assert example.schedule is None
    assert example.fees_fen is None
    assert example.subsidies_fen is None
    assert example.effective_ppm is None
    assert example.apr_words.zh == "以银行审批为准"


def test_the_cost_shown_and_ordered_by_is_to_the_basis_point() -> None:
    fee = FeeLine(FeeKind.GUARANTEE, FeePayer.FIRM, FeeTiming.ANNUAL, rate_ppm=10_000)
    terms = ProductTerms(rate=RateStructure.between(33_500, 38_500), fees=(fee,))
    example = example_loan(terms, ON)
    assert example.apr_ppm is not None
    assert example.apr_ppm % 100 == 0
    assert example.apr_ppm > 48_000
    assert example.fees_fen == WAN
    assert example.subsidies_fen == 0
    assert "–" in example.apr_words.zh


def test_a_rate_with_an_upper_end_only_says_so() -> None:
    example = example_loan(ProductTerms(rate=RateStructure.between(None, 48_000)), ON)
    assert example.apr_words.zh == "不超过 4.80%"


def test_fees_that_eat_up_the_loan_leave_no_cost_and_no_error() -> None:
    fee = FeeLine(FeeKind.SERVICE, FeePayer.FIRM, FeeTiming.UPFRONT, sum_fen=WAN)
    terms = ProductTerms(rate=RateStructure.fixed(40_000), fees=(fee,))
    assert example_loan(terms, ON, amount_fen=WAN // 2).true_cost is None
