"""A fact about rows as conditions: that there are such rows, how many, or one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from conditions.reading.chunks import Quantity
from conditions.reading.facts import Fact, Unsaid
from conditions.reading.fields import at_rows, field_said
from conditions.reading.leaves import AMOUNT, COUNT, compared, numbered, timed, valued, whole
from conditions.reading.model import Model
from conditions.reading.nodes import Node, rows_with
from conditions.sql.place import Relation

# A condition in each way that it may be meant.
Ways = list[Node]


class Rows:
    """The rows of `relation` that `fact` is about, and the products in them (their lines)."""

    def __init__(self, fact: Fact, relation: Relation, model: Model) -> None:
        self.fact, self.model = fact, model
        asked = [code for values in fact.values for code in values.attributes[:1]]
        asked += [one.codes[0] for one in fact.fields]
        self.relation = model.with_all(relation, asked)
        self.lines = model.products_of(self.relation)
        self.time = model.time_of(self.relation)

    def said(self) -> list[Node]:
        """Return the ways in which the fact may be meant, not denied; raises `Unsaid`."""
        on_rows, on_lines = self._chosen()
        counts: list[Quantity] = []
        if self.fact.extreme:
            if on_lines:
                raise Unsaid
            return self._extreme(on_rows)
        for quantity in self.fact.quantities:
            self._measured(quantity, on_rows, counts)
        if len(counts) > 1 or (counts and self.fact.together):
            # How many there are of all orders is not how many are in one.
            raise Unsaid
        found: list[Node] = []
        for chosen in product(*on_rows, *on_lines):
            size = len(on_rows)
            found += self._grouped(chosen[:size], chosen[size:], *counts)
        return found

    def _chosen(self) -> tuple[list[Ways], list[Ways]]:
        """Return the conditions that choose the rows, and those that choose their lines."""
        fact, relation = self.fact, self.relation
        on_rows: list[Ways] = []
        on_lines: list[Ways] = []
        if relation.meant is not None and not fact.values and not fact.fields:
            on_rows.append([dict(relation.meant)])
        for when in fact.when:
            if self.time is None:
                raise Unsaid
            on_rows.append(timed(self.time, when, is_denied=fact.denied))
        for values in fact.values:
            attribute, place = at_rows(values.attributes, relation, self.model)
            kind = attribute.code.partition(".")[2]
            known = next(one for one in values.attributes if one.partition(".")[2] == kind)
            each = values.of(known)
            if fact.together and values.join == "and" and self.lines is not None:
                # Each in a line of its own, all of the same row.
                alone = [valued(attribute, [value], values) for value in each]
                on_rows += [[rows_with(self.lines, "exists", [node])] for node in alone]
                continue
            (on_rows if place is relation else on_lines).append([valued(attribute, each, values)])
        for one in fact.fields:
            attribute, place = at_rows(one.codes, relation, self.model, one)
            ways = field_said(attribute, one, self.model)
            (on_rows if place is relation else on_lines).append(ways)
        return on_rows, on_lines

    def _extreme(self, on_rows: Sequence[Ways]) -> list[Node]:
        """Return what is said of the largest or smallest row: "the biggest order was over 400"."""
        amount = self.model.amount_of(self.relation)
        if amount is None or len(self.fact.quantities) != 1:
            raise Unsaid
        return [
            {**rows_with(self.relation, self.fact.extreme, chosen), "of": amount.code,
             "operator": operator, "value": value}
            for chosen in product(*on_rows)
            for operator, value in compared(self.fact.quantities[0], AMOUNT)
        ]  # fmt: skip

    def _measured(self, quantity: Quantity, on_rows: list[Ways], counts: list[Quantity]) -> None:
        """Add what a number says: of each row, or of how many there are."""
        amount, pieces = self.model.amount_of(self.relation), self.model.pieces_of(self.relation)
        unit = quantity.unit
        if not (unit or quantity.op):
            # A number by itself says nothing: "ordered on 30 February".
            raise Unsaid
        if unit == "pieces" and pieces is None:
            unit = "times"
        elif unit == "pieces" and self.fact.verb:
            unit = "sum"
        elif unit in {"", "worth"} and amount is None:
            unit = "times"
        if unit in {"times", "sum"}:
            counts.append(replace(quantity, unit=unit))
            return
        attribute = {"": amount, "money": amount, "worth": amount, "pieces": pieces}.get(unit)
        if attribute is None:
            raise Unsaid
        on_rows.append(numbered(attribute, quantity))

    def _grouped(
        self, on_rows: Sequence[Node], on_lines: Sequence[Node], count: Quantity | None = None
    ) -> list[Node]:
        relation, lines, time = self.relation, self.lines, self.time
        by_time = all(time is not None and one.get("attribute") == time.code for one in on_rows)
        if count is not None and count.unit == "sum" and lines is not None:
            if not by_time:
                raise Unsaid
            return self._pieces([*on_lines, *on_rows], lines, count)
        if on_lines and lines is not None:
            is_theirs = time is None or time.prefix in lines.paths
            if count is None and not self.fact.every and is_theirs and by_time:
                return [rows_with(lines, "exists", [*on_lines, *on_rows])]
            on_rows = [*on_rows, rows_with(lines, "exists", on_lines)]
        if self.fact.every:
            return [rows_with(relation, "every", on_rows)]
        counted = self.model.counted.get(relation.name) if not on_rows else None
        if count is None:
            if counted is not None:
                return [{"attribute": counted.code, "operator": "gte", "value": 1}]
            return [rows_with(relation, "exists", on_rows)]
        group = {"attribute": counted.code} if counted else rows_with(relation, "count", on_rows)
        return [
            {**group, "operator": operator, "value": whole(value)}
            for operator, value in compared(count, COUNT)
        ]

    def _pieces(self, chosen: Sequence[Node], lines: Relation, count: Quantity) -> list[Node]:
        """Return how many pieces are in all the `lines` that are `chosen`."""
        pieces = self.model.pieces_of(lines)
        if pieces is None:
            raise Unsaid
        figure = self.model.sum_over(lines.name, pieces.code)
        if figure is not None and not chosen:
            return numbered(figure, count)
        group = {**rows_with(lines, "sum", chosen), "of": pieces.code}
        return [
            {**group, "operator": operator, "value": value}
            for operator, value in compared(count, AMOUNT)
        ]
