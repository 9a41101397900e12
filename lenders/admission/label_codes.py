"""Labels that a condition may name: known, matchable, and given on the day. Pure."""

from __future__ import annotations

from datetime import date

from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import labels

_UNKNOWN = Words(
    "没有信用标签“{code}”，请核对名称或代码。",
    "There is no credit label “{code}”. Check its name or code.",
)
_RETIRED = Words(
    "信用标签“{name}”已于 {day} 停用，请从条件中删除。",
    "The credit label “{name}” was retired on {day}. Remove it from the condition.",
)
_REPLACED = Words(
    "信用标签“{name}”已于 {day} 停用，请改用“{successor}”。",
    "The credit label “{name}” was retired on {day}. Use “{successor}” instead.",
)


def label_fault(code: str, on: date) -> tuple[str, Words] | None:
    """What keeps a condition from naming a label on a day: a code for machines, and words; None if nothing does.

    An internal label is answered like one that does not exist, so that lenders cannot find out about it.
    """
    label = labels().get(code)
    if label is None or not label.matchable:
        return "unknown_label", _UNKNOWN.fill(code=code)
    if label.retired_on is None or not label.is_retired(on):
        return None
    after = labels()[label.successor].name if label.successor else None
    words = _REPLACED if after else _RETIRED
    filled = words.fill(name=label.name, day=label.retired_on.isoformat(), successor=after)
    return "retired_label", filled
