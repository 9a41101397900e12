"""How often, when and how large: what the records of a city look like, item by item.

``data/record_profiles.tsv`` describes the items that make up most records of a real city; an item it does not name
gets a modest profile from what the catalogue of credit items says of it, so that every item occurs.

Columns: ``weight`` is how often the item occurs among the records of an ordinary firm; ``rhythm`` and ``season``
(months) say when; ``median`` and ``sigma`` are those of a log-normal value; ``scales`` multiplies the value by the
size of the firm; ``days`` is how long it lasts (blank: it has no end); ``risk`` is by how much the weight grows, as a
power of e, with a firm's trouble.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from creditbridge.records.catalogue import CreditItem, Polarity, ValueKind, numbered

RHYTHMS = ("event", "month", "quarter", "year")
_RARE = 0.03
"""The weight of an item without a profile of its own."""
_FIRST_DAY_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles as arrays over the items, in the order of their numbers.

    Attributes:
        weight: float, how often; before risk.
        risk: float, the power by which trouble raises the weight.
        rhythm: int, the place in :data:`RHYTHMS`.
        months: float [items, 12], how likely each month is.
        median, sigma: of the value; a median of 0 means that there is no value.
        scales: bool, whether the value grows with the firm.
        days: int, how long it lasts; -1 without end.
        severity: int, 0 to 3, as the catalogue says.
        most: int, the greatest value of a grade; -1 for other values.
    """

    weight: npt.NDArray[np.float64]
    risk: npt.NDArray[np.float64]
    rhythm: npt.NDArray[np.int8]
    months: npt.NDArray[np.float64]
    median: npt.NDArray[np.float64]
    sigma: npt.NDArray[np.float64]
    scales: npt.NDArray[np.bool_]
    days: npt.NDArray[np.int32]
    severity: npt.NDArray[np.uint8]
    most: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Profile:
    weight: float
    rhythm: str
    months: tuple[int, ...]
    median: float
    sigma: float
    scales: bool
    days: int
    risk: float


@cache
def profiles() -> Profiles:
    """Every item's profile."""
    stated = _stated()
    rows = [stated.get(item.code) or _plain(item) for item in numbered()]
    return Profiles(
        weight=np.array([row.weight for row in rows]),
        risk=np.array([row.risk for row in rows]),
        rhythm=np.array([RHYTHMS.index(row.rhythm) for row in rows], dtype=np.int8),
        months=np.array([_month_shares(row.months) for row in rows]),
        median=np.array([row.median for row in rows]),
        sigma=np.array([row.sigma for row in rows]),
        scales=np.array([row.scales for row in rows]),
        days=np.array([row.days for row in rows], dtype=np.int32),
        severity=np.array([item.severity.number for item in numbered()], dtype=np.uint8),
        most=np.array([len(item.grades) - 1 for item in numbered()], dtype=np.int64),
    )


def _stated() -> dict[str, _Profile]:
    text = resources.files("creditbridge.demo").joinpath("data/record_profiles.tsv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {row["item"]: _profile(row) for row in rows}


def _profile(row: dict[str, str]) -> _Profile:
    return _Profile(
        weight=float(row["weight"]),
        rhythm=row["rhythm"],
        months=tuple(int(month) for month in row["season"].split(",") if month),
        median=float(row["median"]),
        sigma=float(row["sigma"]),
        scales=row["scales"] == "1",
        days=int(row["days"] or -1),
        risk=float(row["risk"]),
    )


_PLAIN_MEDIAN = {
    ValueKind.NONE: 0.0,
    ValueKind.FEN: 1_000_000.0,
    ValueKind.COUNT: 5.0,
    ValueKind.PPM: 300_000.0,
    ValueKind.GRADE: 1.0,
}


def _plain(item: CreditItem) -> _Profile:
    """The profile of an item that has none of its own."""
    adverse = item.polarity is Polarity.ADVERSE
    return _Profile(
        weight=_RARE * (0.4 if adverse else 1.0),
        rhythm="event",
        months=(),
        median=_PLAIN_MEDIAN[item.value],
        sigma=0.6,
        scales=item.value is ValueKind.FEN,
        days=(90, 90, 365, 1095)[item.severity.number] if adverse else -1,
        risk=1.0 if adverse else -0.1,
    )


def _month_shares(months: tuple[int, ...]) -> list[float]:
    """How likely each month is: the months of the season have nine tenths."""
    if not months:
        return [1 / _FIRST_DAY_MONTHS] * _FIRST_DAY_MONTHS
    off = 0.1 / _FIRST_DAY_MONTHS
    return [off + (0.9 / len(months) if month in months else 0) for month in range(1, 13)]
