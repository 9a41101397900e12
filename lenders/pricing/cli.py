"""``creditbridge schedule``: the repayment table of a loan, for whoever checks ours against their own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import click

from creditbridge.kernel.dates import MonthEnd
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.money import NumberTextError, format_exact, format_rate, parse_amount, parse_rate
from lenders.pricing.apr import TrueCost, true_cost
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming
from lenders.pricing.running import (
    Change,
    Extension,
    Keep,
    Prepayment,
    RateChange,
    RowKind,
    RunningRow,
    running_schedule,
)
from lenders.pricing.schedule import DayCount, DueShift, LoanTerms, RepaymentMethod, Rounding, RoundingMode

_EVERY = re.compile(r"([1-9][0-9]{0,3})([dwmy])")
_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}
# What the rules call their inputs, and how one names them here.
_OPTIONS = {
    "principal_fen": "--principal",
    "rate_ppm": "--rate",
    "term_months": "--periods and --every",
    "interval_months": "--every",
    "agreed_payment_fen": "--payment",
    "payment_unit_fen": "--payment-unit",
    "grace_principal": "--grace-principal",
    "grace_interest": "--grace-interest",
    "dues": "--every",
    "fees": "--fee",
    "months": "--extend",
    "on": "a change",
}


class _Day(click.ParamType[date]):
    """A day of the calendar, written as ISO 8601 has it."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a day of the calendar; write it as 2026-11-30", param, ctx)


class _Dated(click.ParamType[tuple[date, str]]):
    """A day and what it brings: ``2026-11-30=20000``."""

    def __init__(self, what: str) -> None:
        self.name = f"YYYY-MM-DD={what}"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, str]:
        if isinstance(value, tuple):
            return value
        day, equals, what = value.partition("=")
        if not equals:
            self.fail(f"{value} lacks the equals sign; write it as {self.name}", param, ctx)
        return _Day().convert(day, param, ctx), what


def _choice(kind: Any) -> click.Choice[str]:
    """The values of an enumeration, as the documentation and the API write them."""
    return click.Choice([member.value for member in kind], case_sensitive=False)


@click.command()
@click.option("--principal", required=True, help="In yuan, such as 10000.00.")
@click.option("--rate", required=True, help="Yearly, in percent.")
@click.option("--periods", type=click.IntRange(1, 4000), required=True, help="How many payments.")
@click.option("--every", default="1m", help="Time between them: 1m, 3m, 2w, 10d, 1y.")
@click.option("--method", type=_choice(RepaymentMethod), default=RepaymentMethod.EQUAL_INSTALMENT.value)
@click.option("--day-count", type=_choice(DayCount), default=DayCount.THIRTY_360.value)
@click.option("--start", type=_Day(), required=True, help="The day the loan is paid out.")
@click.option("--month-end", type=_choice(MonthEnd), default=MonthEnd.LAST_DAY.value)
@click.option("--due-shift", type=_choice(DueShift), default=DueShift.NONE.value)
@click.option("--rounding", type=_choice(RoundingMode), default=RoundingMode.HALF_UP.value)
@click.option("--payment-unit", type=int, default=1, help="Payments in multiples of so many fen.")
@click.option("--grace-principal", type=int, default=0, help="First periods without principal.")
@click.option("--grace-interest", type=int, default=0, help="First periods without payment of interest.")
@click.option("--payment", help="The equal instalment agreed, in yuan.")
@click.option("--fee", help="Taken from the loan when it is paid out, in yuan; it enters the APR.")
@click.option("--prepay", type=_Dated("YUAN"), multiple=True, help="Principal repaid early. May be repeated.")
@click.option(
    "--keep", type=_choice(Keep), default=Keep.TERM.value, help="What a prepayment leaves as it was."
)
@click.option("--rate-from", type=_Dated("PERCENT"), multiple=True, help="A new rate. May be repeated.")
@click.option("--extend", type=_Dated("MONTHS"), multiple=True, help="A longer term. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def schedule(as_json: bool, **asked: Any) -> None:
    """Show the repayment table of a loan, with what happens to it while it runs, and its APR as agreed."""
    try:
        terms = _terms(asked)
        cost = true_cost(terms, _fees(asked["fee"]))
        rows = running_schedule(terms, _changes(asked))
    except (NumberTextError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    except InvalidInput as error:
        fields = "; ".join(
            f"{_OPTIONS.get(path, path)}: {words.en}"
            for path, all_words in error.fields.items()
            for words in all_words
        )
        raise click.ClickException(fields) from error
    except DomainError as error:
        raise click.ClickException(error.words.en) from error
    click.echo(_json(rows, cost) if as_json else _table(rows, cost))


def _terms(asked: dict[str, Any]) -> LoanTerms:
    every = _EVERY.fullmatch(asked["every"])
    if every is None:
        raise ValueError("--every is a number and d, w, m or y, such as 1m or 2w")
    start, periods, method = asked["start"], int(asked["periods"]), asked["method"]
    day_count, number = DayCount(asked["day_count"]), int(every[1])
    dues: tuple[date, ...] = ()
    if every[2] in _MONTHS:
        interval = number * _MONTHS[every[2]]
        term = interval * periods
    else:
        step = timedelta(days=number * _DAYS[every[2]])
        dues = tuple(start + step * place for place in range(1, periods + 1))
        interval, term = 1, (dues[-1].year - start.year) * 12 + dues[-1].month - start.month + 1
        # Over days 30/360 counts them as they are, over a year of 360.
        day_count = DayCount.ACT_360 if day_count is DayCount.THIRTY_360 else day_count
    return LoanTerms(
        parse_amount(asked["principal"]),
        parse_rate(asked["rate"]),
        term,
        RepaymentMethod(method),
        start,
        interval,
        day_count,
        MonthEnd(asked["month_end"]),
        DueShift(asked["due_shift"]),
        int(asked["grace_principal"]),
        int(asked["grace_interest"]),
        Rounding(RoundingMode(asked["rounding"]), int(asked["payment_unit"])),
        parse_amount(asked["payment"]) if asked["payment"] else None,
        dues,
    )


def _fees(asked: str | None) -> Sequence[FeeLine]:
    if not asked:
        return ()
    return [FeeLine(FeeKind.SERVICE, FeePayer.FIRM, FeeTiming.UPFRONT, sum_fen=parse_amount(asked))]


def _changes(asked: dict[str, Any]) -> list[Change]:
    keep = Keep(asked["keep"])
    made: dict[str, Callable[[date, str], Change]] = {
        "prepay": lambda on, amount: Prepayment(on, parse_amount(amount), keep),
        "rate_from": lambda on, percent: RateChange(on, parse_rate(percent)),
        "extend": lambda on, months: Extension(on, _months(months)),
    }
    return [make(on, what) for option, make in made.items() for on, what in asked[option]]


def _months(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"--extend is a day and a number of months; {text} is no number")
    return int(text)


def _json(rows: Sequence[RunningRow], cost: TrueCost) -> str:
    shown = [
        {
            "n": row.number,
            "kind": row.kind.value,
            "due": row.due.isoformat(),
            "principal_fen": row.principal_fen,
            "interest_fen": row.interest_fen,
            "payment_fen": row.payment_fen,
            "balance_fen": row.balance_fen,
        }
        for row in rows
    ]
    return json.dumps(
        {
            "interest_fen": _interest(rows),
            "received_fen": cost.received_fen,
            "apr_ppm": cost.nominal_ppm,
            "effective_apr_ppm": cost.effective_ppm,
            "rows": shown,
        }
    )


def _table(rows: Sequence[RunningRow], cost: TrueCost) -> str:
    lines = [f"{'n':>4}  {'due':10}  {'principal':>18}  {'interest':>16}  {'payment':>18}  {'balance':>18}"]
    lines += [
        f"{row.number:>4}  {row.due.isoformat()}  {format_exact(row.principal_fen):>18}  "
        f"{format_exact(row.interest_fen):>16}  {format_exact(row.payment_fen):>18}  "
        f"{format_exact(row.balance_fen):>18}  {'' if row.kind is RowKind.INSTALMENT else row.kind.value}".rstrip()
        for row in rows
    ]
    lines += [
        f"      interest in all: {format_exact(_interest(rows))}",
        f"      APR as agreed: {format_rate(cost.apr_ppm)} (with compound interest {format_rate(cost.effective_apr_ppm)})",
    ]
    return "\n".join(lines)


def _interest(rows: Sequence[RunningRow]) -> int:
    return sum(row.interest_fen for row in rows)
