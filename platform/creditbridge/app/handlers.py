"""Which function brings about which event, and what is done in which rhythm. Rooms do not know each other; app does.

Every room's tasks are imported here, before a worker forks: a job then starts in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from creditbridge.app.schedule import PERIODIC
from creditbridge.facts import tasks as facts
from creditbridge.jobs import handlers, schedule
from creditbridge.jobs.handlers import Handler, OutsideHandler
from creditbridge.notices import tasks as notices
from creditbridge.notices.mail_sending import SEND_MAIL
from creditbridge.notices.reset_mailing import SEND_LINK
from creditbridge.notices.service import WRITE_MAILS
from creditbridge.records import pulling
from creditbridge.records import tasks as records
from creditbridge.records.compaction import COMPACT
from creditbridge.registry.importing import FIRMS_IMPORTED
from creditbridge.reports import tasks as reports
from creditbridge.runs import service as runs_service
from creditbridge.runs import tasks as runs
from creditbridge.runs import working
from creditbridge.scoring import tasks as scoring
from creditbridge.scoring.trying import ASKED as TRIAL_ASKED
from creditbridge.webhooks import tasks as webhooks
from creditbridge.webhooks.telling import DELIVER
from lenders.products.deciding import PUBLISHED
from matching.index import tasks as index
from matching.monitoring import tasks as monitoring
from matching.needs import tasks as needs
from matching.needs.posting import NEED_POSTED
from matching.tracking import tasks as tracking
from matching.tracking.unserved import RECOUNT

EVENTS: Mapping[str, Handler] = MappingProxyType(
    {
        FIRMS_IMPORTED: facts.refresh_imported,
        WRITE_MAILS: notices.write_mails,
        working.FINISHED: monitoring.watch,
        NEED_POSTED: needs.suggest,
    }
)

OUTSIDE: Mapping[str, OutsideHandler] = MappingProxyType(
    {
        TRIAL_ASKED: scoring.carry_out_trial,
        DELIVER: webhooks.deliver,
        pulling.PULL: records.pull,
        COMPACT: records.compact,
        SEND_MAIL: notices.send_mail,
        SEND_LINK: notices.send_reset_link,
        runs_service.ASKED: runs.carry_out,
        runs_service.WANTED: runs.catch_up,
        PUBLISHED: index.tell_firms,
        index.REFRESH: index.refresh,
        RECOUNT: tracking.count_unserved,
        reports.DUE: reports.make_due,
    }
)


@cache
def register() -> None:
    """Register every handler and all periodic work, once a process."""
    for name, handler in EVENTS.items():
        handlers.register(name, handler)
    for name, asking in OUTSIDE.items():
        handlers.register_outside(name, asking)
    for work in PERIODIC:
        schedule.register(work.name, work.rhythm, work.handler)
