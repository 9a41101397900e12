"""``creditbridge schedule``: the repayment table of a loan, for whoever checks ours against their own."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import click

from creditbridge.kernel.dates import MonthEnd
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.money import NumberTextError, format_exact, parse_amount, parse_rate
from lenders.pricing.schedule import (
    DayCount,
    DueShift,
    LoanTerms,
    RepaymentMethod,
    Rounding,
    RoundingMode,
    Schedule,
    repayment_schedule,
)

_EVERY = re.compile(r"([1-9][0-9]{0,3})([dwmy])")
_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}


@click.command()
@click.option("--principal", required=True, help="In yuan, such as 10000.00.")
@click.option("--rate", required=True, help="Yearly, in percent.")
@click.option("--periods", type=click.IntRange(1, 4000), required=True, help="How many payments.")
@click.option("--every", default="1m", help="Time between them: 1m, 3m, 2w, 10d, 1y.")
@click.option("--method", type=click.Choice([*RepaymentMethod]), default=RepaymentMethod.EQUAL_INSTALMENT)
@click.option("--day-count", type=click.Choice([*DayCount]), default=DayCount.THIRTY_360)
@click.option("--start", required=True, help="The day the loan is paid out.")
@click.option("--month-end", type=click.Choice([*MonthEnd]), default=MonthEnd.LAST_DAY)
@click.option("--due-shift", type=click.Choice([*DueShift]), default=DueShift.NONE)
@click.option("--rounding", type=click.Choice([*RoundingMode]), default=RoundingMode.HALF_UP)
@click.option("--payment-unit", type=int, default=1, help="Payments in multiples of so many fen.")
@click.option("--grace-principal", type=int, default=0, help="First periods without principal.")
@click.option("--grace-interest", type=int, default=0, help="First periods without payment of interest.")
@click.option("--payment", help="The equal instalment agreed, in yuan.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def schedule(as_json: bool, **asked: str) -> None:
    """Show the repayment table of a loan."""
    try:
        found = repayment_schedule(_terms(asked))
    except (NumberTextError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    except InvalidInput as error:
        fields = "; ".join(
            f"{path}: {words.en}" for path, all_words in error.fields.items() for words in all_words
        )
        raise click.ClickException(fields) from error
    except DomainError as error:
        raise click.ClickException(error.words.en) from error
    click.echo(_json(found) if as_json else _table(found))


def _terms(asked: dict[str, str]) -> LoanTerms:
    every = _EVERY.fullmatch(asked["every"])
    if every is None:
        raise ValueError("--every is a number and d, w, m or y, such as 1m or 2w")
    start, periods, method = date.fromisoformat(asked["start"]), int(asked["periods"]), asked["method"]
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


def _json(found: Schedule) -> str:
    rows = [
        {
            "n": row.number,
            "due": row.due.isoformat(),
            "principal_fen": row.principal_fen,
            "interest_fen": row.interest_fen,
            "payment_fen": row.payment_fen,
            "balance_fen": row.balance_fen,
        }
        for row in found.instalments
    ]
    return json.dumps({"interest_fen": found.interest_fen, "rows": rows})


def _table(found: Schedule) -> str:
    lines = [f"{'n':>4}  {'due':10}  {'principal':>18}  {'interest':>16}  {'payment':>18}  {'balance':>18}"]
    lines += [
        f"{row.number:>4}  {row.due.isoformat()}  {format_exact(row.principal_fen):>18}  "
        f"{format_exact(row.interest_fen):>16}  {format_exact(row.payment_fen):>18}  {format_exact(row.balance_fen):>18}"
        for row in found.instalments
    ]
    return "\n".join([*lines, f"      interest in all: {format_exact(found.interest_fen)}"])
