"""Reads orders of events of a sentence: the reverse of `steps`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from conditions import registry
from conditions.language.gaps import HOURS, MOST_STEPS
from conditions.phrases.joints import AT, GAPS, NOT_THEN, ONLY, THEN
from conditions.phrases.scan import Bound, Found
from conditions.phrases.template import template
from conditions.phrases.writing.steps import event_template
from conditions.sql.place import Relation

if TYPE_CHECKING:
    from conditions.phrases.reading.clauses import ClauseReader


def chains_at(reader: ClauseReader, position: int) -> Found:
    """Return the nodes of all orders of events that may begin at `position`."""
    found: Found = []
    waiting: Found = [([step], end) for step, end in _steps_at(reader, position, is_absent=False)]
    while waiting:
        steps, at = waiting.pop()
        for step, end in _further_at(reader, at):
            found.append(({"steps": [*steps, step]}, end))
            if len(steps) + 1 < MOST_STEPS and "not" not in step:
                waiting.append(([*steps, step], end))
    return found


def _further_at(reader: ClauseReader, position: int) -> Found:
    """Return the further steps at `position`, with the words before and behind them."""
    found: Found = []
    for is_absent, joints in ((False, THEN), (True, NOT_THEN)):

        def steps(at: int, _bound: Bound, is_absent: bool = is_absent) -> Found:
            return _steps_at(reader, at, is_absent=is_absent)

        slots = {
            "step": steps,
            "after": lambda at, _bound: _gaps_at(reader, "after", at),
            "within": lambda at, _bound: _gaps_at(reader, "within", at),
        }
        for words in joints.values():
            for bound, end in reader.scan.match(template(str(words)).parts, position, slots):
                gaps = bound.get("after", {}) | bound.get("within", {})
                found.append((bound["step"] | gaps | ({"not": True} if is_absent else {}), end))
    return found


def _gaps_at(reader: ClauseReader, name: str, position: int) -> Found:
    """Return the length of time at `position`, by its key."""
    return [
        ({f"{name}_{unit}": number}, end)
        for unit in HOURS
        for number, end in reader.counted_at(GAPS[name][unit], position)
    ]


def _steps_at(reader: ClauseReader, position: int, *, is_absent: bool) -> Found:
    """Return the steps at `position`, without their place in time."""

    def read() -> Found:
        return [
            (step, end)
            for relation in registry.relations()
            for chosen, at in _rows_at(reader, relation, position, is_absent=is_absent)
            for step, end in _read_step_marks(reader, relation, chosen, at)
        ]

    return reader.scan.once(("step", is_absent, position), read)


def _rows_at(
    reader: ClauseReader, relation: Relation, position: int, *, is_absent: bool
) -> Iterator[tuple[dict[str, Any], int]]:
    slots = {"where": lambda at, _bound: reader.where_at(relation, at, nested=True)}
    for is_same, is_bare in ((False, False), (False, True), (True, False)):
        phrase = event_template(relation, is_bare=is_bare, is_same=is_same, is_absent=is_absent)
        for bound, end in reader.scan.match(phrase.parts, position, slots):
            match, nodes = bound.get("where", ("all", []))
            step: dict[str, Any] = {"relation": relation.name}
            step |= {"same": "sku"} if is_same else {}
            yield step | ({"match": match, "conditions": nodes} if nodes else {}), end


def _read_step_marks(
    reader: ClauseReader, relation: Relation, step: Mapping[str, Any], position: int
) -> Found:
    """Return a step with the words behind it: its time, and the first or last row only."""
    slots = {"label": lambda at, _bound: reader.labels_at(relation, at)}
    timed: Found = [(dict(step), position)]
    for bound, end in reader.scan.match(template(str(AT)).parts, position, slots):
        timed.append(({**step, "at": bound["label"]}, end))
    return timed + [
        ({**one, "only": only}, at + len(str(words)))
        for one, at in timed
        for only, words in ONLY.items()
        if reader.scan.begins(str(words), at)
    ]
