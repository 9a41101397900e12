"""Four eyes, held to the person and not to the account or the role they sign in with now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access import persons
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words


def check_other_person(session: Session, actor: Actor, *earlier: int | None, words: Words) -> None:
    """Refuse whoever took an earlier step on the same thing, by this account or another one of theirs.

    Args:
        session: the caller's unit of work.
        actor: who decides now.
        earlier: keys of the accounts that took the earlier steps.
        words: what the refusal says.

    Raises:
        RuleRefused: ``own_work``; also for an actor without an account.
    """
    if actor.user_id is None or persons.is_any_of(session, actor.user_id, earlier):
        raise RuleRefused("own_work", words)
