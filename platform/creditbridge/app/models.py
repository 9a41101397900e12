"""Imports every table, so that the metadata is complete for migrations and for tests."""

from creditbridge.access import model as access_model
from creditbridge.store import audit, change_counter, outbox
from creditbridge.store.base import Base

MODEL_MODULES = (access_model, audit, change_counter, outbox)

__all__ = ["MODEL_MODULES", "Base"]
