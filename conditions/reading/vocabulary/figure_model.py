"""The registry's figures over rows: counts, sums, averages, first and last days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.row_figures.derived import Derived
from conditions.language.types import DateType, TextType
from conditions.sql.place import Relation


@dataclass
class FigureModel:
    """The registry, with questions about figures over rows, and about texts and times."""

    attributes: Mapping[str, Attribute] = field(
        default_factory=lambda: {one.code: one for one in registry.attributes()}
    )

    def rows_of(self, head: str) -> Relation | None:
        """Return the rows that `head` names, or is a figure of."""
        relation = registry.find_relation(head)
        if relation is not None or head not in self.attributes:
            return relation
        attribute = self.attributes[head]
        if attribute.relation is not None:
            name = attribute.relation
            return registry.relation(registry.relation(name).written_as or name)
        if isinstance(attribute, Derived):
            over = attribute.over_relation()
            return registry.relation(over.written_as or over.name)
        return None

    @cached_property
    def counted(self) -> Mapping[str, Attribute]:
        """The attributes that count rows, by the names of their relations."""
        found: dict[str, Attribute] = {}
        for one in self.attributes.values():
            if isinstance(one, Derived) and one.aggregate.name == "count" and not one.where:
                found.setdefault(one.over, one)
        return found

    def is_number_of_rows(self, code: str) -> bool:
        """Return whether `code` is the number of rows of a relation."""
        return any(one.code == code for one in self.counted.values())

    def is_counted(self, head: str) -> bool:
        """Return whether `head` names rows whose number is known for every customer."""
        return head in self.counted

    def summed(self, head: str) -> str:
        """Return the sum over the rows that `head` names; `head` itself where it names none."""
        figure = self.sum_over(head)
        return head if figure is None else figure.code

    def sum_over(self, relation: str, of_code: str = "") -> Attribute | None:
        """Return the sum over the relation's rows, of `of_code` where there are several."""
        for one in self.attributes.values():
            if not isinstance(one, Derived) or one.aggregate.name != "sum":
                continue
            if one.over == relation and of_code in {"", one.of_code}:
                return one
        return None

    def average_over(self, head: str) -> Attribute | None:
        """Return the average amount of the rows that `head` names, or is a figure of."""
        rows = self.rows_of(head)
        for one in self.attributes.values():
            if isinstance(one, Derived) and one.aggregate.name == "avg" and rows is not None:
                over = one.over_relation()
                if rows.name in {over.name, over.written_as} and one.of_code == rows.amount:
                    return one
        return None

    def is_sum(self, head: str) -> bool:
        """Return whether `head` is a sum over rows."""
        attribute = self.attributes.get(head)
        return isinstance(attribute, Derived) and attribute.aggregate.name == "sum"

    def is_average(self, head: str) -> bool:
        """Return whether `head` is an average over rows."""
        attribute = self.attributes.get(head)
        return isinstance(attribute, Derived) and attribute.aggregate.name == "avg"

    def last_day_of(self, head: str) -> Attribute | None:
        """Return the day of the last of the rows that `head` names."""
        for one in self.attributes.values():
            is_last = isinstance(one, Derived) and one.aggregate.name == "max"
            if is_last and self.is_timed(one.code) and self.rows_of(one.code) == self.rows_of(head):
                return one
        return None

    def is_day_of_row(self, head: str) -> bool:
        """Return whether `head` is the day of the first or the last of some rows."""
        attribute = self.attributes.get(head)
        return isinstance(attribute, Derived) and isinstance(attribute.type, DateType)

    def is_relation(self, code: str) -> bool:
        """Return whether `code` names rows."""
        return registry.find_relation(code) is not None

    def is_timed(self, code: str) -> bool:
        """Return whether the attribute can be compared with a time."""
        return isinstance(self.attributes[code].type, DateType)

    def is_text(self, codes: Sequence[str]) -> bool:
        """Return whether one of the attributes has texts as values."""
        return any(isinstance(self.attributes[code].type, TextType) for code in codes)

    def is_deed(self, codes: Sequence[str]) -> bool:
        """Return whether `codes` name the time of something that happened to a row: "opened"."""
        return any(
            self.is_timed(code) and self.attributes[code].relation is not None
            for code in codes[:1]
            if code in self.attributes
        )

    def text_besides_rows(self, codes: Sequence[str]) -> str:
        """Return the text among `codes` where others of them name rows: an e-mail is an address."""
        if not any(map(self.is_relation, codes)):
            return ""
        own = (code for code in codes if code in self.attributes)
        return next((code for code in own if self.is_text((code,))), "")

    def is_of_several_lines(self, prefix: str, code: str) -> bool:
        """Return whether `code` has a counterpart at other rows that have products."""
        if f"{prefix}.category" not in self.attributes:
            return False
        kind = code.partition(".")[2]
        lines = [
            one.partition(".")[0]
            for one in self.attributes
            if one.endswith(".category") and one.count(".") == 1
        ]
        return sum(f"{one}.{kind}" in self.attributes for one in lines) > 1
