"""Labels for a whole city at once: every distinct leaf is evaluated one time over columns, then trees combine bits.

Pure: the same city, day and labels give the same answer, whatever part of the city is evaluated together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from creditbridge.labels.catalogue import Label
from creditbridge.labels.columns import NO_DAY, Bools, City, Days, day_number
from creditbridge.labels.evidence import Evidence
from creditbridge.labels.language import AllOf, AnyOf, Not, Rule, leaves
from creditbridge.labels.sheet import Hashes, Sheet, added, mixed


@dataclass(frozen=True, slots=True)
class Assigned:
    """Which firm carries which label on a day.

    ``digest`` changes with a firm's labels and with what they rest on; ``next_change_on`` is the first later day on
    which a window, an age or the catalogue may change a label without any new record (``NO_DAY`` for none).
    """

    on: date
    labels: tuple[Label, ...]
    carried: Bools
    digest: Hashes
    next_change_on: Days
    sheet: Sheet = field(repr=False, compare=False)

    def evidence(self, row: int, place: int) -> tuple[Evidence, ...]:
        """What a label a firm carries rests on; of alternatives, those that hold."""
        return tuple(dict.fromkeys(self._collected(self.labels[place].rule, row, holds=True)))

    def _collected(self, rule: Rule, row: int, *, holds: bool) -> Iterator[Evidence]:
        if isinstance(rule, Not):
            yield from self._collected(rule.node, row, holds=not holds)
        elif isinstance(rule, AllOf | AnyOf):
            # “All” fails by one that fails; “any” holds by one that holds: then only those are told.
            alone = isinstance(rule, AnyOf) is holds
            for node in rule.nodes:
                if not alone or self.sheet.is_so(node, row, holds=holds):
                    yield from self._collected(node, row, holds=holds)
        else:
            yield self.sheet.evidence(rule, row)


def assign(city: City, labels: Sequence[Label], items: Mapping[str, int], on: date) -> Assigned:
    """The labels of every firm of the city on a day; ``items`` maps the codes of credit items to their numbers.

    Raises:
        RuleError: a rule names an item that is not in the catalogue.
    """
    sheet = Sheet(city, items, day_number(on))
    carried = np.zeros((len(city.firm_no), len(labels)), np.bool_)
    digest = np.zeros(len(city.firm_no), np.uint64)
    for place, label in enumerate(labels):
        if not label.is_effective(on):
            continue
        yes = sheet.truth(label.rule).yes
        carried[:, place] = yes
        seen = mixed(added([sheet.leaf(leaf).seen for leaf in leaves(label.rule)]), label.number)
        digest += np.where(yes, seen, np.uint64(0))
    return Assigned(on, tuple(labels), carried, digest, sheet.next_change(_boundary(labels, on)), sheet)


def _boundary(labels: Sequence[Label], on: date) -> int:
    """The first later day on which the catalogue gives or retires a label."""
    ahead = [day for label in labels for day in (label.valid_from, label.retired_on) if day and day > on]
    return min(map(day_number, ahead), default=NO_DAY)
