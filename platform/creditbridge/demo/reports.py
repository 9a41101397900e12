"""Facts that firms of the demo city reported themselves: unconfirmed, each with its report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from borrowers.reported_facts.model import ReportedFact
from borrowers.reported_facts.rules import LIFECYCLE
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.dice import Dice
from creditbridge.demo.firms.knowing import report_itself
from creditbridge.facts.values import value_to_json
from creditbridge.kernel import clock, ids

_REPORTING = 0.4


def let_report(session: Session, dice: Dice, accounts: Sequence[FirmAccount], now: datetime) -> int:
    """Some of these firms state some of their facts themselves; answers how many reports there are."""
    rows = []
    for account in accounts:
        if not dice.chance(_REPORTING):
            continue
        for code in report_itself(dice, account.firm, clock.legal_date(now)):
            held = account.firm.facts[code]
            rows.append(
                ReportedFact(
                    public_id=ids.public_id(),
                    created_at=now - timedelta(days=dice.whole(1, 5)),
                    firm_id=account.firm.firm_id,
                    fact=code,
                    value={"value": value_to_json(held.value)},
                    as_of=held.as_of,
                    state=LIFECYCLE.initial.value,
                    reported_by=account.owner.user_id,
                )
            )
    session.add_all(rows)
    session.flush()
    return len(rows)
