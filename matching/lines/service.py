"""The use cases of lines that other rooms call."""

from __future__ import annotations

from matching.lines.recording import OfflineGrant, OnlineGrant, record_grant, record_offline

__all__ = ["OfflineGrant", "OnlineGrant", "record_grant", "record_offline"]
