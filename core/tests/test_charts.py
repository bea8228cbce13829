"""What charts draw: the right corners and lengths, and nothing that a name could break."""

import re

from core.figures.charts import (
    Bar,
    Flow,
    bar_chart,
    flow_chart,
    line_chart,
    sparkline,
)

AXES = {"ends": ("1 May", "30 May"), "limits": ("0", "10")}


def corners(svg):
    found = re.search(r'<polyline class="chart-line" points="([^"]*)"', svg)[1]
    return [tuple(float(part) for part in corner.split(",")) for corner in found.split()]


def test_a_sparkline_uses_the_whole_height():
    assert corners(sparkline([5, 10, 0], "x")) == [(0, 12), (50, 2), (100, 22)]


def test_a_level_sparkline_runs_through_the_middle():
    assert corners(sparkline([7, 7], "x")) == [(0, 12), (100, 12)]


def test_one_value_is_no_line():
    assert not sparkline([7], "no history yet")


def test_a_line_begins_at_zero():
    assert corners(line_chart([5, 10], "x", **AXES)) == [(0, 120), (1000, 4)]


def test_a_line_of_nothing_lies_at_the_bottom():
    assert corners(line_chart([0, 0], "x", **AXES)) == [(0, 236), (1000, 236)]


def test_a_line_of_one_day_goes_all_the_way():
    assert corners(line_chart([3], "x", **AXES)) == [(0, 4), (1000, 4)]


def test_who_came_is_above_the_middle_and_who_went_below():
    svg = flow_chart([Flow("a", 4, 2), Flow("b", 0, 0)], "x", **AXES)

    bars = re.findall(r'chart-(came|went)" x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', svg)
    assert bars == [
        ("came", "50.0", "4.0", "400.0", "116.0"),
        ("went", "50.0", "120.0", "400.0", "58.0"),
    ]


def test_the_smallest_of_huge_differences_can_be_seen():
    svg = flow_chart([Flow("a", 1, 1_000_000)], "x", **AXES)

    assert 'height="2.0"' in svg


def test_bars_are_as_long_as_their_value_is_of_the_longest():
    html = bar_chart([Bar("A", 50, "50 %"), Bar("B", 25, "25 %"), Bar("C", 0, "0 %")], "x")

    widths = re.findall(r'class="chart-column" width="(.*?)"', html)
    assert widths == ["1000.0", "500.0", "0.0"]


def test_a_share_is_as_long_as_it_is_of_the_whole():
    html = bar_chart([Bar("A", 0.66, "66%"), Bar("B", 0.1, "10%")], "x", whole=1.0)

    assert re.findall(r'class="chart-column" width="(.*?)"', html) == ["660.0", "100.0"]


def test_names_are_text_whatever_they_are():
    html = bar_chart([Bar("<b>&", 1, "<i>")], '"><script>')

    assert "<b>" not in html
    assert "<i>" not in html
    assert "<script>" not in html


def test_a_chart_without_values_draws_nothing_and_breaks_nothing():
    assert "<li>" not in bar_chart([], "x")
    assert "<rect" not in flow_chart([], "x", **AXES)
    assert "<svg" in line_chart([], "x", **AXES)
