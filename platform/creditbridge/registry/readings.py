"""Reading the single cells of a registration: dates, states, kinds of entity, and what counts as not stated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from creditbridge.kernel.words import Words
from creditbridge.registry.widths import half_width

_NOT_STATED = frozenset({
    "", "N/A", "NA", "#N/A", "-", "--", "—", "——", "/", "\\", "\\N", "*", "无", "暂无", "不详", "未知", "未公示", "不公示", "未公开",
    "未填写", "暂未公示", "企业选择不公示", "NULL", "(NULL)", "NONE", "NAN", "NAT",
})  # fmt: skip
_LONGEST_NOT_STATED = max(map(len, _NOT_STATED))
_SPACES = re.compile(r"[\s\u0085\u2028\u2029]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")
_DATE = re.compile(
    r"(\d{4})(?:(-|/|\.)(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


class FirmStatus(StrEnum):
    """Registration status 登记状态. ``unknown`` where the register does not say."""

    ACTIVE = "active"
    DORMANT = "dormant"
    LIQUIDATING = "liquidating"
    LICENCE_REVOKED = "licence_revoked"
    REGISTRATION_CANCELLED = "registration_cancelled"
    MOVED_OUT = "moved_out"
    DEREGISTERED = "deregistered"
    UNKNOWN = "unknown"


FIRM_STATUS_WORDS: Mapping[FirmStatus, Words] = {
    FirmStatus.ACTIVE: Words("存续", "Active"),
    FirmStatus.DORMANT: Words("歇业", "Dormant"),
    FirmStatus.LIQUIDATING: Words("清算", "In liquidation"),
    FirmStatus.LICENCE_REVOKED: Words("吊销", "Licence revoked"),
    FirmStatus.REGISTRATION_CANCELLED: Words("撤销", "Registration cancelled"),
    FirmStatus.MOVED_OUT: Words("迁出", "Moved out"),
    FirmStatus.DEREGISTERED: Words("注销", "Deregistered"),
    FirmStatus.UNKNOWN: Words("未载明", "Not stated"),
}

# In this order: 吊销,已注销 is deregistered, 吊销,未注销 is revoked.
_STATUS_PARTS = (
    ("未注销", FirmStatus.LICENCE_REVOKED),
    ("注销", FirmStatus.DEREGISTERED),
    ("吊销", FirmStatus.LICENCE_REVOKED),
    ("撤销", FirmStatus.REGISTRATION_CANCELLED),
    ("迁出", FirmStatus.MOVED_OUT),
    ("停业", FirmStatus.DORMANT),
    ("歇业", FirmStatus.DORMANT),
    ("清算", FirmStatus.LIQUIDATING),
)
_ACTIVE = (
    "存续",
    "续存",
    "在业",
    "在营",
    "开业",
    "在册",
    "正常",
    "营业",
    "仍注册",
    "登记成立",
    "迁入",
    "active",
    "existing",
    "normal",
)
_ENGLISH_STATUS = {
    "deregistered": FirmStatus.DEREGISTERED,
    "cancelled": FirmStatus.DEREGISTERED,
    "revoked": FirmStatus.LICENCE_REVOKED,
    "suspended": FirmStatus.DORMANT,
}


class EntityKind(StrEnum):
    """What a firm is in law: 企业, 个体工商户, 农民专业合作社, or an organisation that is none of them."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL_BUSINESS = "individual_business"
    FARMERS_COOPERATIVE = "farmers_cooperative"
    OTHER_ORGANISATION = "other_organisation"
    UNKNOWN = "unknown"


ENTITY_KIND_WORDS: Mapping[EntityKind, Words] = {
    EntityKind.ENTERPRISE: Words("企业", "Enterprise"),
    EntityKind.INDIVIDUAL_BUSINESS: Words("个体工商户", "Individual business"),
    EntityKind.FARMERS_COOPERATIVE: Words("农民专业合作社", "Farmers' cooperative"),
    EntityKind.OTHER_ORGANISATION: Words("其他组织", "Other organisation"),
    EntityKind.UNKNOWN: Words("未载明", "Not stated"),
}
_KIND_PARTS = (
    ("个体", EntityKind.INDIVIDUAL_BUSINESS),
    ("专业合作", EntityKind.FARMERS_COOPERATIVE),
    ("农民合作", EntityKind.FARMERS_COOPERATIVE),
    *((word, EntityKind.OTHER_ORGANISATION) for word in (
        "事业单位", "机关", "社会团体", "社会组织", "民办非企业", "社会服务机构", "基金会", "村民委员会", "居民委员会", "集体经济组织",
    )),
    *((word, EntityKind.ENTERPRISE) for word in (
        "公司", "企业", "有限", "合伙", "股份", "独资", "集体", "国有", "全民", "外商", "港澳台", "台港澳", "分支", "联营", "非法人", "合资", "合作",
    )),
)  # fmt: skip
_KIND_PREFIXES = {
    "91": EntityKind.ENTERPRISE,
    "92": EntityKind.INDIVIDUAL_BUSINESS,
    "93": EntityKind.FARMERS_COOPERATIVE,
}


class IdentityStatus(StrEnum):
    """How sure the platform is that a code is the firm's."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    OVERRIDDEN = "overridden"
    OLD_NUMBER_ONLY = "old_number_only"


IDENTITY_WORDS: Mapping[IdentityStatus, Words] = {
    IdentityStatus.CONFIRMED: Words("代码校验通过", "Code checks out"),
    IdentityStatus.UNCONFIRMED: Words(
        "代码校验位不符，待核实", "Check digit does not match, to be confirmed"
    ),
    IdentityStatus.OVERRIDDEN: Words(
        "代码校验位不符，已人工确认", "Check digit does not match, accepted by an operator"
    ),
    IdentityStatus.OLD_NUMBER_ONLY: Words("仅有旧注册号", "Old registration number only"),
}


def tidy(text: str) -> str:
    """Runs of white space, line breaks too, as one space; invisible marks taken out; trimmed."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def has_control_characters(tidied: str) -> bool:
    """Whether a tidied text still holds control characters or signs of a wrong encoding."""
    return _CONTROL.search(tidied) is not None


def is_stated(tidied: str) -> bool:
    """Whether a cell states anything: N/A, a dash, 无, 未公示 and the like do not."""
    return len(tidied) > _LONGEST_NOT_STATED or half_width(tidied).upper() not in _NOT_STATED


def read_date(text: str) -> date | None:
    """A date as registers write it, None if it is none or does not exist. Day and month are never exchanged."""
    match = _DATE.fullmatch(half_width(text))
    if match is None:
        return None
    year, _, *pairs = match.groups()
    month, day = [part for part in pairs if part is not None]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_status(text: str) -> FirmStatus | None:
    """The status a register's words mean; None if they are not known."""
    words = half_width(text).lower()
    if words in _ENGLISH_STATUS:
        return _ENGLISH_STATUS[words]
    if words.startswith(_ACTIVE):
        return FirmStatus.ACTIVE
    return next((status for part, status in _STATUS_PARTS if part in words), None)


def read_kind(type_words: str) -> EntityKind | None:
    """The kind that the words of the type say; None if they say none."""
    return next((kind for part, kind in _KIND_PARTS if part in type_words), None)


def kind_hint(uscc: str) -> EntityKind:
    """The kind the first two signs of a code hint at. A hint: the register's own words always win."""
    return _KIND_PREFIXES.get(uscc[:2], EntityKind.UNKNOWN)
