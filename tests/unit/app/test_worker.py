from __future__ import annotations

from creditbridge.app import worker
from creditbridge.app.settings import load


def test_a_worker_knows_its_tables_before_it_forks(monkeypatch, tmp_path):
    """What the worker has not done yet, each job does anew in its own process."""
    done = []
    monkeypatch.setattr(worker, "_set_up", lambda _settings: done.append("set up"))
    monkeypatch.setattr(worker, "HEAVY", ())
    monkeypatch.setattr(worker, "configure_mappers", lambda: done.append("mapped"))
    monkeypatch.setattr(worker.worker, "run", lambda *_arguments, **_values: done.append("working"))

    worker.run_worker(
        load({"ENVIRONMENT": "test", "DATA_DIR": str(tmp_path), "REDIS_URL": "unix:///nowhere"})
    )

    assert done == ["set up", "mapped", "working"]
