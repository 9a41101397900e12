"""The size of a firm: large, medium, small or micro, by the class of its industry, revenue, staff and assets.

The bounds are dated rows in ``data/firm_sizes.json`` (《中小企业划型标准规定》, 工信部联企业〔2011〕300号). A firm is
large when every listed figure reaches the upper bound, so it counts as small or medium as soon as one is
below; it is medium or small when all lower bounds of that size are reached, otherwise micro.

A missing figure is never guessed. A size is still stated when the missing figure cannot change it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.registry import industries

_FEN_PER_WAN = 1_000_000
_UNBOUNDED = 10**30


class Size(StrEnum):
    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


SIZE_WORDS: Mapping[Size, Words] = {
    Size.LARGE: Words("大型", "Large"),
    Size.MEDIUM: Words("中型", "Medium"),
    Size.SMALL: Words("小型", "Small"),
    Size.MICRO: Words("微型", "Micro"),
}

METRIC_WORDS: Mapping[str, Words] = {
    "industry": Words("行业代码", "industry code"),
    "revenue": Words("营业收入", "revenue"),
    "employees": Words("从业人员", "employees"),
    "assets": Words("资产总额", "total assets"),
}


@dataclass(frozen=True, slots=True)
class SizeVerdict:
    """What the standard says of a firm.

    ``size`` is None when a figure is ``missing`` or the standard has no class for the industry; ``basis``
    says which class and which standard were used, or why there is no answer. ``size_class`` is the number of
    the class in the standard.
    """

    size: Size | None
    basis: Words
    size_class: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _SizeClass:
    code: str
    name: Words
    industries: tuple[str, ...]
    bounds: Mapping[Size, Mapping[str, int]]

    def metrics(self) -> tuple[str, ...]:
        return tuple(self.bounds[Size.LARGE])

    def size(self, figures: Mapping[str, int]) -> Size:
        for size, bounds in self.bounds.items():
            if all(figures[metric] >= bound for metric, bound in bounds.items()):
                return size
        return Size.MICRO


@dataclass(frozen=True, slots=True)
class _Standard:
    name: Words
    effective_from: date
    effective_to: date | None
    not_covered: tuple[str, ...]
    classes: tuple[_SizeClass, ...]

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def classify(
    industry: str | None,
    revenue_fen: int | None,
    employees: int | None,
    assets_fen: int | None,
    *,
    on: date | None = None,
) -> SizeVerdict:
    """The size of a firm under the standard in force on a date (today by default).

    Args:
        industry: code of GB/T 4754-2017 at any level, or None when it is not known.
        revenue_fen: revenue of the year in fen.
        employees: staff in persons.
        assets_fen: total assets in fen.
        on: the legal date.

    Raises:
        InvalidInput: ``unknown_industry``.
    """
    if industry is None:
        return _no_answer(("industry",))
    standard = _standard_on(on or clock.today())
    candidates = _candidates(standard, industry) if standard else ()
    if not standard or not candidates:
        return SizeVerdict(None, _NOT_COVERED.fill(industry=industries.industry_name(industry)))
    figures = {"revenue": revenue_fen, "employees": employees, "assets": assets_fen}
    possible = {size for size_class in candidates for size in _range(size_class, figures)}
    partly_covered = any(industries.is_within(code, industry) for code in standard.not_covered)
    if len(possible) == 1 and not partly_covered:
        return _decided(possible.pop(), standard, candidates)
    return _undecided(candidates, figures, finer=partly_covered or len(candidates) > 1)


def _range(size_class: _SizeClass, figures: Mapping[str, int | None]) -> tuple[Size, Size]:
    """The smallest and the largest size the figures allow; size grows with every figure, so two tries do."""
    low, high = (
        size_class.size({metric: _or(figures[metric], unknown) for metric in size_class.metrics()})
        for unknown in (0, _UNBOUNDED)
    )
    return low, high


def _or(figure: int | None, unknown: int) -> int:
    return unknown if figure is None else figure


def _decided(size: Size, standard: _Standard, candidates: tuple[_SizeClass, ...]) -> SizeVerdict:
    if len(candidates) > 1:
        return SizeVerdict(size, _SEVERAL.fill(standard=standard.name))
    only = candidates[0]
    return SizeVerdict(size, _BY_CLASS.fill(standard=standard.name, name=only.name), only.code)


def _undecided(
    candidates: tuple[_SizeClass, ...], figures: Mapping[str, int | None], *, finer: bool
) -> SizeVerdict:
    missing = tuple(
        metric
        for metric in figures
        if figures[metric] is None and any(metric in candidate.metrics() for candidate in candidates)
    )
    if finer:
        return _no_answer(("industry", *missing))
    return _no_answer(missing, candidates[0].code)


def _no_answer(missing: tuple[str, ...], size_class: str | None = None) -> SizeVerdict:
    names = [METRIC_WORDS[metric] for metric in missing]
    listed = Words("、".join(name.zh for name in names), ", ".join(name.en for name in names))
    if missing[0] == "industry":
        basis = Words(
            "缺少{listed}（行业代码需具体到能确定划型类别），暂不能划型。",
            "No size yet: we need {listed} (an industry code fine enough to tell its class).",
        )
    else:
        basis = Words("缺少{listed}，暂不能划型。", "No size yet: we need {listed}.")
    return SizeVerdict(None, basis.fill(listed=listed), size_class, missing)


_BY_CLASS = Words("按{standard}中“{name}”的标准划型。", "By {standard}, class “{name}”.")
_SEVERAL = Words(
    "按{standard}划型，行业可能归入的各类结果相同。",
    "By {standard}, the same in every class the industry may fall in.",
)
_NOT_COVERED = Words(
    "“{industry}”不在中小企业划型标准的行业范围内。",
    "The size standard has no class for “{industry}”.",
)


def _candidates(standard: _Standard, industry: str) -> tuple[_SizeClass, ...]:
    """The classes an industry falls in; several when its code is coarser than the standard's scopes."""
    inside = tuple(
        c for c in standard.classes if any(industries.is_within(industry, i) for i in c.industries)
    )
    return inside or tuple(
        c for c in standard.classes if any(industries.is_within(i, industry) for i in c.industries)
    )


def _standard_on(on: date) -> _Standard | None:
    return next((standard for standard in _standards() if standard.in_force(on)), None)


@cache
def _standards() -> tuple[_Standard, ...]:
    text = resources.files("creditbridge.registry").joinpath("data/firm_sizes.json").read_text("utf-8")
    return tuple(_standard(row) for row in json.loads(text)["standards"])


def _standard(row: Mapping[str, Any]) -> _Standard:
    return _Standard(
        Words(row["zh"], row["en"]),
        date.fromisoformat(row["effective_from"]),
        date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        tuple(row["not_covered"]),
        tuple(_size_class(inner) for inner in row["classes"]),
    )


def _size_class(row: Mapping[str, Any]) -> _SizeClass:
    bounds = {size: _in_fen(row[size.value]) for size in (Size.LARGE, Size.MEDIUM, Size.SMALL)}
    return _SizeClass(row["code"], Words(row["zh"], row["en"]), tuple(row["industries"]), bounds)


def _in_fen(bounds: Mapping[str, int]) -> dict[str, int]:
    return {m: bound if m == "employees" else bound * _FEN_PER_WAN for m, bound in bounds.items()}
