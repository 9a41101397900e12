"""How Alembic runs our migrations: on the connection that :mod:`creditbridge.app.schema` hands in.

One transaction holds the whole upgrade on both databases, so that a failed one leaves the schema as it was.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger

from creditbridge.app.models import Base
from creditbridge.store.base import Instant


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:  # noqa: ARG001
    """The types of :mod:`creditbridge.store.base`, as script.py.mako spells them out without our code."""
    if kind != "type":
        return False
    if isinstance(item, Instant):
        return "INSTANT"
    if isinstance(item, JSON):
        return "JSON"
    if isinstance(item, BigInteger) and "sqlite" in item._variant_mapping:  # noqa: SLF001 - nothing public tells
        return "KEY"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=context.config.attributes.get("batch", True),
    compare_type=True,
    compare_server_default=False,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
