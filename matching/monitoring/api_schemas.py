"""What the API answers about alerts."""

from __future__ import annotations

from creditbridge.pages.answers import Answer, Moment, Name, OneOf, Parts, Ref, Said, Truth
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import Choice
from matching.monitoring.rules import ALERT_WORDS, AlertState, Severity


class AlertQuery(Paging):
    """Which alerts to list."""

    state = Choice(AlertState, ALERT_WORDS, load_default=None)


class FindingAnswer(Answer):
    """One change for the worse."""

    mark = Name("``grade:<fact>``, ``fact:<fact>``, ``state:<fact>=<choice>`` or ``label:<code>``.")
    severity = OneOf(Severity)
    before = Name("The grade before; empty for a mark.")
    after = Name("The grade now; empty for a mark.")
    words = Said()


class AlertLineAnswer(Answer):
    """A line the alert is about."""

    id = Ref()
    contract_number = Name()


class AlertAnswer(Answer):
    """An alert about a firm with a line. ``findings`` is null once the firm's consent is not live any more."""

    id = Ref()
    firm_name = Name()
    severity = OneOf(Severity)
    state = OneOf(AlertState)
    at = Moment()
    drawing_blocked = Truth()
    findings = Parts(FindingAnswer, allow_none=True)
    lines = Parts(AlertLineAnswer)
