"""A radar: numbers inside a fixed box."""

from __future__ import annotations

from flask import Flask

from creditbridge.pages.radar import RADIUS, Axis, RadarChart


def test_a_radar_stays_in_its_box_and_leaves_out_what_is_not_known(app: Flask) -> None:
    axes = [
        Axis("甲", 1000, 500),
        Axis("乙", None, 500),
        Axis("丙", 0),
        Axis("丁", 400, 500),
        Axis("戊", 2000, 500),
    ]
    chart = RadarChart("雷达", axes, "本企业", "中位数")
    with app.test_request_context():
        drawn = chart.drawn
        assert [axis.dot is None for axis in drawn] == [False, True, False, False, False]
        assert len(chart.shape.split()) == 4
        assert len(chart.usual_shape.split()) == 4
        assert drawn[0].dot == (drawn[0].x, drawn[0].y)
        assert float(drawn[0].y) == float(chart.centre[1]) - RADIUS
        assert drawn[2].dot == chart.centre
        assert "乙 —" in chart.spoken
        assert not RadarChart("雷达", axes, "本企业").usual_shape
