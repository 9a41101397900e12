"""What the facts of a firm would be on a date after some actions: the same evaluation, over records changed as they say.

Nothing is written. An action that ends records takes them out of the evaluation; one that puts a fact right ends the
open records that fact is read from and adds the record that then comes in; what an action says of a fact itself stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.actions import Action, ActionKind, lay
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.records import manifest
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number
from creditbridge.registry import service as registry
from creditbridge.runs import models, registrations, service
from creditbridge.runs.derived import DerivedFact, derived_facts
from creditbridge.runs.evaluating import evaluate, item_numbers
from creditbridge.runs.publishing import Wanted, laid_over, wanted_by_firm

_ADDED = 2**62
"""Numbers of records that are only supposed: above all that exist."""


def simulate(session: Session, firm_id: int, actions: Sequence[Action], on: date) -> FirmFacts:
    """The FirmFacts there would be on a date, these actions done and nothing else changed.

    A firm that no run has looked at yet is simulated by its facts alone.
    """
    return simulation_of(session, firm_id)(actions, on)


def simulation_of(
    session: Session, firm_id: int, labels: frozenset[str] | None = None
) -> Callable[[Sequence[Action], date], FirmFacts]:
    """:func:`simulate` for many sets of actions of one firm, as its records are now.

    What the records come to is worked out once for each day and each change of the records: a search asks for
    hundreds of sets of actions, of which few change any record. ``labels`` are the codes of those that are asked about;
    others stay as they are known, for of all that follows from records they take longest. None works out every label.
    """
    known = facts.facts_of(session, firm_id)
    last = service.last_current(session)
    if last is None:
        return lambda actions, on: lay(known, actions, on)
    model = models.of_run(session, last)
    if labels is not None:
        model = replace(model, labels=tuple(label for label in model.labels if label.code in labels))
    firm_no = registry.firm_by_id(session, firm_id).firm_no
    register = registrations.read(session, [firm_no])
    held: dict[date, RecordColumns] = {}
    found: dict[tuple[frozenset[int], tuple[str, ...], date], FirmFacts] = {}

    def simulated(actions: Sequence[Action], on: date) -> FirmFacts:
        ended, put_right = _change_of(actions)
        key = (ended, tuple(one.fact.code for one in put_right), on)
        if key not in found:
            if on not in held:
                held[on] = manifest.opened(session).read_firms([firm_no], on)
            evaluated = evaluate(changed(held[on], firm_no, actions, on), register, model, on)
            found[key] = _over(known, next(wanted_by_firm(evaluated, model)), on, labels)
        return lay(found[key], actions, on)

    return simulated


def _over(known: FirmFacts, wanted: Wanted, on: date, labels: frozenset[str] | None) -> FirmFacts:
    """What was worked out laid over what is known; labels that were not asked about stay as they are known."""
    if labels is not None:
        told, (carried, source) = known.values.get("labels"), wanted["labels"]
        before = told.value if told is not None and isinstance(told.value, frozenset) else frozenset()
        assert isinstance(carried, frozenset), "labels are a set"
        wanted = {**wanted, "labels": (carried | (before - labels), source)}
    return laid_over(known, wanted, on)


def _change_of(actions: Sequence[Action]) -> tuple[frozenset[int], tuple[DerivedFact, ...]]:
    """What actions change of the records: those they end, and the facts they put right, in their order."""
    ended = frozenset(number for action in actions for number in action.records)
    return ended, tuple(one for action in actions for one in _put_right(action))


def changed(records: RecordColumns, firm_no: int, actions: Sequence[Action], on: date) -> RecordColumns:
    """The records of one firm as they would be after the actions. Pure."""
    ended, put_right = _change_of(actions)
    kept = ~np.isin(records.record_no, np.array(sorted(ended), np.int64))
    added = []
    for one in put_right:
        items = [item_numbers()[code] for code in one.ends]
        kept &= ~(np.isin(records.item, items) & (records.ends_on > day_number(on)))
        if one.adds is not None:
            added.append(item_numbers()[one.adds])
    left = records.taken(kept)
    if not added:
        return left
    day = day_number(on)
    extra = RecordColumns.of(
        {
            "firm_no": [firm_no] * len(added),
            "item": added,
            "occurred_on": [day] * len(added),
            "ends_on": [NO_DAY] * len(added),
            "value": [NO_VALUE] * len(added),
            "severity": [0] * len(added),
            "received_on": [day] * len(added),
            "record_no": [_ADDED + number for number in range(len(added))],
        }
    )
    return RecordColumns.joined([left, extra])


def _put_right(action: Action) -> Iterator[DerivedFact]:
    """The derived facts an action puts right. Waiting puts nothing right: records run out on their own days."""
    if action.kind is ActionKind.WAIT:
        return
    for code in action.values:
        one = derived_facts().get(code)
        if one is not None and (one.ends or one.adds):
            yield one
