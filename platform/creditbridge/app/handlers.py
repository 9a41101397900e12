"""Which function brings about which event, and what is done in which rhythm. Rooms do not know each other; app does.

Every room's tasks are imported here, before a worker forks: a job then starts in milliseconds.
"""

from __future__ import annotations

from functools import cache

from creditbridge.app.schedule import PERIODIC
from creditbridge.jobs import schedule


@cache
def register() -> None:
    """Register every handler and all periodic work, once a process."""
    for work in PERIODIC:
        schedule.register(work.name, work.rhythm, work.handler)
