"""The conditions on rows, and on their products, that a fact states: its times, values, fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conditions.reading.chunks.chunk import Length, Period
from conditions.reading.facts.fact import Fact, Field, Unsaid
from conditions.reading.nodes import Node, rows_with
from conditions.reading.tree_building.fields import at_rows, field_said
from conditions.reading.tree_building.leaves import condition_on_values, conditions_on_day
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation

# All conditions that a part of the fact may mean.
Ways = list[Node]


class RowConditions:
    """The rows of `relation` that `fact` is about, and the products in them (their lines)."""

    def __init__(self, fact: Fact, relation: Relation, model: Model) -> None:
        self.fact, self.model = fact, model
        asked = [code for values in fact.values for code in values.attributes[:1]]
        asked += [one.codes[0] for one in fact.fields]
        self.relation = model.with_all(relation, asked)
        self.lines = model.products_of(self.relation)
        self.time = model.time_of(self.relation)

    def row_conditions(self) -> tuple[list[Ways], list[Ways]]:
        """Return the conditions on the rows, and those on their lines."""
        fact, relation = self.fact, self.relation
        on_rows: list[Ways] = []
        on_lines: list[Ways] = []
        if relation.meant is not None and not fact.values and not fact.fields:
            on_rows.append([dict(relation.meant)])
        for when in fact.when:
            if self.time is None or self._is_any_span(when):
                raise Unsaid
            if isinstance(when, Period) and when.is_idle and relation.time != "updated_at":
                # Orders do not wait to be changed.
                raise Unsaid
            ways = conditions_on_day(self.time, when, is_denied=fact.denied)
            if isinstance(when, Length) and self._is_lasting(when):
                # "ordered since 30 days": within these days, or first ordered before them.
                ways = [*conditions_on_day(self.time, when, is_denied=True), *ways]
            if isinstance(when, Period) and relation.time == "updated_at" and not fact.denied:
                # "a cart since yesterday": unchanged since then, or changed since then.
                for unchanged in _unchanged_since(when):
                    ways = [*conditions_on_day(self.time, unchanged, is_denied=False), *ways]
            on_rows.append(ways)
        for values in fact.values:
            attribute, place = at_rows(values.attributes, relation, self.model)
            kind = attribute.code.partition(".")[2]
            known = next(one for one in values.attributes if one.partition(".")[2] == kind)
            each = values.of(known)
            if fact.together and values.join == "and" and self.lines is not None:
                # Each value in a line of its own, all lines of the same row.
                alone = [condition_on_values(attribute, [value], values) for value in each]
                on_rows += [[rows_with(self.lines, "exists", [node])] for node in alone]
                continue
            (on_rows if place is relation else on_lines).append(
                [condition_on_values(attribute, each, values)]
            )
        for one in fact.fields:
            if self._is_chosen_by_product(one):
                raise Unsaid
            attribute, place = at_rows(one.codes, relation, self.model, one)
            if one.is_absent:
                present = field_said(attribute, replace(one, denied=False), self.model)
                on_rows.append([rows_with(place, "not_exists", [node]) for node in present])
                continue
            ways = field_said(attribute, one, self.model, is_denied=fact.denied)
            (on_rows if place is relation else on_lines).append(ways)
        return on_rows, on_lines

    def _is_chosen_by_product(self, one: Field) -> bool:
        """Return whether a product stands in the place of a choice: "paid with a gift card"."""
        is_product = any(self.model.names_products(each.attributes) for each in self.fact.values)
        is_without_choice = one.is_open and not one.denied and self.model.has_choices(one.codes)
        return is_product and is_without_choice

    def _is_any_span(self, when: Length | Period) -> bool:
        """Return whether several rows lie in "a week", which may be any week."""
        is_single = isinstance(when, Length) and when.is_single
        return is_single and any(one.numbers[0] > 1 for one in self.fact.quantities)

    def _is_lasting(self, when: Length) -> bool:
        """Return whether the fact gives a deed, which happens at one moment, a duration in days."""
        is_deed = self.relation.buying in {"bought", "looked_at"}
        return is_deed and when.kind == "for" and not (when.op or self.fact.denied)


def _unchanged_since(when: Period) -> Iterator[Period]:
    """Yield the period of rows that were last changed when a "since" period began, or before."""
    for operator, value in when.choices[:1]:
        if (operator, value) == ("in_last_days", 1):
            yield Period((("more_than_days_ago", 0),))
        elif operator == "on_or_after":
            yield Period((("on_or_before", value),), when.latest)
