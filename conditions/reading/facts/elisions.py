"""Words that a clause leaves out because the clause before has them: periods, products, counts.

The reading that takes them over is offered before the reading that takes nothing over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conditions.reading.chunks.chunk import Quantity
from conditions.reading.facts.fact import Fact, Field
from conditions.reading.vocabulary.model import Model

AMOUNTS = frozenset({"", "money", "worth"})


def complete_elisions(
    one: Fact, join: str, other: Fact, model: Model
) -> Iterator[tuple[Fact, ...]]:
    """Yield `one` and `other`, joined by `join`, after one has taken something from the other."""
    counted = _count_rows(one, join, other)
    if counted is not None:
        yield (counted,)
    both = _of_one_row(one, other, model)
    if both is not None:
        yield (both,)
    priced = _with_amount(one, other, model)
    if priced is not None:
        yield (priced,)
    ends = _share_range(one, other, model)
    if ends is not None:
        yield ends
    row = of_same_row(one, other, model)
    if row is not None and is_chosen(row, model):
        yield (row,)
    timed = _share_period(one, other)
    if timed is not None:
        yield timed


def is_chosen(fact: Fact, model: Model) -> bool:
    """Return whether customers choose what the rows of `fact` are like: orders, but not mails.

    "Got a mail but not the Spring campaign" denies that mail rather than one of another campaign.
    """
    rows = model.rows_of(fact.head)
    return rows is not None and bool(rows.buying)


def of_same_row(one: Fact, other: Fact, model: Model) -> Fact | None:
    """Return "ordered but not paid with PayPal" as one fact: an order without PayPal.

    "Shoes that are not from Acme" are products; "not shoes" means that no shoes were bought.
    """
    if one.denied or other.quantities or other.when or other.every or not one.head:
        return None
    rows, others = model.rows_of(one.head), model.rows_of(other.head)
    if rows is None or rows is not others or not model.is_relation(one.head):
        return None
    if other.inherited and other.denied and other.is_without and len(other.values) == 1:
        if model.products_of(rows) in (None, rows) or other.fields:
            return None
        return replace(one, fields=[*one.fields, _absent(other, is_absent=True)])
    if other.inherited and other.denied and other.is_origin and len(other.values) == 1:
        names = _names_products(one, model) and not other.fields
        return replace(one, fields=[*one.fields, _absent(other)]) if names else None
    if not other.implied or other.values or len(other.fields) != 1:
        return None
    (field,) = other.fields
    if other.denied == field.denied or field.values is None:
        return None
    return replace(one, fields=[*one.fields, replace(field, denied=True)])


def _absent(fact: Fact, *, is_absent: bool = False) -> Field:
    """Return the products that `fact` denies as products that the rows before do not have."""
    (values,) = fact.values
    codes = tuple(values.attributes)
    return Field(codes, fact.chunks[0], denied=True, values=values, is_absent=is_absent)


def _names_products(fact: Fact, model: Model) -> bool:
    return any(model.names_products(values.attributes) for values in fact.values)


def _count_rows(one: Fact, join: str, other: Fact) -> Fact | None:
    """Return "orders under 20 euros, at least three" as at least three orders under 20 euros."""
    if join != "comma" or one.denied or not _is_number_alone(other, one):
        return None
    (number,) = other.quantities
    is_amount = bool(one.quantities) and all(each.unit in AMOUNTS for each in one.quantities)
    # Without a currency both numbers may be amounts: "orders over 100, under 200".
    is_count = any(each.unit for each in one.quantities) or not any(
        letter.isdigit() for chunk in other.chunks for letter in chunk.text
    )
    if number.unit or not (is_amount and is_count):
        return None
    return replace(one, quantities=[*one.quantities, replace(number, unit="times")])


def _is_number_alone(fact: Fact, before: Fact) -> bool:
    """Return whether `fact` is only a number of the rows that `before` is about."""
    is_more = fact.values or fact.fields or fact.denied or fact.every or fact.of_each or fact.sums
    has_time = bool(fact.when) and fact.when != before.when
    return fact.inherited and len(fact.quantities) == 1 and not (is_more or has_time)


def _of_one_row(one: Fact, other: Fact, model: Model) -> Fact | None:
    """Return "orders over 100 but under 200" as orders between both."""
    if not model.is_relation(one.head) or one.head != other.head or one.denied:
        return None
    units = {each.unit for each in (*one.quantities, *other.quantities)}
    is_range = _is_number_alone(other, one) and _are_ends(one.quantities, other.quantities)
    if not is_range or not units <= AMOUNTS:
        return None
    return replace(one, quantities=[*one.quantities, *other.quantities])


def _with_amount(one: Fact, other: Fact, model: Model) -> Fact | None:
    """Return "cart older than 2 days and over 100" as one cart: its age and its amount."""
    if not model.is_relation(one.head) or one.head != other.head or one.denied or one.verb:
        return None
    is_bare = one.quantities or other.when or one.habit or one.every or one.of_each
    units = {each.unit for each in other.quantities}
    if is_bare or not one.when or not _is_number_alone(other, one) or not units <= AMOUNTS:
        return None
    return replace(one, quantities=list(other.quantities))


def _share_range(one: Fact, other: Fact, model: Model) -> tuple[Fact, Fact] | None:
    """Return both facts of "more than 100 but less than 500 spent on shoes" as about shoes."""
    is_figure = one.head == other.head and model.is_sum(one.head)
    is_elided = (one.inherited or other.inherited) and not (one.denied or other.denied)
    if not is_figure or not is_elided or not _are_ends(one.quantities, other.quantities):
        return None
    if not _says_of_which(one) and _says_of_which(other):
        return _of_which(one, other), other
    if not _says_of_which(other) and _says_of_which(one):
        return one, _of_which(other, one)
    return None


def _are_ends(low: list[Quantity], high: list[Quantity]) -> bool:
    """Return whether two numbers are the ends of one range, in either order."""
    if len(low) != 1 or len(high) != 1:
        return False
    ends = {one.op[:2]: one.numbers[0] for one in (*low, *high)}
    return ends.keys() == {"gt", "lt"} and ends["gt"] < ends["lt"]


def _says_of_which(fact: Fact) -> bool:
    return bool(fact.values or fact.fields or fact.when)


def _of_which(fact: Fact, source: Fact) -> Fact:
    return replace(
        fact, values=list(source.values), fields=list(source.fields), when=list(source.when)
    )


def _share_period(one: Fact, other: Fact) -> tuple[Fact, Fact] | None:
    """Return "ordered in 2024 but nothing over 100" with "nothing over 100" in that year."""
    is_elided = other.inherited and other.denied and not one.denied and other.head == one.head
    says_when = any(chunk.kind == "never" for chunk in other.chunks) or bool(other.when)
    if not is_elided or says_when or len(one.when) != 1 or other.is_total:
        return None
    return one, replace(other, when=list(one.when))
