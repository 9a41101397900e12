"""A few firms with records, given labels as a run gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from sqlalchemy.orm import Session

from creditbridge.labels import counting, recording
from creditbridge.labels.catalogue import Label, numbered
from creditbridge.labels.columns import NO_DAY, NO_VALUE, City, Column, day_number
from creditbridge.labels.engine import assign
from creditbridge.labels.recording import Recorded
from creditbridge.records.catalogue import items
from creditbridge.records.columns import RecordColumns
from creditbridge.registry.model import Firm

ON = date(2026, 11, 1)
NUMBERS = {code: item.number for code, item in items().items()}
SIZES = ("large", "medium", "small", "micro")


@dataclass
class LabelledCity:
    """Firms by place, and what a run would do with their records."""

    session: Session
    firms: list[Firm]

    def run(
        self,
        records: Sequence[tuple[int, str, date]],
        on: date = ON,
        *,
        sizes: Sequence[int] = (3, 3, 2, 0),
        labels: Sequence[Label] | None = None,
    ) -> Recorded:
        """Records are (place of the firm, item, day)."""
        city = self._city(records, sizes)
        assigned = assign(city, labels or numbered(), NUMBERS, on)
        ids = {firm.firm_no: firm.id for firm in self.firms}
        done = recording.record(self.session, assigned, city, ids)
        counting.rebuild(self.session)
        return done

    def _city(self, records: Sequence[tuple[int, str, date]], sizes: Sequence[int]) -> City:
        size = len(records)
        columns = RecordColumns.of(
            {
                "firm_no": [self.firms[place].firm_no for place, _, _ in records],
                "item": [NUMBERS[item] for _, item, _ in records],
                "occurred_on": [day_number(day) for _, _, day in records],
                "ends_on": [NO_DAY] * size,
                "value": [NO_VALUE] * size,
                "severity": [0] * size,
                "received_on": [0] * size,
                "record_no": list(range(1, size + 1)),
            }
        )
        known = np.ones(len(self.firms), np.bool_)
        facts = {
            "firm_size": Column(np.array(sizes, np.int64), known, SIZES),
            "industry": Column(np.zeros(len(self.firms), np.int64), known, ("17",)),
        }
        return City(np.array([firm.firm_no for firm in self.firms], np.uint32), columns, {}, facts)


def make_firms(session: Session, count: int = 4) -> list[Firm]:
    firms = [
        Firm(firm_no=number, uscc=f"91320581MA1TEST{number:03d}", name=f"标签{number}有限公司")
        for number in range(100, 100 + count)
    ]
    session.add_all(firms)
    session.flush()
    return firms


@pytest.fixture
def labelled(session: Session) -> LabelledCity:
    return LabelledCity(session, make_firms(session))
