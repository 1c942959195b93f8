"""Small charts as inline SVG, coloured by the page's CSS variables. They need no mouse and no script.

    scale = Scale.around([0.0, 0.42], steps=4)
    dots([Mark(tone=1, mean=0.31, low=0.25, high=0.37)], scale, label="SFT 0.31, interval 0.25 to 0.37")
    lines([(1, 6.9), (50, 3.2), (100, 2.4)], tone=0, label="loss of base, from 6.9 to 2.4")

Rows of dots use percentages, so they stretch with their table cell while text and circles keep their size. Line charts keep
their proportions. A tone is a model's number in the order of the pipeline; its colour is the CSS variable `--m0`, `--m1`, ….
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, linear_regression
from typing import NamedTuple, Self

from markupsafe import Markup, escape

Point = tuple[float, float]
MOST_POINTS = 240  # of a line; a small chart cannot show more


@dataclass(frozen=True)
class Scale:
    """An axis with round ends and round ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def around(cls, values: Sequence[float], *, steps: int) -> Self:
        """A scale of about `steps` round steps that holds every value."""
        low, high = min(values), max(values)
        if high - low < 1e-9 * max(1.0, abs(low), abs(high)):
            margin = abs(low) * 0.1 or 0.5
            low, high = low - margin, high + margin
        rough = (high - low) / steps
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        ticks = tuple(float(f"{number * step:.9g}") for number in range(first, last + 1))
        return cls(ticks[0], ticks[-1], ticks)

    def share(self, value: float) -> float:
        """The position of `value` between the ends, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


UNIT = Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))  # of scores


class Mark(NamedTuple):
    """A mean with its interval: hollow for samples, filled for greedy answers."""

    tone: int
    mean: float
    low: float
    high: float
    hollow: bool = False


def dots(marks: Sequence[Mark], scale: Scale, *, label: str, zero: bool = False, rails: bool = False) -> Markup:
    """Means as dots with their intervals as lines, one below the other on one scale.

    Charts in a column share vertical lines at the ticks; `zero` is drawn darker. A single chart gets horizontal `rails` instead.
    """
    height = 12 + 12 * len(marks)
    parts = [] if rails else [_ruler(scale, zero=zero)]
    for place, mark in enumerate(marks):
        y = 12 + 12 * place
        if rails:
            parts.append(f'<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>')
        ends = scale.share(mark.low), scale.share(mark.high)
        style = f"t{mark.tone} hollow" if mark.hollow else f"t{mark.tone}"
        parts.append(
            f'<g class="{style}"><line class="whisker" x1="{_percent(ends[0])}" x2="{_percent(ends[1])}" y1="{y}" y2="{y}"/>'
            f'<circle class="dot" cx="{_percent(scale.share(mark.mean))}" cy="{y}" r="4"/></g>'
        )
    return Markup(f'<svg class="dots" role="img" aria-label="{escape(label)}" height="{height}">{"".join(parts)}</svg>')


class Gap(NamedTuple):
    """A model's score with its own answers and with the same answers shuffled; None if not known."""

    tone: int
    own: float | None
    shuffled: float | None


def gaps(rows: Sequence[Gap], posts: Sequence[float], scale: Scale, *, label: str) -> Markup:
    """A line from a hollow dot (shuffled answers) to a filled dot (own answers), one model below the other. `posts` are vertical
    lines through all of them, the first one solid and the others dashed."""
    height = 12 + 12 * len(rows)
    parts = [_ruler(scale, zero=False)]
    for place, post in enumerate(posts):
        x = _percent(scale.share(post))
        parts.append(f'<line class="post{" dashed" if place else ""}" x1="{x}" x2="{x}" y1="3" y2="{height - 3}"/>')
    for place, row in enumerate(rows):
        if row.own is None:
            continue
        y, own = 12 + 12 * place, _percent(scale.share(row.own))
        gap = ""
        if row.shuffled is not None:
            from_ = _percent(scale.share(row.shuffled))
            gap = (
                f'<line class="whisker" x1="{from_}" x2="{own}" y1="{y}" y2="{y}"/>'
                f'<g class="hollow"><circle class="dot" cx="{from_}" cy="{y}" r="4"/></g>'
            )
        parts.append(f'<g class="t{row.tone}">{gap}<circle class="dot" cx="{own}" cy="{y}" r="4"/></g>')
    return Markup(f'<svg class="dots" role="img" aria-label="{escape(label)}" height="{height}">{"".join(parts)}</svg>')


def axis(scale: Scale, *, signed: bool = False) -> Markup:
    """The numbers under a column of `dots`; hidden from screen readers, which read them in the table."""
    texts = []
    for tick in scale.ticks:
        place = _percent(scale.share(tick))
        texts.append(f'<text x="{place}" y="12" text-anchor="middle">{_number(tick, scale, signed=signed)}</text>')
    return Markup(f'<svg class="axis" aria-hidden="true" height="16">{"".join(texts)}</svg>')


def lines(points: Sequence[Point], *, tone: int, label: str) -> Markup:
    """One value over steps: the logged points, faint, and their trend if there are enough of them."""
    width, height = 320, 150
    left, right, top, bottom = 42, 312, 8, 126
    shown = _thin(points)
    first, last = shown[0][0], shown[-1][0]
    up = Scale.around([y for _, y in shown], steps=3)

    def place(point: Point) -> Point:
        along = (point[0] - first) / (last - first) if last > first else 0.5
        return left + along * (right - left), bottom - up.share(point[1]) * (bottom - top)

    parts = []
    for tick in up.ticks:
        y = place((first, tick))[1]
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 3.5:.1f}" text-anchor="end">{_number(tick, up)}</text>')
    for x, text, anchor in ((left, f"{first:,g}", "start"), ((left + right) / 2, "step", "middle"), (right, f"{last:,g}", "end")):
        parts.append(f'<text x="{x:g}" y="{height - 6}" text-anchor="{anchor}">{text}</text>')
    trend = _trend(shown)
    if trend != shown:
        parts.append(f'<polyline class="raw" points="{_path(map(place, shown))}"/>')
    end = place(trend[-1])
    parts.append(f'<polyline class="line" points="{_path(map(place, trend))}"/>')
    parts.append(f'<circle class="dot" cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="3"/>')
    return Markup(
        f'<svg class="lines t{tone}" role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}">'
        f"{''.join(parts)}</svg>"
    )


def _ruler(scale: Scale, *, zero: bool) -> str:
    return "".join(
        f'<line class="{"zero" if zero and tick == 0 else "grid"}" x1="{_percent(scale.share(tick))}" '
        f'x2="{_percent(scale.share(tick))}" y1="0" y2="100%"/>'
        for tick in scale.ticks
    )


def _thin(points: Sequence[Point]) -> list[Point]:
    """At most MOST_POINTS points, each the mean of a group, so that no spike is picked or dropped by chance."""
    if len(points) <= MOST_POINTS:
        return list(points)
    edges = [round(place * len(points) / MOST_POINTS) for place in range(MOST_POINTS + 1)]
    groups = [points[start:end] for start, end in pairwise(edges)]
    means = [(fmean(x for x, _ in group), fmean(y for _, y in group)) for group in groups]
    return [(points[0][0], means[0][1]), *means[1:-1], (points[-1][0], means[-1][1])]


def _trend(points: list[Point]) -> list[Point]:
    """The value at each point of a line fitted to the nearest tenth of all points: a moving mean without bias at the ends."""
    reach = len(points) // 20
    if reach < 1:
        return points
    fitted = []
    for place, (x, _) in enumerate(points):
        xs, ys = zip(*points[max(0, place - reach) : place + reach + 1], strict=True)
        slope = linear_regression(xs, ys).slope if xs[0] < xs[-1] else 0.0
        fitted.append((x, fmean(ys) + slope * (x - fmean(xs))))
    return fitted


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _number(tick: float, scale: Scale, *, signed: bool = False) -> str:
    """A tick's number with enough decimals to tell ticks apart; very small and large ones as powers of ten."""
    sign = "+" if signed and tick else ""
    size = max(map(abs, scale.ticks))
    if 1e-3 <= size < 1e5:
        digits = next((n for n in range(5) if all(abs(round(other, n) - other) < 1e-9 for other in scale.ticks)), 5)
        text = f"{tick:{sign},.{digits}f}"
    else:
        text = f"{tick:{sign}.3g}"
    return text.replace("-", "\N{MINUS SIGN}")
