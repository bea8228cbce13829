"""Charts as SVG, drawn on the server: one function for each kind.

Colours come from the style sheet. Each chart has a description in one sentence, and a table repeats
its numbers, so that no reader depends on the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Drawings are stretched to the available width, so they contain only lines and bars, no text.
WIDTH = 1000
HEIGHT = 240
# The smallest visible height of a bar with a value.
SMALLEST_BAR = 2.0


@dataclass(frozen=True)
class Bar:
    """A bar: its label, its length in any unit, and its formatted value.

    `query` selects what the bar counts on a page that lists it; "" where there is none.
    """

    label: str
    value: float
    shown: str
    query: str = ""


@dataclass(frozen=True)
class Flow:
    """The numbers that came and went at one point in time."""

    label: str
    came: int
    went: int


def sparkline(values: Sequence[int], description: str) -> SafeString:
    """Return a small line chart of `values` for a table cell; "" for fewer than two values.

    `description` is its description for screen readers.
    """
    if len(values) < 2:
        return SafeString()
    return format_html(
        '<svg class="chart-spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><polyline class="chart-line" points="{}"/></svg>',
        description,
        _points(values, 100, 24, margin=2),
    )


def line_chart(
    values: Sequence[int], description: str, *, ends: tuple[str, str], limits: tuple[str, str]
) -> SafeString:
    """Return a line chart of `values`, from zero up, described by `description`.

    `ends` label the first and the last value, `limits` zero and the greatest value.
    """
    line = _points(values, WIDTH, HEIGHT, margin=4, lowest=0)
    return with_axes(
        format_html(
            '<polygon class="chart-area" points="0,{bottom} {line} {right},{bottom}"/>'
            '<polyline class="chart-line" points="{line}"/>',
            line=line,
            bottom=HEIGHT,
            right=WIDTH,
        ),
        description,
        ends,
        limits,
    )


def flow_chart(
    flows: Sequence[Flow], description: str, *, ends: tuple[str, str], limits: tuple[str, str]
) -> SafeString:
    """Return two bars for each of `flows`: what came above the middle, what went below it.

    `limits` label the longest bar that is possible, below and above.
    """
    longest = max((max(flow.came, flow.went) for flow in flows), default=0) or 1
    step = WIDTH / max(len(flows), 1)
    middle = HEIGHT / 2
    bars = []
    for index, flow in enumerate(flows):
        for amount, kind in ((flow.came, "came"), (flow.went, "went")):
            if amount:
                height = max(amount / longest * (middle - 4), SMALLEST_BAR)
                top = middle - height if kind == "came" else middle
                corner = (index * step + step * 0.1, top)
                bars.append((kind, *map(_svg_length, (*corner, step * 0.8, height))))
    drawn = format_html_join(
        "",
        '<rect class="chart-{}" x="{}" y="{}" width="{}" height="{}"/>',
        bars,
    )
    axis = format_html(
        '<line class="chart-axis" x1="0" y1="{middle}" x2="{right}" y2="{middle}"/>',
        middle=middle,
        right=WIDTH,
    )
    return with_axes(drawn + axis, description, ends, limits)


def column_chart(
    values: Sequence[int],
    description: str,
    *,
    ends: tuple[str, str],
    limits: tuple[str, str],
    tones: Sequence[str] = (),
) -> SafeString:
    """Return a chart of adjacent columns of `values`, from zero up, described by `description`.

    `ends` label where the first begins and the last ends, `limits` zero and the greatest value.
    `tones` are names of colours of the style sheet, one for each column.
    """
    highest = max(values, default=0) or 1
    step = WIDTH / max(len(values), 1)
    columns = []
    for index, value in enumerate(values):
        if value:
            height = max(value / highest * HEIGHT, SMALLEST_BAR)
            corner = (index * step + step * 0.03, HEIGHT - height)
            tone = f" chart-{tones[index]}" if tones else ""
            columns.append([tone, *map(_svg_length, (*corner, step * 0.94, height))])
    drawn = format_html_join(
        "", '<rect class="chart-column{}" x="{}" y="{}" width="{}" height="{}"/>', columns
    )
    return with_axes(drawn, description, ends, limits)


def bar_chart(
    bars: Sequence[Bar], description: str, *, whole: float | None = None, page: str = ""
) -> SafeString:
    """Return a list of horizontal bars from zero, each with its label and value as text.

    A full bar stands for `whole`, if the values are parts of it, or else for the longest bar.
    Values of bars with a query lead to the URL `page`, if given.
    """
    longest = whole or max((abs(bar.value) for bar in bars), default=0) or 1
    # Two colors tell gains from losses; bars of one kind have that of columns and lines.
    positive = "came" if any(bar.value < 0 for bar in bars) else "column"
    return format_html(
        '<ul class="chart-bars" aria-label="{}">{}</ul>',
        description,
        format_html_join(
            "",
            '<li><span class="chart-label">{}</span><span class="chart-value">{}</span>'
            '<svg viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="chart-track" width="{}" height="10"/>'
            '<rect class="chart-{}" width="{}" height="10"/></svg></li>',
            (
                (
                    bar.label,
                    format_html('<a href="{}?{}">{}</a>', page, bar.query, bar.shown)
                    if page and bar.query
                    else bar.shown,
                    WIDTH,
                    WIDTH,
                    "went" if bar.value < 0 else positive,
                    _svg_length(
                        max(abs(bar.value) / longest * WIDTH, SMALLEST_BAR if bar.value else 0)
                    ),
                )
                for bar in bars
            ),
        ),
    )


def with_axes(
    drawn: SafeString, description: str, ends: tuple[str, str], limits: tuple[str, str]
) -> SafeString:
    """Return `drawn` as a chart: `ends` label its left and its right, `limits` bottom and top.

    `description` is its description for screen readers.
    """
    return format_html(
        '<div class="chart-plot"><span class="chart-high">{}</span>'
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
        '<span class="chart-low">{}</span><span class="chart-from">{}</span>'
        '<span class="chart-to">{}</span></div>',
        limits[1],
        WIDTH,
        HEIGHT,
        description,
        drawn,
        limits[0],
        *ends,
    )


def _points(
    values: Sequence[int], width: int, height: int, *, margin: int, lowest: int | None = None
) -> str:
    """Return the corners of a line through `values`, the lowest at the bottom."""
    low = min(values, default=0) if lowest is None else lowest
    span = max(values, default=0) - low
    step = width / max(len(values) - 1, 1)
    inner = height - 2 * margin

    def y(value: int) -> float:
        # A constant line runs through the middle, except on an axis from zero.
        part = (value - low) / span if span else (0.5 if lowest is None else 0.0)
        return height - margin - part * inner

    corners = [f"{index * step:.1f},{y(value):.1f}" for index, value in enumerate(values)]
    if len(corners) == 1:
        corners.append(f"{width},{y(values[0]):.1f}")
    return " ".join(corners)


def _svg_length(length: float) -> str:
    """Return `length` formatted for SVG, independently of the reader's language."""
    return f"{length:.1f}"
