"""Files of firms as tests send them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import uscc

FileOf = Callable[..., bytes]


@pytest.fixture
def file_of() -> FileOf:
    """A CSV of firms from rows of cells, under the headings given."""

    def make(*rows: tuple[str, ...], header: str = "uscc,name,reg_date,capital_raw") -> bytes:
        return "\n".join([header, *(",".join(row) for row in rows)]).encode()

    return make


@pytest.fixture
def administrator(people) -> Actor:
    return people.member(Role.PLATFORM_ADMINISTRATOR)


@pytest.fixture
def wrong_digit() -> str:
    """A code whose check digit does not compute."""
    code = uscc.synthetic(77)
    return code[:-1] + next(sign for sign in uscc.ALPHABET if sign != code[-1])
