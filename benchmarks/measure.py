"""Timing of several variants of one task in turn, and the goals for the results."""

import itertools
import json
import math
import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

# Options of the command, as each part's `rows` takes them.
Options = Namespace
Work = Callable[[], object]


def milliseconds(work: Work) -> float:
    """Return how long `work` takes by the clock on the wall."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def processor_milliseconds(work: Work) -> float:
    """Return how long this process is at `work`, so that others on the machine count little."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def in_turn(
    *works: Work,
    rounds: int,
    seconds: float = 0.0,
    clock: Callable[[Work], float] = milliseconds,
) -> list[list[float]]:
    """Return the times of each of `works` in milliseconds.

    All are asked in each round, another one first each time; a round before warms the caches.
    There are `rounds` of them, and more until `seconds` have passed: the median of a few short
    times is what else the machine did just then.
    """
    for work in works:
        work()
    times: list[list[float]] = [[] for _work in works]
    enough = time.perf_counter() + seconds
    for number in itertools.count():
        if number >= rounds and time.perf_counter() >= enough:
            break
        for step in range(len(works)):
            index = (number + step) % len(works)
            times[index].append(clock(works[index]))
    return times


class Kind(Enum):
    """The kind of limit that a goal sets."""

    TIMES = "<= {:g}x"
    FASTER = ">= {:g}x faster"
    MILLISECONDS = "<= {:g} ms"
    MEGABYTES = "<= {:g} MB"
    ROWS = "{:g} rows written"


@dataclass(frozen=True)
class Goal:
    """The limit for a row; MEGABYTES and ROWS limit the row's `amount`."""

    kind: Kind
    limit: float

    def __str__(self) -> str:
        return self.kind.value.format(self.limit)

    def is_met(self, row: "Row") -> bool:
        if self.kind is Kind.FASTER:
            return row.ratio is not None and row.ratio * self.limit <= 1
        value = {Kind.TIMES: row.ratio, Kind.MILLISECONDS: row.median}.get(self.kind, row.amount)
        return value is not None and value <= self.limit


@dataclass(frozen=True)
class Row:
    """One line of the table: our times and the times of the comparison, in milliseconds.

    `ratio` is ours / theirs, by medians unless given. `amount` is a count (queries, rows written,
    megabytes), in words of `unit`. A row that `grows` takes time for each customer.
    """

    part: str
    what: str
    ours: Sequence[float] = ()
    against: str = ""
    theirs: Sequence[float] = ()
    goals: tuple[Goal, ...] = ()
    given: float | None = None
    amount: float | None = None
    unit: str = ""
    grows: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float | None:
        return statistics.median(self.ours) if self.ours else None

    @property
    def ratio(self) -> float | None:
        if self.given is not None or not (self.ours and self.theirs):
            return self.given
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def met(self) -> bool | None:
        return all(goal.is_met(self) for goal in self.goals) if self.goals else None

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "what": self.what,
            "ours": _spread(self.ours),
            "against": self.against,
            "theirs": _spread(self.theirs),
            "ratio": self.ratio,
            "amount": self.amount,
            "unit": self.unit,
            "goal": ", ".join(map(str, self.goals)),
            "met": self.met,
            "grows": self.grows,
            **self.more,
        }


def geometric_mean(ratios: Iterable[float]) -> float:
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text in columns."""
    lines = [
        ("what", "ours, ms", "against", "its ms", "ratio", "", "goal", "met"),
        *(
            (
                f"{row.part}: {row.what}",
                _format_times(row.ours),
                row.against,
                _format_times(row.theirs),
                _ratio(row),
                "" if row.amount is None else f"{row.amount:,.0f} {row.unit}",
                ", ".join(map(str, row.goals)),
                {True: "yes", False: "NO", None: ""}[row.met],
            )
            for row in rows
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def document(rows: Sequence[Row], machine: dict[str, Any]) -> str:
    """Return the rows as JSON, with what they were measured on."""
    return json.dumps({"machine": machine, "rows": [row.as_json() for row in rows]}, indent=1)


def _spread(times: Sequence[float]) -> dict[str, float] | None:
    if not times:
        return None
    return {"ms": statistics.median(times), "least": min(times), "most": max(times)}


def _format_times(times: Sequence[float]) -> str:
    if not times:
        return ""
    digits = 3 if statistics.median(times) < 1 else 1
    least, most = (f"{time:.{digits}f}" for time in (min(times), max(times)))
    return f"{statistics.median(times):.{digits}f} ({least}-{most})"


def _ratio(row: Row) -> str:
    if row.ratio is None:
        return ""
    if any(goal.kind is Kind.FASTER for goal in row.goals):
        return f"{1 / row.ratio:.1f}x faster"
    return f"{row.ratio:.2f}x"
