import json

from click.testing import CliRunner

from creditbridge.bench.cli import bench


def test_reading_the_lake_is_measured():
    measured = json.loads(
        CliRunner().invoke(bench, ["lake", "--records", "6400", "--firms", "300", "--json"]).stdout
    )
    assert 6_000 < measured["records_read"] <= 6_400  # a few are past their retention
    assert measured["one_firm_ms"]["p50"] <= measured["one_firm_ms"]["p95"]
    assert "one_firm_ms" in CliRunner().invoke(bench, ["lake", "--records", "640", "--firms", "30"]).stdout
