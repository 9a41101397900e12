"""Walking the site by its links: one address for each kind of page, found from the home page on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

NOT_OURS = {"static", "bootstrap.static", "api_docs.docs"}
"""Files, and the page of the API that Swagger UI writes."""
LINKS = "[...document.querySelectorAll('a[href]')].map((one) => one.href)"
SAME_KIND = 2
"""How many things of one kind are looked at: two applications are often in two states."""


@dataclass
class Walk:
    """The addresses still to go to, each kind of page at most a few times."""

    base_url: str
    routes: MapAdapter
    waiting: deque[str] = field(default_factory=lambda: deque(["/"]))
    seen: set[str] = field(default_factory=lambda: {"/"})
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    endpoints: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[str]:
        while self.waiting:
            yield self.waiting.popleft()

    def found(self, hrefs: list[str]) -> None:
        """Take up the links of a page that lead to something new on this site."""
        for href in hrefs:
            if not href.startswith(f"{self.base_url}/"):
                continue
            parts = urlsplit(href)
            address = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if address in self.seen or not self._is_new(parts.path, parts.query):
                continue
            self.seen.add(address)
            self.waiting.append(address)

    def _is_new(self, path: str, query: str) -> bool:
        try:
            endpoint, values = self.routes.match(path, method="GET")
        except RequestRedirect:
            return False
        except HTTPException:
            return True  # a link to nowhere: going there says so
        if endpoint in NOT_OURS:
            return False
        asked = dict(parse_qsl(query))
        # A form that is opened by a step is a page of its own; all other queries of a page count as one.
        kind = (endpoint, asked.get("step", "?" if asked else ""))
        self.endpoints.add(endpoint)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind] <= (SAME_KIND if values and not asked else 1)
