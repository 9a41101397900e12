"""Reporting facts by the API."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from borrowers.reported_facts.rules import ReportState
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.values import RawValue, ValueProblem, value_from_json
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.answers import Answer, Day, Json, Name, OneOf, Parts, Ref
from creditbridge.pages.fields import LegalDate, PublicId
from creditbridge.pages.schemas import Schema

MOST_FACTS: Final = 60
_UNKNOWN = Words("数据目录中没有这一项。", "The fact catalogue has no such fact.")


class ReportBody(Schema):
    """Facts a firm reports of itself, of one date, with a document as evidence if there is one."""

    as_of = LegalDate(not_after=clock.today, required=True)
    values = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 64)),
        required=True,
        validate=validate.Length(1, MOST_FACTS),
        metadata={
            "description": "Values by fact code, in the form the fact catalogue holds them.",
            "minProperties": 1,
            "maxProperties": MOST_FACTS,
        },
    )
    document_id = PublicId(load_default=None, allow_none=True)


class ReportAnswer(Answer):
    """One report as it stands."""

    id = Ref()
    fact = Name()
    value = Json("As the catalogue holds it.")
    as_of = Day()
    state = OneOf(ReportState)


class ReportsAnswer(Answer):
    """The reports that are new; what stood so already is left alone."""

    items = Parts(ReportAnswer)


EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-10-31",
    "values": {"annual_revenue": 1_280_000_000, "employees": 42},
}


def typed_values(values: dict[str, Any]) -> dict[str, RawValue]:
    """Values read strictly by their facts' types.

    Raises:
        InvalidInput: naming ``values.<fact>`` of each that is none.
    """
    problems: dict[str, list[Words]] = {}
    found: dict[str, RawValue] = {}
    for code, value in values.items():
        fact = catalogue().get(code)
        if fact is None:
            problems[f"values.{code}"] = [_UNKNOWN]
            continue
        try:
            found[code] = value_from_json(fact, value)
        except ValueProblem as problem:
            problems[f"values.{code}"] = [problem.words]
    if problems:
        raise InvalidInput(problems)
    return found
