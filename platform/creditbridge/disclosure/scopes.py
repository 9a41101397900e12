"""The catalogue of scopes: which facts a consent's scope opens, and how it is said. Pure.

A public fact needs no consent; an authorised one is opened by its scope; a personal or an internal one is opened by
no consent of a firm.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from creditbridge.disclosure.rules import Scope
from creditbridge.facts.catalogue import Sensitivity, catalogue
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.facts.values import ALL, join_words
from creditbridge.kernel.words import Words


@dataclass(frozen=True, slots=True)
class ScopeEntry:
    """One scope: its name, what it covers in words, and the facts it opens, in the order people read them."""

    code: Scope
    name: Words
    covers: Words
    facts: tuple[str, ...]


@cache
def scope_catalogue() -> Mapping[Scope, ScopeEntry]:
    """Every scope, in the order in which it is offered."""
    text = (
        resources.files("creditbridge.disclosure").joinpath("data", "consent_scopes.json").read_text("utf-8")
    )
    rows = (
        ScopeEntry(
            Scope(row["code"]),
            Words.from_json(row["name"]),
            Words.from_json(row["covers"]),
            tuple(row["facts"]),
        )
        for row in json.loads(text)["scopes"]
    )
    return MappingProxyType({row.code: row for row in rows})


def scope_of_fact(code: str) -> Scope | None:
    """The scope that opens a fact; None if no scope does."""
    return _by_fact().get(code)


def say_scopes(codes: Collection[str]) -> Words:
    """Scopes as one phrase, in the catalogue's order; codes nobody knows any more are left out."""
    names = [entry.name for scope, entry in scope_catalogue().items() if scope.value in codes]
    return join_words(names, ALL) if names else Words("无", "none")


def masked(facts: FirmFacts, opened: Collection[Scope]) -> FirmFacts:
    """Only what these scopes open: public facts always, authorised ones by scope, others never."""
    values = {code: value for code, value in facts.values.items() if is_open(code, opened)}
    lists = dict(facts.lists) if Scope.LISTS in opened else {}
    return FirmFacts(facts.firm_no, values, lists, facts.change_seq)


def is_open(code: str, opened: Collection[Scope]) -> bool:
    """Whether these scopes open a fact."""
    fact = catalogue().get(code)
    if fact is None:
        return False
    if fact.sensitivity is Sensitivity.PUBLIC:
        return True
    return fact.sensitivity is Sensitivity.AUTHORISED and scope_of_fact(code) in opened


@cache
def _by_fact() -> Mapping[str, Scope]:
    return MappingProxyType(
        {code: entry.code for entry in scope_catalogue().values() for code in entry.facts}
    )
