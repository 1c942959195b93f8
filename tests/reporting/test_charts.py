"""Charts as SVG: scales, dots, lines and their numbers."""

import re
import xml.etree.ElementTree as ET

import pytest

from vitrine.reporting.charts import UNIT, Mark, Scale, axis, dots, lines


def drawn(svg):
    return ET.fromstring(str(svg))


def points(svg, kind):
    line = drawn(svg).find(f".//polyline[@class='{kind}']")
    return [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]


class TestScale:
    @pytest.mark.parametrize(
        ("values", "ticks"),
        [
            ([0.0, 0.42], (0.0, 0.2, 0.4, 0.6)),
            ([-0.03, 0.17], (-0.05, 0.0, 0.05, 0.1, 0.15, 0.2)),
            ([2.1, 7.2], (2.0, 4.0, 6.0, 8.0)),
            ([1e-5, 9e-5], (0.0, 2e-5, 4e-5, 6e-5, 8e-5, 1e-4)),
        ],
    )
    def test_steps_are_round_and_cover_every_value(self, values, ticks):
        assert Scale.around(values, steps=4 if len(ticks) > 4 else 3).ticks == pytest.approx(ticks)

    @pytest.mark.parametrize("value", [0.0, 3.0, -2.5, 1e-12, 1e12])
    def test_a_single_value_gets_a_margin(self, value):
        scale = Scale.around([value, value], steps=3)
        assert scale.low < value < scale.high

    def test_a_share_lies_between_0_and_1(self):
        assert [UNIT.share(value) for value in (-1, 0.25, 7)] == [0.0, 0.25, 1.0]


class TestDots:
    def test_a_mark_is_placed_by_its_numbers(self):
        svg = drawn(dots([Mark(1, 0.5, 0.25, 0.75)], UNIT, label="SFT"))
        whisker, dot = svg.find(".//line[@class='whisker']"), svg.find(".//circle")
        assert (whisker.get("x1"), whisker.get("x2"), dot.get("cx")) == ("25.00%", "75.00%", "50.00%")
        assert svg.find("g").get("class") == "t1"

    def test_samples_are_hollow_and_zero_stands_out(self):
        svg = drawn(dots([Mark(0, 0.1, 0, 0.2, hollow=True)], Scale(-1, 1, (-1, 0, 1)), label="", zero=True))
        assert svg.find("g").get("class") == "t0 hollow"
        assert len(svg.findall("line[@class='zero']")) == 1

    def test_a_label_is_escaped(self):
        svg = dots([], UNIT, label='"><script>alert(1)</script>')
        assert "<script" not in svg
        assert drawn(svg).get("aria-label") == '"><script>alert(1)</script>'


class TestLines:
    def test_a_line_goes_from_the_first_step_to_the_last(self):
        line = points(lines([(1, 6.0), (2, 4.0), (3, 2.0)], tone=0, label="loss"), "line")
        assert [x for x, _ in line] == [42.0, 177.0, 312.0]
        assert line[0][1] < line[1][1] < line[2][1]  # down the page is less

    @pytest.mark.parametrize(
        "points", [[(5, 1.0)], [(5, 1.0), (5, 2.0)], [(1, 2.0), (2, 2.0)]], ids=["one", "one step", "constant"]
    )
    def test_a_chart_of_few_points_can_be_drawn(self, points):
        drawn(lines(points, tone=0, label="loss"))

    def test_many_points_become_few_and_get_a_trend(self):
        svg = lines([(step, step % 2) for step in range(100_000)], tone=0, label="noise")
        assert len(svg) < 20_000
        assert len(points(svg, "raw")) == len(points(svg, "line")) == 240

    def test_the_trend_of_a_straight_line_is_that_line(self):
        svg = lines([(step, 0.7 * step + 1e-9 * (step % 2)) for step in range(200)], tone=0, label="straight")
        for trend, logged in zip(points(svg, "line"), points(svg, "raw"), strict=True):
            assert trend == pytest.approx(logged, abs=0.11)

    def test_few_points_get_no_trend(self):
        assert "raw" not in lines([(step, 1.0) for step in range(200)], tone=0, label="flat")

    def test_the_trend_reduces_noise(self):
        svg = lines([(step, (-1) ** step) for step in range(200)], tone=0, label="noise")
        span = {kind: max(y for _, y in points(svg, kind)) - min(y for _, y in points(svg, kind)) for kind in ("raw", "line")}
        assert span["line"] < 0.3 * span["raw"]


def test_numbers_have_a_true_minus_and_an_optional_plus():
    texts = re.findall(r">([^<]+)</text>", axis(Scale(-0.5, 0.5, (-0.5, 0.0, 0.5)), signed=True))
    assert texts == ["−0.5", "0.0", "+0.5"]


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [((0.0, 5e-5), ["0", "5e−05"]), ((0.0, 2e6), ["0", "2e+06"]), ((0.0, 0.05), ["0.00", "0.05"]), ((0, 2000), ["0", "2,000"])],
)
def test_numbers_fit_beside_a_chart(ticks, texts):
    assert re.findall(r">([^<]+)</text>", axis(Scale(*ticks, ticks))) == texts
