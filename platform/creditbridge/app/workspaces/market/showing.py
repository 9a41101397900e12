"""The rows of the product page and of the comparison: what is said, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from creditbridge.app.workspaces.market.service import Standing
from creditbridge.kernel.money import FEN_PER_WAN
from creditbridge.kernel.words import Words
from creditbridge.pages import filters
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Table
from creditbridge.registry import regions
from lenders.admission.sentence import OutlineLine, amount_sentence, outline
from lenders.browsing.example import USUAL_AMOUNT_FEN, USUAL_TERM_MONTHS, Example
from lenders.browsing.rules import Listing, Wish
from lenders.pricing.fees import FEE_KIND_WORDS, SUBSIDY_KIND_WORDS
from lenders.pricing.rates import UNPUBLISHED
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS, Schedule
from lenders.products.rules import GUARANTEE_TYPE_WORDS, ProductTerms, PublishedProduct

Row = tuple[Any, ...]


def in_wan(fen: int) -> str:
    """An amount as it stands in a field whose unit is 万元."""
    whole, rest = divmod(fen, FEN_PER_WAN)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def product_url(product: PublishedProduct, wish: Wish) -> str:
    """A product's page, its example for the amount and term looked for."""
    return url_for(
        "market.product",
        public_id=product.public_id,
        amount=in_wan(wish.amount_fen) if wish.amount_fen else None,
        term=wish.term_months,
    )


def usual_loan() -> dict[str, int]:
    """What costs are computed for where nothing is asked for."""
    return {"usual_amount": USUAL_AMOUNT_FEN, "usual_months": USUAL_TERM_MONTHS}


def conditions(product: PublishedProduct) -> list[OutlineLine]:
    """The conditions in words, one a line, without the heading of the whole."""
    return [line for line in outline(product.admission) if line.depth > 0]


def cost_rows(example: Example) -> list[Row]:
    """What an example loan costs, from what is received to what it comes to."""
    cost = example.true_cost
    if cost is None:
        return []
    fees = [
        (say(FEE_KIND_WORDS[line.kind]), filters.exact(fen), say(line.describe())) for line, fen in cost.fees
    ]
    subsidies = [
        (say(SUBSIDY_KIND_WORDS[line.kind]), f"−{filters.exact(fen)}", say(line.describe()))
        for line, fen in cost.subsidies
    ]
    return [
        (_("到手金额"), filters.exact(cost.received_fen), None),
        (_("利息合计"), filters.exact(cost.interest_fen), None),
        *fees,
        *subsidies,
        (_("总成本"), filters.exact(cost.total_fen), _("利息加费用，减去补贴")),
        (_("每期最多还"), filters.exact(cost.schedule.highest_payment_fen), None),
        (_("年化综合融资成本"), filters.rate(example.apr_ppm), _("单利")),
    ]


def schedule_table(schedule: Schedule) -> Table:
    """The repayment plan."""
    columns = [
        Column("number", _("期次"), kind="number"),
        Column("due", _("还款日"), kind="day"),
        Column(
            "payment_fen", _("应还"), kind="exact", total=sum(r.payment_fen for r in schedule.instalments)
        ),
        Column("principal_fen", _("本金"), kind="exact", total=schedule.terms.principal_fen),
        Column("interest_fen", _("利息"), kind="exact", total=schedule.interest_fen),
        Column("balance_fen", _("剩余本金"), kind="exact"),
    ]
    return Table(columns, schedule.instalments, _("还款计划"), id="schedule")


def basics(product: PublishedProduct, standing: Standing, on: date) -> list[Row]:
    """The terms in full."""
    terms = product.terms
    rows: list[Row] = [
        (_("金融机构"), say(product.lender.name), None),
        (_("年化利率"), say(terms.rate.describe(on)), say(terms.rate_note) or None),
        (_("担保方式"), listed([GUARANTEE_TYPE_WORDS[kind] for kind in terms.guarantee_types]), None),
        (_("还款方式"), listed([REPAYMENT_METHOD_WORDS[method] for method in terms.repayment_methods]), None),
        (_("服务地区"), _regions(terms), None),
        (_("受理时间"), _period(terms), None),
    ]
    rows += _amounts_and_charges(product)
    if standing.median_days is not None:
        rows.append((_("办理时效"), _("一半的申请在 %(n)s 天内有结果", n=standing.median_days), _("近一年")))
    if standing.quota_left is not None:
        rows.append((_("剩余额度"), filters.amount(standing.quota_left), None))
    if product.scheme is not None:
        rows.append((_("政策产品"), say(product.scheme.name), say(product.scheme.sponsor)))
    contact = " ".join(
        part for part in (terms.contact.name, terms.contact.phone, terms.contact.email) if part
    )
    if contact:
        rows.append((_("咨询"), contact, None))
    rows.append((_("产品版本"), _("第 %(n)s 版", n=product.version_number), None))
    return rows


def _amounts_and_charges(product: PublishedProduct) -> list[Row]:
    terms, rows = product.terms, []
    if product.amount_formula is not None:
        rows.append((_("额度如何确定"), say(amount_sentence(product.amount_formula)), None))
    if terms.amount_note.zh:
        rows.append((_("额度说明"), say(terms.amount_note), None))
    rows.append((_("费用与补贴"), listed(_charges(terms), _("；")) or _("无其他费用"), None))
    return rows


def listed(several: Sequence[Words], joint: str | None = None) -> str:
    """Words one after another."""
    return (joint or _("、")).join(say(words) for words in several)


def _regions(terms: ProductTerms) -> str:
    return listed([regions.region_name(code) for code in terms.regions]) or _("以网点服务地区为准")


def _period(terms: ProductTerms) -> str:
    if terms.valid_from and terms.valid_to:
        return _("%(first)s 至 %(last)s", first=terms.valid_from.isoformat(), last=terms.valid_to.isoformat())
    if terms.valid_to:
        return _("截至 %(last)s", last=terms.valid_to.isoformat())
    if terms.valid_from:
        return _("自 %(first)s 起", first=terms.valid_from.isoformat())
    return _("长期")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison: a cell for each product."""

    label: str
    cells: tuple[str | list[Words], ...]
    hint: str | None = None


def comparison(listings: Sequence[Listing], on: date) -> list[Line]:
    """Everything compared, the cost first."""
    examples = [listing.example for listing in listings]
    terms = [listing.product.terms for listing in listings]

    def line(label: str, cells: Sequence[str | list[Words]], hint: str | None = None) -> Line:
        return Line(label, tuple(cells), hint)

    return [
        line(_("年化综合融资成本"), [say(row.apr_words) for row in examples], _("单利，含全部费用")),
        line(_("年化利率"), [say(row.rate.describe(on)) for row in terms]),
        line(
            _("测算条件"),
            [
                _("%(amount)s，%(n)s 个月", amount=filters.amount(row.amount_fen), n=row.term_months)
                for row in examples
            ],
        ),
        line(_("利息合计"), [_sum(row, "interest_fen") for row in examples]),
        line(_("费用合计"), [_amount(row.fees_fen) for row in examples], _("担保费、保险费等")),
        line(_("补贴合计"), [_amount(row.subsidies_fen) for row in examples]),
        line(_("总成本"), [_sum(row, "total_fen") for row in examples]),
        line(_("每期最多还"), [_amount(_highest(row)) for row in examples]),
        line(_("还款计划"), [_plan(row) for row in examples]),
        line(_("额度"), [_range(row) for row in terms]),
        line(_("期限"), [_months(row) for row in terms]),
        line(_("还款方式"), [[REPAYMENT_METHOD_WORDS[m] for m in row.repayment_methods] for row in terms]),
        line(_("担保方式"), [[GUARANTEE_TYPE_WORDS[kind] for kind in row.guarantee_types] for row in terms]),
        line(_("费用与补贴"), [_charges(row) or _("无其他费用") for row in terms]),
        line(_("需要的材料"), [[material.words for material in row.materials] for row in terms]),
    ]


def _charges(terms: ProductTerms) -> list[Words]:
    fees = [line.describe() for line in terms.fees]
    return fees + [subsidy.describe() for subsidy in terms.subsidies]


def _amount(fen: int | None) -> str:
    return say(UNPUBLISHED) if fen is None else filters.amount(fen)


def _sum(example: Example, name: str) -> str:
    return _amount(getattr(example.true_cost, name) if example.true_cost else None)


def _highest(example: Example) -> int | None:
    return example.schedule.highest_payment_fen if example.schedule else None


def _plan(example: Example) -> str:
    schedule = example.schedule
    if schedule is None:
        return say(UNPUBLISHED)
    first, last = schedule.instalments[0], schedule.instalments[-1]
    if len(schedule.instalments) == 1:
        return _(
            "%(day)s 一次还清 %(amount)s", day=last.due.isoformat(), amount=filters.amount(last.payment_fen)
        )
    return _(
        "共 %(n)s 期，首期 %(first)s，末期 %(last)s",
        n=len(schedule.instalments),
        first=filters.amount(first.payment_fen),
        last=filters.amount(last.payment_fen),
    )


def _range(terms: ProductTerms) -> str:
    least, most = terms.amount_min_fen, terms.amount_max_fen
    if least is not None and most is not None:
        return _("%(least)s至 %(most)s", least=filters.amount(least), most=filters.amount(most))
    if most is not None:
        return _("最高 %(most)s", most=filters.amount(most))
    return _("%(least)s 起", least=filters.amount(least)) if least is not None else say(terms.amount_note)


def _months(terms: ProductTerms) -> str:
    least, most = terms.term_months_min, terms.term_months_max
    if least is not None and most is not None and least != most:
        return _("%(least)s 至 %(most)s 个月", least=least, most=most)
    if most is not None:
        return _("最长 %(n)s 个月", n=most)
    return _("%(n)s 个月起", n=least) if least is not None else filters.NOTHING


def without(listings: Sequence[Listing], kept: dict[str, Any]) -> dict[str, str]:
    """For each product compared, the address of the comparison without it."""
    ids = [listing.product.public_id for listing in listings]
    return {
        public_id: url_for("market.compare", p=[other for other in ids if other != public_id], **kept)
        for public_id in ids
    }
