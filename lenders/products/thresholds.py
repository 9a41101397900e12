"""Thresholds as a bank officer types them, and as the admission language stores them.

Money is typed in 万元, shares in percent; regions and industries as names or codes; grades and choices are picked.
What is read is what was shown: the text of a stored threshold gives the same threshold again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from creditbridge.facts.catalogue import Fact, FactType, Subject, industry_sets
from creditbridge.facts.label_names import label_of
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import FEN_PER_WAN, PPM_PER_PERCENT, AmountError, parse_amount
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions
from lenders.admission.tree import BARE_OPERATORS, SET_OPERATORS, Operator, Scalar, Threshold

OPERATOR_WORDS: Mapping[Operator, Words] = {
    Operator.AT_LEAST: Words("不低于（≥）", "at least (≥)"),
    Operator.AT_MOST: Words("不高于（≤）", "at most (≤)"),
    Operator.MORE_THAN: Words("超过（>）", "more than (>)"),
    Operator.LESS_THAN: Words("低于（<）", "less than (<)"),
    Operator.BETWEEN: Words("介于", "between"),
    Operator.IN_SET: Words("为其中之一", "is one of"),
    Operator.NOT_IN_SET: Words("不为其中任何一项", "is none of"),
    Operator.WITHIN: Words("属于", "is in"),
    Operator.NOT_WITHIN: Words("不属于", "is not in"),
    Operator.ALL_OF: Words("全部包括", "includes all of"),
    Operator.ANY_OF: Words("至少包括一项", "includes any of"),
    Operator.NONE_OF: Words("都不包括", "includes none of"),
    Operator.IN_LIST: Words("在名单内", "is on the list"),
    Operator.NOT_IN_LIST: Words("不在名单内", "is not on the list"),
    Operator.IS_TRUE: Words("是", "yes"),
    Operator.IS_FALSE: Words("否", "no"),
}

_SEPARATORS = re.compile(r"[,，;；\s]+")
_NUMBER = Words("请填写数字。", "Enter a number.")
_WHOLE = Words("请填写整数。", "Enter a whole number.")
_NEEDED = Words("请填写条件的数值。", "Enter a value for the condition.")
_BOTH = Words("请填写下限和上限。", "Enter both the lower and the upper bound.")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．－％", "0123456789.-%")


class ThresholdProblem(ValueError):
    """A typed threshold that cannot be read; ``field`` is ``value`` or ``high``."""

    def __init__(self, words: Words, field: str = "value") -> None:
        super().__init__(words.en)
        self.words = words
        self.field = field


@dataclass(frozen=True, slots=True)
class Control:
    """What the editor shows for a value: ``kind`` is none, number, date, pick_one, pick_many or codes."""

    kind: str
    unit: Words | None = None
    choices: tuple[tuple[str, Words], ...] = ()
    pair: bool = False
    hint: Words | None = None


def control_for(fact: Fact, operator: Operator, picked: Sequence[str], lists: Mapping[str, Words]) -> Control:
    """The input that fits a fact and an operator. What is picked is offered first, in its order."""
    if operator in BARE_OPERATORS:
        return Control("none")
    if fact.subject is Subject.FIRM_LIST:
        return Control("pick_one", choices=tuple(lists.items()))
    codes = fact.scale.grades if fact.scale else fact.choices
    if codes:
        if operator not in SET_OPERATORS:
            return Control("pick_one", choices=tuple(codes.items()))
        first = [code for code in picked if code in codes]
        return Control(
            "pick_many",
            choices=tuple((code, codes[code]) for code in [*first, *(c for c in codes if c not in first)]),
        )
    if fact.type in _CODE_HINTS:
        return Control("codes", hint=_CODE_HINTS[fact.type])
    return Control(
        "date" if fact.type is FactType.DATE else "number", unit_of(fact), pair=operator is Operator.BETWEEN
    )


_CODE_HINTS: Mapping[FactType, Words] = {
    FactType.REGION: Words(
        "填名称或行政区划代码，多个用逗号隔开，如：临江区，320581",
        "Names or region codes, separated by commas: 临江区, 320581",
    ),
    FactType.INDUSTRY: Words(
        "填行业名称或代码，多个用逗号隔开，如：制造业，65，7212",
        "Names or codes of industries, separated by commas: C, 65, 7212",
    ),
    FactType.LABEL_SET: Words(
        "填标签名称或代码，多个用逗号隔开，如：高新技术企业，绿色工厂",
        "Names or codes of labels, separated by commas: high_tech, green_factory",
    ),
}


def unit_of(fact: Fact) -> Words | None:
    """The unit a number is typed in."""
    if fact.type is FactType.NUMBER_FEN:
        return Words("万元", "10,000 yuan")
    if fact.type is FactType.RATIO_PPM:
        return Words("%", "%")
    if fact.unit is None:
        return None
    return Words(fact.unit.many.zh.replace("{n}", "").strip(), fact.unit.many.en.replace("{n}", "").strip())


def show(fact: Fact | None, value: Threshold) -> tuple[list[str], str]:
    """A stored threshold as typed: the texts of its value, and of the upper bound of a pair."""
    if value is None:
        return [], ""
    parts = value if isinstance(value, tuple) else (value,)
    if fact is None:
        return [str(part) for part in parts], ""
    texts = [_show_one(fact, part) for part in parts]
    if fact.type in _CODE_HINTS:
        return ["，".join(texts)], ""
    if isinstance(value, tuple) and fact.type in _PAIRED:
        return [texts[0]], texts[1]
    return texts, ""


_PAIRED = frozenset(
    {FactType.NUMBER_FEN, FactType.RATIO_PPM, FactType.NUMBER, FactType.COUNT, FactType.YEARS, FactType.DATE}
)


def _show_one(fact: Fact, value: Scalar) -> str:
    if not isinstance(value, int):
        return value
    if fact.type is FactType.NUMBER_FEN:
        return _decimal(value, FEN_PER_WAN)
    if fact.type is FactType.RATIO_PPM:
        return _decimal(value, PPM_PER_PERCENT)
    return str(value)


def _decimal(value: int, unit: int) -> str:
    digits = len(str(unit)) - 1
    whole, rest = divmod(abs(value), unit)
    shown = f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return f"-{shown}" if value < 0 else shown


def read(fact: Fact, operator: Operator, texts: Sequence[str], high: str) -> Threshold:
    """The threshold of what was typed, in the language's form.

    Raises:
        ThresholdProblem: if it cannot be read; whether it means something is left to the rule's validation.
    """
    if operator in BARE_OPERATORS:
        return None
    filled = [text.strip() for text in texts if text.strip()]
    if operator is Operator.BETWEEN:
        if len(filled) != 1 or not high.strip():
            raise ThresholdProblem(_BOTH)
        return (_read_one(fact, filled[0], "value"), _read_one(fact, high, "high"))
    if not filled:
        raise ThresholdProblem(_NEEDED)
    if operator in SET_OPERATORS:
        return tuple(dict.fromkeys(code for text in filled for code in _codes(fact, text)))
    return _read_one(fact, filled[0], "value")


def _read_one(fact: Fact, text: str, field: str) -> Scalar:
    plain = text.translate(_HALF_WIDTH).strip()
    if fact.subject is Subject.FIRM_LIST or fact.type in _TEXT_TYPES:
        return plain
    if fact.type is FactType.NUMBER_FEN:
        return _read_money(plain, field)
    if fact.type is FactType.RATIO_PPM:
        return _scaled(plain.removesuffix("%"), PPM_PER_PERCENT, field)
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", plain.replace(",", "")):
        raise ThresholdProblem(_WHOLE, field)
    return int(plain.replace(",", ""))


_TEXT_TYPES = frozenset({FactType.DATE, FactType.CHOICE, FactType.SCALE_GRADE, FactType.BOOLEAN})


def _read_money(plain: str, field: str) -> int:
    if re.fullmatch(r"-?[0-9,]*\.?[0-9]*", plain):
        return _scaled(plain.replace(",", ""), FEN_PER_WAN, field)
    try:
        return parse_amount(plain)
    except AmountError as error:
        raise ThresholdProblem(error.words, field) from error


def _scaled(plain: str, unit: int, field: str) -> int:
    try:
        exact = Decimal(plain) * unit
    except InvalidOperation as error:
        raise ThresholdProblem(_NUMBER, field) from error
    if not exact.is_finite() or exact != int(exact):
        raise ThresholdProblem(
            Words("小数位数过多，请减少。", "There are too many decimals. Use fewer."), field
        )
    return int(exact)


def _codes(fact: Fact, text: str) -> list[str]:
    """Codes of what was typed or picked; names of regions and industries are looked up."""
    if fact.type not in _CODE_HINTS:
        return [text]
    found: list[str] = []
    for part in filter(None, _SEPARATORS.split(text)):
        whole = _code_of(fact, part)
        pieces = [part] if whole else [piece for piece in part.split("、") if piece]
        for piece in pieces:
            codes = _code_of(fact, piece)
            if not codes:
                words = Words(
                    "没有找到“{name}”，请核对名称或填写代码。",
                    "“{name}” was not found. Check the name or give a code.",
                )
                raise ThresholdProblem(words.fill(name=piece[:40]))
            found += codes
    return found


def _code_of(fact: Fact, text: str) -> list[str]:
    if fact.type is FactType.LABEL_SET:
        return [label_of(text) or text]  # the rule's validation says whether it is a label
    if fact.type is FactType.INDUSTRY:
        return _industry(text)
    if text.isascii() and text.isdigit():
        return [text]  # the rule's validation says whether it is a region
    found = regions.find_region(text)
    return [found] if found else []


def _industry(text: str) -> list[str]:
    for known in industry_sets().values():
        if text in (known.code, known.name.zh, known.name.en):
            return sorted(known.industries)
    try:
        industries.normalise(text)
    except InvalidInput:
        found = industries.find_industry(text)
        return [found] if found else []
    return [text]
