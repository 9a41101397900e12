"""What is known of a firm on the day of a grant, frozen into the line."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel.errors import InvalidInput
from creditbridge.registry import industries, sizes
from creditbridge.registry.model import Firm
from creditbridge.registry.sizes import Size

GRADE = "platform_grade"


@dataclass(frozen=True, slots=True)
class FrozenFirm:
    """A firm's grade with scale and version, size, section, division and town; None where it is not known."""

    grade: str | None
    grade_scale: str | None
    grade_scale_version: int | None
    firm_size: Size | None
    section: str | None
    division: str | None
    region_code: str | None


def freeze(session: Session, firm: Firm) -> FrozenFirm:
    """What is known of the firm now."""
    known = facts.facts_of(session, firm.id)
    grade = _text(known, GRADE)
    scale = catalogue()[GRADE].scale if grade else None
    industry = firm.industry_code or _text(known, "industry")
    return FrozenFirm(
        grade=grade,
        grade_scale=scale.code if scale else None,
        grade_scale_version=scale.version if scale else None,
        firm_size=_size(known, industry),
        section=industries.section_of(industry) if industry else None,
        division=industries.division_of(industry) if industry else None,
        region_code=firm.region_code or _text(known, "registered_region"),
    )


def _size(known: FirmFacts, industry: str | None) -> Size | None:
    """The size that is stated; else what the standard says of industry, revenue, staff and assets."""
    stated = _text(known, "firm_size")
    if stated is not None:
        return Size(stated)
    try:
        return sizes.classify(
            industry,
            _number(known, "annual_revenue"),
            _number(known, "employees"),
            _number(known, "total_assets"),
        ).size
    except InvalidInput:
        return None


def _text(known: FirmFacts, code: str) -> str | None:
    value = known.values.get(code)
    return value.value if value is not None and isinstance(value.value, str) else None


def _number(known: FirmFacts, code: str) -> int | None:
    value = known.values.get(code)
    return value.value if value is not None and type(value.value) is int else None
