"""A report by industry as a table on a page and in a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import Nature, labels
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.registry import industries
from creditbridge.reports.rules import GRADES, NO_INDUSTRY, SIZES, TOTAL
from creditbridge.reports.service import Read
from creditbridge.sheets.writing import Cell, write_xlsx

_NAMES = {
    TOTAL: Words("全市", "Whole city"),
    NO_INDUSTRY: Words("行业未登记", "Industry not known"),
}
SIZE_WORDS = {
    "large": Words("大型", "Large"),
    "medium": Words("中型", "Medium"),
    "small": Words("小型", "Small"),
    "micro": Words("微型", "Micro"),
}
_SEPARATOR = Words("{left}、{right}", "{left}, {right}")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a section, a division, firms without an industry, or the city."""

    key: str

    @property
    def words(self) -> Words:
        return _NAMES.get(self.key) or industries.industry_name(self.key)


def section_lines() -> list[Line]:
    """The sections, then firms whose industry is not known."""
    return [Line(section.code) for section in industries.sections()] + [Line(NO_INDUSTRY)]


def division_lines(section: str) -> list[Line]:
    return [Line(division.code) for division in industries.divisions(section)]


def all_lines() -> list[Line]:
    """Each section followed by its divisions, as the file has them."""
    lines = [
        one
        for section in industries.sections()
        for one in (Line(section.code), *division_lines(section.code))
    ]
    return [*lines, Line(NO_INDUSTRY), Line(TOTAL)]


def table(
    report: Read, lines: Sequence[Line], *, section: str | None, endpoint: str, export_url: str
) -> Table:
    """A report by section, or one section by division."""
    total = section or TOTAL
    first = Column(
        "words",
        _("行业"),
        note=lambda line: None if line.key == NO_INDUSTRY else line.key,
        href=None if section else lambda line: _inside(report, line, endpoint),
        total=Line(total).words,
    )
    columns = _columns(report, divisions=section is not None)
    return Table(
        columns=[first, *(_shown(column, total) for column in columns)],
        rows=lines,
        caption=_("%(month)s 分行业信用报告", month=report.month),
        empty=Empty(_("没有行业")),
        export_url=export_url,
    )


def _inside(report: Read, line: Line, endpoint: str) -> str | None:
    """The page of a section's divisions."""
    return None if line.key == NO_INDUSTRY else url_for(endpoint, month=report.month, section=line.key)


@dataclass(frozen=True, slots=True)
class _Of:
    """A column: its name, and what stands under it for a key."""

    key: str
    label: str
    value: Callable[[str], Any]
    kind: str = "number"


def _columns(report: Read, *, divisions: bool) -> list[_Of]:
    """What the reader may see: of divisions others than the platform see the number of firms only."""

    def told(column: str) -> Callable[[str], int | None]:
        return lambda key: report.value(key, column)

    def compared(column: str) -> Callable[[str], int | None]:
        """Nothing, and not none, where there is no month before to compare with."""
        return told(column) if report.before else lambda _key: None

    firms = [
        _Of("firms", _("企业数"), told("firms")),
        _Of("firms_change", _("较上月"), lambda key: signed(report.change(key, "firms")), "text"),
    ]
    if divisions and not report.exact:
        return firms
    columns = [
        *firms,
        *(_Of(grade, _("%(grade)s 级", grade=grade), told(grade)) for grade in GRADES),
        _Of("unrated", _("未评级"), told("unrated")),
        _Of("risen", _("等级上升"), compared("risen")),
        _Of("fallen", _("等级下降"), compared("fallen")),
        _Of("adverse_records", _("新增不良信息"), told("adverse_records")),
        _Of(
            "adverse_change",
            _("不良信息较上月"),
            lambda key: signed(report.change(key, "adverse_records")),
            "text",
        ),
        _Of("adverse_firms", _("涉及企业"), told("adverse_firms")),
        _Of("reasons", _("主要原因"), lambda key: reasons(report, key), "text"),
    ]
    return (
        [*columns, *(_size_column(report, place, size) for place, size in enumerate(SIZES))]
        if report.exact
        else columns
    )


def _size_column(report: Read, place: int, size: str) -> _Of:
    return _Of(f"size_{size}", say(SIZE_WORDS[size]), lambda key: report.figures[key].sizes[place])


def _shown(column: _Of, total: str) -> Column:
    return Column(
        column.key,
        column.label,
        kind=column.kind,
        value=lambda line: column.value(line.key),
        total=column.value(total),
    )


def signed(number: int | None) -> str | None:
    """A difference with its sign; None where it is not known."""
    return None if number is None else f"{number:+,}"


def reasons(report: Read, key: str) -> Words | None:
    """The risk labels most often newly given; with numbers for the platform, public ones by name alone for others."""
    known = labels()
    said: Words | None = None
    for code, count in report.figures[key].reasons:
        label = known.get(code)
        if label is None or (not report.exact and (label.nature is not Nature.PUBLIC or count < _TOLD_FROM)):
            continue
        words = (
            Words("{name} {n}", "{name} {n}").fill(name=label.name, n=count) if report.exact else label.name
        )
        said = words if said is None else _SEPARATOR.fill(left=said, right=words)
    return said


_TOLD_FROM = 5


def workbook(report: Read) -> bytes:
    """All sections with their divisions as one sheet; what is hidden is left empty."""
    sections = _columns(report, divisions=False)
    inside = {column.key for column in _columns(report, divisions=True)}
    header = [_("代码"), _("行业"), *(column.label for column in sections)]
    rows: list[list[Cell]] = [
        [
            line.key if line.key not in _NAMES else "",
            say(line.words),
            *(
                _cell(column.value(line.key)) if column.key in inside or not line.key.isdigit() else None
                for column in sections
            ),
        ]
        for line in all_lines()
    ]
    rows += [[], [_("月份"), report.month], [_("统计日期"), report.as_of], [_("校验值"), report.digest]]
    return write_xlsx(header, rows, _("分行业信用报告"))


def _cell(value: Any) -> Cell:
    if isinstance(value, Words):
        return say(value)
    held: Cell = value
    return held
