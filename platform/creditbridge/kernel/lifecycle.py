"""Life cycles as tables: the only legal states and steps of a thing, each step with its name.

A room states its life cycle once, as data; :mod:`creditbridge.store.transitions` moves rows along it with a
conditional update, so that an illegal or late step is refused by rule and never by a missing button.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.words import Words

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Step(Generic[State]):
    """A named move from any of some states to one state."""

    name: str
    sources: frozenset[State]
    target: State


class Lifecycle(Generic[State]):
    """The states, their words and the legal steps of one kind of thing."""

    def __init__(
        self,
        kind: str,
        *,
        initial: State,
        steps: Mapping[str, tuple[Iterable[State], State]],
        words: Mapping[State, Words],
    ) -> None:
        self.kind = kind
        self.initial = initial
        self.words = words
        self.steps = {
            name: Step(name, frozenset(sources), target) for name, (sources, target) in steps.items()
        }

    def step(self, name: str) -> Step[State]:
        """The step of that name.

        Raises:
            KeyError: if the life cycle has none; that is an error of the program, not of a user.
        """
        return self.steps[name]

    def check(self, name: str, state: State) -> State:
        """The state a step leads to from ``state``.

        Raises:
            Conflict: if the step is not legal from there.
        """
        step = self.steps[name]
        if state not in step.sources:
            raise illegal_step(self.words.get(state))
        return step.target

    def legal_steps(self, state: State) -> list[str]:
        return [name for name, step in self.steps.items() if state in step.sources]

    @property
    def final_states(self) -> frozenset[State]:
        """States that no step leaves."""
        left = {source for step in self.steps.values() for source in step.sources}
        return frozenset(state for state in self.words if state not in left)


def illegal_step(state: Words | None) -> Conflict:
    """The refusal of a step that the present state does not allow."""
    present = state or Words("未知", "unknown")
    return Conflict(
        "illegal_step",
        Words(
            "当前状态为“{state}”，不能进行此操作。请刷新页面查看最新进展。",
            "This step is not possible in the present state “{state}”. Reload the page to see where it stands.",
        ).fill(state=present),
    )
