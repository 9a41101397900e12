"""People of the scenarios: each reads and sends the pages they would use, and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from creditbridge.access.rules import Actor

AsActor = Callable[[Actor], FlaskClient]


@dataclass
class Person:
    """Somebody signed in, at a browser that follows where it is sent."""

    client: FlaskClient

    def reads(self, path: str, *, status: int = 200) -> str:
        """The words of a page."""
        return self._words(self.client.get(path), path, status)

    def sends(self, path: str, status: int = 200, **fields: Any) -> str:
        """Send a form and read the page it leads to."""
        return self._words(self.client.post(path, data=fields, follow_redirects=True), path, status)

    def opens(self, path: str, **fields: Any) -> str:
        """Send a form that makes something; its public id, from the address it leads to."""
        answer = self.client.post(path, data=fields)
        assert answer.status_code == 302, (path, self._words(answer, path, answer.status_code))
        return re.findall(r"/([0-9a-z]{20})(?=[/?#]|$)", answer.location)[-1]

    def finds(self, path: str, address: str) -> list[str]:
        """The public ids behind links of a page that begin so."""
        found = re.findall(
            rf'href="{re.escape(address)}([0-9a-z]{{20}})', self.client.get(path).get_data(as_text=True)
        )
        return list(dict.fromkeys(found))

    def _words(self, answer: Any, path: str, status: int) -> str:
        told = answer.get_data(as_text=True)
        words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", told.split("<main", 1)[-1])))
        assert answer.status_code == status, (path, answer.status_code, words[:600])
        return words


@pytest.fixture
def at_desk(as_actor: AsActor) -> Callable[[Actor], Person]:
    """Seat an actor at a browser."""
    return lambda actor: Person(as_actor(actor))
