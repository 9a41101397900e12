"""Selections of credit lines as conditions on the table, and the names of what lines are told apart by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, extract, false, null, or_, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.facts.catalogue import scales
from creditbridge.facts.values import spaced
from creditbridge.kernel.errors import InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions, sizes
from creditbridge.registry.sizes import Size
from lenders.institutions.model import Branch, Lender
from lenders.institutions.service import all_lenders
from lenders.products import service as products
from matching.lines.dimensions import UNKNOWN, Dimension, Mark, Selection, month_key, month_number
from matching.lines.freezing import GRADE
from matching.lines.model import CreditLine
from matching.lines.rules import LINE_KIND_WORDS, LineKind, LineSource

LINE_WORDS = Words("授信", "credit line")
UNKNOWN_WORDS: Mapping[Dimension, Words] = {
    Dimension.LENDER: Words("未登记", "Not stated"),
    Dimension.BRANCH: Words("未指定网点", "No branch named"),
    Dimension.PRODUCT: Words("平台外产品", "No product of the platform"),
    Dimension.GRADE: Words("无等级", "No grade"),
    Dimension.SECTION: Words("行业不详", "Industry not known"),
    Dimension.DIVISION: Words("行业不详", "Industry not known"),
    Dimension.SIZE: Words("规模不详", "Size not known"),
    Dimension.TOWN: Words("地区不详", "Town not known"),
    Dimension.MONTH: Words("未登记", "Not stated"),
    Dimension.KIND: Words("未登记", "Not stated"),
}
GRADE_NOT_SHARED = Words("无等级或未授权查看", "No grade, or not shared")

_MARKS: Mapping[Mark, ColumnElement[bool]] = {
    Mark.FIRST_TIME: CreditLine.first_time_borrower.expression,
    Mark.UNSECURED: CreditLine.unsecured.expression,
    Mark.INCLUSIVE: CreditLine.inclusive_msme.expression,
}
_COLUMNS: Mapping[Dimension, ColumnElement[Any]] = {
    Dimension.LENDER: CreditLine.lender_id.expression,
    Dimension.BRANCH: CreditLine.branch_id.expression,
    Dimension.PRODUCT: CreditLine.product_id.expression,
    Dimension.GRADE: CreditLine.grade.expression,
    Dimension.SECTION: CreditLine.section.expression,
    Dimension.DIVISION: CreditLine.division.expression,
    Dimension.SIZE: CreditLine.firm_size.expression,
    Dimension.TOWN: CreditLine.region_code.expression,
    Dimension.MONTH: cast(
        extract("year", CreditLine.granted_on) * 100 + extract("month", CreditLine.granted_on), Integer
    ),
    Dimension.KIND: CreditLine.kind.expression,
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a value of a dimension is called: its key in addresses, its words, and its place among the others."""

    key: str
    words: Words
    place: int | None = None


def scope(actor: Actor) -> ColumnElement[bool]:
    """Which lines an actor's lists and statistics are of: the platform's members all, a lender's its own.

    Raises:
        NotFound: for a firm's account, which has a page of its own.
    """
    if actor.is_platform:
        return CreditLine.standing.is_not(None)
    if actor.is_lender:
        mine = CreditLine.lender_organisation_id == actor.organisation_id
        return CreditLine.standing.is_not(None) & mine
    raise NotFound(LINE_WORDS)


def column_of(actor: Actor | None, dimension: Dimension) -> ColumnElement[Any]:
    """By what lines are grouped for an actor.

    The grade is shared under consent only. A grant that ended an application rested on one; an offline grant did not,
    so recording it opens nothing about the firm to the lender.
    """
    if dimension is Dimension.GRADE and actor is not None and actor.is_lender:
        return case((CreditLine.source == LineSource.ONLINE.value, CreditLine.grade), else_=null())
    return _COLUMNS[dimension]


def shown_grade(actor: Actor, line: CreditLine) -> str | None:
    """The firm's grade at the grant as this actor may see it, by the same rule."""
    if actor.is_lender and line.source == LineSource.OFFLINE:
        return None
    return line.grade


def conditions(session: Session, actor: Actor, wanted: Selection) -> list[ColumnElement[bool]]:
    """The lines of a selection that an actor may see.

    Raises:
        NotFound: for a firm's account.
    """
    found = [scope(actor), *(_MARKS[mark] for mark in sorted(wanted.marks))]
    found += [_under(session, actor, dimension, key) for dimension, key in wanted.picked.items()]
    if wanted.granted_from is not None:
        found.append(CreditLine.granted_on >= wanted.granted_from)
    if wanted.granted_to is not None:
        found.append(CreditLine.granted_on <= wanted.granted_to)
    if wanted.state is not None:
        found.append(CreditLine.state == wanted.state.value)
    if wanted.source is not None:
        found.append(CreditLine.source == wanted.source.value)
    if wanted.text:
        found.append(_says(wanted.text))
    return found


def names_of(
    session: Session, actor: Actor | None, dimension: Dimension, values: Collection[Any]
) -> dict[Any, Named]:
    """What the values found under a dimension are called; None is what lines do not say."""
    known = [value for value in values if value is not None]
    if dimension is Dimension.LENDER:
        named = _lenders(session)
    elif dimension is Dimension.BRANCH:
        named = _branches(session, known, among_lenders=_among_lenders(actor))
    elif dimension is Dimension.PRODUCT:
        named = _products(session, known, among_lenders=_among_lenders(actor))
    else:
        named = {value: _NAMES[dimension](value) for value in known}
    masked = dimension is Dimension.GRADE and actor is not None and actor.is_lender
    nothing = GRADE_NOT_SHARED if masked else UNKNOWN_WORDS[dimension]
    return named | {None: Named(UNKNOWN, nothing)}


def _under(session: Session, actor: Actor, dimension: Dimension, key: str) -> ColumnElement[bool]:
    column = column_of(actor, dimension)
    if key == UNKNOWN:
        return column.is_(None)
    value = value_of(session, dimension, key)
    return false() if value is None else column == value


def value_of(session: Session, dimension: Dimension, key: str) -> int | str | None:
    """What the column of a dimension holds for a key of an address; None for a key that names nothing."""
    if dimension in _VALUES:
        return _VALUES[dimension](session, key)
    return key if _IS_KEY[dimension](key) else None


def _lender_value(session: Session, key: str) -> int | None:
    return session.scalar(select(Lender.id).where(Lender.public_id == key))


def _branch_value(session: Session, key: str) -> int | None:
    return session.scalar(select(Branch.id).where(Branch.public_id == key))


def _product_value(session: Session, key: str) -> int | None:
    try:
        return products.published_product(session, key).product_id
    except NotFound:
        return None


def _month_value(_session: Session, key: str) -> int | None:
    return month_number(key)


_VALUES: Mapping[Dimension, Callable[[Session, str], int | None]] = {
    Dimension.LENDER: _lender_value,
    Dimension.BRANCH: _branch_value,
    Dimension.PRODUCT: _product_value,
    Dimension.MONTH: _month_value,
}
"""Dimensions whose key in an address is not what the column holds."""


def _says(text: str) -> ColumnElement[bool]:
    return or_(
        CreditLine.contract_number == text,
        CreditLine.firm_name.contains(text, autoescape=True),
        CreditLine.firm_uscc == text.upper(),
    )


def _lenders(session: Session) -> dict[Any, Named]:
    return {lender.id: Named(lender.public_id, lender.name) for lender in all_lenders(session)}


def _among_lenders(actor: Actor | None) -> bool:
    """Whether things of several lenders stand side by side, so that each is named with its lender."""
    return actor is None or not actor.is_lender


def _of_lender(lender: Words, name: Words, *, among_lenders: bool) -> Words:
    if not among_lenders or name.zh.startswith(lender.zh):
        return name
    return Words("{lender} {name}", "{name}, {lender}").fill(lender=lender, name=name)


def _branches(session: Session, ids: Collection[int], *, among_lenders: bool) -> dict[Any, Named]:
    rows = session.execute(
        select(Branch.id, Branch.public_id, Branch.name, Branch.name_en, Branch.lender_id).where(
            Branch.id.in_(ids)
        )
    )
    lenders = {lender.id: lender.name for lender in all_lenders(session)}
    return {
        key: Named(
            public_id,
            _of_lender(lenders[lender_id], Words(name, name_en or name), among_lenders=among_lenders),
        )
        for key, public_id, name, name_en, lender_id in rows
    }


def _products(session: Session, ids: Collection[int], *, among_lenders: bool) -> dict[Any, Named]:
    found = {product.product_id: product for product in products.published(session)}
    older = [key for key in ids if key not in found]
    versions = session.execute(
        select(CreditLine.product_id, CreditLine.product_version_id)
        .where(CreditLine.product_id.in_(older), CreditLine.product_version_id.is_not(None))
        .order_by(CreditLine.product_version_id)
        .distinct()
    )
    for product_id, version_id in versions:
        if product_id is not None and version_id is not None:
            found[product_id] = products.version(session, version_id)
    return {
        key: Named(
            found[key].public_id,
            _of_lender(found[key].lender.name, found[key].name, among_lenders=among_lenders),
        )
        for key in ids
        if key in found
    }


def _grade(value: str) -> Named:
    grades = scales()[GRADE].grades
    place = list(grades).index(value) if value in grades else None
    return Named(value, spaced(grades.get(value, Words(value, value))), place)


def _size(value: str) -> Named:
    return Named(value, sizes.SIZE_WORDS[Size(value)], list(Size).index(Size(value)))


def _kind(value: str) -> Named:
    return Named(value, LINE_KIND_WORDS[LineKind(value)], list(LineKind).index(LineKind(value)))


def _month(value: int) -> Named:
    return Named(month_key(value), Words(month_key(value), month_key(value)), value)


def _industry(value: str) -> Named:
    return Named(value, industries.industry_name(value))


def town(value: str) -> Named:
    """The name of a region; one that is no longer in the atlas keeps its code."""
    try:
        return Named(value, regions.region_name(value))
    except InvalidInput:
        return Named(value, Words(value, value))


_IS_KEY: Mapping[Dimension, Callable[[str], bool]] = {
    Dimension.GRADE: lambda key: key in scales()[GRADE].grades,
    Dimension.SIZE: lambda key: key in list(Size),
    Dimension.KIND: lambda key: key in list(LineKind),
    Dimension.SECTION: lambda key: any(section.code == key for section in industries.sections()),
    Dimension.DIVISION: lambda key: any(division.code == key for division in industries.divisions()),
    # A town that left the atlas still has its lines.
    Dimension.TOWN: lambda key: len(key) == 6 and key.isascii() and key.isdigit(),
}
"""What is a key of the dimensions whose column holds the key itself."""


_NAMES: Mapping[Dimension, Callable[[Any], Named]] = {
    Dimension.GRADE: _grade,
    Dimension.SIZE: _size,
    Dimension.KIND: _kind,
    Dimension.MONTH: _month,
    Dimension.SECTION: _industry,
    Dimension.DIVISION: _industry,
    Dimension.TOWN: town,
}
