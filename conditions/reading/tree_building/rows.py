"""Conditions from a fact about rows: whether there are such rows, how many, or one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product, zip_longest

from conditions.attribute import Attribute
from conditions.language.types import NumberType
from conditions.reading.chunks.chunk import Quantity
from conditions.reading.facts.fact import Unsaid
from conditions.reading.nodes import Node, all_of, rows_with
from conditions.reading.tree_building.fields import at_rows
from conditions.reading.tree_building.habits import ENDS
from conditions.reading.tree_building.leaves import (
    AMOUNT,
    COUNT,
    comparisons_of,
    conditions_on_number,
    whole,
)
from conditions.reading.tree_building.row_conditions import RowConditions, Ways
from conditions.sql.place import Relation


class Rows(RowConditions):
    """The rows of a relation that a fact is about, and the products in them (their lines)."""

    def said(self) -> list[Node]:
        """Return the possible conditions of the fact, without its denial.

        Raises `Unsaid` where no condition can express the fact.
        """
        if repeated := self._repeated():
            return repeated
        if totals := self._totals():
            # "A total discount over 20" may be that of one order.
            is_of_one = self.model.amount_of(self.relation) is not None
            return [*self._as_written(), *totals] if is_of_one else totals
        found, amount = self._as_written(), self._only_amount()
        if amount is None:
            return [*found, *self._sums_of_named()]
        if self.fact.sums:
            return [*self._in_all(amount), *found]
        if amount.in_total or self.fact.is_total:
            return [*found, *self._in_all(amount)]
        # One comparison of each kind: of a whole order, of one line, of all the lines.
        others = self._of_products(amount)
        return [one for ways in zip_longest(found, *others) for one in ways if one is not None]

    def _repeated(self) -> list[Node]:
        """Return "clicked mails 5 times" as a number of clicks, and as a number of clicked mails.

        Empty for other facts. Raises `Unsaid` for a time of the clicks: only that of the first one
        is known, so that nobody knows how often a mail was clicked within some days.
        """
        fact = self.fact
        counters = [(one, self.model.counter_of(one.codes)) for one in fact.fields]
        counted = [(one, counter) for one, counter in counters if counter is not None]
        if len(counted) != 1 or fact.every or fact.habit or fact.extreme:
            return []
        ((field, counter),) = counted
        is_noun = field.quantity is not None
        numbers = [*fact.quantities, *([field.quantity] if field.quantity is not None else [])]
        if len(numbers) != 1 or field.denied:
            return []
        (number,) = numbers
        if not (is_noun or number.says_times or (fact.is_total and not number.unit)):
            return []
        if field.when is not None or (is_noun and fact.when):
            # "clicked 5 times in May", "5 clicks in May"
            raise Unsaid
        rest = [one for one in fact.fields if one is not field]
        others = Rows(replace(fact, fields=rest, quantities=[]), self.relation, self.model)
        sums = others._sums(number, counter)
        if fact.is_total:
            return sums
        return [*sums, *self._as_written()]

    def _only_amount(self) -> Quantity | None:
        """Return the number that is an amount of money; None unless there is exactly one."""
        fact = self.fact
        if self.model.amount_of(self.relation) is None or fact.extreme or fact.every:
            return None
        amounts = [one for one in fact.quantities if one.unit in {"", "money", "worth"}]
        return amounts[0] if len(amounts) == 1 and not fact.together else None

    def _in_all(self, amount: Quantity) -> list[Node]:
        """Return "2 orders over 100 in total": a number of rows, and their total."""
        besides = self._leave_out(amount)
        rest = [besides.said()] if besides.fact.quantities else []
        return [all_of(nodes) for nodes in product(*rest, self._sums(amount))]

    def _of_products(self, amount: Quantity) -> list[list[Node]]:
        """Return other meanings of "bought shoes for more than 100" than an order over 100.

        The amount may be that of one line of shoes, or of all lines of shoes together.
        """
        lines, fact = self.lines, self.fact
        if lines is None or lines is self.relation or not fact.verb or len(fact.quantities) > 1:
            return []
        of_line = self.model.amount_of(lines)
        on_rows, on_lines = self.row_conditions()
        if of_line is None or not on_lines or any(not self._is_time(*ways) for ways in on_rows):
            return []
        in_line = [
            rows_with(lines, "exists", [*chosen[len(on_rows) :], *chosen[: len(on_rows)], worth])
            for worth in conditions_on_number(of_line, amount)
            for chosen in product(*on_rows, *on_lines)
        ]
        return [in_line, self._sums(amount)]

    def _totals(self) -> list[Node]:
        """Return "total minutes over 20" as a sum over the rows; nothing for their own amount."""
        fact, amount = self.fact, self.model.amount_of(self.relation)
        named = [(one, one.quantity) for one in fact.fields if one.quantity is not None]
        if not fact.is_total or len(named) != 1 or fact.quantities or fact.extreme or fact.every:
            return []
        ((field, quantity),) = named
        attribute, place = at_rows(field.codes, self.relation, self.model, field)
        if attribute is amount or place is not self.relation:
            return []
        rest = self._leave_out(quantity)
        _on_rows, on_lines = rest.row_conditions()
        if field.denied or on_lines or not isinstance(attribute.type, NumberType):
            raise Unsaid
        return rest._sums(quantity, attribute)

    def _sums(self, amount: Quantity, of: Attribute | None = None) -> list[Node]:
        """Return that the chosen rows, or their lines, total `amount`, `of` their own amount."""
        on_rows, on_lines = self.row_conditions()
        relation, size = self.relation, len(on_rows)
        if on_lines and self.lines is not None:
            if any(not self._is_time(*ways) for ways in on_rows):
                return []
            relation = self.lines
        of = of or self.model.amount_of(relation)
        if of is None:
            return []
        figure = self.model.sum_over(relation.name, of.code)
        if figure is not None and not (on_rows or on_lines):
            return conditions_on_number(figure, amount)
        return [
            {
                **rows_with(relation, "sum", [*chosen[size:], *chosen[:size]]),
                "of": of.code,
                "operator": operator,
                "value": value,
            }
            for operator, value in comparisons_of(amount, AMOUNT)
            for chosen in product(*on_rows, *on_lines)
        ]

    def _sums_of_named(self) -> list[Node]:
        """Return that the total of the rows is compared, where their amount is named.

        "Order total over 500 last month" is about one order, or about all orders of that month.
        """
        fact, amount = self.fact, self.model.amount_of(self.relation)
        named = [one for one in fact.fields if amount is not None and amount.code in one.codes]
        is_of_several = fact.when or fact.is_total
        if len(named) != 1 or fact.quantities or fact.extreme or fact.every or not is_of_several:
            return []
        (field,) = named
        if field.quantity is None or field.denied:
            return []
        return self._leave_out(field.quantity)._sums(field.quantity)

    def _leave_out(self, number: Quantity) -> Rows:
        """Return the rows of the fact without `number`, and without the field that has it."""
        quantities = [one for one in self.fact.quantities if one is not number]
        fields = [one for one in self.fact.fields if one.quantity is not number]
        fact = replace(self.fact, quantities=quantities, fields=fields, sums=False)
        return Rows(fact, self.relation, self.model)

    def _is_time(self, *conditions: Node) -> bool:
        """Return whether `conditions` are only about the time of a row."""
        return all(
            self.time is not None and one.get("attribute") == self.time.code for one in conditions
        )

    def _as_written(self) -> list[Node]:
        on_rows, on_lines = self.row_conditions()
        counts: list[Quantity] = []
        if self.fact.extreme:
            if on_lines:
                raise Unsaid
            return self._extreme(on_rows)
        for quantity in self.fact.quantities:
            self._add_comparison(quantity, on_rows, counts)
        if len(counts) > 1 or (counts and self.fact.together):
            # A number of all orders is not a number within one order.
            raise Unsaid
        found: list[Node] = []
        for chosen in product(*on_rows, *on_lines):
            size = len(on_rows)
            found += self._grouped(chosen[:size], chosen[size:], *counts)
        return found

    def _extreme(self, on_rows: Sequence[Ways]) -> list[Node]:
        """Return conditions on the largest or smallest row: "the biggest order was over 400"."""
        amount = self.model.amount_of(self.relation)
        if amount is None or len(self.fact.quantities) != 1:
            raise Unsaid
        return [
            {**rows_with(self.relation, self.fact.extreme, chosen), "of": amount.code,
             "operator": operator, "value": value}
            for chosen in product(*on_rows)
            for operator, value in comparisons_of(self.fact.quantities[0], AMOUNT)
        ]  # fmt: skip

    def _add_comparison(
        self, quantity: Quantity, on_rows: list[Ways], counts: list[Quantity]
    ) -> None:
        """Add the comparison of a number: with each row, or with the number of rows."""
        amount, pieces = self.model.amount_of(self.relation), self.model.pieces_of(self.relation)
        unit = quantity.unit
        if not (unit or quantity.op):
            # A number alone has no meaning: "ordered on 30 February".
            raise Unsaid
        if unit in {"pieces", "products"} and pieces is None:
            unit = "times"
        elif unit in {"pieces", "products"} and self.fact.verb:
            unit = "sum"
        elif unit in {"", "worth"} and amount is None:
            unit = "times"
        if unit in {"times", "sum"}:
            counts.append(replace(quantity, unit=unit))
            return
        attribute = {"": amount, "money": amount, "worth": amount, "pieces": pieces}.get(unit)
        if attribute is None:
            raise Unsaid
        on_rows.append(conditions_on_number(attribute, quantity))

    def _grouped(
        self, on_rows: Sequence[Node], on_lines: Sequence[Node], count: Quantity | None = None
    ) -> list[Node]:
        relation, lines, time = self.relation, self.lines, self.time
        by_time = self._is_time(*on_rows)
        if count is not None and count.unit == "sum" and lines is not None:
            if not by_time:
                raise Unsaid
            return self._pieces([*on_lines, *on_rows], lines, count)
        if on_lines and lines is not None:
            is_theirs = time is None or time.prefix in lines.paths
            habit = self.fact.habit
            # "Shoes in their first 2 orders" are not their first 2 lines.
            is_end = habit is not None and habit.kind in ENDS
            if count is None and not (self.fact.every or is_end) and is_theirs and by_time:
                return [rows_with(lines, "exists", [*on_lines, *on_rows])]
            on_rows = [*on_rows, rows_with(lines, "exists", on_lines)]
        if self.fact.every and (on_rows or not self.fact.may_be_everyone):
            if not on_rows:
                raise Unsaid
            every = rows_with(relation, "every", on_rows)
            if count is None:
                return [every]
            # "3 orders each over 100": three of these orders, or three orders, all of them over
            # 100.
            some = self._compare_row_count(count, on_rows)
            return [*some, *(all_of([one, every]) for one in self._compare_row_count(count, []))]
        is_all = not on_rows and self.fact.habit is None
        counted = self.model.counted.get(relation.name) if is_all else None
        if count is None:
            if counted is not None:
                return [{"attribute": counted.code, "operator": "gte", "value": 1}]
            return [rows_with(relation, "exists", on_rows)]
        return self._compare_row_count(count, on_rows)

    def _compare_row_count(self, count: Quantity, on_rows: Sequence[Node]) -> list[Node]:
        """Return the comparison of the number of rows that `on_rows` choose."""
        counted = self.model.counted.get(self.relation.name) if not on_rows else None
        group = (
            {"attribute": counted.code} if counted else rows_with(self.relation, "count", on_rows)
        )
        return [
            {**group, "operator": operator, "value": whole(value)}
            for operator, value in comparisons_of(count, COUNT)
        ]

    def _pieces(self, chosen: Sequence[Node], lines: Relation, count: Quantity) -> list[Node]:
        """Return the comparison of the number of pieces in all the `chosen` `lines`."""
        pieces = self.model.pieces_of(lines)
        if pieces is None:
            raise Unsaid
        figure = self.model.sum_over(lines.name, pieces.code)
        if figure is not None and not chosen:
            return conditions_on_number(figure, count)
        group = {**rows_with(lines, "sum", chosen), "of": pieces.code}
        return [
            {**group, "operator": operator, "value": value}
            for operator, value in comparisons_of(count, AMOUNT)
        ]
