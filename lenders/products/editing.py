"""Between the product editor's form and a draft: what a stored version shows, and what a sent form means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount
from lenders.admission.sentence import amount_sentence, criterion_sentence, outline
from lenders.admission.tree import Criterion, Mode, Tree
from lenders.admission.validation import Severity, validate, validate_amount
from lenders.institutions.areas import UnknownArea, read_areas, show_areas
from lenders.pricing.fees import FeeLine, Subsidy
from lenders.pricing.rates import RateKind, RateStructure
from lenders.products import amount_rows, criterion_rows
from lenders.products.amount_rows import FormulaKind
from lenders.products.criterion_rows import MAX_ROWS, Problems, Read, Row
from lenders.products.rules import Contact, Draft, Material, ProductTerms, english_of, in_both

Made = TypeVar("Made")


def form_values(draft: Draft, *, seen: int = 0) -> dict[str, Any]:
    """What the editor shows of a draft, as typed values of its schema."""
    terms = draft.terms
    return {
        "name_zh": draft.name_zh,
        "name_en": draft.name_en,
        "applicant_kind": draft.applicant_kind,
        "scheme": draft.scheme_public_id,
        "description_zh": terms.description.zh,
        "description_en": english_of(terms.description),
        "change_note": draft.change_note,
        "amount_min": terms.amount_min_fen,
        "amount_max": terms.amount_max_fen,
        "amount_note_zh": terms.amount_note.zh,
        "amount_note_en": english_of(terms.amount_note),
        "quota": terms.quota_fen,
        "term_min": terms.term_months_min,
        "term_max": terms.term_months_max,
        "repayment_methods": list(terms.repayment_methods),
        "guarantee_types": list(terms.guarantee_types),
        "risk_share": terms.risk_share_ppm,
        "regions": show_areas(terms.regions),
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "contact_name": terms.contact.name,
        "contact_phone": terms.contact.phone,
        "contact_email": terms.contact.email,
        "seen": seen,
        **_rate_values(terms),
        **_cost_values(terms),
        **_rule_values(draft.admission),
        **amount_rows.rows_of(draft.amount_formula),
    }


def _rate_values(terms: ProductTerms) -> dict[str, Any]:
    rate = terms.rate
    fixed = rate.kind is RateKind.FIXED
    return {
        "rate_kind": rate.kind,
        "rate_fixed": rate.min_ppm if fixed else None,
        "rate_min": None if fixed else rate.min_ppm,
        "rate_max": None if fixed else rate.max_ppm,
        "lpr_term": rate.lpr_term,
        "spread_min": rate.min_spread_bp,
        "spread_max": rate.max_spread_bp,
        "rate_note_zh": terms.rate_note.zh,
        "rate_note_en": english_of(terms.rate_note),
    }


def _cost_values(terms: ProductTerms) -> dict[str, Any]:
    return {
        "fees": [
            {
                "kind": fee.kind,
                "payer": fee.payer,
                "when": fee.when,
                "rate": fee.rate_ppm,
                "amount": fee.sum_fen,
            }
            for fee in terms.fees
        ],
        "subsidies": [
            {"kind": row.kind, "measure": row.measure, "share": row.ppm, "most": row.most_fen}
            for row in terms.subsidies
        ],
        "materials": [
            {
                "code": row.code,
                "zh": row.words.zh,
                "en": english_of(row.words),
                "optional": not row.required,
            }
            for row in terms.materials
        ],
    }


def _rule_values(tree: Tree) -> dict[str, Any]:
    rows = criterion_rows.rows_of(tree)
    text = criterion_rows.as_text(tree.to_json())
    if len(rows) > MAX_ROWS:
        return {"criteria_mode": tree.root.mode, "criteria": [], "use_json": True, "admission_json": text}
    return {"criteria_mode": tree.root.mode, "criteria": rows, "admission_json": text}


def read_draft(data: dict[str, Any]) -> Draft:
    """What a sent form means.

    Raises:
        InvalidInput: every problem at once, by the form's fields.
    """
    problems: Problems = {}
    terms = _read_terms(data, problems)
    rule = _try(lambda: read_rule(data), problems)
    formula = _try(lambda: read_formula(data), problems)
    if problems or terms is None or rule is None:
        raise InvalidInput(problems)
    return Draft(
        name_zh=data["name_zh"],
        name_en=data["name_en"],
        terms=terms,
        admission=rule.tree,
        amount_formula=formula,
        applicant_kind=data["applicant_kind"],
        scheme_public_id=data["scheme"],
        change_note=data["change_note"],
    )


def _try(make: Callable[[], Made], problems: Problems, rename: dict[str, str] | None = None) -> Made | None:
    """Make something; problems of it are gathered, under the form's own names."""
    try:
        return make()
    except InvalidInput as error:
        for path, words in error.fields.items():
            problems.setdefault((rename or {}).get(path, path), []).extend(words)
        return None


def _read_terms(data: dict[str, Any], problems: Problems) -> ProductTerms | None:
    rate = _read_rate(data, problems)
    fees, subsidies = _read_costs(data, problems)
    codes = _read_regions(data["regions"], problems)
    if problems or rate is None:
        return None
    return ProductTerms(
        amount_min_fen=data.get("amount_min"),
        amount_max_fen=data.get("amount_max"),
        rate=rate,
        term_months_min=data.get("term_min"),
        term_months_max=data.get("term_max"),
        repayment_methods=tuple(data["repayment_methods"]),
        guarantee_types=tuple(data["guarantee_types"]),
        fees=fees,
        subsidies=subsidies,
        risk_share_ppm=data.get("risk_share"),
        materials=tuple(_materials(data["materials"])),
        regions=tuple(codes),
        valid_from=data.get("valid_from"),
        valid_to=data.get("valid_to"),
        quota_fen=data.get("quota"),
        contact=Contact(data["contact_name"], data["contact_phone"], data["contact_email"]),
        description=in_both(data["description_zh"], data["description_en"]),
        amount_note=in_both(data["amount_note_zh"], data["amount_note_en"]),
        rate_note=in_both(data["rate_note_zh"], data["rate_note_en"]),
    )


def _read_costs(data: dict[str, Any], problems: Problems) -> tuple[tuple[FeeLine, ...], tuple[Subsidy, ...]]:
    fee_fields = {"rate_ppm": "rate", "sum_fen": "amount"}
    subsidy_fields = {"ppm": "share", "measure": "measure", "most_fen": "most"}
    fees = [
        _try(partial(_fee, row), problems, _within(f"fees.{place}", fee_fields))
        for place, row in enumerate(data["fees"])
    ]
    subsidies = [
        _try(partial(_subsidy, row), problems, _within(f"subsidies.{place}", subsidy_fields))
        for place, row in enumerate(data["subsidies"])
    ]
    return tuple(filter(None, fees)), tuple(filter(None, subsidies))


def _within(prefix: str, names: dict[str, str]) -> dict[str, str]:
    return {theirs: f"{prefix}.{ours}" for theirs, ours in names.items()}


def _read_rate(data: dict[str, Any], problems: Problems) -> RateStructure | None:
    """Only the fields of the chosen kind are read; what stands in the others is let go."""
    kind: RateKind = data["rate_kind"]
    if kind is RateKind.FIXED:
        ends = (data.get("rate_fixed"), data.get("rate_fixed"))
        names = {"min_ppm": "rate_fixed", "max_ppm": "rate_fixed"}
        return _try(lambda: RateStructure(kind, *ends), problems, names)
    if kind is RateKind.RANGE:
        names = {"min_ppm": "rate_min", "max_ppm": "rate_max"}
        return _try(
            lambda: RateStructure.between(data.get("rate_min"), data.get("rate_max")), problems, names
        )
    if kind is RateKind.LPR_SPREAD:
        names = {"min_spread_bp": "spread_min", "max_spread_bp": "spread_max"}
        spreads = (data.get("spread_min"), data.get("spread_max"))
        return _try(lambda: RateStructure(kind, None, None, data.get("lpr_term"), *spreads), problems, names)
    return RateStructure.unpublished()


def _fee(row: Row) -> FeeLine:
    return FeeLine(row["kind"], row["payer"], row["when"], row.get("rate"), row.get("amount"))


def _subsidy(row: Row) -> Subsidy:
    return Subsidy(row["kind"], row["measure"], row["share"], row.get("most"))


def _materials(rows: list[Row]) -> list[Material]:
    """The checklist; a new row gets the next free code."""
    taken = {row["code"] for row in rows if row.get("code")}
    made = []
    for row in rows:
        code = row.get("code") or next(f"doc_{n}" for n in range(1, 1000) if f"doc_{n}" not in taken)
        taken.add(code)
        made.append(Material(code, in_both(row["zh"], row.get("en") or ""), not row["optional"]))
    return made


def _read_regions(text: str, problems: Problems) -> list[str]:
    try:
        return read_areas(text)
    except UnknownArea as error:
        problems["regions"] = [error.words]
        return []


def read_rule(data: dict[str, Any]) -> Read:
    """The admission rule of the rows, or of the JSON where that is to count.

    Raises:
        InvalidInput: by the form's fields, also where the rule means nothing.
    """
    read = _rule_of_json(data["admission_json"]) if data["use_json"] else _rule_of_rows(data)
    errors = [p for p in validate(read.tree, catalogue()) if p.severity is Severity.ERROR]
    problems: Problems = {}
    for problem in errors:
        if data["use_json"]:
            words = Words("{path}：{words}", "{path}: {words}").fill(path=problem.path, words=problem.words)
            problems.setdefault("admission_json", []).append(words)
        else:
            problems.setdefault(read.field_of(problem.path), []).append(problem.words)
    if problems:
        raise InvalidInput(problems)
    return read


def _rule_of_rows(data: dict[str, Any]) -> Read:
    return criterion_rows.read_rows(data["criteria_mode"], data["criteria"])


def _rule_of_json(text: str) -> Read:
    try:
        return Read(Tree.from_json(criterion_rows.read_json(text)))
    except InvalidInput as error:
        raise InvalidInput({"admission_json": criterion_rows.said_with_paths(error)}) from error


def read_formula(data: dict[str, Any]) -> Amount | None:
    """The amount formula of the rows or of its JSON.

    Raises:
        InvalidInput: by the form's fields.
    """
    kind: FormulaKind = data["formula"]
    formula = amount_rows.read_formula(kind, data["parts"], data["amount_json"])
    if formula is not None and (problems := validate_amount(formula, catalogue())):
        field = "amount_json" if kind is FormulaKind.JSON else "formula"
        raise InvalidInput({field: [problem.words for problem in problems]})
    return formula


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What an editor's form says of who may apply, before anything is saved."""

    read: Read
    regions: tuple[str, ...]

    @property
    def tree(self) -> Tree:
        return self.read.tree

    def criterion_at(self, row: int) -> Criterion | None:
        """The criterion of one of the begun rows, counted from 0; None for a nested part or where there is none."""
        return self.read.criterion_at(f"criteria.{row}")


def read_unsaved(data: dict[str, Any], regions: str) -> Unsaved:
    """The rule and the regions of a form that is still being filled in; rows nobody has begun are left out.

    Raises:
        InvalidInput: by the form's fields.
    """
    begun = [row for row in data["criteria"] if row.get("fact") or row.get("json")]
    problems: Problems = {}
    codes = _read_regions(regions, problems)
    read = _try(lambda: read_rule({**data, "criteria": begun}), problems)
    if problems or read is None:
        raise InvalidInput(problems)
    return Unsaved(read, tuple(codes))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one row of the editor says, in words, or what is wrong with it."""

    sentences: tuple[Words, ...] = ()
    problems: tuple[Words, ...] = ()


def read_row(row: Row) -> Reading:
    """The live sentence of one row; a nested part reads as its indented lines."""
    try:
        read = read_rule({"use_json": False, "criteria_mode": Mode.ALL, "criteria": [{**row, "group": None}]})
    except InvalidInput as error:
        return Reading(problems=tuple(words for several in error.fields.values() for words in several))
    if row.get("json"):
        return Reading(tuple(line.words for line in outline(read.tree)[1:]))
    return Reading(tuple(criterion_sentence(criterion) for criterion in read.tree.criteria()))


def formula_words(data: dict[str, Any]) -> Reading:
    """The live sentence of the amount formula."""
    try:
        formula = read_formula(data)
    except InvalidInput as error:
        return Reading(problems=tuple(words for several in error.fields.values() for words in several))
    return Reading((amount_sentence(formula),)) if formula else Reading()


def warnings(tree: Tree) -> list[Words]:
    """What may be meant, but is worth a second look."""
    return [p.words for p in validate(tree, catalogue()) if p.severity is Severity.WARNING]
