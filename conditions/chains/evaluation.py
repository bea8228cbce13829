"""Chains of events in Python: whether there is one, as in `query`, and the earliest one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conditions.chains.step import ChainStep
from conditions.evaluator.facts import Facts
from core.text.folding import fold


@dataclass(frozen=True)
class Event:
    """A row of a step: its time, and the folded SKU that it is about; None without a product.

    `sku` is only read where this step or the next one compares products.
    """

    at: datetime
    sku: str | None


def chosen_events(steps: Sequence[ChainStep], facts: Facts) -> list[list[Event]]:
    """Return for each step the events that it chooses, by time, then key; `only` is ignored."""
    asked = [step.same_product for step in steps]
    return [
        list(_events(step, facts, with_sku=asked[number] or any(asked[number + 1 : number + 2])))
        for number, step in enumerate(steps)
    ]


def earliest_chain(
    steps: Sequence[ChainStep], chosen: Sequence[Sequence[Event]], facts: Facts
) -> list[datetime] | None:
    """Return the times of the earliest chain, step by step; None where there is no chain.

    `chosen` are the events of each step. A last step that is absent has no time.
    """
    possible = _possible(steps, chosen, facts)
    if not possible[0]:
        return None
    found = _at_first(possible[0])
    times = [found[0].at]
    for step, events in zip(steps[1:], possible[1:], strict=False):
        found = _at_first([one for one in events if any(_follows(step, b, one) for b in found)])
        times.append(found[0].at)
    return times


def _events(step: ChainStep, facts: Facts, *, with_sku: bool) -> Iterable[Event]:
    inside = facts.inside(step.relation)
    rows = [row for row in facts.rows(step.relation) if step.holds(row, inside)]
    timed = [(at, row) for row in rows if (at := step.time.of_row(row, inside)) is not None]
    # Rows are in the order of their keys; sorting by time keeps this order among equal times.
    for at, row in sorted(timed, key=lambda pair: pair[0]):
        values = inside.read(step.sku, row) if with_sku and step.sku is not None else ()
        yield Event(at, next(map(fold, values), None))


def _keep_only(step: ChainStep, events: Sequence[Event]) -> Sequence[Event]:
    """Return the events that remain after `only`."""
    return {None: events, "first": events[:1], "last": events[-1:]}[step.only]


def _possible(
    steps: Sequence[ChainStep], chosen: Sequence[Sequence[Event]], facts: Facts
) -> list[list[Event]]:
    """Return for each step that has a row the events from which the chain can be completed."""
    events = [_keep_only(step, one) for step, one in zip(steps, chosen, strict=True)]
    last = len(steps) - 1
    if steps[-1].is_absent:
        found = [_not_followed(steps[-1], events[last - 1], events[last], facts)]
        last -= 1
    else:
        found = [list(events[last])]
    for number in range(last, 0, -1):
        following = _Timeline(steps[number], found[0])
        found.insert(0, [one for one in events[number - 1] if following.has_after(one)])
    return found


def _not_followed(
    step: ChainStep, events: Sequence[Event], absent: Sequence[Event], facts: Facts
) -> list[Event]:
    following = _Timeline(step, absent)
    over = None if step.within is None else facts.clock.as_of - step.within.length
    return [
        one for one in events if (over is None or one.at < over) and not following.has_after(one)
    ]


class _Timeline:
    """The events of a step by time; for each product, where the step compares products."""

    def __init__(self, step: ChainStep, events: Sequence[Event]) -> None:
        self._step = step
        self._times: dict[str | None, list[datetime]] = defaultdict(list)
        for one in events:
            self._times[one.sku if step.same_product else None].append(one.at)

    def has_after(self, event: Event) -> bool:
        """Return whether an event of the step follows `event`."""
        if self._step.same_product and event.sku is None:
            return False
        times = self._times.get(event.sku if self._step.same_product else None, [])
        least, most = self._step.after, self._step.within
        start = bisect_right(times, event.at)
        if least is not None:
            # An instant plus a length may lie beyond the calendar; the difference of two cannot.
            late = bisect_left(times, least.length, key=lambda at: at - event.at)
            start = max(start, late)
        if start == len(times):
            return False
        return most is None or times[start] - event.at <= most.length


def _follows(step: ChainStep, before: Event, event: Event) -> bool:
    return _Timeline(step, [event]).has_after(before)


def _at_first(events: Sequence[Event]) -> list[Event]:
    """Return the earliest events of `events`, which are in order."""
    return [one for one in events if one.at == events[0].at]
