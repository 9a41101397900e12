"""The web server of a run is started while the database is prepared, and must not open it before it is."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest

from creditbridge.app import place
from creditbridge.app.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"ENVIRONMENT": "test", "DATA_DIR": str(tmp_path)})


def waiting(settings: Settings) -> tuple[Thread, Event]:
    through = Event()

    def wait() -> None:
        place.wait_until_prepared(settings)
        through.set()

    thread = Thread(target=wait)
    thread.start()
    return thread, through


def test_nobody_gets_through_while_the_database_is_prepared(settings: Settings) -> None:
    with place.preparing(settings):
        threads = [waiting(settings) for _ in range(2)]
        assert not any(through.wait(0.2) for _, through in threads)
    for thread, through in threads:
        thread.join(10)
        assert through.is_set()


def test_a_preparation_that_failed_keeps_nobody_waiting(settings: Settings) -> None:
    with pytest.raises(RuntimeError), place.preparing(settings):
        raise RuntimeError("half-way")
    place.wait_until_prepared(settings)


def test_a_server_without_a_run_waits_for_nothing(settings: Settings) -> None:
    place.wait_until_prepared(settings)
    assert list(settings.data_dir.iterdir()) == []
