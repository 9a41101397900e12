"""Drawing the register of a large invented city, a block of firms at a time.

Beside :mod:`creditbridge.demo.firms.register`, which draws a small city firm by firm with all that is known of each:
here only what a file of registrations says, with whole arrays, so that half a million firms take seconds. The codes
begin far behind those of the demo city, so that both can stand on one register.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from creditbridge.demo.firms.register import TOWNS, sectors
from creditbridge.demo.generating.drawing import City, established_of, stream
from creditbridge.kernel.uscc import ALPHABET, DEMO_REGION
from creditbridge.registry import regions
from creditbridge.registry.readings import EntityKind

FIRST_CODE: Final = 100_000
"""The number of the first firm's code; lower ones belong to the demo city and to tests."""
MOST_FIRMS: Final = 1_000_000 - FIRST_CODE
_KINDS: Final = (
    (EntityKind.ENTERPRISE, "91", "有限责任公司", "有限公司"),
    (EntityKind.INDIVIDUAL_BUSINESS, "92", "个体工商户", "经营部"),
    (EntityKind.FARMERS_COOPERATIVE, "93", "农民专业合作社", "专业合作社"),
)
_NOBODYS_PREFIX = "94"
_STATES = {"存续": 96.6, "歇业": 1.0, "注销": 1.3, "吊销": 0.8, "清算": 0.3}
_UNSTATED = {"成立日期": 0.01, "行业代码": 0.12, "行政区划": 0.01, "注册资本": 0.04}
_MAIN_KIND_SHARE = 0.75
_CAPITAL = (4.6, 1.1)
"""Of the logarithm of the registered capital in 10,000 yuan: mean and deviation."""
_SIGNS = "锦云澄瑞恒嘉启星禾朗越沐清鸿景泰润晟卓铭诺博源盈昊璟宸霖煦屹川程"
_SIGNS_IN_NAME = 4
_STEP = 611_953
"""Odd: number times step runs through all names of four signs before one comes again."""
_SHIFT = 349_525
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ORGANISATION_CHECKS = np.array(list("0123456789X0"))
_CODE_WEIGHTS = np.array([pow(3, place, len(ALPHABET)) for place in range(17)])
_SIGN_OF = np.array(list(ALPHABET))


def codes_of(city: City, number: int) -> pl.Series:
    """The unified social credit code of each firm of a block."""
    firm = _firm_numbers(city, number)
    prefixes = np.array([prefix for _, prefix, _, _ in _KINDS])
    return invented_codes(prefixes[_trades(city, number)[1]], firm + FIRST_CODE)


def unknown_codes(random: np.random.Generator, count: int) -> pl.Series:
    """Codes that are right in every check and that no firm has."""
    numbers = random.integers(0, FIRST_CODE, count)
    return invented_codes(np.full(count, _NOBODYS_PREFIX), numbers)


def invented_codes(prefixes: npt.NDArray[np.str_], numbers: npt.NDArray[np.int64]) -> pl.Series:
    """What :func:`creditbridge.kernel.uscc.synthetic` answers, for many numbers at once."""
    digits = numbers[:, None] // 10 ** np.arange(5, -1, -1) % 10
    letters = np.broadcast_to(np.array([int("M", 36), int("A", 36)]), (len(numbers), 2))
    total = np.hstack([letters, digits]) @ _ORGANISATION_WEIGHTS
    check = _ORGANISATION_CHECKS[11 - total % 11]
    text = np.char.add(prefixes, f"{DEMO_REGION}MA")
    text = np.char.add(np.char.add(text, np.char.zfill(numbers.astype(str), 6)), check)
    signs = text.astype("U17").view("U1").reshape(len(numbers), 17)
    ranks = np.searchsorted(_SIGN_OF, signs)
    last = _SIGN_OF[(len(ALPHABET) - ranks @ _CODE_WEIGHTS % len(ALPHABET)) % len(ALPHABET)]
    return pl.Series(np.char.add(text, last).tolist(), dtype=pl.String)


def registrations(city: City, number: int) -> pl.DataFrame:
    """The rows of a block's firms as a file of registrations carries them; what is not stated is empty."""
    firm = _firm_numbers(city, number)
    count = len(firm)
    random = stream(city, number, "register")
    towns = _drawn(random, city, list(TOWNS), TOWNS.values())[:count]
    states = _drawn(random, city, list(_STATES), _STATES.values())[:count]
    capital = np.exp(random.normal(*_CAPITAL, city.firms_in_block))[:count].astype(int) // 10 * 10 + 10
    of_trade = random.random(city.firms_in_block)[:count]
    trade, kind = _trades(city, number)
    known = sectors()
    named = [known[place].names[int(share * len(known[place].names))] for place, share in zip(trade, of_trade, strict=True)]  # fmt: skip
    places = {code: regions.region_name(code).zh for code in TOWNS}
    brands = _brands(city, firm)
    columns = {
        "统一社会信用代码": codes_of(city, number),
        "企业名称": [
            f"演示市{'' if kind[row] == 0 else places[towns[row]]}{brands[row]}{named[row]}{_KINDS[kind[row]][3]}"
            for row in range(count)
        ],
        "成立日期": pl.Series(established_of(city, number)[:count]).cast(pl.Date).dt.to_string(),
        "企业类型": [_KINDS[place][2] for place in kind],
        "登记状态": states.tolist(),
        "注册资本": [
            f"{wan}万元人民币" if place == 0 else "" for wan, place in zip(capital, kind, strict=True)
        ],
        "行业代码": [known[place].code for place in trade],
        "行政区划": towns.tolist(),
        "经营范围": ["、".join(known[place].names) for place in trade],
    }
    frame = pl.DataFrame(columns)
    for name, share in _UNSTATED.items():
        blank = pl.Series(random.random(city.firms_in_block)[:count] < share)
        frame = frame.with_columns(pl.when(blank).then(pl.lit("")).otherwise(pl.col(name)).alias(name))
    return frame


def _firm_numbers(city: City, number: int) -> npt.NDArray[np.int64]:
    first = number * city.firms_in_block
    return np.arange(first, min(first + city.firms_in_block, city.firms))


def _trades(city: City, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The trade of each firm of a block, and which of :data:`_KINDS` it is."""
    random = stream(city, number, "trades")
    known = sectors()
    count = len(_firm_numbers(city, number))
    weights = [sector.weight for sector in known]
    trade = _drawn(random, city, np.arange(len(known)), weights)[:count]
    of_kind = {kind: place for place, (kind, *_) in enumerate(_KINDS)}
    main = np.array([of_kind[sector.kinds[0]] for sector in known])
    other = np.array([of_kind[sector.kinds[-1]] for sector in known])
    is_main = random.random(city.firms_in_block)[:count] < _MAIN_KIND_SHARE
    return trade, np.where(is_main, main[trade], other[trade])


def _drawn(random: np.random.Generator, city: City, of: Any, weights: Iterable[float]) -> npt.NDArray[Any]:
    shares = np.array(list(weights), dtype=np.float64)
    return random.choice(of, city.firms_in_block, p=shares / shares.sum())


def _brands(city: City, firm: npt.NDArray[np.int64]) -> list[str]:
    """Four signs for each firm; no two of a city have the same."""
    base = len(_SIGNS)
    mixed = ((firm + city.seed % base**_SIGNS_IN_NAME) * _STEP + _SHIFT) % base**_SIGNS_IN_NAME
    return ["".join(_SIGNS[number // base**place % base] for place in range(_SIGNS_IN_NAME)) for number in mixed.tolist()]  # fmt: skip
