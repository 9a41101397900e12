"""Turning a violated constraint into the domain error it stands for, by the constraint's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError

from creditbridge.kernel.errors import Conflict, DomainError, DuplicateRequest
from creditbridge.kernel.words import Words

_registered: dict[str, DomainError] = {}
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")


def register(errors: Mapping[str, DomainError]) -> None:
    """Say which domain error a constraint stands for, by its conventional name (``uq_claim_firm_id``)."""
    _registered.update(errors)


def explain(error: IntegrityError) -> DomainError:
    """The domain error for a violated constraint; an unnamed one reads as a general conflict."""
    name = _name(error)
    known = _registered.get(name or "")
    if known is not None:
        return known
    if name and name.startswith("uq_"):
        return DuplicateRequest(
            "duplicate", Words("该内容已存在，请勿重复提交。", "This already exists; it was not added twice.")
        )
    return Conflict(
        "integrity",
        Words(
            "该操作与现有数据冲突，未作任何更改。请刷新后再试。",
            "This conflicts with existing data; nothing was changed. Reload and try again.",
        ),
    )


def _name(error: IntegrityError) -> str | None:
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    # SQLite names the columns of a unique constraint, and the name of a CHECK.
    message = str(error.orig)
    if found := _SQLITE_UNIQUE.search(message):
        columns = [part.strip().split(".") for part in found.group(1).split(",")]
        return f"uq_{columns[0][0]}_" + "_".join(column[-1] for column in columns)
    return message.rpartition("constraint failed: ")[2] or None
