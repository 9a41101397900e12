import json

from click.testing import CliRunner

from creditbridge.bench.cli import bench


def test_the_intake_is_measured_in_both_forms():
    done = CliRunner().invoke(bench, ["intake", "--rows", "3000", "--firms", "200", "--json"])
    measured = json.loads(done.stdout)
    for form in ("parquet", "csv"):
        assert measured[form]["rows_per_second"] > 0
        assert 1 <= measured[form]["growth"] < 1.5
        assert measured[form]["one_firm_ms"]["p50"] <= measured[form]["one_firm_ms"]["p95"]
    assert (
        "rows/s"
        in CliRunner().invoke(bench, ["intake", "--rows", "500", "--firms", "9", "--format", "csv"]).stdout
    )
