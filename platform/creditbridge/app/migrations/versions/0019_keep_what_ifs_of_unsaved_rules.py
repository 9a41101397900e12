"""keep what-ifs of unsaved rules"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from creditbridge.app.migrations import triggers

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("whatif_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("question", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("rule", JSON, nullable=True))
        batch_op.alter_column("product_version_id", existing_type=KEY, nullable=True)
        batch_op.create_index(
            "ix_whatif_run_organisation_id_question", ["organisation_id", "question"], unique=False
        )
    # A batch migration of SQLite copies the table and loses its triggers: they are always made anew.
    triggers.create(op.get_bind())


def downgrade() -> None:
    """There is no way back: a restored backup is (docs/running.md)."""
    raise NotImplementedError("restore a backup instead")
