"""What the facts of a firm would be on a date after some actions: the same evaluation, over records changed as they say.

Nothing is written. An action that ends records takes them out of the evaluation; one that puts a fact right ends the
open records that fact is read from and adds the record that then comes in; what an action says of a fact itself stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from creditbridge.runs.evaluating import Evaluated, Model, evaluate, item_numbers
from creditbridge.runs.publishing import laid_over, wanted_of

_ADDED = 2**62
"""Numbers of records that are only supposed: above all that exist."""


def simulate(session: Session, firm_id: int, actions: Sequence[Action], on: date) -> FirmFacts:
    """The FirmFacts there would be on a date, these actions done and nothing else changed.

    A firm that no run has looked at yet is simulated by its facts alone.
    """
    known = facts.facts_of(session, firm_id)
    last = service.last_current(session)
    if last is None:
        return lay(known, actions, on)
    model = models.of_run(session, last)
    evaluated = evaluation_of(session, firm_id, model, on, actions)
    return lay(laid_over(known, wanted_of(evaluated, model, 0), on), actions, on)


def evaluation_of(
    session: Session, firm_id: int, model: Model, on: date, actions: Sequence[Action] = ()
) -> Evaluated:
    """A firm evaluated on a date by its records as they are held now, changed as the actions say."""
    firm_no = registry.firm_by_id(session, firm_id).firm_no
    held = manifest.opened(session).read_firms([firm_no], on)
    register = registrations.read(session, [firm_no])
    return evaluate(changed(held, firm_no, actions, on), register, model, on)


def changed(records: RecordColumns, firm_no: int, actions: Sequence[Action], on: date) -> RecordColumns:
    """The records of one firm as they would be after the actions. Pure."""
    ended = {number for action in actions for number in action.records}
    kept = ~np.isin(records.record_no, np.array(sorted(ended), np.int64))
    added = []
    for action in actions:
        for one in _put_right(action):
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
