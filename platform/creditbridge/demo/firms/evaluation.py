"""The demo city as its first run finds it: records in the lake, scores, grades, labels and the facts read from records.

The evaluation is the one of every run. It is made before the facts are written, so that the city begins as a run
leaves it; the run itself is then carried out in the same transaction, and past ones after it for the trend.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from creditbridge.demo.dice import Dice
from creditbridge.demo.firms import deliveries
from creditbridge.demo.firms.deliveries import Delivery, delivered
from creditbridge.demo.firms.records import UNHEARD_OF, as_columns, records_of
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.labels.catalogue import labels
from creditbridge.records import laying, manifest
from creditbridge.records.columns import DTYPES, NO_DAY, RecordColumns, day_number
from creditbridge.runs import service, working
from creditbridge.runs.evaluating import Model, evaluate
from creditbridge.runs.publishing import changes_for, wanted_by_firm
from creditbridge.runs.registrations import Coded, Registrations
from creditbridge.runs.rules import RunKind
from creditbridge.scoring.columns import capital_in_fen
from creditbridge.scoring.indicators import catalogue as indicators
from creditbridge.scoring.scorecards import first_scorecard, read


def draw_records(
    dice: Dice, firms: Sequence[DemoFirm], today: date, *, shown: DemoFirm
) -> tuple[RecordColumns, list[Delivery]]:
    """The records of the city, numbered from 0, and the batches in which they came.

    Those of the firm that is ``shown`` are the same in every city: its story asks for a grade that no chance may take away.
    """
    told = {}
    for firm in firms:
        chance = Dice("the firm that is shown") if firm is shown else dice.stream(f"firm {firm.row.firm_no}")
        if firm is shown or not chance.chance(UNHEARD_OF):
            told[firm.row.firm_no] = records_of(chance, firm, today)
    return delivered(as_columns(told), today)


def learn_from_records(firms: Sequence[DemoFirm], records: RecordColumns, today: date) -> None:
    """Let each firm have the facts that a run finds in its records, and no others that records tell."""
    model = Model(indicators(), tuple(labels().values()), read(first_scorecard()))
    evaluated = evaluate(records, _registrations(firms), model, today)
    for row, (firm, wanted) in enumerate(zip(firms, wanted_by_firm(evaluated, model), strict=True)):
        for code, value in changes_for(wanted, firm.known, today).items():
            held = firm.facts.get(code)
            if value is None:
                firm.facts.pop(code, None)
            elif held is None or held.value != value.value or held.source is not value.source:
                firm.facts[code] = value
        if not evaluated.rated[row]:
            firm.grade_history.clear()


def take_records(session: Session, records: RecordColumns, batches: Sequence[Delivery]) -> None:
    """Put the city's records into the lake with the batches they came in, in the transaction that loads the city."""
    seen = manifest.files_generation(session)
    first = manifest.reserve_records(session, len(records))
    folder = manifest.folder(session)
    columns = {name: getattr(records, name) for name in DTYPES}
    columns["record_no"] = records.record_no + first
    columns["source_key"] = columns["record_no"]
    files = laying.lay(folder, columns)
    manifest.move(session, seen, first + len(records))
    manifest.list_files(session, files)
    deliveries.write(session, batches, first)


def run(session: Session, today: date, months: int) -> None:
    """The full run of today, after those for the ends of the months before it."""
    ends = [today.replace(day=1) - timedelta(days=1)]
    while len(ends) < months:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    for day in reversed(ends[:months]):
        working.carry_out_within(session, service.ask(session, RunKind.PAST, day).public_id)
    working.carry_out_within(session, service.ask(session, RunKind.FULL, today).public_id, with_facts=False)


def _registrations(firms: Sequence[DemoFirm]) -> Registrations:
    rows = [firm.row for firm in firms]
    sizes = [firm.facts.get("firm_size") for firm in firms]
    return Registrations(
        firm_no=np.array([row.firm_no for row in rows], np.uint32),
        firm_id=np.array([row.id for row in rows], np.int64),
        industry=Coded.of([row.industry_code for row in rows]),
        region=Coded.of([row.region_code for row in rows]),
        kind=Coded.of([None if row.entity_kind == "unknown" else row.entity_kind for row in rows]),
        size=Coded.of([None if held is None else str(held.value) for held in sizes]),
        established_on=np.array(
            [NO_DAY if row.established_on is None else day_number(row.established_on) for row in rows],
            np.int32,
        ),
        capital=np.array([capital_in_fen(row.capital_minor, row.capital_currency) for row in rows], np.int64),
    )
