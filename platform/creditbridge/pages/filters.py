"""How values are written on pages: the template filters. Nothing known is written as a dash."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from flask import Flask

from creditbridge.kernel import clock, money
from creditbridge.pages.i18n import current_locale, gettext, ngettext, say

NOTHING: Final = "—"


def amount(fen: int | None) -> str:
    """``125 万元``; in English ``¥1.25 million``."""
    return NOTHING if fen is None else money.format_amount(fen, current_locale())


def exact(fen: int | None) -> str:
    """``¥1,250,000.00``."""
    return NOTHING if fen is None else money.format_exact(fen)


def rate(ppm: int | None) -> str:
    """A yearly rate: ``3.85%``."""
    return NOTHING if ppm is None else money.format_rate(ppm)


def percent(ppm: int | None) -> str:
    """A share of a whole: ``37.5%``."""
    return NOTHING if ppm is None else money.format_share(ppm)


def number(value: float | None) -> str:
    """``12,305``; fractions keep at most one decimal."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")


def day(value: date | datetime | None) -> str:
    """A legal date: ``2026-11-23``. An instant shows the day it falls on in Shanghai."""
    if value is None:
        return NOTHING
    return (clock.legal_date(value) if isinstance(value, datetime) else value).isoformat()


def moment(value: datetime | None) -> str:
    """An instant in Shanghai's time: ``2026-11-23 14:05``."""
    return NOTHING if value is None else value.astimezone(clock.LEGAL_ZONE).strftime("%Y-%m-%d %H:%M")


def ago(value: date | datetime | None) -> str:
    """How far from now, in the largest fitting unit: ``3 天前``, ``2 小时后``."""
    if value is None:
        return NOTHING
    if not isinstance(value, datetime):
        return _days((clock.today() - value).days)
    seconds = (clock.now() - value).total_seconds()
    if abs(seconds) < 60:
        return gettext("刚刚")
    if abs(seconds) < 86_400:
        minutes = int(abs(seconds) // 60)
        return (
            _hours(minutes // 60, past=seconds > 0) if minutes >= 60 else _minutes(minutes, past=seconds > 0)
        )
    return _days((clock.today() - clock.legal_date(value)).days)


def _minutes(count: int, *, past: bool) -> str:
    if past:
        return ngettext("%(num)d 分钟前", "%(num)d 分钟前", count)
    return ngettext("%(num)d 分钟后", "%(num)d 分钟后", count)


def _hours(count: int, *, past: bool) -> str:
    if past:
        return ngettext("%(num)d 小时前", "%(num)d 小时前", count)
    return ngettext("%(num)d 小时后", "%(num)d 小时后", count)


def _days(past: int) -> str:
    if past == 0:
        return gettext("今天")
    if past > 0:
        return ngettext("%(num)d 天前", "%(num)d 天前", past)
    return ngettext("%(num)d 天后", "%(num)d 天后", -past)


FORMATS: Final[dict[str, Any]] = {
    "amount": amount,
    "exact": exact,
    "rate": rate,
    "percent": percent,
    "number": number,
    "day": day,
    "moment": moment,
    "ago": ago,
    "say": say,
}
"""Every filter by its name; tables and charts use the same."""


def install(app: Flask) -> None:
    app.jinja_env.filters.update(FORMATS)
