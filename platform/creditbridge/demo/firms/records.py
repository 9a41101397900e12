"""The credit records of an invented firm: such that what is read from them is what was drawn of it.

A fact that was drawn and is known has the records it would be read from; of one that is not known, or that the firm
says itself, there are none. Around them stands what a firm of its soundness leaves behind: reports of earlier years,
inspections, kept and broken promises, honours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from creditbridge.demo.dice import Dice
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource
from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.records.catalogue import items
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number

_DAY_OF_MONTH = 12
_MONTHS = 12
_MORE_MONTHS = 24
_PENALTIES = ("penalty.warning", "penalty.fine_low", "penalty.fine_low", "penalty.fine", "penalty.environment", "penalty.fire")  # fmt: skip
_ABNORMAL = ("penalty.abnormal_report", "penalty.abnormal_unreachable", "penalty.abnormal_disclosure")
_STATED_BY_RECORDS = frozenset(
    {
        FactSource.TAX,
        FactSource.SOCIAL_INSURANCE,
        FactSource.ANNUAL_REPORT,
        FactSource.COURT,
        FactSource.MARKET_SUPERVISION,
        FactSource.INTELLECTUAL_PROPERTY,
        FactSource.ENVIRONMENT,
        FactSource.UTILITY,
        FactSource.CUSTOMS,
    }
)


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """One record; ``ends`` is None while it lasts."""

    item: str
    day: date
    ends: date | None = None
    value: int | None = None


class _Telling:
    """One firm, as its records tell of it."""

    def __init__(self, dice: Dice, firm: DemoFirm, today: date) -> None:
        self.dice, self.firm, self.today = dice, firm, today
        # How it behaves follows how sound it is, not altogether; grades of the city are spread by it as in a real one.
        self.conduct = 0.9 * firm.soundness + 0.45 * dice.bell(-0.5, 1, -3, 2)
        newest = today.replace(day=_DAY_OF_MONTH)
        first = newest if newest <= today else add_months(newest, -1, MonthEnd.LAST_DAY)
        self.months = [add_months(first, -n, MonthEnd.LAST_DAY) for n in range(_MORE_MONTHS)]

    def known(self, code: str) -> int | str | None:
        """A fact that records tell; None of any other."""
        held = self.firm.facts.get(code)
        if held is None or held.source not in _STATED_BY_RECORDS:
            return None
        value = held.value
        assert isinstance(value, int | str)
        return value

    def number(self, code: str) -> int | None:
        value = self.known(code)
        return int(value) if value is not None else None

    def ago(self, low: int, high: int) -> date:
        """A day so many days back."""
        return self.today - timedelta(days=self.dice.whole(low, high))

    def report_day(self, years_ago: int) -> date:
        """A day in the season of annual reports."""
        year = self.today.year - years_ago - (self.today < date(self.today.year, 7, 2))
        return date(year, self.dice.whole(3, 6), self.dice.whole(1, 28))

    def spread(self, item: str, total: int, months: Sequence[date]) -> Iterator[DemoRecord]:
        """A sum over months, each about alike, that comes out exactly."""
        left = total
        for place, day in enumerate(months):
            rest = len(months) - place
            part = left if rest == 1 else round(left / rest * self.dice.between(0.7, 1.3))
            left -= part
            yield DemoRecord(item, day, value=part)

    def grade(self, item: str, code: str, *, months: int) -> Iterator[DemoRecord]:
        """A grade given some months ago."""
        value = self.known(code)
        if value is not None:
            scale = catalogue()[code].scale
            assert scale is not None
            day = add_months(self.today, -months, MonthEnd.LAST_DAY)
            yield DemoRecord(item, day, add_months(day, 24, MonthEnd.LAST_DAY), scale.rank(str(value)))

    def of_tax(self) -> Iterator[DemoRecord]:
        yield from self.grade("tax.credit_grade", "tax_credit_grade", months=7)
        paid, recent, half = (
            self.number(code) for code in ("tax_paid_12m", "tax_payments_3m", "tax_payments_6m")
        )
        if paid is None:
            return
        yield DemoRecord("tax.registered", self.ago(800, 1_800))
        near = self.months[: recent or 0] if recent is not None else []
        mid = self.months[3 : 3 + max((half or 0) - len(near), 0)]
        months = [*near, *mid, *(self.months[6:_MONTHS] if paid else [])]
        if paid and not months:
            months = self.months[6:_MONTHS]
        yield from self.spread("tax.paid", paid, months) if paid else ()
        average = self.number("tax_paid_avg_2y")
        if average is not None and average * 2 > paid:
            yield from self.spread("tax.paid", average * 2 - paid, self.months[_MONTHS:])
        for code, item in (("tax_sales_12m", "tax.sales"), ("invoiced_sales_12m", "tax.invoiced")):
            if (total := self.number(code)) is not None:
                yield from self.spread(item, total, self.months[:_MONTHS])
        if sales := self.number("tax_sales_12m"):
            before = round(sales / self.dice.bell(0.98 + 0.2 * self.conduct, 0.15, 0.5, 2.0))
            yield from self.spread("tax.sales", before, self.months[_MONTHS:])
        late_often = 0.02 + 0.12 * max(0.0, 0.7 - self.conduct)
        for day in self.months[:_MONTHS]:
            late = self.dice.chance(late_often)
            yield DemoRecord("tax.filed_late" if late else "tax.filed", day)
        if arrears := self.number("tax_arrears"):
            yield DemoRecord("tax.arrears", self.ago(20, 90), value=arrears)
        if self.known("tax_violation"):
            yield DemoRecord("tax.penalty", self.ago(60, 600), value=self.dice.whole(1, 40) * 100_000)

    def of_reports(self) -> Iterator[DemoRecord]:
        filed = self.known("annual_report_filed")
        if filed is False:
            yield DemoRecord("report.missed", date(self.report_day(0).year, 7, 1))
        for years in (0, 1, 2) if filed else (1, 2) if filed is False else ():
            yield DemoRecord("report.filed", self.report_day(years))
        assets, ratio = self.number("total_assets"), self.number("debt_asset_ratio")
        figures = {
            "report.revenue": self.number("annual_revenue"),
            "report.net_profit": self.number("net_profit"),
            "report.employees": self.number("employees"),
            "report.assets": assets,
            "report.liabilities": None if assets is None or ratio is None else assets * ratio // 1_000_000,
        }
        for item, value in figures.items():
            if value is not None:
                yield DemoRecord(item, self.report_day(0), value=value)
                yield DemoRecord(item, self.report_day(1), value=round(value * self.dice.between(0.75, 1.1)))

    def of_staff(self) -> Iterator[DemoRecord]:
        people = self.number("social_insurance_headcount")
        if people is not None:
            for place, day in enumerate(self.months[:_MONTHS]):
                heads = people if place == 0 else max(1, round(people * self.dice.between(0.9, 1.08)))
                yield DemoRecord("social.insured_people", day, value=heads)
                yield DemoRecord("social.paid", day, value=heads * 110_000)
        if self.known("social_insurance_current") is False:
            yield DemoRecord("social.arrears", self.ago(20, 80), value=self.dice.whole(5, 60) * 100_000)
        elif self.known("social_insurance_current") and people is None:
            yield DemoRecord("social.started", self.ago(400, 1_800))
        if hires := self.number("new_hires"):
            yield from self.spread(
                "social.hired", hires, self.months[:_MONTHS:3] if hires < _MONTHS else self.months[:_MONTHS]
            )

    def of_supervision(self) -> Iterator[DemoRecord]:
        listings, listed = self.number("abnormal_listings_3y") or 0, bool(self.known("abnormal_listed"))
        for number in range(max(listings, int(listed))):
            still = listed and number == 0
            day = self.ago(40, 330) if still else self.ago(400, 1_000)
            yield DemoRecord(
                self.dice.pick(_ABNORMAL),
                day,
                None if still else day + timedelta(days=self.dice.whole(20, 200)),
            )
        if self.known("seriously_dishonest"):
            yield DemoRecord("penalty.serious_list", self.ago(60, 900))
        for _ in range(self.number("penalties_12m") or 0):
            yield from self._penalty(self.ago(20, 340))
        for _ in range(2):
            if self.dice.chance(0.03 + 0.2 * max(0.0, 0.7 - self.conduct)):
                yield from self._penalty(self.ago(370, 1_080))
        if self.known("serious_accident_3y"):
            yield DemoRecord("penalty.accident", self.ago(60, 1_000))
        yield from self.grade("honour.compliance_grade", "compliance_grade", months=5)
        yield from self.grade("honour.environment_grade", "environmental_rating", months=6)

    def _penalty(self, day: date) -> Iterator[DemoRecord]:
        yield DemoRecord(
            self.dice.pick(_PENALTIES),
            day,
            day + timedelta(days=self.dice.whole(30, 700)),
            self.dice.whole(1, 50) * 100_000,
        )

    def of_courts(self) -> Iterator[DemoRecord]:
        for _ in range(self.number("lawsuits_as_defendant_12m") or 0):
            yield DemoRecord("judicial.defendant", self.ago(10, 340))
        claims = self.dice.whole(5, 300) * 1_000_000
        if self.known("under_enforcement"):
            yield DemoRecord("judicial.execution", self.ago(20, 300), value=claims)
        if self.known("judgment_defaulter"):
            yield DemoRecord("judicial.dishonest", self.ago(20, 400), value=claims)
        if self.known("equity_frozen"):
            yield DemoRecord("registration.equity_frozen", self.ago(20, 300), value=claims)

    def of_innovation(self) -> Iterator[DemoRecord]:
        inventions, patents = self.number("invention_patents"), self.number("valid_patents")
        if inventions is None and patents is None:
            return
        inventions, patents = inventions or 0, patents or 0
        yield DemoRecord("honour.trademark", self.ago(700, 1_500))
        for number in range(max(patents, inventions)):
            item = "honour.patent_invention" if number < inventions else "honour.patent_utility"
            yield DemoRecord(
                item, self.ago(100, 1_700), self.today + timedelta(days=self.dice.whole(700, 5_000))
            )

    def of_trade(self) -> Iterator[DemoRecord]:
        for code, item in (
            ("electricity_12m", "operation.power_used"),
            ("export_volume_12m", "operation.export"),
        ):
            if total := self.number(code):
                yield from self.spread(item, total, self.months[:_MONTHS])

    def of_conduct(self) -> Iterator[DemoRecord]:
        """What shows how a firm keeps its word, beyond what any fact says."""
        good = max(0.0, self.conduct + 0.4)
        for item, often in (
            ("commitment.signed", 0.8), ("commitment.kept", 0.9), ("commitment.contract_performed", 1.2),
            ("penalty.inspection_passed", 0.9), ("penalty.product_check_passed", 0.35), ("licence.granted", 0.5),
            ("honour.contract_honour", 0.2), ("honour.quality_system", 0.3), ("honour.environment_system", 0.2),
            ("honour.charity", 0.15), ("commitment.loan_repaid", 0.8), ("operation.technical_upgrade", 0.2),
            ("tax.a_grade", 0.25), ("report.social_report", 0.1),
        ):  # fmt: skip
            for _ in range(2):
                if self.dice.chance(min(0.95, often * good / 2)):
                    value = None if items()[item].value == "none" else self.dice.whole(10, 400) * 1_000_000
                    yield DemoRecord(item, self.ago(20, 1_000), value=value)
        yield from self._misconduct(max(0.0, 0.8 - self.conduct))

    def _misconduct(self, trouble: float) -> Iterator[DemoRecord]:
        """What goes wrong in a firm: the more so the deeper it is in trouble, and only then what is grave."""
        for item, often in _MISCONDUCT:
            for _ in range(2):
                if self.dice.chance(min(0.9, often * trouble)):
                    yield self._wrong(item, still_open=False)
        for item, often in _UNSETTLED:
            if self.dice.chance(min(0.9, often * max(0.0, trouble - _LIGHT))):
                yield self._wrong(item, still_open=True)
        if trouble > _DEEP:
            for item, often in _GRAVE:
                if self.dice.chance(often * (trouble - _DEEP)):
                    yield self._wrong(item, still_open=True)

    def _wrong(self, item: str, *, still_open: bool) -> DemoRecord:
        day = self.ago(30, 330 if still_open else 900)
        value = None if items()[item].value == "none" else self.dice.whole(1, 200) * 100_000
        return DemoRecord(
            item, day, None if still_open else day + timedelta(days=self.dice.whole(20, 400)), value
        )


_MISCONDUCT = (
    ("commitment.breached", 0.48), ("commitment.contract_breached", 0.48), ("commitment.supplier_paid_late", 0.56),
    ("commitment.loan_overdue", 0.16), ("penalty.inspection_rectify", 0.64), ("penalty.inspection_failed", 0.32),
    ("penalty.product_check_failed", 0.32), ("penalty.complaint_upheld", 0.48), ("judicial.judgment_lost", 0.48),
    ("social.paid_late", 0.96), ("social.labour_dispute", 0.40), ("social.wage_arrears", 0.24),
    ("operation.power_late", 0.64), ("report.spot_check_failed", 0.32), ("report.filed_late", 0.48),
    ("judicial.execution_ended", 0.06),
)  # fmt: skip
"""Items of misconduct that is over, with how often a firm in some trouble has them."""
_UNSETTLED = (
    ("operation.power_arrears", 0.12), ("operation.property_sealed", 0.08), ("penalty.hazard_open", 0.08),
    ("commitment.loan_overdue", 0.07), ("judicial.unfulfilled", 0.06),
)  # fmt: skip
"""Items of what is not put right yet."""
_GRAVE = (
    ("commitment.loan_overdue", 0.3), ("commitment.loan_non_performing", 0.25), ("judicial.consumption_limited", 0.2),
    ("tax.abnormal_taxpayer", 0.2), ("social.wage_blacklist", 0.12), ("commitment.procurement_banned", 0.1),
)  # fmt: skip
"""Items of firms that are close to their end."""
_LIGHT, _DEEP = 0.8, 1.8
"""Trouble from which matters stay unsettled, and from which they are grave."""


_SOURCES: Mapping[str, Callable[[_Telling], Iterator[DemoRecord]]] = {
    "tax": _Telling.of_tax,
    "reports": _Telling.of_reports,
    "staff": _Telling.of_staff,
    "supervision": _Telling.of_supervision,
    "courts": _Telling.of_courts,
    "innovation": _Telling.of_innovation,
    "trade": _Telling.of_trade,
    "conduct": _Telling.of_conduct,
}
UNHEARD_OF = 0.05
"""How many firms no source has sent anything about: they are not rated."""


def records_of(dice: Dice, firm: DemoFirm, today: date) -> list[DemoRecord]:
    """Every record of one firm, in the order in which they came about."""
    founded = firm.row.established_on
    telling = _Telling(dice, firm, today)
    told = [record for tell in _SOURCES.values() for record in tell(telling)]
    if founded is not None:
        told = [
            record
            for record in told
            if record.day >= founded or record.item.startswith(("tax.", "social.", "report."))
        ]
        told.append(DemoRecord("registration.established", founded))
    return sorted(told, key=lambda record: (record.day, record.item, record.value or 0))


def as_columns(records: Mapping[int, Sequence[DemoRecord]]) -> RecordColumns:
    """Records by firm number as columns, numbered from 0; when they came is not said yet."""
    known = items()
    flat = [(number, record) for number in sorted(records) for record in records[number]]
    return RecordColumns.of(
        {
            "firm_no": [number for number, _ in flat],
            "item": [known[record.item].number for _, record in flat],
            "occurred_on": [day_number(record.day) for _, record in flat],
            "ends_on": [NO_DAY if record.ends is None else day_number(record.ends) for _, record in flat],
            "value": [NO_VALUE if record.value is None else record.value for _, record in flat],
            "severity": [known[record.item].severity.number for _, record in flat],
            "received_on": [day_number(record.day) for _, record in flat],
            "record_no": np.arange(len(flat)),
        }
    )
