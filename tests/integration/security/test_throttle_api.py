"""Making up a token for every call gets nobody past the count of calls."""

from __future__ import annotations

import pytest

from creditbridge.access import api_rate


def test_calls_with_ever_new_tokens_are_counted_by_address(app, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions[api_rate.BY_ADDRESS], "most", 3)
    client = app.test_client()
    found = [
        client.get("/api/v1/firm", headers={"Authorization": f"Bearer made-up-{number}"}).status_code
        for number in range(5)
    ]

    assert found == [401, 401, 401, 429, 429]
