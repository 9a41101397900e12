"""Feeds: which columns a department's table has, and which records its rows are. Pure.

Each file of ``data/feeds`` describes one feed; an installation reads further ones from files of its own in the same
form. docs/records.md describes the form. A feed is checked whole against the catalogue of credit items before use.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal, cast

from creditbridge.kernel.words import Words
from creditbridge.records import catalogue
from creditbridge.records.catalogue import CreditItem, Frequency, ValueKind
from creditbridge.records.titles import tidied

FirmBy = Literal["code", "old_number", "name"]
DayKind = Literal["day", "month_end", "year_end"]
_FIRM_BY = ("code", "old_number", "name")
_DAY_KINDS = ("day", "month_end", "year_end")
UNITS: Mapping[str, tuple[ValueKind, int]] = {
    "fen": (ValueKind.FEN, 1),
    "yuan": (ValueKind.FEN, 100),
    "wan_yuan": (ValueKind.FEN, 1_000_000),
    "count": (ValueKind.COUNT, 1),
    "percent": (ValueKind.PPM, 10_000),
    "share": (ValueKind.PPM, 1_000_000),
    "grade": (ValueKind.GRADE, 1),
}
"""What a cell is in, and how many of what is stored one of it makes."""
STORED = "stored"
"""The unit of a feed that says the item itself: the value as the lake holds it."""


class FeedError(ValueError):
    """The description of a feed contradicts itself or the catalogue; the message says where."""


@dataclass(frozen=True, slots=True)
class FirmColumn:
    """A column that says whose row it is; they are tried in order."""

    column: str
    by: FirmBy


@dataclass(frozen=True, slots=True)
class DayRule:
    """Where a date comes from. Without a column it is the day the batch was received.

    ``inclusive``: the date is the last day on which it holds. ``plus_years`` and ``plus_months`` are added to it.
    """

    column: str | None
    kind: DayKind = "day"
    inclusive: bool = False
    plus_years: int = 0
    plus_months: int = 0


@dataclass(frozen=True, slots=True)
class ValueRule:
    """Where a value comes from. ``minus`` is a column taken off it; ``grades`` say which text is which grade."""

    column: str
    unit: str
    minus: str | None = None
    absolute: bool = False
    grades: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a cell must be: one of some texts, hold one of some texts, be filled, or a number in a range.

    ``negated``: must not be; an empty cell is and holds nothing.
    """

    column: str
    equals: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    filled: bool = False
    more_than: float | None = None
    at_most: float | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RecordRule:
    """One record that a row may be.

    ``one_of``: among the rules of this name, the first that fits is the only one, and one must. ``otherwise``: fits
    where no other rule did. ``lasting``: it holds until it is said to end; else it ends the day after it occurred.
    """

    item: CreditItem | None
    item_column: str | None
    occurred: DayRule
    ends: DayRule | None
    value: ValueRule | None
    when: tuple[Condition, ...]
    one_of: str | None
    otherwise: bool
    lasting: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed.

    ``columns`` maps the columns that are read to their Chinese headings; either stands in the header, or one of the
    other titles that ``also`` gives a column.
    """

    code: str
    table: str
    name: Words
    department: str
    frequency: Frequency
    late_after_days: int
    columns: Mapping[str, str]
    also: Mapping[str, tuple[str, ...]]
    optional: frozenset[str]
    firm: tuple[FirmColumn, ...]
    key: tuple[str, ...]
    records: tuple[RecordRule, ...]

    @property
    def one_record_a_row(self) -> bool:
        """Whether no row can be more than one record."""
        groups = {rule.one_of for rule in self.records}
        return len(self.records) == 1 or (len(groups) == 1 and None not in groups)

    def items(self) -> tuple[CreditItem, ...]:
        """The items its rows may be, in order; a feed that says the item itself may be any."""
        found = {rule.item.code: rule.item for rule in self.records if rule.item is not None}
        return tuple(found.values())


@cache
def feeds() -> Mapping[str, Feed]:
    """Every feed that is delivered with the platform, by its code."""
    folder = resources.files("creditbridge.records").joinpath("data", "feeds")
    texts = sorted(
        (one.name, one.read_text("utf-8")) for one in folder.iterdir() if one.name.endswith(".json")
    )
    found = [parse(text) for _, text in texts]
    return MappingProxyType({feed.code: feed for feed in found})


def parse(text: str) -> Feed:
    """Read a feed from its JSON.

    Raises:
        FeedError: it is no JSON, lacks something, or contradicts itself or the catalogue.
    """
    try:
        data = json.loads(text)
        return _feed(data)
    except FeedError:
        raise
    except json.JSONDecodeError as error:
        raise FeedError(f"it is no JSON: {error}") from error
    except KeyError as error:
        raise FeedError(f"something lacks {error}; docs/records.md says what a description holds") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise FeedError(
            f"something is not of the form that docs/records.md describes ({type(error).__name__}: {error})"
        ) from error


def _feed(data: Mapping[str, Any]) -> Feed:
    _only(data, "feed", _FEED_KEYS)
    feed = Feed(
        code=data["code"],
        table=data.get("table", ""),
        name=Words.from_json(data["name"]),
        department=data["department"],
        frequency=Frequency(data["frequency"]),
        late_after_days=int(data["late_after_days"]),
        columns=MappingProxyType(dict(data["columns"])),
        also=MappingProxyType({code: _titles(code, given) for code, given in data.get("also", {}).items()}),
        optional=frozenset(data.get("optional", ())),
        firm=tuple(_firm_column(row) for row in data["firm"]),
        key=tuple(data["key"]),
        records=tuple(_record(row) for row in data["records"]),
    )
    _check(feed)
    return feed


def _titles(code: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) and tidied(one) for one in given):
        raise FeedError(f"the other titles of {code} are a list of texts")
    return tuple(given)


def _firm_column(row: Mapping[str, Any]) -> FirmColumn:
    _only(row, "firm", {"column", "by"})
    if row["by"] not in _FIRM_BY:
        raise FeedError(f"a firm is known by {', '.join(_FIRM_BY)}, not {row['by']!r}")
    return FirmColumn(row["column"], cast("FirmBy", row["by"]))


def _record(row: Mapping[str, Any]) -> RecordRule:
    _only(row, "record", _RECORD_KEYS)
    code = row.get("item")
    if (code is None) == ("item_column" not in row):
        raise FeedError("a record names its item or the column that does")
    if code is not None and code not in catalogue.items():
        raise FeedError(f"there is no item {code!r}")
    return RecordRule(
        item=None if code is None else catalogue.items()[code],
        item_column=row.get("item_column"),
        occurred=_day(row["occurred"]),
        ends=_day(row["ends"]) if "ends" in row else None,
        value=_value(row["value"]) if "value" in row else None,
        when=tuple(_condition(one) for one in row.get("when", ())),
        one_of=row.get("one_of"),
        otherwise=bool(row.get("otherwise", False)),
        lasting=bool(row.get("lasting", False)),
    )


def _day(row: Mapping[str, Any]) -> DayRule:
    _only(row, "day", {"column", "kind", "inclusive", "plus_years", "plus_months", "received"})
    years, months = int(row.get("plus_years", 0)), int(row.get("plus_months", 0))
    if row.get("received"):
        return DayRule(None, plus_years=years, plus_months=months)
    kind = row.get("kind", "day")
    if kind not in _DAY_KINDS:
        raise FeedError(f"a date is a {', '.join(_DAY_KINDS)}, not {kind!r}")
    return DayRule(row["column"], cast("DayKind", kind), bool(row.get("inclusive", False)), years, months)


def _value(row: Mapping[str, Any]) -> ValueRule:
    _only(row, "value", {"column", "unit", "minus", "absolute", "grades"})
    if row["unit"] not in UNITS and row["unit"] != STORED:
        raise FeedError(f"a value is in {', '.join(UNITS)}, not {row['unit']!r}")
    grades = MappingProxyType(dict(row.get("grades", {})))
    return ValueRule(row["column"], row["unit"], row.get("minus"), bool(row.get("absolute", False)), grades)


def _condition(row: Mapping[str, Any]) -> Condition:
    _only(row, "condition", {"column", "is", "contains", "filled", "more_than", "at_most", "not"})
    return Condition(
        column=row["column"],
        equals=tuple(row.get("is", ())),
        contains=tuple(row.get("contains", ())),
        filled=bool(row.get("filled", False)),
        more_than=row.get("more_than"),
        at_most=row.get("at_most"),
        negated=bool(row.get("not", False)),
    )


def used_columns(feed: Feed) -> set[str]:
    """Every column that something in a feed's description reads."""
    used = {one.column for one in feed.firm} | set(feed.key)
    for rule in feed.records:
        days = (rule.occurred, rule.ends)
        used |= {one.column for one in days if one is not None and one.column is not None}
        used |= {one.column for one in rule.when}
        if rule.value is not None:
            used |= {rule.value.column, *([rule.value.minus] if rule.value.minus else [])}
        used |= {rule.item_column} if rule.item_column else set()
    return used


def amounts(feed: Feed) -> set[str]:
    """The columns that are read as amounts of money."""
    values = [rule.value for rule in feed.records if rule.value is not None]
    read = [one for one in values if UNITS.get(one.unit, (None, 1))[0] is ValueKind.FEN]
    return {column for one in read for column in (one.column, one.minus) if column}


def _check_titles(feed: Feed) -> None:
    """See that no title is of two columns."""
    if unknown := set(feed.also) - set(feed.columns):
        raise FeedError(
            f"{feed.code}: other titles of columns that are not read: {', '.join(sorted(unknown))}"
        )
    of: dict[str, str] = {}
    for code, title in feed.columns.items():
        for one in filter(None, map(tidied, (code, title, *feed.also.get(code, ())))):
            if of.setdefault(one, code) != code:
                raise FeedError(f"{feed.code}: the title {one!r} is of two columns, {of[one]} and {code}")


def _check(feed: Feed) -> None:
    words = catalogue.loaded()
    wrong: Sequence[tuple[bool, str]] = (
        (
            not feed.code.replace("_", "").isalnum() or not feed.code.isascii(),
            "its code is letters, digits and _",
        ),
        (feed.department not in words.departments, f"there is no department {feed.department!r}"),
        (not feed.firm, "it does not say whose its rows are"),
        (not feed.records, "its rows are no records"),
        (feed.late_after_days < 0, "late_after_days is not negative"),
        (used_columns(feed) != set(feed.columns), _differing(used_columns(feed), feed.columns)),
        (not feed.optional <= set(feed.columns), "an optional column is one that is read"),
        (
            all(one.column in feed.optional for one in feed.firm),
            "one column that says whose a row is must be there",
        ),
    )
    for broken, message in wrong:
        if broken:
            raise FeedError(f"{feed.code}: {message}")
    _check_titles(feed)
    for rule in feed.records:
        _check_rule(feed, rule)


def _differing(used: Iterable[str], named: Iterable[str]) -> str:
    return f"columns named and columns read differ: {', '.join(sorted(set(used) ^ set(named)))}"


def _check_rule(feed: Feed, rule: RecordRule) -> None:
    if rule.item is None or rule.value is None:
        return
    kind = UNITS[rule.value.unit][0] if rule.value.unit in UNITS else None
    if rule.item.value is not kind and not (rule.item.value is ValueKind.NONE and kind is ValueKind.FEN):
        raise FeedError(f"{feed.code}: the value of {rule.item.code} is {rule.item.value}, not {kind}")
    unknown = set(rule.value.grades.values()) - set(rule.item.grades)
    if unknown:
        raise FeedError(f"{feed.code}: {rule.item.code} has no grade {', '.join(sorted(unknown))}")


def _only(row: Mapping[str, Any], what: str, known: set[str]) -> None:
    if unknown := set(row) - known:
        raise FeedError(f"unknown in a {what}: {', '.join(sorted(unknown))}")


_FEED_KEYS = {
    *("code", "table", "name", "department", "frequency", "late_after_days"),
    *("columns", "also", "optional", "firm", "key", "records"),
}
_RECORD_KEYS = {"item", "item_column", "occurred", "ends", "value", "when", "one_of", "otherwise", "lasting"}
