"""Jobs of scoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creditbridge.scoring import trying
from creditbridge.store.database import Database


def carry_out_trial(database: Database, payload: Mapping[str, Any]) -> bool:
    """Do a trial over the city; reading it takes a while, so no transaction is held open for writing meanwhile."""
    trying.carry_out(database, payload["trial_id"])
    return True
