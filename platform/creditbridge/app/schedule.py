"""The table of periodic work."""

from __future__ import annotations

from dataclasses import dataclass

from creditbridge.access import tasks as access
from creditbridge.disclosure import tasks as disclosure
from creditbridge.jobs import sweeper
from creditbridge.jobs.handlers import Handler
from creditbridge.jobs.rules import DAILY, HOURLY, OFTEN, Rhythm
from creditbridge.labels import tasks as labels
from creditbridge.records import tasks as records
from creditbridge.reports import tasks as reports
from creditbridge.runs import tasks as runs
from creditbridge.webhooks import tasks as webhooks
from matching.applications import tasks as applications
from matching.drawdowns import tasks as drawdowns
from matching.index import tasks as index
from matching.ledger import tasks as ledger
from matching.lines import tasks as lines
from matching.monitoring import tasks as monitoring
from matching.needs import tasks as needs
from matching.tracking import tasks as tracking


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something done in a rhythm, in one transaction."""

    name: str
    rhythm: Rhythm
    handler: Handler


PERIODIC: tuple[Periodic, ...] = (
    Periodic("sweep_outbox", DAILY, sweeper.sweep),
    Periodic("keep_audit_head", DAILY, sweeper.keep_audit_head),
    Periodic("sweep_answers", DAILY, sweeper.sweep_answers),
    Periodic("forget_deliveries", DAILY, webhooks.forget_old),
    Periodic("forget_tries", DAILY, access.forget_tries),
    Periodic("forget_labels", DAILY, labels.forget_past),
    Periodic("pull_feeds", HOURLY, records.pull_due),
    Periodic("look_after_lake", DAILY, records.look_after_lake),
    Periodic("ask_runs", DAILY, runs.ask_due),
    Periodic("refresh_index", OFTEN, index.ask_for_refresh),
    Periodic("make_industry_report", DAILY, reports.ask_due),
    Periodic("expire_submissions", DAILY, applications.expire_due),
    Periodic("expire_needs", DAILY, needs.expire_due),
    Periodic("count_unserved", DAILY, tracking.ask_for_count),
    Periodic("suggest_lenders", HOURLY, needs.suggest),
    Periodic("expire_lines", DAILY, lines.expire_due),
    Periodic("watch_firms", HOURLY, monitoring.watch),
    Periodic("expire_consents", DAILY, disclosure.expire_due),
    Periodic("service_drawdowns", DAILY, drawdowns.service_due),
    Periodic("check_books", DAILY, ledger.check_books),
)
