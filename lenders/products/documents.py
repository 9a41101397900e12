"""Between the API's document of a version and a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry import regions
from lenders.admission.amount import Amount
from lenders.admission.tree import Tree
from lenders.admission.validation import Problem, Severity, validate, validate_amount
from lenders.pricing.fees import FeeLine, Subsidy
from lenders.pricing.rates import RateStructure
from lenders.products.rules import Contact, Draft, Material, ProductTerms, english_of, in_both

Made = TypeVar("Made")
Problems = dict[str, list[Words]]

_ORDERED = (
    (
        "amount_min_fen",
        "amount_max_fen",
        Words("最低额度不能高于最高额度。", "The lowest amount exceeds the highest."),
    ),
    (
        "term_months_min",
        "term_months_max",
        Words("最短期限不能长于最长期限。", "The shortest term exceeds the longest."),
    ),
    ("valid_from", "valid_to", Words("开始日期不能晚于截止日期。", "The first day is after the last.")),
)
_TWICE = Words("材料编码重复。", "This code is used twice.")


def read_document(body: Mapping[str, Any]) -> Draft:
    """What a document means; every problem is told at once, by its path in the document.

    Raises:
        InvalidInput: a number, a rate, a fee, a region, the rule or the formula cannot be taken.
    """
    problems: Problems = {}
    terms = _terms(body, problems)
    tree = _try(lambda: _tree(body["admission"]), "admission", problems)
    formula = body["amount_formula"]
    amount = _try(lambda: _amount(formula), "amount_formula", problems) if formula is not None else None
    if problems or terms is None or tree is None:
        raise InvalidInput(problems)
    return Draft(
        name_zh=body["name_zh"],
        name_en=body["name_en"],
        terms=terms,
        admission=tree,
        amount_formula=amount,
        applicant_kind=body["applicant_kind"],
        scheme_public_id=body["scheme_id"],
        change_note=body["change_note"],
    )


def read_rule(body: Mapping[str, Any]) -> tuple[Tree, tuple[str, ...]]:
    """The rule and the regions of a document that has no more than these.

    Raises:
        InvalidInput: by the paths of the document.
    """
    problems: Problems = {}
    codes = _regions(body, problems)
    tree = _try(lambda: _tree(body["admission"]), "admission", problems)
    if problems or tree is None:
        raise InvalidInput(problems)
    return tree, codes


def document_of(draft: Draft) -> dict[str, Any]:
    """A draft as a document."""
    terms = draft.terms
    return {
        "name_zh": draft.name_zh,
        "name_en": draft.name_en,
        "applicant_kind": draft.applicant_kind.value,
        "scheme_id": draft.scheme_public_id,
        "change_note": draft.change_note,
        **terms.as_json(),
        **{
            name: {"zh": words.zh, "en": english_of(words)}
            for name, words in (
                ("description", terms.description),
                ("amount_note", terms.amount_note),
                ("rate_note", terms.rate_note),
            )
        },
        "contact": {key: value for key, value in terms.contact.as_json().items() if value},
        "admission": draft.admission.to_json(),
        "amount_formula": draft.amount_formula.to_json() if draft.amount_formula else None,
    }


def _terms(body: Mapping[str, Any], problems: Problems) -> ProductTerms | None:
    for low, high, words in _ORDERED:
        if body[low] is not None and body[high] is not None and body[low] > body[high]:
            problems[low] = [words]
    rate = _try(lambda: RateStructure(**body["rate"]), "rate", problems)
    fees = [_try(partial(FeeLine, **row), f"fees.{n}", problems) for n, row in enumerate(body["fees"])]
    subsidies = [
        _try(partial(Subsidy, **row), f"subsidies.{n}", problems) for n, row in enumerate(body["subsidies"])
    ]
    codes = _regions(body, problems)
    materials = _materials(body["materials"], problems)
    if problems or rate is None:
        return None
    plain = ("amount_min_fen", "amount_max_fen", "term_months_min", "term_months_max", "risk_share_ppm")
    return ProductTerms(
        **{name: body[name] for name in (*plain, "valid_from", "valid_to", "quota_fen")},
        rate=rate,
        repayment_methods=tuple(body["repayment_methods"]),
        guarantee_types=tuple(body["guarantee_types"]),
        fees=tuple(fee for fee in fees if fee is not None),
        subsidies=tuple(row for row in subsidies if row is not None),
        materials=materials,
        regions=codes,
        contact=Contact(**body["contact"]),
        description=_words(body["description"]),
        amount_note=_words(body["amount_note"]),
        rate_note=_words(body["rate_note"]),
    )


def _regions(body: Mapping[str, Any], problems: Problems) -> tuple[str, ...]:
    codes = [
        _try(partial(regions.normalise, code), f"regions.{n}", problems)
        for n, code in enumerate(body["regions"])
    ]
    return tuple(code for code in codes if code is not None)


def _materials(rows: list[dict[str, Any]], problems: Problems) -> tuple[Material, ...]:
    found: dict[str, Material] = {}
    for place, row in enumerate(rows):
        if row["code"] in found:
            problems[f"materials.{place}.code"] = [_TWICE]
        found[row["code"]] = Material(row["code"], _words(row["words"]), row["required"])
    return tuple(found.values())


def _words(row: Mapping[str, str]) -> Words:
    return in_both(row.get("zh", ""), row.get("en", ""))


def _tree(data: Any) -> Tree:
    tree = Tree.from_json(data)
    _refuse_errors(validate(tree, catalogue()))
    return tree


def _amount(data: Any) -> Amount:
    amount = Amount.from_json(data)
    _refuse_errors(validate_amount(amount, catalogue()))
    return amount


def _refuse_errors(found: list[Problem]) -> None:
    wrong: Problems = {}
    for problem in found:
        if problem.severity is Severity.ERROR:
            wrong.setdefault(problem.path, []).append(problem.words)
    if wrong:
        raise InvalidInput(wrong, code="invalid_rule")


def _try(make: Callable[[], Made], path: str, problems: Problems) -> Made | None:
    """Make something; what is wrong with it is gathered under its path."""
    try:
        return make()
    except InvalidInput as error:
        for inner, words in error.fields.items():
            problems.setdefault(f"{path}.{inner}" if inner else path, []).extend(words)
        return None
