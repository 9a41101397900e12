"""Links between rooms that are put together here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, url_for

from borrowers.reported_facts.rules import groups

if TYPE_CHECKING:
    from creditbridge.notices.model import Notice


def apply_link(product_public_id: str) -> str:
    """Where a firm begins an application for a product."""
    return url_for("firm_applications.new", product=product_public_id)


def report_link(fact: str) -> str | None:
    """Where a firm reports a fact of itself; None for a fact it cannot report."""
    for code, group in groups().items():
        if any(row.code == fact for row in group.facts):
            return url_for("reported_facts.group", code=code.value, _anchor=f"f-{fact}")
    return None


def notice_link(notice: Notice) -> str | None:
    """The page of what a notice is about; an old notice may name a page that is no more."""
    if notice.link_endpoint not in current_app.view_functions:
        return None
    return url_for(notice.link_endpoint, **notice.link_values)
