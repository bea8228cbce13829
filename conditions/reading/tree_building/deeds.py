"""What became of named rows: not in some days, or within some days after the row itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from conditions.reading.chunks.chunk import Length
from conditions.reading.events.order import MOST_DAYS, MOST_HOURS
from conditions.reading.facts.fact import Fact, Field
from conditions.reading.nodes import Node
from conditions.reading.tree_building.rows import Rows
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation


def answers_in_time(fact: Fact, relation: Relation, model: Model) -> Iterator[Node]:
    """Yield "did not click Spring within 3 days" as an order of events: 3 days after that mail.

    Without a named row, the row that customers answered to need not be the same.
    """
    deed = _deed_of(fact, relation, model)
    times = [] if deed is None else [*fact.when, *([deed.when] if deed.when is not None else [])]
    when = times[0] if len(times) == 1 else None
    others = [one for one in fact.fields if one is not deed]
    if deed is None or not isinstance(when, Length) or when.kind != "within":
        return
    if not (relation.time and (fact.values or others)):
        return
    if when.number > (MOST_HOURS if when.hours else MOST_DAYS):
        return
    rows = Rows(replace(fact, denied=False, fields=others, when=[]), relation, model)
    on_rows, on_lines = rows.row_conditions()
    if on_lines or rows.relation is not relation:
        return
    for chosen in product(*on_rows):
        row = {"relation": relation.name, "match": "all", "conditions": list(chosen)}
        answer = {**row, "at": deed.codes[0], f"within_{_unit(when)}": when.number}
        is_absent = {"not": True} if fact.denied != deed.denied else {}
        yield {"steps": [row, answer | is_absent]}


def undone_in_time(fact: Fact, relation: Relation, model: Model) -> Fact | None:
    """Return "did not open Spring since June" as no opening of Spring since June.

    The other meaning is a mail of Spring that was not opened since then. "Never opened Spring" is
    about all time.
    """
    deed = _deed_of(fact, relation, model)
    is_ever = any(one.kind == "never" for one in fact.chunks)
    if deed is None or not deed.denied or (deed.when is None and not is_ever):
        return None
    if fact.is_received or not (fact.values or len(fact.fields) > 1):
        # "did not open a mail in May", "got Spring without opening it in May": no other meaning.
        return None
    fields = [replace(one, denied=False) if one is deed else one for one in fact.fields]
    return replace(fact, denied=not fact.denied, fields=fields)


def _deed_of(fact: Fact, relation: Relation, model: Model) -> Field | None:
    """Return the only field of `fact` with what became of a row; None for a number of rows."""
    time = model.time_of(relation)
    deeds = [
        one
        for one in fact.fields
        if model.is_deed(one.codes) and (time is None or one.codes[0] != time.code)
    ]
    is_more = fact.quantities or fact.habit or fact.every or fact.has_clauses or fact.is_total
    return deeds[0] if len(deeds) == 1 and not is_more else None


def _unit(when: Length) -> str:
    return "hours" if when.hours else "days"
