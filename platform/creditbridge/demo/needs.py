"""What firms of the demo city look for: needs in every state, through the real use cases, each at its own moment.

One waits for its owner, who may reveal it; one was revealed, one has its lender, one waits for the lenders, one was
answered yesterday, one was withdrawn, and one no product fits. Two searches found nothing: demand without supply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.history.pacing import by_daylight
from creditbridge.demo.market.institutions import DemoLender
from creditbridge.kernel import clock
from matching.needs import answering, expiring, posting, revealing
from matching.needs.answering import Indication
from matching.needs.model import FinancingNeed
from matching.needs.posting import NeedDetails
from matching.needs.rules import PartState
from matching.needs.searches import Wanted, note_unmet

WAN = 1_000_000


@dataclass(frozen=True, slots=True)
class Story:
    """A need: what for, how long ago, how many lenders answered, and how far the firm went with them."""

    amount_wan: int
    term_months: int
    purpose: str
    note: str
    days_ago: float
    interested: int = 0
    declined: int = 0
    revealed: int = 0
    is_matched: bool = False
    is_withdrawn: bool = False


STORIES = (
    Story(150, 12, "working_capital", "春节前备料，采购棉纱和染料。", 2.4, interested=2, declined=1),
    Story(80, 12, "working_capital", "新增两家经销商，补充周转资金。", 12.3, interested=2, revealed=1),
    Story(200, 24, "equipment", "更换两台数控机床。", 25.2, interested=2, revealed=2, is_matched=True),
    Story(50, 6, "working_capital", "", 3.1),
    Story(120, 12, "research", "样机试制。", 1.2, interested=1),
    Story(20_000, 60, "expansion", "新建厂房。", 2.8),
    Story(300, 12, "green", "屋顶光伏，改用自有资金。", 16.4, is_withdrawn=True),
)
SEARCHES = (Wanted(2_000 * WAN, 240, "expansion"), Wanted(5_000 * WAN, 3, "research"))
_MESSAGES = ("可以先电话沟通，材料从简。", "请准备近一年开票明细。", "支持随借随还。")
_DECLINED = "暂不办理该行业的新增业务。"


def play(
    session: Session,
    accounts: Sequence[FirmAccount],
    lenders: Mapping[str, DemoLender],
    now: datetime,
) -> int:
    """Live through the stories, one firm each; answers how many needs there are."""
    by_key = {lender.row.id: lender for lender in lenders.values()}
    # The first account is the one a visitor signs in as; the others are firms most lenders could serve.
    others = sorted(accounts[1:], key=lambda account: -account.firm.soundness)
    chosen = [accounts[0], *others[: len(STORIES) - 1]]
    for account, story in zip(chosen, STORIES, strict=False):
        _live(session, account, story, by_key, now)
    for account, wanted in zip(others[len(STORIES) :], SEARCHES, strict=False):
        note_unmet(session, claims.firm_of(session, account.owner), wanted)
    # Clocks that have run out since have run out here too.
    expiring.expire_due(session)
    return len(chosen)


def _live(
    session: Session, account: FirmAccount, story: Story, lenders: Mapping[int, DemoLender], now: datetime
) -> None:
    owner = account.owner
    details = NeedDetails(
        story.amount_wan * WAN, story.term_months, story.purpose, owner.name, "10055550101", story.note
    )
    with clock.at(by_daylight(now, story.days_ago)):
        need = posting.write(session, owner, details)
        posting.post(session, owner, need.public_id)
    parts = sorted(need.parts, key=lambda part: -part.score)
    for place, part in enumerate(parts[: story.interested + story.declined]):
        with clock.at(by_daylight(now, story.days_ago - 0.4 - 0.3 * place)):
            _answer(session, need, lenders[part.lender_id], place, interested=place < story.interested)
    if story.revealed:
        with clock.at(by_daylight(now, story.days_ago - 2)):
            ready = [part.public_id for part in parts if part.state_now is PartState.INTERESTED]
            revealing.reveal(session, owner, need.public_id, ready[: story.revealed])
    if story.is_matched:
        with clock.at(by_daylight(now, story.days_ago - 4)):
            best = next(part.public_id for part in parts if part.state_now is PartState.REVEALED)
            revealing.match(session, owner, need.public_id, best)
    if story.is_withdrawn:
        with clock.at(by_daylight(now, story.days_ago - 1)):
            posting.withdraw(session, owner, need.public_id)


def _answer(
    session: Session, need: FinancingNeed, lender: DemoLender, place: int, *, interested: bool
) -> None:
    reviewer = lender.reviewer_for(lender.branch_for(need.region_code))
    if not interested:
        answering.decline(session, reviewer, need.public_id, message=_DECLINED)
        return
    offered = need.amount_fen * (10 - place) // 10 // WAN * WAN
    rate = 36_500 + 2_500 * place
    indication = Indication(offered, rate, need.term_months, _MESSAGES[place % len(_MESSAGES)])
    answering.respond(session, reviewer, need.public_id, indication)
