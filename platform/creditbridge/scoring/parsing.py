"""Reading the indicator language from JSON. What cannot be read is refused with the place and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from creditbridge.records.catalogue import Polarity, Severity
from creditbridge.scoring.days import Unit
from creditbridge.scoring.language import (
    ALL_TIME,
    MOST_CAP,
    MOST_MONTHS,
    OF_MONTHS,
    OF_TIME,
    PAIRS,
    By,
    Combination,
    Constant,
    Expression,
    Filter,
    FirmProperty,
    Measure,
    OfFirm,
    Operation,
    Status,
    Take,
    Test,
    Transformation,
    Transformed,
    Window,
)

MOST_DEPTH = 6
MOST_LENGTH = {Unit.DAYS: 37_200, Unit.MONTHS: 1_200, Unit.YEARS: 100}
MOST_PARTS = 8
_INT64 = 2**62

Choice = TypeVar("Choice", bound=StrEnum)

_MEASURE = {"take", "items", "categories", "polarity", "severities", "status", "at_least", "at_most", "window", "unit", "cap"}  # fmt: skip


class LanguageError(ValueError):
    """An expression that is none; ``place`` is the path to it, as in ``ratio[1].window``."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place or 'expression'}: {what}")
        self.place = place
        self.what = what


def parse(stated: Any, place: str = "", depth: int = 0) -> Expression:
    """An expression from its JSON form.

    Raises:
        LanguageError: if it is none.
    """
    if not isinstance(stated, Mapping) or not stated:
        raise LanguageError(place, "write an object such as {'take': 'count', 'items': ['penalty.*']}")
    if depth > MOST_DEPTH:
        raise LanguageError(place, f"nested deeper than {MOST_DEPTH}")
    if "take" in stated:
        return _measure(stated, place)
    if "firm" in stated:
        return _of_firm(stated, place)
    if "constant" in stated:
        _only(stated, {"constant"}, place)
        return Constant(_integer(stated["constant"], f"{place}.constant"))
    if "test" in stated:
        return _test(stated, place, depth)
    if "transform" in stated:
        return _transformed(stated, place, depth)
    return _combination(stated, place, depth)


def _measure(stated: Mapping[str, Any], place: str) -> Measure:
    _only(stated, _MEASURE, place)
    take = _choice(Take, stated["take"], f"{place}.take")
    window = _window(stated.get("window"), f"{place}.window")
    unit = _choice(Unit, stated.get("unit", Unit.MONTHS), f"{place}.unit")
    cap = _cap(stated, place)
    if take not in OF_TIME and ("unit" in stated or "cap" in stated):
        raise LanguageError(place, f"'{take}' is no time: leave out 'unit' and 'cap'")
    if take in OF_MONTHS and window.reach_in_months not in range(1, MOST_MONTHS + 1):
        raise LanguageError(f"{place}.window", f"'{take}' looks at single months: at most {MOST_MONTHS}")
    if take is Take.MISSING_MONTHS and not window.whole:
        raise LanguageError(f"{place}.window", "missing months are told of whole months: add 'whole'")
    return Measure(take, _filter(stated, place), window, unit, cap)


def _filter(stated: Mapping[str, Any], place: str) -> Filter:
    items = _texts(stated.get("items", []), f"{place}.items")
    categories = _texts(stated.get("categories", []), f"{place}.categories")
    severities = tuple(
        _choice(Severity, name, f"{place}.severities")
        for name in _texts(stated.get("severities", []), f"{place}.severities")
    )
    if not any(not item.startswith("-") for item in items) and not categories and "polarity" not in stated:
        raise LanguageError(place, "name 'items', 'categories' or a 'polarity'")
    polarity = stated.get("polarity")
    return Filter(
        items,
        categories,
        None if polarity is None else _choice(Polarity, polarity, f"{place}.polarity"),
        severities,
        _choice(Status, stated.get("status", Status.ANY), f"{place}.status"),
        *_range(stated, place),
    )


def _window(stated: Any, place: str) -> Window:
    if stated is None or stated == "all":
        return ALL_TIME
    if not isinstance(stated, Mapping):
        raise LanguageError(place, "write 'all' or an object such as {'months': 12}")
    _only(stated, {*Unit, "ago", "whole", "by"}, place)
    units = [unit for unit in Unit if unit in stated]
    if len(units) != 1:
        raise LanguageError(place, "one of days, months and years")
    unit = units[0]
    window = Window(
        _whole_number(stated[unit], f"{place}.{unit}", most=MOST_LENGTH[unit], least=1),
        unit,
        _whole_number(stated.get("ago", 0), f"{place}.ago", most=MOST_LENGTH[unit]),
        _boolean(stated.get("whole", False), f"{place}.whole"),
        _choice(By, stated.get("by", By.OCCURRED), f"{place}.by"),
    )
    if window.whole and unit is Unit.DAYS:
        raise LanguageError(place, "whole months are counted in months or years")
    return window


def _of_firm(stated: Mapping[str, Any], place: str) -> OfFirm:
    _only(stated, {"firm", "unit", "cap"}, place)
    named = _choice(FirmProperty, stated["firm"], f"{place}.firm")
    if named is not FirmProperty.AGE and len(stated) > 1:
        raise LanguageError(place, f"'{named}' is no time: leave out 'unit' and 'cap'")
    return OfFirm(named, _choice(Unit, stated.get("unit", Unit.YEARS), f"{place}.unit"), _cap(stated, place))


def _test(stated: Mapping[str, Any], place: str, depth: int) -> Test:
    _only(stated, {"test", "at_least", "at_most", "one_of"}, place)
    low, high = _range(stated, place)
    listed = stated.get("one_of", [])
    if not isinstance(listed, list):
        raise LanguageError(f"{place}.one_of", "write a list of numbers")
    one_of = tuple(_integer(number, f"{place}.one_of") for number in listed)
    if (low is None and high is None) == (not one_of):
        raise LanguageError(place, "give a range ('at_least', 'at_most') or 'one_of'")
    return Test(parse(stated["test"], f"{place}.test", depth + 1), low, high, one_of)


def _transformed(stated: Mapping[str, Any], place: str, depth: int) -> Transformed:
    _only(stated, {"transform", "as", "low", "high", "by"}, place)
    kind = _choice(Transformation, stated.get("as"), f"{place}.as")
    inner = parse(stated["transform"], f"{place}.transform", depth + 1)
    if kind is Transformation.CLIP:
        low, high = (_integer(stated.get(name), f"{place}.{name}") for name in ("low", "high"))
        if low > high:
            raise LanguageError(place, "'low' is above 'high'")
        return Transformed(inner, kind, low, high)
    if kind is Transformation.DIVIDE:
        return Transformed(inner, kind, _whole_number(stated.get("by"), f"{place}.by", most=_INT64, least=1))
    return Transformed(inner, kind)


def _combination(stated: Mapping[str, Any], place: str, depth: int) -> Combination:
    if len(stated) != 1:
        raise LanguageError(place, f"cannot read {', '.join(sorted(stated))}")
    name, parts = next(iter(stated.items()))
    operation = _choice(Operation, name, place)
    least, most = (2, 2) if operation in PAIRS else (2, MOST_PARTS)
    if not isinstance(parts, list) or not least <= len(parts) <= most:
        raise LanguageError(f"{place}.{name}", f"write a list of {least} to {most} expressions")
    return Combination(
        operation, tuple(parse(part, f"{place}.{name}[{n}]", depth + 1) for n, part in enumerate(parts))
    )


def _range(stated: Mapping[str, Any], place: str) -> tuple[int | None, int | None]:
    low, high = (
        None if stated.get(name) is None else _integer(stated[name], f"{place}.{name}")
        for name in ("at_least", "at_most")
    )
    if low is not None and high is not None and low > high:
        raise LanguageError(place, "'at_least' is above 'at_most'")
    return low, high


def _cap(stated: Mapping[str, Any], place: str) -> int | None:
    cap = stated.get("cap")
    return None if cap is None else _whole_number(cap, f"{place}.cap", most=MOST_CAP * 31, least=1)


def _only(stated: Mapping[str, Any], known: set[str], place: str) -> None:
    strange = sorted(set(stated) - known)
    if strange:
        raise LanguageError(place, f"does not know {', '.join(strange)}")


def _choice(kind: type[Choice], stated: Any, place: str) -> Choice:
    try:
        return kind(stated)
    except ValueError:
        raise LanguageError(place, f"one of {', '.join(kind)}, not '{stated}'") from None


def _texts(stated: Any, place: str) -> tuple[str, ...]:
    if not isinstance(stated, list) or not all(isinstance(text, str) and text for text in stated):
        raise LanguageError(place, "write a list of codes")
    return tuple(stated)


def _integer(stated: Any, place: str) -> int:
    if isinstance(stated, bool) or not isinstance(stated, int) or abs(stated) > _INT64:
        raise LanguageError(place, f"a whole number, not '{stated}'")
    return stated


def _whole_number(stated: Any, place: str, *, most: int, least: int = 0) -> int:
    number = _integer(stated, place)
    if not least <= number <= most:
        raise LanguageError(place, f"between {least} and {most}, not {number}")
    return number


def _boolean(stated: Any, place: str) -> bool:
    if not isinstance(stated, bool):
        raise LanguageError(place, "true or false")
    return stated
