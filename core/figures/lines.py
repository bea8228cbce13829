"""Charts of several lines with gaps between any places of a scale, such as moments."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from core.figures.charts import HEIGHT, WIDTH, with_axes

MARGIN = 8


@dataclass(frozen=True)
class Line:
    """A series of values (None: missing), and its class in the style sheet."""

    values: Sequence[float | None]
    style: str


def stretches(values: Sequence[float | None], sorts: Sequence[Hashable], style: str) -> list[Line]:
    """Return a line per run of consecutive values of one sort, so that sorts are not connected.

    `sorts` has the sort of each value; a sort that occurs again later begins a new line.
    """
    begins = [place for place in range(len(sorts)) if not place or sorts[place] != sorts[place - 1]]
    return [
        Line([value if first <= place < end else None for place, value in enumerate(values)], style)
        for first, end in pairwise([*begins, len(sorts)])
    ]


def lines_chart(
    lines: Sequence[Line],
    description: str,
    *,
    ends: tuple[str, str],
    limits: tuple[float, float],
    written: tuple[str, str],
    places: Sequence[float],
) -> SafeString:
    """Return a chart of `lines`, with `limits[0]` at the bottom and `limits[1]` at the top.

    Screen readers read `description`. `ends` label the first and the last value, `written` the two
    limits. `places` are the ascending positions of the values on the x axis, in any unit.
    """
    corners = [(line.style, part) for line in lines for part in _parts(line.values, limits, places)]
    drawn = format_html_join("", '<polyline class="{}" points="{}"/>', corners)
    return with_axes(drawn, description, ends, written)


def _parts(
    values: Sequence[float | None], limits: tuple[float, float], places: Sequence[float]
) -> Iterator[str]:
    """Yield the points of each run of values without a gap; a single value is a short dash."""
    low, high = limits
    span, width = (high - low) or 1.0, (places[-1] - places[0]) or 1.0
    part = list[tuple[float, float]]()
    for place, value in zip([*places, 0.0], [*values, None], strict=True):
        if value is not None:
            y = HEIGHT - MARGIN - (value - low) / span * (HEIGHT - 2 * MARGIN)
            part.append(((place - places[0]) / width * WIDTH, y))
        elif part:
            if len(part) == 1:
                x, y = part[0]
                part = [(max(x - MARGIN, 0), y), (min(x + MARGIN, WIDTH), y)]
            yield " ".join(f"{x:.1f},{y:.1f}" for x, y in part)
            part = []
