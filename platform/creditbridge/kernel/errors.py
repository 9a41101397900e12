"""The errors of the domain, in one tree.

::

    DomainError                 anything a person or a client can be told about
    ├── MalformedRequest        the request as such lacks something every such request needs (a header)
    ├── InvalidInput            what was sent cannot be read or is out of range; names the fields
    ├── NotFound                no such thing, or not one this actor may know of
    ├── NotAllowed              the actor may know of the thing but not do this to it
    ├── RuleRefused             a rule of the domain says no (an ineligible firm applies, own work approved)
    ├── Conflict                the state moved on: a step that is not legal now, a stale version
    │   └── DuplicateRequest    the same thing is already under way or done
    ├── Throttled               too many tries; says when to try again
    └── Unavailable             something outside is down; nothing was changed

Every error carries a stable machine ``code`` (snake case) and :class:`~creditbridge.kernel.words.Words`
that say, in both languages, what is wrong and what to do. HTTP knows these kinds in
``creditbridge.pages.problems`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from creditbridge.kernel.words import Words


class DomainError(Exception):
    """An error with a stable code and bilingual words. ``details`` are JSON-safe facts for machines."""

    def __init__(self, code: str, words: Words, **details: Any) -> None:
        super().__init__(f"{code}: {words.en}")
        self.code = code
        self.words = words
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        """Kinds take what they need in ways of their own; another process gets an error as it is."""
        return _as_it_was, (type(self), self.args, self.__dict__)


def _as_it_was(kind: type[DomainError], args: tuple[Any, ...], state: Mapping[str, Any]) -> DomainError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


SEE_FIELDS = Words(
    "提交的内容有误，请按提示修改后再提交。",
    "Some of what you sent needs correcting. See the messages beside each field.",
)


class InvalidInput(DomainError):
    """Input that cannot be taken. ``fields`` maps a field's path (``terms.amount_max``) to its messages."""

    def __init__(
        self, fields: Mapping[str, Sequence[Words]], words: Words | None = None, code: str = "invalid_input"
    ) -> None:
        super().__init__(
            code,
            words or SEE_FIELDS,
        )
        self.fields: dict[str, list[Words]] = {path: list(messages) for path, messages in fields.items()}


class MalformedRequest(DomainError):
    """The request lacks something that every such request needs, whatever it is about."""


class NotFound(DomainError):
    """No such thing for this actor; also the answer for another tenant's things."""

    def __init__(self, what: Words | None = None) -> None:
        thing = what or Words("页面", "page")
        super().__init__(
            "not_found", Words("没有找到该{what}。", "We could not find that {what}.").fill(what=thing)
        )


class NotAllowed(DomainError):
    """The actor's role does not allow this."""

    def __init__(self, code: str = "not_allowed", words: Words | None = None) -> None:
        super().__init__(
            code,
            words
            or Words(
                "您的岗位没有此项权限。如需办理，请联系本单位负责人。",
                "Your role does not allow this. Ask the person in charge at your organisation.",
            ),
        )


class RuleRefused(DomainError):
    """A rule of the domain refuses the step; nothing was changed."""


class Conflict(DomainError):
    """The thing is no longer in a state from which this step is legal."""


class KeyReused(InvalidInput):
    """The idempotency key was used before for another body."""

    def __init__(self) -> None:
        super().__init__(
            {"Idempotency-Key": [Words("该幂等键已用于另一份内容。", "This key was used for another body.")]},
            Words(
                "该幂等键已用于另一份内容，请更换幂等键后重新提交。",
                "This idempotency key was used for another body. Send this one under a new key.",
            ),
            code="idempotency_key_reused",
        )


class DuplicateRequest(Conflict):
    """The same request is under way or was already answered differently."""


class Throttled(DomainError):
    """Too many tries. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int, words: Words | None = None) -> None:
        super().__init__(
            "throttled",
            words
            or Words(
                "操作过于频繁，请 {seconds} 秒后再试。", "Too many attempts. Try again in {seconds} seconds."
            ).fill(seconds=retry_after),
            retry_after=retry_after,
        )
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A service this step needs does not answer; nothing was changed."""
