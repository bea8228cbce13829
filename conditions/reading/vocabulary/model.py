"""The registry's named things: which rows have an amount, a time, products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.column import Column
from conditions.language.types import (
    BOOLEAN,
    DATETIME,
    MONEY,
    PART,
    CodeType,
    DateType,
    NumberType,
    TextType,
    comparable,
)
from conditions.reading.vocabulary.figure_model import FigureModel
from conditions.sql.place import Relation


@dataclass
class Model(FigureModel):
    """The registry, with the questions that reading a sentence needs."""

    def is_of_customer(self, name: str) -> bool:
        """Return whether attributes of the rows `name` describe the customer: addresses."""
        rows = registry.find_relation(name)
        return rows is not None and rows.of_customer

    @property
    def random_part(self) -> str:
        """The attribute that draws customers at random; empty where there is none."""
        return next((code for code, one in self.attributes.items() if one.type is PART), "")

    @property
    def lasting(self) -> Relation | None:
        """The relation whose rows last; None where there is none."""
        return next((one for one in registry.relations() if one.phrase.span is not None), None)

    @property
    def bought(self) -> str:
        """The relation of purchases; empty where there is none."""
        return next((one.name for one in registry.relations() if one.buying == "bought"), "")

    def is_head(self, code: str) -> bool:
        """Return whether a fact can be about `code`: rows, or an attribute of the customer."""
        if self.is_relation(code):
            return True
        attribute = self.attributes[code]
        return attribute.relation is None and not isinstance(attribute.type, TextType)

    def implied(self, fields: Sequence[Sequence[str]]) -> str:
        """Return the rows that fields belong to; empty where they are the customer's own."""
        for codes in fields:
            for code in codes:
                attribute = self.attributes[code]
                if attribute.relation is None or self.is_of_customer(attribute.relation):
                    continue
                rows = self.rows_of(code)
                # Products alone do not show whether they were bought, viewed or wished for.
                if rows is not None and not self.is_of_several_lines(attribute.prefix, code):
                    return rows.name
        return ""

    def other_heads(self, codes: Sequence[str], chosen: str) -> tuple[str, ...]:
        """Return the other relations or attributes that a name may stand for."""
        return tuple(code for code in codes if code != chosen and self.is_head(code))

    def best(self, codes: Sequence[str], head: str) -> str:
        """Return the one of `codes` that is meant together with `head`."""
        relation = self.rows_of(head)
        if relation is not None:
            near = {relation.name, *(one.name for one in self.lines_of(relation))}
            for code in codes:
                attribute = self.attributes.get(code)
                if (
                    attribute is not None
                    and attribute.relation is not None
                    and (attribute.prefix in relation.paths or attribute.relation in near)
                ):
                    return code
            if relation.name in codes:
                return relation.name
        return codes[0]

    def lines_of(self, relation: Relation) -> list[Relation]:
        """Return the relations whose rows are products of `relation`'s rows."""
        return [
            one
            for one in registry.relations()
            if relation.name in one.inside and f"{one.prefix}.category" in self.attributes
        ]

    def products_of(self, relation: Relation) -> Relation | None:
        """Return the relation that has the products: itself, or its lines."""
        if f"{relation.prefix}.category" in self.attributes:
            return relation
        return next(iter(self.lines_of(relation)), None)

    def time_of(self, relation: Relation) -> Attribute | None:
        """Return the attribute with the time of a row."""
        inside = [
            one
            for one in self.attributes.values()
            if one.relation and one.prefix in relation.paths and one.type is DATETIME
        ]
        for one in inside:
            path = one.paths[0] if isinstance(one, Column) else ""
            if relation.paths[one.prefix] + path == relation.time:
                return one
        return inside[0] if inside else None

    def amount_of(self, relation: Relation) -> Attribute | None:
        """Return the attribute with a row's amount of money."""
        return self.attributes.get(relation.amount)

    def pieces_of(self, relation: Relation) -> Attribute | None:
        """Return the attribute with the number of pieces of a row."""
        return self.attributes.get(relation.pieces)

    def with_all(self, relation: Relation, codes: Sequence[str]) -> Relation:
        """Return a wider relation where `codes` name what `relation` leaves out.

        "a canceled order" is not one of the orders that count.
        """
        for one in map(self.attributes.__getitem__, codes):
            own = registry.find_relation(one.relation or "")
            if own is not None and own.prefix == relation.prefix and not own.written_as:
                # A mail that bounced may not have been sent.
                return own
        chosen_by = {lookup.partition("__")[0] for lookup in _lookups(relation.rows)}
        if not any(
            isinstance(one, Column) and one.prefix == relation.prefix and one.paths[0] in chosen_by
            for one in map(self.attributes.__getitem__, codes)
        ):
            return relation
        wide = (one for one in registry.relations() if one.written_as == relation.name)
        return next(wide, relation)

    def merged(self, first: str, second: str) -> str:
        """Return the one of two heads that stands for both, where they mean the same thing."""
        rows, others = self.rows_of(first), self.rows_of(second)
        if rows is None or others is None:
            return ""
        near = rows.name == others.name or (
            others in self.lines_of(rows) or rows in self.lines_of(others)
        )
        if not near:
            return ""
        if self.is_relation(first):
            return second
        return first if self.is_relation(second) else ""

    def counts(self, codes: Sequence[str]) -> bool:
        """Return whether one of the attributes can be compared with a number."""
        return any(isinstance(self.attributes[code].type, NumberType) for code in codes)

    def has_amount(self, codes: Sequence[str]) -> bool:
        """Return whether one of the attributes is an amount of money, or no number at all."""
        types = [self.attributes[code].type for code in codes]
        return any(one is MONEY or not isinstance(one, NumberType) for one in types)

    def has_choices(self, codes: Sequence[str]) -> bool:
        """Return whether one of the attributes has choices with known values."""
        return any(isinstance(self.attributes[code].type, CodeType) for code in codes)

    def has_choices_of_rows(self, head: str) -> bool:
        """Return whether `head` is an attribute of rows with choices: a subscription's status."""
        attribute = self.attributes.get(head)
        return attribute is not None and attribute.relation is not None

    def is_open_choice(self, code: str) -> bool:
        """Return whether `code` is an open choice, such as a campaign."""
        choices = self.attributes[code].choices
        return choices is not None and not choices.closed

    def counter_of(self, codes: Sequence[str]) -> Attribute | None:
        """Return the attribute that counts how often what `codes` name happened to a row."""
        for one in self.attributes.values():
            if one.repeats and (one.code in codes or one.repeats in codes):
                return one
        return None

    def date_that_brings(self, values: Sequence[tuple[str, Any]], rows: Relation) -> str:
        """Return the date of `rows` that brings customers one of `values`; empty if none does."""
        dates = (one for one in self.attributes.values() if one.brings in values)
        return next((one.code for one in dates if one.prefix == rows.prefix), "")

    def comes_after(self, code: str) -> Mapping[str, str]:
        """Return the values of the attribute that a row only has after another value."""
        return self.attributes[code].only_after

    def is_consent(self, code: str) -> bool:
        """Return whether `code` is a consent that a customer gives or refuses."""
        return code in self.attributes and self.attributes[code].type is BOOLEAN

    def is_day(self, code: str) -> bool:
        """Return whether `code` is a day or a time."""
        return code in self.attributes and isinstance(self.attributes[code].type, DateType)

    def takes_words(self, code: str) -> bool:
        """Return whether the words after the attribute's name are its value, even if unknown."""
        return self.attributes[code].as_written

    def is_address(self, codes: Sequence[str]) -> bool:
        """Return whether one of the attributes is an e-mail address, or a part of one."""
        return any(self.attributes[code].email for code in codes if code in self.attributes)

    def email(self, part: str) -> str:
        """Return the attribute that is the `address` for e-mail, or its `domain`."""
        return next(one.code for one in self.attributes.values() if one.email == part)

    def comparable(self, left: str, right: str) -> bool:
        """Return whether two attributes of a customer may be compared with each other."""
        one, other = self.attributes.get(left), self.attributes.get(right)
        if one is None or other is None or one.relation or other.relation:
            return False
        is_number = isinstance(one.type, NumberType)
        if not is_number or one.values_only:
            return False
        return comparable(one.type, other.type) and other.comparable

    def comparable_days(self, left: str, right: str) -> bool:
        """Return whether two days of a customer may be compared with each other."""
        one, other = self.attributes.get(left), self.attributes.get(right)
        if one is None or other is None or one.relation or other.relation or one is other:
            return False
        is_day = isinstance(one.type, DateType)
        return is_day and comparable(one.type, other.type) and other.comparable

    def fits(self, codes: Sequence[str], attributes: Sequence[str]) -> bool:
        """Return whether values of `attributes` are values of one of `codes` or of its kind."""
        return bool(self.value_code(codes, attributes))

    def value_code(self, codes: Sequence[str], attributes: Sequence[str]) -> tuple[str, str] | None:
        """Return the code that takes the values, and the attribute that they are known under."""
        for code in codes:
            if code in attributes:
                return code, code
        for code in codes:
            if self.attributes[code].relation is None:
                continue
            # "shipped to" names the country; the value may be a city.
            for attribute in attributes:
                kind = attribute.partition(".")[2]
                prefix, _, name = code.partition(".")
                for other in (kind, f"{name.partition('_')[0]}_{kind}"):
                    own = f"{prefix}.{other}"
                    same = "_" in name and name.partition("_")[2] in PLACES and kind in PLACES
                    if own in self.attributes and (own == code or same):
                        return own, attribute
        return None

    def standing(self, attributes: Sequence[str], head: str, coming: str) -> str:
        """Return the attribute under which a value describes the customer by itself.

        Empty where the value belongs to the rows of `head`, or of the head that is `coming`.
        """
        relation = self.rows_of(head or coming)
        if relation is not None:
            near = {relation.prefix, *(one.prefix for one in self.lines_of(relation))}
            kinds = {self.attributes[code].prefix for code in attributes}
            if near & kinds:
                return ""
        for code in attributes:
            attribute = self.attributes[code]
            if attribute.relation is None:
                return code
            rows = registry.relation(attribute.relation)
            if self.products_of(rows) is None and not rows.amount:
                return code
        return ""

    def is_product(self, attributes: Sequence[str]) -> bool:
        """Return whether values known under `attributes` name products."""
        relations = {self.attributes[code].relation for code in attributes}
        return any(one and self.products_of(registry.relation(one)) for one in relations)

    def names_products(self, attributes: Sequence[str]) -> bool:
        """Return whether one of `attributes` is of products themselves, not of their orders."""
        found = [self.attributes[code] for code in attributes]
        return any(one.relation and f"{one.prefix}.category" in self.attributes for one in found)

    def has_time(self, code: str) -> bool:
        """Return whether `code` belongs to rows with a time: since when somebody is subscribed."""
        rows = self.rows_of(code)
        of_rows = self.attributes[code].relation is not None
        return of_rows and rows is not None and self.time_of(rows) is not None


PLACES = {"country", "region", "city", "postcode"}


def _lookups(q: Q) -> Iterator[str]:
    """Yield the lookups in `q`."""
    for child in q.children:
        if isinstance(child, Q):
            yield from _lookups(child)
        elif isinstance(child, tuple):
            yield str(child[0])
