"""The second factor: time-based one-time codes (RFC 6238), each usable once."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from sqlalchemy import update
from sqlalchemy.orm import Session

from creditbridge.access.model import User
from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.store.sealing import Sealer

ISSUER = "CreditBridge"
STEP = timedelta(seconds=30)
PURPOSE = "one-time codes"

WRONG_CODE = Words(
    "验证码不正确或已使用过，请输入验证器当前显示的 6 位数字。",
    "That code is wrong or was used already. Enter the 6 digits your authenticator shows now.",
)


def propose_secret() -> str:
    """A new seed to show while a person enrols; nothing is kept until the first code confirms it."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, login_name: str) -> str:
    """The address an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_name, issuer_name=ISSUER)


def enrol(session: Session, actor: Actor, secret: str, code: str, sealer: Sealer) -> None:
    """Keep the seed once a first code proves that the authenticator has it.

    Raises:
        InvalidInput: if the code does not fit.
    """
    step = _matching_step(secret, code, after=0)
    if step is None:
        raise InvalidInput({"code": [WRONG_CODE]})
    session.execute(
        update(User)
        .where(User.id == actor.user_id)
        .values(totp_secret=sealer.seal(secret), totp_confirmed_at=clock.now(), totp_last_step=step)
    )
    record_as(
        session, actor, "access.second_factor_enrolled", subject_kind="user", subject_id=actor.user_public_id
    )


def verify(session: Session, user: User, code: str, sealer: Sealer) -> bool:
    """Whether the code is the current one and was not used before; a good code is spent by this call."""
    if user.totp_secret is None:
        return False
    step = _matching_step(sealer.open(user.totp_secret), code, after=user.totp_last_step)
    if step is None:
        return False
    spent = session.execute(
        update(User)
        .where(User.id == user.id, User.totp_last_step < step)
        .values(totp_last_step=step)
        .returning(User.id)
    )
    return spent.first() is not None


def _matching_step(secret: str, code: str, *, after: int) -> int | None:
    """The time step, now or one before or after it, whose code this is; None when there is none after ``after``."""
    present = int(clock.now().timestamp()) // int(STEP.total_seconds())
    totp = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), code.strip()):
            return step
    return None
