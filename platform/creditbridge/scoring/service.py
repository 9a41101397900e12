"""The scorecard's versions: which is in use, and drafting the next one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from creditbridge.scoring import rules
from creditbridge.scoring.model import ScorecardTrial, ScorecardVersion
from creditbridge.scoring.rules import VERSION, VERSION_STATE_WORDS, TrialState, VersionState
from creditbridge.scoring.scorecards import Scorecard, ScorecardError, first_scorecard, read
from creditbridge.store import constraints
from creditbridge.store.transitions import move

VERSION_WORDS = Words("评分模型版本", "version of the scorecard")
_FIRST = 1

_UNDER_WAY = DuplicateRequest(
    "scorecard_in_work",
    Words(
        "已有一个正在修改或待复核的版本，请先办完。",
        "Another version is being written or waits for approval. Finish that one first.",
    ),
)
constraints.register({"uq_scorecard_version_working": _UNDER_WAY})


@dataclass(frozen=True, slots=True)
class InUse:
    """The scorecard scores are worked out by now. ``public_id`` is None for the one the installation began with."""

    number: int
    content: Mapping[str, Any]
    public_id: str | None

    @property
    def card(self) -> Scorecard:
        return read(self.content)


def in_use(session: Session) -> InUse:
    """The version in use; before any was approved, the one that came with the installation, number 1."""
    row = session.scalar(select(ScorecardVersion).where(ScorecardVersion.state == VersionState.LIVE.value))
    if row is None:
        return InUse(_FIRST, first_scorecard(), None)
    return InUse(row.number, row.content, row.public_id)


def versions(session: Session) -> Sequence[ScorecardVersion]:
    """Every version, newest first."""
    return session.scalars(select(ScorecardVersion).order_by(ScorecardVersion.number.desc())).all()


def version(session: Session, public_id: str) -> ScorecardVersion:
    """A version with its trials.

    Raises:
        NotFound: if there is none.
    """
    found = session.scalar(
        select(ScorecardVersion)
        .where(ScorecardVersion.public_id == public_id)
        .options(selectinload(ScorecardVersion.trials))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(VERSION_WORDS)
    return found


def in_work(session: Session) -> ScorecardVersion | None:
    """The version that is being written or waits for approval."""
    return session.scalar(select(ScorecardVersion).where(ScorecardVersion.working == 1))


def start(session: Session, actor: Actor) -> ScorecardVersion:
    """Begin the next version with the content of the one in use.

    Raises:
        DuplicateRequest: if another one is in work.
    """
    _check_administrator(actor)
    if in_work(session) is not None:
        raise _UNDER_WAY
    _keep_first(session)
    newest = session.scalar(select(func.max(ScorecardVersion.number))) or _FIRST
    content = dict(in_use(session).content)
    made = ScorecardVersion(
        number=newest + 1, working=1, content=content, digest=digest_of(content), author_ids=[actor.user_id]
    )
    session.add(made)
    session.flush()
    _record(session, actor, made, "started")
    return made


def rewrite(
    session: Session,
    actor: Actor,
    public_id: str,
    content: Mapping[str, Any],
    *,
    note: str,
    seen: int | None = None,
) -> ScorecardVersion:
    """Put new content into the draft; ``seen`` is the row version the writer began from.

    Raises:
        InvalidInput: if the content is no scorecard; names each place.
        Conflict: if the version is no draft any more, or somebody else wrote since.
    """
    _check_administrator(actor)
    found = version(session, public_id)
    if found.state != VersionState.DRAFT or (seen is not None and seen != found.version):
        raise illegal_step(VERSION_STATE_WORDS[VersionState(found.state)])
    check_content(content)
    found.content = dict(content)
    found.digest = digest_of(content)
    found.change_note = note
    found.author_ids = sorted({*found.author_ids, actor.user_id})
    found.version += 1
    session.flush()
    _record(session, actor, found, "changed", digest=found.digest)
    return found


def submit(session: Session, actor: Actor, public_id: str) -> ScorecardVersion:
    """Hand the draft to a second person.

    Raises:
        RuleRefused: ``nothing_changed``; ``not_tried`` if its content did not stand beside the one in use.
    """
    _check_administrator(actor)
    found = version(session, public_id)
    VERSION.check("submit", VersionState(found.state))
    present = in_use(session)
    if found.digest == digest_of(present.content):
        raise RuleRefused(
            "nothing_changed",
            Words("内容与现行版本相同，无需提交。", "It says the same as the version in use."),
        )
    rules.check_tried(found.digest, tried(found.trials, present.number))
    move(session, found, VERSION, "submit", submitted_at=clock.now(), returned_reason="")
    _record(session, actor, found, "submitted")
    return found


def discard(session: Session, actor: Actor, public_id: str) -> ScorecardVersion:
    """Give the draft up; its number is not used again."""
    _check_administrator(actor)
    found = version(session, public_id)
    move(session, found, VERSION, "discard", working=None)
    _record(session, actor, found, "discarded")
    return found


def tried(trials: Sequence[ScorecardTrial], against: int) -> set[str]:
    """The contents that stood beside a version on the whole city."""
    return {one.digest for one in trials if one.state == TrialState.DONE and one.against_number == against}


def check_content(content: Mapping[str, Any]) -> Scorecard:
    """The scorecard a content says.

    Raises:
        InvalidInput: naming each place that is wrong.
    """
    try:
        return read(content)
    except ScorecardError as error:
        fields: dict[str, list[Words]] = {}
        for place, words in error.problems:
            fields.setdefault(place, []).append(words)
        raise InvalidInput(fields) from error


def digest_of(content: Mapping[str, Any]) -> str:
    """The same for the same content, in whatever order it was written."""
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _keep_first(session: Session) -> None:
    """Keep the scorecard of the installation as version 1, so that what it was stays to be seen."""
    if session.scalar(select(ScorecardVersion.id).limit(1)) is not None:
        return
    content = dict(first_scorecard())
    session.add(
        ScorecardVersion(
            number=_FIRST,
            state=VersionState.LIVE.value,
            content=content,
            digest=digest_of(content),
            author_ids=[],
            approved_at=clock.now(),
        )
    )
    session.flush()


def _check_administrator(actor: Actor) -> None:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed


def _record(session: Session, actor: Actor, found: ScorecardVersion, what: str, **details: Any) -> None:
    record_as(
        session,
        actor,
        f"scorecard.{what}",
        subject_kind="scorecard",
        subject_id=found.public_id,
        number=found.number,
        **details,
    )
