"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
${imports if imports else ""}
from creditbridge.app.migrations import triggers

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
% if down_revision is None:
    op.execute(sa.text("INSERT INTO change_counter (id, value) VALUES (1, 0)"))
% endif
    # A batch migration of SQLite copies the table and loses its triggers: they are always made anew.
    triggers.create(op.get_bind())


def downgrade() -> None:
    """There is no way back: a restored backup is (docs/running.md)."""
    raise NotImplementedError("restore a backup instead")
