"""The facts a condition may be about, in the groups in which the product editor offers them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from creditbridge.facts.catalogue import SUBJECT_WORDS, Fact, Subject, catalogue
from creditbridge.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading and the facts under it, in the order in which they are offered."""

    name: Words
    facts: tuple[Fact, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """Every matchable fact once: firms' facts by topic, then those of other subjects, a new one under its subject."""
    text = resources.files("lenders.products").joinpath("data", "fact_topics.json").read_text("utf-8")
    known = {code: fact for code, fact in catalogue().items() if fact.matchable}
    found = []
    for row in json.loads(text)["topics"]:
        listed = tuple(known.pop(code) for code in row["facts"] if code in known)
        found.append(Topic(Words.from_json(row["name"]), listed))
    for subject in Subject:
        rest = tuple(fact for fact in known.values() if fact.subject is subject)
        if rest:
            found.append(Topic(SUBJECT_WORDS[subject], rest))
    return tuple(found)
