"""Growth of the time for each customer with the size of the shop, as a table and an SVG.

Reads the files of runs at several sizes, written by `python -m benchmarks --json`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

LIMIT = 1.3
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 560, 60, 300, 40, 50
LINE = 14
STYLE = """
svg { font: 12px system-ui, sans-serif; background: #fff; --text: #222; --faint: #ddd;
  --light: 42%; }
@media (prefers-color-scheme: dark) { svg { background: #16181d; --text: #e6e6e6;
  --faint: #383c44; --light: 68%; } }
text { fill: var(--text); } .grid { stroke: var(--faint); } path { fill: none; stroke-width: 2; }
path, circle { stroke: hsl(var(--hue) 70% var(--light)); }
circle, .name { fill: hsl(var(--hue) 70% var(--light)); }
"""


@dataclass(frozen=True)
class Curve:
    """The time of a row for each customer: (customers, microseconds), the smallest shop first."""

    what: str
    points: tuple[tuple[int, float], ...]

    @property
    def factor(self) -> float:
        """The largest factor by which the time grows in a decade, of all neighbouring sizes."""
        steps = zip(self.points, self.points[1:], strict=False)
        return max((t2 / t1) ** (1 / math.log10(n2 / n1)) for (n1, t1), (n2, t2) in steps)


def draw(files: Sequence[Path], svg: Path | None) -> str:
    """Return the table of these runs, and write the drawing if `svg` is given."""
    found = curves([json.loads(file.read_text()) for file in files])
    if svg is not None:
        svg.write_text(draw_curves(found))
    return table(found)


def curves(runs: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """Return the curve of each row that grows and was measured at two sizes or more.

    Of the largest shop there may be a few rows alone. Runs at one size are taken together. Raises
    ValueError where there are not two sizes.
    """
    by_size: dict[int, dict[str, float]] = {}
    for run in runs:
        by_size.setdefault(run["machine"]["rows"]["Customer"], {}).update(_times(run))
    if len(by_size) < 2:
        raise ValueError("Growth wants runs at two sizes or more.")
    sizes = sorted(by_size)
    points = {
        what: tuple((n, by_size[n][what] * 1000 / n) for n in sizes if what in by_size[n])
        for what in dict.fromkeys(what for n in sizes for what in by_size[n])
    }
    return [Curve(what, those) for what, those in points.items() if len(those) > 1]


def _times(run: Mapping[str, Any]) -> dict[str, float]:
    """Return the milliseconds of each row that grows; what is exported has its size in its name."""
    return {
        row["what"].split(" members, ")[-1]: row["ours"]["ms"]
        for row in run["rows"]
        if row["grows"]
    }


def table(found: Sequence[Curve]) -> str:
    sizes = sorted({n for curve in found for n, _time in curve.points})
    head = "microseconds for each customer".ljust(44) + "".join(f"{n:>12,}" for n in sizes)
    lines = [f"{head}  for each decade (goal <= {LIMIT}x)"]
    for curve in found:
        of_size = dict(curve.points)
        times = "".join(f"{of_size[n]:12.3f}" if n in of_size else " " * 12 for n in sizes)
        met = "yes" if curve.factor <= LIMIT else "NO"
        lines.append(f"{curve.what:44}{times}  {curve.factor:.2f}x {met}")
    return "\n".join(lines)


def draw_curves(found: Sequence[Curve]) -> str:
    """Return the curves as an SVG, both axes logarithmic, that can be read in light and dark."""
    sizes = [n for curve in found for n, _time in curve.points]
    times = [time for curve in found for _n, time in curve.points]
    across = _Axis(min(sizes), max(sizes), LEFT, WIDTH - RIGHT)
    up = _Axis(min(times), max(times), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="20">Microseconds for each customer, by customers of the shop</text>',
    ]
    for n in sorted(set(sizes)):
        x = across.at(n)
        parts.append(_line(x, TOP, x, HEIGHT - BOTTOM))
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{n:,}</text>'
        )
    for power in range(math.ceil(math.log10(min(times))), math.floor(math.log10(max(times))) + 1):
        y = up.at(10.0**power)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y))
        parts.append(f'<text x="{LEFT - 8}" y="{y:.1f}" text-anchor="end">{10.0**power:g}</text>')
    ends = sorted((up.at(curve.points[-1][1]), number) for number, curve in enumerate(found))
    names = dict(zip((n for _y, n in ends), apart([y for y, _n in ends]), strict=True))
    for number, curve in enumerate(found):
        points = [(across.at(n), up.at(time)) for n, time in curve.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points)
        x, y = WIDTH - RIGHT + 10, names[number]
        label = escape(f"{curve.what}, {curve.factor:.2f}x")
        parts.append(
            f'<g style="--hue: {360 * number // len(found)}"><path d="M{path}"/>{dots}'
            f'<text class="name" x="{x}" y="{y:.1f}">{label}</text></g>'
        )
    return "\n".join([*parts, "</svg>\n"])


@dataclass(frozen=True)
class _Axis:
    """Where the values from `low` to `high` lie between two places, by their logarithms."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        span = math.log(self.high / self.low)
        part = math.log(value / self.low) / span if span else 0.5
        return self.first + part * (self.last - self.first)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def apart(places: Sequence[float]) -> list[float]:
    """Return the places of names, which are in order, so far apart that none covers another."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + LINE) if found else place)
    lowest = HEIGHT - BOTTOM
    for index in range(len(found) - 1, -1, -1):
        found[index] = min(found[index], lowest)
        lowest = found[index] - LINE
    return found
