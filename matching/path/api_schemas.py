"""What the API answers about paths and the calendar of openings."""

from __future__ import annotations

from creditbridge.facts.actions import ActionKind
from creditbridge.pages.answers import Answer, Day, Name, Number, OneOf, Part, Parts, Ref, Said, Truth
from lenders.directory.schemas import LenderRefAnswer, LoanQuery
from matching.eligibility.rules import Verdict


class PathQuery(LoanQuery):
    """What the firm looks for; criteria on the loan itself are read with it."""


class StepAnswer(Answer):
    """Something to do, or to wait for."""

    code = Name()
    kind = OneOf(ActionKind)
    kind_words = Said()
    words = Said("What to do.")
    how = Said("How, and where.")
    target = Said("What must be reached, where that is a matter of more or less.", allow_none=True)
    earliest_on = Day("The first day on which it can be done, or on which it comes about.")


class PathProductAnswer(Answer):
    id = Ref()
    name = Said()
    lender = Part(LenderRefAnswer)


class PathAnswer(Answer):
    """A set of steps after which the product's rule holds, exactly these."""

    steps = Parts(StepAnswer, "In the order of their dates.")
    on = Day("From this day on the rule holds.")
    waits = Truth("The day lies after every step: something changes by itself.")
    verdict = OneOf(
        Verdict, "Eligible, or tentative where only the application or the lender can tell the rest."
    )
    left = Parts(Name(), "Codes of the facts that stay open.")
    opens = Parts(PathProductAnswer, "Every product the same steps open.")


class BlockedAnswer(Answer):
    """A criterion that nothing to be done, and no waiting, makes hold."""

    criterion = Name()
    sentence = Said()
    why = Said("Why there is nothing to be done about it.", allow_none=True)


class ProductPathsAnswer(Answer):
    """The ways to one product, best first."""

    product = Part(PathProductAnswer)
    verdict = OneOf(Verdict, "As the firm stands today.")
    on = Day()
    paths = Parts(PathAnswer)
    complete = Truth("Every smaller way was looked for; false where the search ran out of its budget.")
    blocked = Parts(BlockedAnswer)
    short = Parts(BlockedAnswer, "What does not hold either, for all that can be done about it.")


class NearestAnswer(Answer):
    """A product with the shortest way to it."""

    product = Part(PathProductAnswer)
    steps = Parts(StepAnswer)
    on = Day()
    size = Number("Steps, and one more where it also waits.")


class ClosedAnswer(Answer):
    """A product with no way to it."""

    product = Part(PathProductAnswer)
    blocked = Parts(BlockedAnswer)
    short = Parts(BlockedAnswer, "What does not hold either, for all that can be done about it.")


class BundleAnswer(Answer):
    """Steps to be taken together, and what they open."""

    steps = Parts(StepAnswer)
    on = Day()
    opens = Parts(PathProductAnswer)


class PathsAnswer(Answer):
    """The shortest way to each product the firm does not qualify for, and what opens most of them."""

    on = Day()
    open_already = Number("How many products are open to the firm today.")
    open_but_asked = Number("Of these, how many still want what the application or the lender tells.")
    bundles = Parts(BundleAnswer)
    nearest = Parts(NearestAnswer)
    unreachable = Parts(ClosedAnswer)


class OpeningAnswer(Answer):
    """What opens on a day: by itself, or after steps; or what stops taking applications then."""

    on = Day()
    by_itself = Truth()
    steps = Parts(StepAnswer)
    opens = Parts(PathProductAnswer)
    closes = Parts(PathProductAnswer)


class CalendarAnswer(Answer):
    items = Parts(OpeningAnswer)
