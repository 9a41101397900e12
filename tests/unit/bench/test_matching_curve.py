"""The curve of matching: its points, how steep it is, and its drawing."""

import json
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from creditbridge.bench.cli import bench
from creditbridge.bench.matching_curve import Point, drawing, steepest


def test_the_curve_is_measured_and_drawn(tmp_path):
    chart = tmp_path / "curve.svg"
    asked = ["matching-curve", "--firms", "12000", "--products", "120", "--json", "--chart", str(chart)]
    ran = CliRunner().invoke(bench, asked)
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert [(one["firms"], one["products"]) for one in told["by_firms"]] == [(10_000, 120), (12_000, 120)]
    assert [(one["firms"], one["products"]) for one in told["by_products"]] == [(12_000, 100), (12_000, 120)]
    root = ET.fromstring(chart.read_text())  # noqa: S314 - our own
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 4


def test_steepness_is_one_where_the_cost_is_linear():
    linear = [Point(1_000, 10, 0.1), Point(4_000, 10, 0.4), Point(8_000, 10, 0.8)]
    assert steepest(linear, "firms") == pytest.approx(1)
    assert steepest([*linear, Point(16_000, 10, 3.2)], "firms") == pytest.approx(2)
    assert "10,000" not in drawing({"by_firms": linear, "by_products": linear})
