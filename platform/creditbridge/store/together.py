"""Small writes of several threads committed as one: the disk is asked once for all who wait.

What each thread wants written is run in a savepoint of its own within one transaction, and none is told that it is done
before that is committed: what was acknowledged is durable, as with a transaction each. Who comes while another commits
waits for the next one. Writes that many people make at the same time and that touch little belong here; whatever moves
money has a transaction of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")


class _Write(Generic[T]):
    """What one thread wants written, and what came of it."""

    def __init__(self, use: Callable[[Session], T]) -> None:
        self._use = use
        self._answer: list[T] = []
        self.error: BaseException | None = None
        self.is_settled = False

    def run(self, session: Session) -> None:
        try:
            with session.begin_nested():
                self._answer = [self._use(session)]
        except Exception as error:  # noqa: BLE001 - told to the thread whose write it is
            self.error = error

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self._answer[0]


class Together:
    """Writes of the threads of one process to one database."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Session]]) -> None:
        self._begin = begin
        self._waiting: deque[_Write[Any]] = deque()
        self._turn = threading.Lock()

    def write(self, use: Callable[[Session], T]) -> T:
        """Have something written, with what others want written meanwhile; answers once it is committed.

        ``use`` may be run by another thread: it must not look at what belongs to its own (request, language).

        Raises:
            Exception: whatever ``use`` raised: nothing of it is written, all of the others'. Or that the commit failed:
                nothing is written of any.
        """
        mine = _Write(use)
        self._waiting.append(mine)
        with self._turn:
            if not mine.is_settled:
                try:
                    self._commit_waiting()
                finally:
                    with suppress(ValueError):  # still there where the writer's place was never reached
                        self._waiting.remove(mine)
        return mine.outcome()

    def _commit_waiting(self) -> None:
        taken: list[_Write[Any]] = []
        try:
            with self._begin() as session:
                session.connection()  # takes the writer's place: until then others may still join
                while self._waiting:
                    taken.append(self._waiting.popleft())
                for one in taken:
                    one.run(session)
        except BaseException as error:
            for one in taken:
                one.error = one.error or error
            raise
        finally:
            for one in taken:
                one.is_settled = True
