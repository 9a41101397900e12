"""The benchmark of matching: its figures as asked for, and all engines agreeing on a small random city."""

import json

from click.testing import CliRunner

from creditbridge.bench.cli import bench

ASKED = [
    "firms", "products", "pairs_eligible", "seconds", "peers", "one_firm_us", "whatif_ms", "curve_ms", "labels_ms",
    "update_us", "index_mb", "ranked_seconds", "one_firm_explained_us",
    "private_mb",
]  # fmt: skip


def test_figures_are_those_asked_for_and_engines_agree(monkeypatch):
    monkeypatch.delenv("BENCH_DATABASE_URL", raising=False)
    ran = CliRunner().invoke(bench, ["matching", "--firms", "600", "--products", "30", "--json"])
    assert ran.exit_code == 0, ran.output
    figures = json.loads(ran.output)
    assert list(figures) == ASKED
    assert list(figures["peers"]) == ["polars", "duckdb", "postgresql", "python"]
    assert figures["peers"]["postgresql"] is None
    assert figures["pairs_eligible"] > 0
