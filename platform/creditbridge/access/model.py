"""Tables of access: organisations, their members, sign-ins and API tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.store.base import Base, Identified, Timestamped


class Organisation(Identified, Timestamped, Base):
    """A platform operator, a lender or a firm's account. ``kind`` never changes."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("kind IN ('platform', 'lender', 'firm')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(16), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class User(Identified, Timestamped, Base):
    """A person who signs in. ``login_name`` is kept case-folded; the password only as an argon2id hash."""

    __tablename__ = "user_account"

    login_name: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(255))
    password_changed_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    email: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    mail_off_at: Mapped[datetime | None]
    """When this person said that they want no mail about notices; None while they want it."""
    totp_secret: Mapped[str | None] = mapped_column(String(400))
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", order_by="Membership.id")


class Membership(Identified, Timestamped, Base):
    """One person's role in one organisation; a lender's member belongs to one of its branches."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    # The branch is a row of the lenders' room, which lies above; its key is kept without a constraint on it.
    branch_id: Mapped[int | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()


class SignIn(Identified, Base):
    """A server-side session. The cookie carries the token, the table only its hash."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship()
    membership: Mapped[Membership] = relationship()


class PasswordReset(Identified, Timestamped, Base):
    """A link by which a person who forgot the password chooses another, once. The link carries the token, the table its hash."""

    __tablename__ = "password_reset"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    """The administrator who handed it out; None for one that was mailed, or made on the machine."""
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class Attempt(Base):
    """How often something throttled was tried in the current window, by a hashed key."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_started_at: Mapped[datetime]
    count: Mapped[int]


class ApiToken(Identified, Timestamped, Base):
    """A bearer token for the API: acts as its creator's membership, within its scopes, until it expires."""

    __tablename__ = "api_token"

    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shown_prefix: Mapped[str] = mapped_column(String(12))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    membership: Mapped[Membership] = relationship()
