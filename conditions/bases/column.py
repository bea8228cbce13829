"""Attributes that are a column of the row, or of one that it points to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q

from conditions import registry
from conditions.attribute import Attribute, StoredTexts
from conditions.language.operators import Operator, Takes, Words
from conditions.language.types import BOOLEAN, INTEGER, NumberType, RangeType, TextType, ValueType
from conditions.language.windows import ZonedRanges
from conditions.sql.place import AT_CUSTOMER, Context, Place, Relation, place_of_row
from conditions.sql.ranges import path_within
from conditions.sql.sources import Read, Source, columns_on_path
from conditions.sql.truth import Truth, any_of
from core.database.fields import UNITS_PER_ONE, from_units

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class Column(Attribute):
    """The value of `path`, from the row that the attribute's prefix names.

    A text is compared by its folded copy `<path>_folded`. With several `paths` the attribute has
    several values: a positive operator holds if one of them fits.
    """

    paths: tuple[str, ...]

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if isinstance(self.type, RangeType):
            return super().truth(operator, value, place, context)
        return any_of(
            *(
                Truth(lookup(path, self.type, operator, value))
                for path in self._compared_paths(place)
            )
        )

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        wrap, bounded = unit_wrap(self.type), self.type is INTEGER
        return any_of(
            *(
                path_within(path, place.website, zoned, wrap, bounded=bounded)
                for path in self._compared_paths(place)
            )
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [F(path) for path in self._compared_paths(place)]

    def reads(self, source: Source) -> Iterator[Read]:
        folded = "_folded" if isinstance(self.type, TextType) else ""
        for path in self.paths:
            yield from columns_on_path(source, f"{path}{folded}")

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        values = [facts.follow(row, self.prefix, path) for path in self.paths]
        return tuple([value for value in values if value is not None and value != ""])

    def stored_texts(self) -> Sequence[StoredTexts]:
        if not isinstance(self.type, TextType):
            return ()
        relation = registry.relation(self.relation) if self.relation else None
        place = AT_CUSTOMER if relation is None else place_of_row(relation)
        rows = place.model._default_manager.all()
        start = place.path(self.prefix)
        columns = {field.name for field in place.model._meta.get_fields()}
        return [
            # A part of a text, such as an address's domain, is stored folded only.
            StoredTexts(rows, f"{start}{path}" if start or path in columns else folded, folded)
            for path, folded in zip(self.paths, self._compared_paths(place), strict=True)
        ]

    def _compared_paths(self, place: Place) -> list[str]:
        start = place.path(self.prefix)
        folded = "_folded" if isinstance(self.type, TextType) else ""
        return [f"{start}{path}{folded}" for path in self.paths]


def columns_of(relation: Relation, **usual: Any) -> Callable[..., Column]:
    """Return a function that declares a column of `relation` from its name, label and type.

    The column has the row's field of its name, unless `paths` names others; `usual` are arguments
    of `Column` for all columns.
    """

    def column(name: str, label: Words, type_: ValueType, **more: Any) -> Column:
        given = {"relation": relation.name, "paths": (name,), **usual, **more}
        return Column(code=f"{relation.prefix}.{name}", label=label, type=type_, **given)

    return column


def lookup(path: str, type_: ValueType, operator: Operator, value: Any) -> Q:
    """Return the comparison of a text, code or boolean at `path`; unknown where that is NULL."""
    if operator.takes is Takes.NOTHING:
        # Greater than '' means neither NULL nor ''.
        return Q(**{f"{path}__isnull": False} if type_ is BOOLEAN else {f"{path}__gt": ""})
    return Q(**{f"{path}__{operator.lookup}": list(value) if operator.lookup == "in" else value})


def unit_wrap(type_: ValueType) -> Any:
    """Return the function that converts a column's value to a whole number of the type's units."""
    exact = isinstance(type_, NumberType) and type_.scale == UNITS_PER_ONE
    return from_units if exact else (lambda value: value)
