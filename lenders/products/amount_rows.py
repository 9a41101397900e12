"""An amount formula as the rows of the product editor, and back, without loss.

The common forms are rows: one part, the lowest, highest or sum of parts, or tiers with their conditions. Anything
nested deeper is kept and edited as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import PPM
from creditbridge.kernel.words import Words
from lenders.admission.amount import (
    Amount,
    AmountNode,
    Cap,
    Combination,
    Combined,
    PerUnit,
    Share,
    Tier,
    Tiers,
)
from lenders.products.criterion_rows import (
    Problems,
    Row,
    as_text,
    read_json,
    read_test,
    said_with_paths,
    test_row,
)


class FormulaKind(StrEnum):
    NONE = "none"
    SINGLE = "single"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    TIERS = "tiers"
    JSON = "json"


class PartKind(StrEnum):
    CAP = "cap"
    SHARE = "share"
    PER_UNIT = "per_unit"


FORMULA_KIND_WORDS = {
    FormulaKind.NONE: Words("不设公式，按上面的额度范围", "No formula: the range above"),
    FormulaKind.SINGLE: Words("按一项计算", "One part"),
    FormulaKind.MIN: Words("几项取最低", "The lowest of several parts"),
    FormulaKind.MAX: Words("几项取最高", "The highest of several parts"),
    FormulaKind.SUM: Words("几项相加", "The sum of several parts"),
    FormulaKind.TIERS: Words("分档：按条件取第一档符合的", "Tiers: the first whose conditions hold"),
    FormulaKind.JSON: Words("自定义（JSON）", "Custom (JSON)"),
}
PART_KIND_WORDS = {
    PartKind.CAP: Words("固定金额", "A fixed amount"),
    PartKind.SHARE: Words("某项金额的百分比", "A share of an amount"),
    PartKind.PER_UNIT: Words("每一单位给多少", "An amount per unit"),
}
_COMBINED = {FormulaKind.MIN, FormulaKind.MAX, FormulaKind.SUM}
_NEEDED = Words("请填写该项。", "Fill in this field.")
_PARTS = Words("请至少填写一项计算方式。", "Enter at least one part of the formula.")
_ONE = Words("“按一项计算”只能有一项，请删去其余各项。", "There can be one part only. Remove the others.")
_FIRST_TIER = Words(
    "每一档都要有适用条件，只有最后一档可以不填。",
    "Every tier needs a condition; only the last may go without.",
)


def rows_of(amount: Amount | None) -> dict[str, Any]:
    """The form's values for a formula: its kind, its parts, or its JSON."""
    if amount is None:
        return {"formula": FormulaKind.NONE}
    root = amount.root
    if isinstance(root, Tiers):
        tiers = [(tier.when, tier.amount) for tier in root.tiers]
        if root.otherwise is not None:
            tiers.append(((), root.otherwise))
        rows = [_part_row(node) for _, node in tiers]
        if all(row is not None for row in rows):
            whens = [[test_row(test) for test in when] for when, _ in tiers]
            parts = [{**(row or {}), "when": when} for row, when in zip(rows, whens, strict=True)]
            return {"formula": FormulaKind.TIERS, "parts": parts}
    nodes = root.of if isinstance(root, Combined) else (root,)
    kind = FormulaKind(root.how.value) if isinstance(root, Combined) else FormulaKind.SINGLE
    rows = [_part_row(node) for node in nodes]
    if any(row is None for row in rows):
        return {"formula": FormulaKind.JSON, "amount_json": as_text(amount.to_json())}
    return {"formula": kind, "parts": rows}


def _part_row(node: AmountNode) -> Row | None:
    if isinstance(node, Cap):
        return {"kind": PartKind.CAP, "amount": node.fen}
    if isinstance(node, PerUnit):
        return {"kind": PartKind.PER_UNIT, "fact": node.fact, "amount": node.fen}
    if isinstance(node, Share) and node.ppm <= PPM:
        return {"kind": PartKind.SHARE, "fact": node.fact, "share": node.ppm}
    return None


def read_formula(kind: FormulaKind, parts: Sequence[Row], text: str) -> Amount | None:
    """The formula of the editor's rows, or of its JSON.

    Raises:
        InvalidInput: naming the fields that cannot be read.
    """
    if kind is FormulaKind.NONE:
        return None
    if kind is FormulaKind.JSON:
        return read_formula_json(text)
    problems: Problems = {}
    if not parts:
        raise InvalidInput({"formula": [_PARTS]})
    nodes = [_read_part(row, f"parts.{place}", problems) for place, row in enumerate(parts)]
    if kind is FormulaKind.TIERS:
        root: AmountNode | None = _read_tiers(parts, nodes, problems)
    elif kind is FormulaKind.SINGLE and len(parts) > 1:
        problems["formula"] = [_ONE]
        root = None
    else:
        known = tuple(node for node in nodes if node is not None)
        root = Combined(Combination(kind.value), known) if kind in _COMBINED else nodes[0]
    if problems or root is None:
        raise InvalidInput(problems)
    return Amount(root)


def read_formula_json(text: str) -> Amount:
    """The formula of a JSON text.

    Raises:
        InvalidInput: on the field ``amount_json``, with the path of what is wrong.
    """
    try:
        return Amount.from_json(read_json(text))
    except InvalidInput as error:
        raise InvalidInput({"amount_json": said_with_paths(error)}) from error


def _read_part(row: Row, here: str, problems: Problems) -> AmountNode | None:
    kind = row.get("kind")
    wanted = {"kind": kind} | ({} if kind is PartKind.CAP else {"fact": row.get("fact")})
    wanted |= {"share": row.get("share")} if kind is PartKind.SHARE else {"amount": row.get("amount")}
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        problems.update({f"{here}.{name}": [_NEEDED] for name in missing})
        return None
    if kind is PartKind.CAP:
        return Cap(row["amount"])
    if kind is PartKind.SHARE:
        return Share(row["fact"], row["share"])
    return PerUnit(row["fact"], row["amount"])


def _read_tiers(parts: Sequence[Row], nodes: Sequence[AmountNode | None], problems: Problems) -> Tiers | None:
    tiers: list[Tier] = []
    otherwise: AmountNode | None = None
    for place, (row, node) in enumerate(zip(parts, nodes, strict=True)):
        here = f"parts.{place}"
        tests = [
            read_test(part, f"{here}.when.{at}", problems) for at, part in enumerate(row.get("when") or [])
        ]
        if not tests and (place == 0 or place + 1 < len(parts)):
            problems[f"{here}.kind"] = [_FIRST_TIER]
        if node is None or None in tests:
            continue
        if tests:
            tiers.append(Tier(tuple(test for test in tests if test is not None), node))
        else:
            otherwise = node
    return None if problems else Tiers(tuple(tiers), otherwise)


def measurable_facts() -> list[tuple[str, Words]]:
    """What a part can be measured by: amounts for shares, counts and numbers for units."""
    fits = (FactType.NUMBER_FEN, FactType.COUNT, FactType.NUMBER)
    return [(fact.code, fact.name) for fact in catalogue().values() if fact.matchable and fact.type in fits]
