"""Custom attributes: typed values in a table of their own, one for each owner and attribute."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Subquery

from conditions import registry
from conditions.attribute import Attribute, StoredTexts
from conditions.bases.column import lookup, unit_wrap
from conditions.language.choices import of_options
from conditions.language.operators import Operator
from conditions.language.types import TYPES, RangeType, TextType
from conditions.language.windows import ZonedRanges
from conditions.sql.place import Context, Place
from conditions.sql.ranges import in_zone, path_within
from conditions.sql.sources import (
    OF_CUSTOMER,
    Read,
    at_end,
    columns_on_path,
    join_source,
    of_relation,
)
from conditions.sql.truth import Truth, any_of, existing
from customers.models import AttributeValue
from customers.models.attribute import AttributeDefinition, AttributeType

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomValue(Attribute):
    """The value of the custom attribute `attribute_id` in the table `values`.

    `owner` is the column of `values` that names the owner, `owner_path` leads to the owner's id
    from the row that the attribute's prefix names.
    """

    values: type[AttributeValue]
    owner: str
    owner_path: str
    attribute_id: int

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if isinstance(self.type, RangeType):
            return super().truth(operator, value, place, context)
        return self._some(place, lookup(self._column, self.type, operator, value))

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        wrap = unit_wrap(self.type)
        return any_of(
            *(
                in_zone(
                    place.website,
                    websites,
                    self._some(place, path_within(self._column, "", [(None, ranges)], wrap).q),
                )
                for websites, ranges in zoned
            )
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        column = self._column
        values = self._values(place)
        if isinstance(self.type, TextType):
            values = values.exclude(**{column: ""})
        return [Subquery(values.values(column)[:1])]

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        owner_id = facts.follow(row, self.prefix, self.owner_path)
        value = facts.custom_value(self.values, self.owner, owner_id, self.attribute_id)
        actual = None if value is None else getattr(value, self.type.name)
        return () if actual is None or actual == "" else (actual,)

    def stored_texts(self) -> Sequence[StoredTexts]:
        if not isinstance(self.type, TextType):
            return ()
        # The concrete tables of values have the column; their common base class is typed without
        # it.
        rows = self.values._default_manager.filter(attribute=self.attribute_id)  # type: ignore[misc]
        return [StoredTexts(rows, self.type.name, self._column)]

    @property
    def _column(self) -> str:
        return "text_folded" if isinstance(self.type, TextType) else self.type.name

    def _values(self, place: Place) -> Any:
        owner = OuterRef(place.path(self.prefix) + self.owner_path)
        return self.values._default_manager.filter(
            **{self.owner: owner, "attribute": self.attribute_id}
        )

    def _some(self, place: Place, q: Q) -> Truth:
        return existing(Exists(self._values(place).filter(q)))


@dataclass(frozen=True)
class CustomAttributes:
    """The attributes that the shop defines in `definitions`, as conditions `prefix` + code."""

    prefix: str
    definitions: type[AttributeDefinition]
    values: type[AttributeValue]
    owner: str
    owner_path: str
    relation: str | None = None
    # A sentence can name a brand without its attribute, but not a customer's favourite colour.
    said_bare: bool = False

    def reads(self) -> Iterator[Read]:
        """Yield every column that a value of one of them comes from."""
        source = OF_CUSTOMER
        if self.relation is not None:
            relation = registry.relation(self.relation)
            source = at_end(of_relation(relation), relation.paths[self.prefix.partition(".")[0]])
        yield from columns_on_path(source, self.owner_path)
        rows = join_source(source, self.owner_path, self.values, self.owner)
        paths = ("code", "type", "options")
        for path in (self.owner, *(f"attribute__{one}" for one in paths), *AttributeType.values):
            yield from columns_on_path(rows, path)

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None where the shop does not define it (any more)."""
        own = code.removeprefix(self.prefix)
        definition = self.definitions._default_manager.filter(code=own).first()
        return None if definition is None else self._attribute(definition)

    def all(self) -> list[Attribute]:
        """Return all attributes, ordered by code."""
        return [self._attribute(one) for one in self.definitions._default_manager.order_by("code")]

    def state(self) -> Hashable:
        """Return the definitions; an attribute's id and type decide where its values are found."""
        rows = self.definitions._default_manager.order_by("pk")
        return tuple(rows.values_list("pk", "code", "type"))

    def _attribute(self, definition: AttributeDefinition) -> Attribute:
        options = {option: option for option in definition.options}
        return CustomValue(
            code=f"{self.prefix}{definition.code}",
            label=definition.label,
            type=TYPES[definition.type],
            relation=self.relation,
            said_bare=self.said_bare,
            as_written=self.relation is None,
            countries=_is_country(definition),
            choices=of_options(lambda: options) if definition.type == "choice" else None,
            values=self.values,
            owner=self.owner,
            owner_path=self.owner_path,
            attribute_id=definition.pk,
        )


def _is_country(definition: AttributeDefinition) -> bool:
    # The shop marks a country by the code alone, such as `home_country`.
    return definition.type == "text" and f"_{definition.code}".endswith("_country")
