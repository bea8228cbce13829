"""Facts about the first or last row that a fact before names."""

from __future__ import annotations

from dataclasses import replace

from conditions.reading.facts.fact import Fact
from conditions.reading.facts.grouping import Joined
from conditions.reading.facts.same_rows import is_bare
from conditions.reading.tree_building.rows import Rows
from conditions.reading.vocabulary.model import Model


def of_first_or_last_row(facts: Joined, model: Model) -> Joined:
    """Return the facts with attributes of unnamed rows as those of the first or last row before.

    "Last order over 200 and paid with a coupon", "and ordered with a coupon": the last order has
    the coupon. A clause of its own, as in "and who used a coupon", may be about any row.
    """
    found: Joined = []
    for one in facts:
        found.append(one)
        before = found[-3] if len(found) > 2 else None
        if not (isinstance(one, Fact) and isinstance(before, Fact)):
            continue
        if not _may_add(one, before, model):
            continue
        if found[-2] in ("or", "nor") or one.denied or before.denied:
            found[-1] = replace(one, head=before.head, implied=False)
        else:
            found[-3:] = [_add(one, before)]
    return found


def mark_rows_that_do_not_count(facts: Joined, model: Model) -> None:
    """Mark "last order in May and canceled": the day is that of a row that counts."""
    for before, one in zip(facts, facts[2:], strict=False):
        if isinstance(one, Fact) and isinstance(before, Fact) and _may_add(one, before, model):
            rows = model.rows_of(before.head)
            if before.when and rows is not None and Rows(one, rows, model).relation is not rows:
                one.is_lost = True


def _may_add(one: Fact, before: Fact, model: Model) -> bool:
    """Return whether `one` may be about the row whose day is the head of `before`."""
    is_same = model.rows_of(one.head) is model.rows_of(before.head)
    is_row = model.is_day_of_row(before.head) and not is_bare(before)
    is_ever = one.every or any(chunk.kind == "never" for chunk in one.chunks)
    is_more = one.implied or _is_deed_with_fields(one)
    return is_row and is_same and is_more and not (one.apart or is_ever)


def _is_deed_with_fields(fact: Fact) -> bool:
    """Return whether `fact` only states how the rows of a verb are: "ordered with a coupon"."""
    is_more = fact.quantities or fact.when or fact.values or fact.denied or fact.habit
    return fact.verb and bool(fact.fields) and not is_more


def _add(one: Fact, before: Fact) -> Fact:
    """Return `before` with the conditions of `one`."""
    return replace(
        before,
        when=[*before.when, *one.when],
        quantities=[*before.quantities, *one.quantities],
        values=[*before.values, *one.values],
        fields=[*before.fields, *one.fields],
        chunks=[*before.chunks, *one.chunks],
    )
