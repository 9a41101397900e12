"""Facts between their rows and their value objects.

Rows are written by this room alone and checked when they are written, so reading them is plain and fast; a fact
that has left the catalogue since is passed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from creditbridge.facts.catalogue import Fact, FactType, Subject, catalogue
from creditbridge.facts.firm_facts import (
    FactSource,
    FactValue,
    ListMembership,
    fact_value_from_json,
    fact_value_to_json,
)
from creditbridge.facts.values import RawValue

_DATES = frozenset({FactType.DATE, FactType.YEARS})
_SETS = frozenset({FactType.CHOICES, FactType.LABEL_SET})
_encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""Made once: ``json.dumps`` makes an encoder for each call, which took longer than the encoding."""
_SOURCES = {source.value: source for source in FactSource}


def to_row(values: Mapping[str, FactValue]) -> dict[str, Any]:
    """Facts as they are stored."""
    return {code: fact_value_to_json(code, value) for code, value in sorted(values.items())}


def checked(code: str, value: FactValue) -> tuple[FactValue, dict[str, Any]]:
    """The value once through its strict JSON form, which is how it would come back; and that form.

    Raises:
        ValueProblem: the fact cannot hold it, or there is no such fact.
    """
    fact = catalogue().get(code)
    stated = {} if fact is None else fact_value_to_json(code, value)
    return fact_value_from_json(code, stated), stated


def from_row(row: Mapping[str, Any]) -> dict[str, FactValue]:
    """Stored facts of one firm as values."""
    known = catalogue()
    return {
        code: FactValue(
            _raw(fact, held["value"]),
            _SOURCES[held["source"]],
            date.fromisoformat(held["as_of"]),
            held["confirmed"],
        )
        for code, held in row.items()
        if (fact := known.get(code)) is not None and fact.subject is Subject.FIRM
    }


def membership(member: bool, source: str, as_of: date, *, confirmed: bool) -> ListMembership:
    return ListMembership(member, _SOURCES[source], as_of, confirmed)


def digest(firm_id: int, code: str, raw: Any, change_seq: int) -> str:
    """What the change log keeps of a value (in its JSON form) that is not public."""
    return digest_of_text(firm_id, code, as_text(raw), change_seq)


def digest_of_text(firm_id: int, code: str, text: str, change_seq: int) -> str:
    """The same from the text of the JSON form. What is digested is ``[firm, code, counter, value]`` as JSON."""
    content = f'[{firm_id}, "{code}", {change_seq}, {text}]'
    return hashlib.sha256(content.encode()).hexdigest()


def as_text(raw: Any) -> str:
    """A value's JSON form, or a firm's whole row, as the text that is stored."""
    return str(raw) if type(raw) is int else _encoded(raw)


def _raw(fact: Fact, held: Any) -> RawValue:
    if fact.type in _DATES:
        return date.fromisoformat(held)
    if fact.type in _SETS:
        return frozenset(held)
    raw: RawValue = held
    return raw
