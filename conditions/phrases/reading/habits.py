"""Reads first and last rows, and periods, of a sentence: the reverse of `habits`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.types import INTEGER
from conditions.phrases.scan import Bound, Found, Reading, Scan
from conditions.phrases.template import template
from conditions.phrases.writing import habits
from conditions.sql.place import Relation

Json = dict[str, Any]
# Compared as a number, without a unit.
_NUMBER = Attribute(code="", label="", type=INTEGER)


class Counting(Protocol):
    """A reader of words whose form depends on a number."""

    def counted_at(self, words: Any, position: int) -> Found: ...


class Reader(Counting, Protocol):
    """A reader of the clauses of one text."""

    scan: Scan

    def labels_at(self, inside: Relation | None, position: int) -> Found: ...

    def leaves_at(self, inside: Relation | None, position: int) -> Found: ...

    def numbers_at(self, counted: Attribute, position: int) -> Found: ...

    def where_at(
        self, relation: Relation, position: int, *, nested: bool, closes: bool = False
    ) -> Found: ...


def habits_at(reader: Reader, position: int) -> Found:
    """Return the relation groups of a customer about first or last rows, or about periods."""
    rows = {"clause": lambda at, _bound: _rows_at(reader, at)}

    def found(words: Any, slots: Any, node: Callable[[Bound], Json | None]) -> Found:
        bounds = reader.scan.match(template(str(words)).parts, position, {**rows, **slots})
        nodes = ((node(bound), end) for bound, end in bounds)
        return [(one, end) for one, end in nodes if one is not None]

    return [
        *found(habits.COUNTING, {"rows": lambda at, _bound: _limits_at(reader, at)}, _limit_rows),
        *found(habits.WHEN, {"when": lambda at, _bound: periods_at(reader, at)}, _in_periods),
        *found(habits.GOING_BY, {"label": lambda at, _bound: _labels_at(reader, at)}, _going_by),
    ]


def periods_at(reader: Reader, position: int) -> Found:
    """Return the keys of a relation group for the periods of its rows."""
    found: Found = [
        ({"aggregate": "stopped", "periods": {"unit": unit, "count": count}}, end)
        for unit, words in habits.THEN_NONE.items()
        for count, end in reader.counted_at(words, position)
    ]

    slots = {
        "number": lambda at, _bound: reader.numbers_at(_NUMBER, at),
        "periods": lambda at, _bound: last_periods_at(reader, at),
    }
    for words in dict.fromkeys((str(habits.ACTIVE), str(habits.ACTIVE_BEFORE_VOWEL))):
        for bound, end in reader.scan.match(template(words).parts, position, slots):
            operator, value = bound["number"]
            compared = {"operator": operator, "value": value}
            keys = {"aggregate": "active_periods", **compared, "periods": bound["periods"]}
            found.append((keys, end))
    return found


def last_periods_at(reader: Counting, position: int) -> Found:
    """Return the periods of "the last 6 months"."""
    return [
        ({"unit": unit, "count": count}, end)
        for unit, words in habits.OF_LAST.items()
        for count, end in reader.counted_at(words, position)
    ]


def _rows_at(reader: Reader, position: int) -> Found:
    """Return the relation groups, without those of first or last rows."""
    return [
        (node, end)
        for node, end in reader.leaves_at(None, position)
        if "relation" in node and not {"first", "last"} & node.keys()
    ]


def _labels_at(reader: Reader, position: int) -> Found:
    """Return the (relation's name, code) of each attribute of rows with the label at `position`."""
    return [
        ((relation.name, code), end)
        for relation in registry.relations()
        for code, end in reader.labels_at(relation, position)
    ]


def _limits_at(reader: Reader, position: int) -> Found:
    """Return the limits at `position`: the name of the relation ("": any), and the keys."""
    found: Found = []
    for end, words in habits.ENDS.items():
        for number, at in reader.counted_at(words, position):
            rows = [(("", {end: number}), at), *_by_at(reader, end, number, at)]
            found += rows
            for (name, keys), after in rows:
                found += _of_those_at(reader, name, keys, end, after)
    return found


def _by_at(reader: Reader, end: str, number: int, position: int) -> Found:
    slots = {
        "rows": lambda at, _bound: [(None, at)],
        "label": lambda at, _bound: _labels_at(reader, at),
    }
    return [
        ((bound["label"][0], {"at": bound["label"][1], end: number}), after)
        for bound, after in reader.scan.match(template(str(habits.BY)).parts, position, slots)
    ]


def _of_those_at(reader: Reader, name: str, keys: Json, end: str, position: int) -> Found:
    """Return the limits with the group that chooses the rows among which they count."""
    found: Found = []
    parts = template(str(habits.OF_THOSE)).parts
    for relation in registry.relations():
        if name not in {"", relation.name}:
            continue
        slots = {
            "rows": lambda at, _bound: [(None, at)],
            "where": _reading_where(reader, relation),
        }
        for bound, after in reader.scan.match(parts, position, slots):
            match, nodes = bound["where"]
            if nodes:
                group = {"rows": keys[end], "match": match, "conditions": nodes}
                found.append(((relation.name, {**keys, end: group}), after))
    return found


def _reading_where(reader: Reader, relation: Relation) -> Reading:
    return lambda at, _bound: reader.where_at(relation, at, nested=False)


def _limit_rows(bound: Bound) -> Json | None:
    name, keys = bound["rows"]
    node: Json = bound["clause"]
    return {**node, **keys} if name in {"", node["relation"]} and "at" not in node else None


def _in_periods(bound: Bound) -> Json | None:
    node: Json = bound["clause"]
    if node["aggregate"] != "exists" or "periods" in node:
        return None
    return {**node, **bound["when"]}


def _going_by(bound: Bound) -> Json | None:
    name, code = bound["label"]
    node: Json = bound["clause"]
    return {**node, "at": code} if name == node["relation"] and "periods" in node else None
