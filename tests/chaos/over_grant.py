"""Many processes grant against half the quota they ask for, and two draw at once on one line: nobody gets too much."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import asdict

from sqlalchemy import func, select

from creditbridge.kernel import clock
from creditbridge.kernel.errors import RuleRefused
from creditbridge.store.database import is_retryable, is_unreachable
from lenders.products import service as products
from matching.drawdowns import requesting
from matching.drawdowns.model import Drawdown
from matching.drawdowns.rules import Request
from matching.ledger.checking import balances, trial_balance
from matching.ledger.rules import AccountKind, Owner
from matching.lines.model import CreditLine
from tests.chaos.places import PAUSE, Counts, Place, Size, in_threads
from tests.lines import Lines
from tests.scene import WAN

GRANT = 10 * WAN
PROCESSES, GRANTS, LINES = 32, 100, 40


def run(place: Place, size: Size) -> Counts:
    processes, grants = size.of(PROCESSES, 6), size.of(GRANTS, 8)
    quota = processes * grants // 2 * GRANT
    scene = place.scene()
    lender, firm = scene.lender(), scene.firm()
    product = scene.product(lender, quota_fen=quota)
    task = {
        "url": place.url,
        "actor": asdict(lender.reviewer) | {"scopes": None},
        "uscc": Lines(scene).code_of(firm),
        "product": product.public_id,
        "grants": grants,
        "processes": processes,
    }
    said = subprocess.run(
        [sys.executable, "-m", "tests.chaos.granting"],
        env=place.environ,
        input=json.dumps(task),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    granted = sum(answer["granted"] for answer in answers)
    refused = sum(answer["refused"] for answer in answers)
    with place.database.read() as session:
        used = products.quotas_used(session)[product.product_id]
        booked = balances(session, AccountKind.QUOTA_USED, Owner.PRODUCT).get(product.product_id, 0)
        lines = int(session.scalar(select(func.sum(CreditLine.amount_fen))) or 0)
        findings = trial_balance(session).findings
    return {
        "tried": processes * grants,
        "processes": processes,
        "granted": granted,
        "refused": refused,
        "over_granted": max(0, lines - quota) // GRANT,
        "lost": abs(granted * GRANT - lines) // GRANT + (processes * grants - granted - refused),
        "violations": len(findings) + len({used, booked, lines, min(quota, used)}) - 1,
    }


def run_drawdowns(place: Place, size: Size) -> Counts:
    """On each line of two million two requests for 1.5 million at the same moment: exactly one gets it."""
    lines = size.of(LINES, 4)
    scene = place.scene()
    lender = scene.lender()
    book, made = Lines(scene), []
    for _ in range(lines):
        firm = scene.firm()
        made.append((firm, book.offline(lender, firm, amount_fen=200 * WAN, granted_on=clock.today())))
    wanted = 150 * WAN
    won: list[int] = []

    def ask(firm, line, ready) -> None:
        ready.wait()
        while True:
            try:
                with place.database.write() as session:
                    requesting.request(session, firm.owner, line.public_id, Request(wanted, 6))
                won.append(line.id)
            except RuleRefused:
                return
            except Exception as error:
                if not (is_retryable(error) or is_unreachable(error)):
                    raise
                PAUSE.wait(0.01)
                continue
            return

    for firm, line in made:
        ready = threading.Barrier(2)
        in_threads([lambda f=firm, n=line, r=ready: ask(f, n, r) for _ in range(2)])
    with place.database.read() as session:
        held = session.scalar(select(func.count()).select_from(Drawdown)) or 0
        findings = trial_balance(session).findings
    return {
        "tried": 2 * lines,
        "lines": lines,
        "granted": len(won),
        "over_granted": max(0, held - lines),
        "lost": max(0, lines - len(set(won))),
        "violations": len(findings) + (held != len(won)),
    }
