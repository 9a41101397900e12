"""``creditbridge ledger``: proving the books from the command line."""

from __future__ import annotations

import json
from typing import Any

import click

from creditbridge.kernel.money import format_exact
from matching.ledger.checking import Trial, trial_balance


@click.group()
def ledger() -> None:
    """Check the books of quotas, lines, risk pools and loans."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def check(context: Any, as_json: bool) -> None:
    """Print the trial balance; end with 1 where the books do not hold."""
    with context.database().read() as session:
        trial = trial_balance(session)
    click.echo(_json(trial) if as_json else _text(trial))
    if not trial.holds:
        raise SystemExit(1)


def _json(trial: Trial) -> str:
    return json.dumps(
        {
            "holds": trial.holds,
            "transactions": trial.transactions,
            "entries": trial.entries,
            "accounts": [
                {
                    "kind": row.kind.value,
                    "accounts": row.accounts,
                    "onto_fen": row.onto_fen,
                    "off_fen": row.off_fen,
                    "balance_fen": row.balance_fen,
                }
                for row in trial.rows
            ],
            "findings": list(trial.findings),
        }
    )


def _text(trial: Trial) -> str:
    lines = [f"{'account':18} {'accounts':>8} {'onto':>24} {'off':>24} {'balance':>24}"]
    lines += [
        f"{row.kind.value:18} {row.accounts:>8} {format_exact(row.onto_fen):>24} "
        f"{format_exact(row.off_fen):>24} {format_exact(row.balance_fen):>24}"
        for row in trial.rows
    ]
    lines.append(f"{trial.transactions} transactions, {trial.entries} entries")
    lines += [f"WRONG: {finding}" for finding in trial.findings]
    lines.append("The books hold." if trial.holds else "The books do NOT hold.")
    return "\n".join(lines)
