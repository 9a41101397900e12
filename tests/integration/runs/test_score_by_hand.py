"""A score worked out again from nothing but its page: values from records, points from bins, sums, grade and class."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.kernel.dates import add_months
from creditbridge.records.catalogue import ValueKind, items
from creditbridge.registry.model import Firm
from creditbridge.scoring.indicators import catalogue
from creditbridge.scoring.language import measures_of
from creditbridge.scoring.program import chosen_items
from tests.integration.runs.conftest import TODAY
from tests.lake import put

LEVELS = "一二三四五"
UNITS = {"元": 100, "万元": 1_000_000, "亿元": 10**10, "%": 10_000}
SEVERITIES = ("无", "轻微", "一般", "严重")
BIN = re.compile(r".+：\d+ 分")


class _Text(HTMLParser):
    """The page as lines of text: one for each item, cell and paragraph."""

    def __init__(self):
        super().__init__()
        self.lines, self._open = [], ""

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        if tag in {"li", "td", "th", "p", "br", "h2", "h3", "summary", "tr", "ul", "details", "span"}:
            self._end()
        if tag == "tr":
            self.lines.append("<row>")

    def handle_endtag(self, tag):
        if tag in {"li", "td", "th", "p", "h2", "h3", "summary", "tr", "ul"}:
            self._end()

    def handle_data(self, data):
        self._open += data

    def _end(self):
        text = " ".join(self._open.split())
        self._open = ""
        if text:
            self.lines.append(text)


def number(text):
    """A value as the page writes it: amounts in fen, ratios in millionths, yes and no as 1 and 0."""
    if text in {"是", "否"}:
        return int(text == "是")
    found = re.match(r"^(-?[\d,]+(?:\.\d+)?)\s*(元|万元|亿元|%)?", text)
    if found is None:
        return None
    return round(float(found[1].replace(",", "")) * UNITS.get(found[2] or "", 1))


def lies_in(value, text):
    if text.startswith("低于 "):
        return value < number(text.removeprefix("低于 "))
    if text.endswith(" 及以上"):
        return value >= number(text)
    low, between, high = text.partition(" 至不到 ")
    if between:
        return number(low) <= value < number(high)
    low, between, high = text.partition(" 至 ")
    return number(low) <= value <= number(high) if between else value == number(text)


class Record:
    """A record as the page lists it."""

    def __init__(self, line, end):
        day, self.item, *rest = line.split(" ", 2)
        self.day = date.fromisoformat(day)
        self.text = rest[0] if rest else ""
        self.value = number(self.text) if self.text and self.text not in SEVERITIES else None
        self.end = end

    @property
    def month(self):
        return self.day.year * 12 + self.day.month


def full_months(first, last):
    """Full months from one day to another; one that begins on the 31st is full on the last day of a shorter month."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (add_months(first, months) > last)


def by_hand(words, records, window, on):
    """What a measure comes to, by its words and the records listed under it, the newest first; None: not known."""
    words, _, most = words.removesuffix("）").partition("（最多计 ")
    take = next((one for one in BY_HAND if words.endswith(one)), None)
    if take is None:
        assert "是否有" in words, words
        return int(bool(records))
    value = BY_HAND[take](records, window, on)
    if isinstance(value, tuple):  # a time: in days, months, years
        unit = next(one for one in ("年", "个月", "天") if one in (most or "个月"))
        value = value[("天", "个月", "年").index(unit)]
    return min(value, number(most)) if most and value is not None else value


def time_between(first, last):
    months = full_months(first, last)
    return (last - first).days, months, months // 12


def valued(records):
    return [one for one in records if one.text]


def mean(records, *_):
    numbers = [one.value for one in valued(records)]
    return sum(numbers) // len(numbers) if numbers else None


def trend(records, *_):
    points = [(one.month, one.value) for one in valued(records)]
    n, y = len(points), sum(value for _, value in points)
    if n < 3 or y <= 0:
        return None
    least = min(month for month, _ in points)
    x = sum(month - least for month, _ in points)
    xx = sum((month - least) ** 2 for month, _ in points)
    xy = sum((month - least) * value for month, value in points)
    below = (n * xx - x * x) * y
    return n * (n * xy - x * y) * 1_000_000 // below if below > 0 else None


def missing(records, window, _on):
    months = {one.month for one in records}
    last = window[1].year * 12 + window[1].month
    return last - min(months) + 1 - len(months) if months else None


def longest_run(numbers):
    best = 0
    for one in numbers:
        run = 1
        while one + run in numbers:
            run += 1
        best = max(best, run)
    return best


def only(records, place):
    found = valued(records)
    if len(found) <= place if place >= 0 else not found:
        return None
    return found[place].text if found[place].value is None else found[place].value


BY_HAND = {
    "的条数": lambda records, *_: len(records),
    "的数值合计": lambda records, *_: sum(one.value for one in valued(records)) if valued(records) else None,
    "的数值平均": mean,
    "的最大数值": lambda records, *_: max((one.value for one in valued(records)), default=None),
    "的最小数值": lambda records, *_: min((one.value for one in valued(records)), default=None),
    "的最近一次数值": lambda records, *_: only(records, 0),
    "的上一次数值": lambda records, *_: only(records, 1),
    "的最早一次数值": lambda records, *_: only(records, -1),
    "距最近一次的时长": lambda records, _, on: time_between(records[0].day, on) if records else None,
    "距最早一次的时长": lambda records, _, on: time_between(records[-1].day, on) if records else None,
    "到期前剩余时长": lambda records, _, on: (
        time_between(on, max(one.end or date(9999, 1, 1) for one in records)) if records else None
    ),
    "涉及的月份数": lambda records, *_: len({one.month for one in records}),
    "涉及的年数": lambda records, *_: len({one.day.year for one in records}),
    "涉及的种数": lambda records, *_: len({one.item for one in records}),
    "最长连续月数": lambda records, *_: longest_run({one.month for one in records}),
    "最长连续年数": lambda records, *_: longest_run({one.day.year for one in records}),
    "缺少记录的月数": missing,
    "的最重程度": lambda records, *_: max(
        (SEVERITIES.index(one.text.split()[-1]) for one in records), default=0
    ),
    "按月数值的变化趋势": trend,
}
"""What the page's words for a measure ask one to do with the records under it."""


def ppm(part, whole):
    return part * 1_000_000 // whole if part is not None and whole is not None and whole > 0 else None


def growth(now, before):
    return (now - before) * 1_000_000 // abs(before) if None not in {now, before} and before else None


PAIRS = {
    r"（(.+)）÷（(.+)）": ppm,
    r"（(.+)）占（(.+)）的比例": lambda part, whole: (
        None if (found := ppm(part, whole)) is None else min(max(found, 0), 1_000_000)
    ),
    r"（(.+)）比（(.+)）的变化率": growth,
    r"（(.+)）减（(.+)）": lambda one, other: None if None in {one, other} else one - other,
    r"（(.+)）按（(.+)）平均": lambda one, heads: one // heads if one is not None and heads else None,
}


def put_together(formula, known):
    """A formula by the letters of its measures and what the head of the page says of the firm."""
    if formula in known:
        return known[formula]
    for pattern, together in PAIRS.items():
        if found := re.fullmatch(pattern, formula):
            return together(*(put_together(part, known) for part in found.groups()))
    if formula.startswith("先有数据者："):
        parts = [put_together(one, known) for one in formula.removeprefix("先有数据者：").split("、")]
        return next((one for one in parts if one is not None), None)
    if formula.startswith("成立年限（最多计"):
        return min(known["成立年限"], number(formula.partition("最多计 ")[2]))
    parts = [put_together(one, known) for one in formula.split(" + ")]
    assert len(parts) > 1, formula
    return sum(one for one in parts if one is not None) if any(one is not None for one in parts) else None


class Row:
    """One indicator as the page tells it."""

    def __init__(self, lines):
        self.name, _reference, self.value = lines[:3]
        self.points, self.weight, self.product = (int(one.replace(",", "")) for one in lines[3:6])
        self.formula = next(line for line in lines if line.startswith("算法：")).removeprefix("算法：")
        self.missing = next(line for line in lines if line.startswith("未知时"))
        after = lines[lines.index(self.missing) + 1 :]
        self.bins = [re.fullmatch(r"(.+)：(\d+) 分", line).groups() for line in after if BIN.fullmatch(line)]
        self.steps = list(self._steps([line for line in after if not BIN.fullmatch(line)]))

    def _steps(self, lines):
        """Each measure: its letter, its words, the value that the page says, its days, its records."""
        begins = [place for place, line in enumerate(lines) if re.match(r"[A-Z] = ", line)]
        if not begins:
            yield "", self.formula, None, *self._records(lines)
        for begin, end in pairwise([*begins, len(lines)]):
            letter, _, told = lines[begin].partition(" = ")
            words, _, value = told.rpartition("：")
            yield letter, words, value, *self._records(lines[begin + 1 : end])

    def _records(self, lines):
        window = next(
            (
                tuple(map(date.fromisoformat, re.findall(r"\d{4}-\d{2}-\d{2}", line)))
                for line in lines
                if line.startswith("时间：")
            ),
            None,
        )
        found = []
        for line, following in pairwise([*lines, ""]):
            if re.match(r"\d{4}-\d{2}-\d{2} ", line):
                ends = re.fullmatch(r"至 (\d{4}-\d{2}-\d{2})", following)
                found.append(Record(line, date.fromisoformat(ends[1]) if ends else None))
        return window, found

    def points_by_hand(self):
        if self.value == "没有数据":
            if (said := re.fullmatch(r"未知时计 (\d+) 分", self.missing)) is not None:
                return int(said[1])
            value = number(re.fullmatch(r"未知时按 (.+) 计", self.missing)[1])
        else:
            value = number(self.value)
        if value is None:
            fitting = [int(points) for text, points in self.bins if self.value in text.split(" 至 ")]
        else:
            fitting = [int(points) for text, points in self.bins if lies_in(value, text)]
        assert len(fitting) == 1, (self.name, self.value, self.bins)
        return fitting[0]

    def value_by_hand(self, of_firm, on):
        """What the records under each measure come to, put together as the formula says."""
        known = dict(of_firm)
        for letter, words, value, window, records in self.steps:
            if words in of_firm or words.startswith("成立年限"):
                continue
            assert all(window is None or window[0] <= one.day <= window[1] for one in records), self.name
            known[letter] = by_hand(words, records, window, on)
            if letter and isinstance(known[letter], int):
                assert number(value) == known[letter], (self.name, words, value, records)
        return known[""] if "" in known else put_together(self.formula, known)


def rows_of(lines):
    begins = [place for place, line in enumerate(lines) if line == "<row>"] + [len(lines)]
    for begin, end in pairwise(begins):
        part = lines[begin + 1 : end]
        if any(line.startswith("算法：") for line in part):
            yield Row(part)


def read_items():
    """Every item that a delivered indicator reads."""
    expressions = [one.value for one in catalogue().indicators.values()]
    measures = {measure for one in expressions for measure in measures_of(one)}
    chosen = {item for measure in measures for item in chosen_items(measure.filter, items())}
    return sorted(chosen, key=lambda item: item.code)


def well_known(firm_no):
    """Records of a firm of which everything is known that indicators read: two years and a half, a month now and then not."""
    chance = random.Random(firm_no)
    for item in read_items():
        for months in range(30):
            if chance.random() < 0.3:
                continue
            day = add_months(TODAY, -months) - timedelta(days=chance.randrange(28))
            ends = add_months(day, chance.randrange(1, 40)) if chance.random() < 0.6 else None
            most = len(item.grades) if item.value is ValueKind.GRADE else 900_000
            value = None if item.value is ValueKind.NONE or chance.random() < 0.1 else chance.randrange(most)
            yield firm_no, item.code, day, ends, value


TEXTILES, CRYSTAL = 10, 3
"""Firms of the small city by their division; those of other numbers have few records."""


@pytest.mark.parametrize("firm_no", [2, 11, CRYSTAL, TEXTILES])
def test_a_score_is_worked_out_from_its_page_alone(city, run, as_actor, people, firm_no):
    if firm_no in {TEXTILES, CRYSTAL}:
        put(city, list(well_known(firm_no)))
        with city.write() as session:
            firm = session.scalars(select(Firm).where(Firm.firm_no == firm_no)).one()
            firm.capital_minor, firm.capital_currency = 123_456_789, "CNY"
    run()
    with city.read() as session:
        public_id = session.scalars(select(Firm.public_id).where(Firm.firm_no == firm_no)).one()
    client = as_actor(people.member(Role.PLATFORM_REGULATOR))
    page = _Text()
    page.feed(client.get(f"/platform/firms/{public_id}/credit/score?lang=zh").get_data(as_text=True))
    text = "\n".join(page.lines)
    rows = list(rows_of(page.lines))
    assert len(rows) > 50
    on = date.fromisoformat(re.search(r"评价日期 (\S{10})，", text)[1])
    established = re.search(r"登记的成立日期：(\S{10})。", text)
    capital = re.search(r"登记的注册资本：(.+ 元)。", text)
    of_firm = {
        "登记的注册资本": number(capital[1]) if capital else None,
        "成立年限": full_months(date.fromisoformat(established[1]), on) // 12 if established else None,
    }
    known = set()
    for row in rows:
        value = row.value_by_hand(of_firm, on)
        if row.value in SEVERITIES and isinstance(value, int):
            value = SEVERITIES[value]
        if row.value == "没有数据":
            assert value is None, (row.name, value)
        else:
            known.add(row.name)
            said = number(row.value)
            assert (row.value if said is None else said) == value, (
                row.name,
                row.value,
                row.formula,
                row.steps,
            )
        assert row.points_by_hand() == row.points, row.name
        assert row.points * row.weight == row.product
    assert firm_no not in {TEXTILES, CRYSTAL} or len(known) > 120
    score = 10 * sum(row.product for row in rows) // sum(row.weight for row in rows)
    assert f"= {score} 分" in text
    sums = [int(one) for one in re.findall(r"本类得分 (\d+)", text)]
    assert len(sums) >= 5
    if (capped := re.search(r"封顶后为 (\d+) 分", text)) is not None:
        score = int(capped[1])
    said, grade, standing = re.search(r"评分 (\d+) 分，等级 (\w)，(\S+)。", text).groups()
    assert int(said) == score
    grades = re.findall(r"([A-E]) (\d+)", re.search(r"各等级最低分：(.+)", text)[1])
    assert grade == next(name for name, least in grades if score >= int(least))
    kinds = [
        (name, [int(one) for one in levels.split("、")], place)
        for place, line in enumerate(page.lines)
        for name, levels in re.findall(r"^(\S+)：一至四级最低分 ([\d、]+)$", line)
    ]
    assert len(kinds) == 3
    ends = [place for *_, place in kinds[1:]] + [len(page.lines)]
    holding = [
        (name, levels)
        for (name, levels, place), end in zip(kinds, ends, strict=True)
        if any(line.endswith("；已满足") for line in page.lines[place:end])
    ]
    name, levels = holding[0] if holding else kinds[-1][:2]
    assert standing == f"{name}{LEVELS[sum(score < least for least in levels)]}级"
