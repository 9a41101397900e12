"""What the product editor's page shows of a form: each condition with the inputs that fit it and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from creditbridge.facts.catalogue import Fact, catalogue, named_lists
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from lenders.admission.tree import Missing, Operator
from lenders.admission.truth import operators_for
from lenders.products import editing
from lenders.products.amount_rows import FormulaKind, measurable_facts
from lenders.products.criterion_rows import Row
from lenders.products.editing import Reading
from lenders.products.schemas import FormulaForm, ProductForm
from lenders.products.thresholds import OPERATOR_WORDS, Control, control_for
from lenders.products.topics import Topic, topics

LISTS_WITH_ROWS = ("criteria", "parts", "fees", "subsidies", "materials")
_NO_FACT = Control("text")


@dataclass(frozen=True, slots=True)
class ComparisonInputs:
    """One comparison on the page: the prefix of its parameters, what it may be compared by, and its value's input."""

    prefix: str
    fact: Fact | None
    operators: list[tuple[str, Words]]
    control: Control


@dataclass(frozen=True, slots=True)
class RuleRow(ComparisonInputs):
    """One row of the rule; ``is_part`` for a nested part that is edited as JSON."""

    number: int = 0
    is_part: bool = False
    reading: Reading = field(default_factory=Reading)
    conditions: tuple[ComparisonInputs, ...] = ()


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """One part of the amount formula."""

    prefix: str
    number: int
    conditions: tuple[ComparisonInputs, ...]


@dataclass(frozen=True, slots=True)
class EditorPage:
    """Everything the editor's template asks for beside the form."""

    topics: tuple[Topic, ...]
    rules: list[RuleRow]
    parts: list[FormulaRow]
    formula: Reading
    measures: list[tuple[str, Words]]
    spare: Mapping[str, int]


def open_form(sent: MultiDict[str, str], action: str, key: str) -> tuple[Form, dict[str, int]]:
    """The form that was sent, after adding or removing the row its button asks for; and the empty rows to show."""
    verb, _, what = action.partition(":")
    kept = sent
    if verb == "remove":
        kept = MultiDict((name, value) for name, value in sent.items(multi=True) if not _in_row(name, what))
    form = Form.decode(ProductForm, kept)
    form.action, form.key = action, key or form.key
    return form, {what: 1} if verb == "add" else {}


def _in_row(name: str, row: str) -> bool:
    return name.startswith(f"{row}-")


def page_of(form: Form, spare: Mapping[str, int]) -> EditorPage:
    """What the page shows of a form, new or sent."""
    rules = [
        _rule_row(form, prefix, number, spare.get(f"{prefix}-when", 0))
        for number, prefix in enumerate(form.rows("criteria", spare.get("criteria", 0)), start=1)
    ]
    parts = [
        FormulaRow(prefix, number, _conditions(form, prefix, spare.get(f"{prefix}-when", 0)))
        for number, prefix in enumerate(form.rows("parts", spare.get("parts", 0)), start=1)
    ]
    return EditorPage(topics(), rules, parts, formula_reading(form), measurable_facts(), spare)


def formula_reading(form: Form) -> Reading:
    """The formula's sentence, or what keeps it from being read."""
    stated = form.value("formula")
    if not form.rows("parts") and stated != FormulaKind.JSON:
        return Reading()
    held: MultiDict[str, str] = MultiDict()
    for name, value in form.values.items():
        if name in FormulaForm().fields or name.startswith("parts-"):
            held.setlist(name, value if isinstance(value, list) else [value])
    return read_formula_form(Form.decode(FormulaForm, held))


def read_formula_form(form: Form) -> Reading:
    """The sentence of a formula that was sent by itself."""
    if not form.validate():
        return Reading(problems=tuple(words for several in form.errors.values() for words in several))
    return editing.formula_words(form.data)


def _rule_row(form: Form, prefix: str, number: int, spare: int) -> RuleRow:
    inputs = comparison_inputs(form, prefix)
    row = typed_row(form, prefix)
    is_blank = not row.get("json") and not row.get("fact")
    return RuleRow(
        inputs.prefix,
        inputs.fact,
        inputs.operators,
        inputs.control,
        number=number,
        is_part=bool(form.value(f"{prefix}-json")),
        reading=Reading() if is_blank else editing.read_row(row),
        conditions=_conditions(form, prefix, spare),
    )


def _conditions(form: Form, prefix: str, spare: int) -> tuple[ComparisonInputs, ...]:
    return tuple(comparison_inputs(form, inner) for inner in form.rows(f"{prefix}-when", spare))


def comparison_inputs(form: Form, prefix: str) -> ComparisonInputs:
    """The inputs of one comparison as it stands in the form."""
    fact = catalogue().get(form.value(f"{prefix}-fact"))
    stated = form.value(f"{prefix}-operator")
    offered = operators_for(fact) if fact else tuple(Operator)
    operators = [(operator.value, OPERATOR_WORDS[operator]) for operator in offered]
    if fact is None:
        return ComparisonInputs(prefix, None, operators, _NO_FACT)
    lists = {code: known.name for code, known in named_lists().items()}
    chosen = Operator(stated) if stated in offered else offered[0]
    return ComparisonInputs(prefix, fact, operators, control_for(fact, chosen, _texts(form, prefix), lists))


def _texts(form: Form, prefix: str) -> list[str]:
    held = form.values.get(f"{prefix}-value", [])
    return list(held) if isinstance(held, list) else [held]


def typed_row(form: Form, prefix: str) -> Row:
    """One row of a form as the schema would answer it, as far as it can be read."""
    row: Row = {
        **_typed_test(form, prefix),
        "id": form.value(f"{prefix}-id"),
        "json": form.value(f"{prefix}-json"),
    }
    missing, days = form.value(f"{prefix}-missing"), form.value(f"{prefix}-max_age_days")
    row["missing"] = Missing(missing) if missing in list(Missing) else None
    row["max_age_days"] = int(days) if days.isdecimal() and len(days) < 6 else None
    row["when"] = [_typed_test(form, inner) for inner in form.rows(f"{prefix}-when")]
    return row


def _typed_test(form: Form, prefix: str) -> Row:
    return {
        "fact": form.value(f"{prefix}-fact"),
        "operator": form.value(f"{prefix}-operator"),
        "value": _texts(form, prefix),
        "high": form.value(f"{prefix}-high"),
    }
