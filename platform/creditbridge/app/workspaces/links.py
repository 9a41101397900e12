"""Links between rooms that are put together here."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from borrowers.reported_facts.rules import groups


def link(endpoint: str, **values: Any) -> str | None:
    """The address of another room's page, or None where this application does not serve that room."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def apply_link(product_public_id: str) -> str | None:
    """Where a firm begins an application for a product."""
    return link("firm_applications.new", product=product_public_id)


def report_link(fact: str) -> str | None:
    """Where a firm reports a fact of itself."""
    for code, group in groups().items():
        if any(row.code == fact for row in group.facts):
            return link("reported_facts.group", code=code.value, _anchor=f"f-{fact}")
    return None


def claim_link() -> str | None:
    """Where somebody claims a firm."""
    return link("claims.start")


def lender_link(public_id: str) -> str | None:
    """A lender's own page."""
    return link("lenders.institution", public_id=public_id)


def scheme_link(public_id: str) -> str | None:
    """A policy scheme's page."""
    return link("lenders.scheme", public_id=public_id)
