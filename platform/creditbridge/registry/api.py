"""Searching registered firms as JSON, for the platform."""

from __future__ import annotations

from typing import Any

from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, decode_cursor, encode_cursor
from creditbridge.registry import service
from creditbridge.registry.api_schemas import FirmAnswer, FirmQuery
from creditbridge.store import unit

blueprint = Blueprint("api_firms", __name__, description="企业登记 Registered firms")


@blueprint.reading("/platform/firms", asks=FirmQuery, answers=page_schema(FirmAnswer))
def firms(asked: dict[str, Any]) -> dict[str, Any]:
    """Search registered firms by code, old number or part of the name."""
    page = service.search_firms(
        unit.session(),
        asked["q"],
        decode_cursor(asked["cursor"]),
        region=asked["region"],
        status=asked["status"],
        limit=asked["limit"],
    )
    return {
        "items": [
            {
                "id": firm.public_id,
                "uscc": firm.uscc,
                "old_number": firm.old_number,
                "identity_status": firm.identity_status,
                "name": firm.name,
                "kind": firm.entity_kind,
                "status": firm.status,
                "established_on": firm.established_on,
                "region_code": firm.region_code,
                "industry_code": firm.industry_code,
                "is_demo": firm.is_demo,
            }
            for firm in page.firms
        ],
        "next_cursor": encode_cursor(page.next_cursor),
    }
