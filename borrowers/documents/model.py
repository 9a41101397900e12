"""Documents a firm uploads: materials of applications and evidence of what it reports."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.store.base import Base, Identified, Timestamped


class Document(Identified, Timestamped, Base):
    """One file of a firm. The content lies in the file store under ``digest``; ``size`` is in bytes.

    Whatever uses a document refers to it by a foreign key, which is what keeps a used one from being deleted.
    """

    __tablename__ = "document"

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    uploaded_by_name: Mapped[str] = mapped_column(String(80))
