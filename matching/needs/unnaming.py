"""Keeping an unnamed firm unnamed: what is told of it fits several firms, and what it writes does not give it away.

Who is registered where and in which line of business anybody may look up. A town with one firm of a section would name
it, and its grade with it; so what is told of a firm is told of at least :data:`LEAST_ALIKE` firms, town and size first
left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.kernel.suppressing import THRESHOLD
from creditbridge.kernel.words import Words
from creditbridge.registry import industries
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import FirmStatus
from matching.needs.lookup import Unnamed

LEAST_ALIKE = THRESHOLD
_LEFT_OUT: Sequence[tuple[str, ...]] = (
    (),
    ("region_code",),
    ("region_code", "firm_size"),
    ("region_code", "firm_size", "section"),
)
_AT_ONCE = 200
_LEGAL_FORM = re.compile(
    r"(有限责任公司|股份有限公司|集团有限公司|有限公司|合作社|合伙企业|工作室|经营部|商行|商店|集团|公司|中心|厂|店)+$"
)
_SHORTEST_NAME = 4
_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])|(?<!\d)\d{15}(?!\d)")
_REACHED_AT = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)|\S@\S+\.\S|www\.|https?:", re.IGNORECASE
)

TELLS_NAME = Words(
    "说明中不要写企业名称、统一社会信用代码或联系人，以免在公开身份前被认出。",
    "Leave the firm’s name, credit code and contact out of the note, or it is known before it reveals itself.",
)
TELLS_CONTACT = Words(
    "说明中不要写电话、邮箱或网址；联系方式在公开身份后才告知机构。",
    "Leave telephone numbers, mail and web addresses out of the note; lenders are told the contact once you reveal yourself.",
)


def coarse(session: Session, told: Unnamed) -> Unnamed:
    """What may be told of a firm so that it fits several: town, size and section are left out as far as is needed."""
    for names in _LEFT_OUT:
        left = replace(told, **dict.fromkeys(names))
        if _are_enough(session, left):
            return left
    return left


def gives_away(note: str, firm: Firm, contact: str) -> Words | None:
    """Why a note would tell who wrote it; None where nothing in it does."""
    text = _tidied(note)
    if any(name in text for name in _names(firm, contact)) or _CODE.search(text):
        return TELLS_NAME
    return TELLS_CONTACT if _REACHED_AT.search(text) else None


def _are_enough(session: Session, told: Unnamed) -> bool:
    if told.section is None and told.region_code is None and told.firm_size is None:
        return True
    found = 0
    for firm_ids in _registered(session, told):
        if told.firm_size is None:
            found += len(firm_ids)
        else:
            sizes = facts.values_of(session, "firm_size", firm_ids)
            found += sum(size == told.firm_size for size in sizes.values())
        if found >= LEAST_ALIKE:
            return True
    return False


def _registered(session: Session, told: Unnamed) -> Iterator[Sequence[int]]:
    """The firms in business that the register has under the same section and town, some at a time."""
    query = select(Firm.id).where(Firm.status.in_((FirmStatus.ACTIVE.value, FirmStatus.UNKNOWN.value)))
    if told.section is not None:
        query = query.where(_within(told.section))
    if told.region_code is not None:
        query = query.where(Firm.region_code == told.region_code)
    last = 0
    while rows := session.scalars(query.where(Firm.id > last).order_by(Firm.id).limit(_AT_ONCE)).all():
        yield rows
        last = rows[-1]


def _within(section: str) -> ColumnElement[bool]:
    inside = (Firm.industry_code.startswith(one.code) for one in industries.divisions(section))
    return or_(Firm.industry_code == section, *inside)


def _names(firm: Firm, contact: str) -> Iterator[str]:
    name = _tidied(firm.name)
    core = _LEGAL_FORM.sub("", name)
    known = (name, core, _tidied(firm.uscc or ""), _tidied(firm.old_number or ""))
    yield from (one for one in known if len(one) >= _SHORTEST_NAME)
    if len(_tidied(contact)) > 1:
        yield _tidied(contact)


def _tidied(text: str) -> str:
    """As one reads it: full width as half, without blanks and brackets, in capitals."""
    return re.sub(r"[\s()\[\]【】“”\"'·]", "", unicodedata.normalize("NFKC", text)).upper()
