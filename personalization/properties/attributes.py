"""Attributes of a behaviour's JSON: those that are always there, and those that a shop declares."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.db.models.lookups import In, IsNull

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.category import category_codes
from conditions.bases.column import unit_wrap
from conditions.language import types
from conditions.language.choices import of_options
from conditions.language.operators import Operator, Takes
from conditions.language.types import TYPES, RangeType
from conditions.language.windows import Ranges, ZonedRanges
from conditions.sql.place import Context, Place
from conditions.sql.ranges import expression_within, in_zone
from conditions.sql.sources import Read, Source, at_end, columns_on_path, of_relation
from conditions.sql.truth import Truth, any_of
from customers.models import Category
from personalization.models import BehaviorProperty
from personalization.models.behavior.property import IS_KEY
from personalization.properties.choices import of_json
from personalization.properties.expressions import JsonValue
from personalization.properties.reading import value_of

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

PREFIX, RELATION = "behavior.", "behaviors"


@dataclass(frozen=True, eq=False, kw_only=True)
class JsonAttribute(Attribute):
    """The value of `key` in the JSON column `document` of a behaviour.

    A choice with `options` has no other value. A text is compared folded.
    """

    key: str
    document: str = "data"
    options: tuple[str, ...] = ()

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if isinstance(self.type, RangeType):
            return super().truth(operator, value, place, context)
        expression = self._value(place)
        if operator.takes is Takes.NOTHING:
            return Truth(Q(IsNull(expression, False)), certain=True)
        if self.type is types.CATEGORY:
            return Truth(Q(In(expression, category_codes(operator, value, context))))
        lookup = expression.output_field.get_lookup(operator.lookup)
        assert lookup is not None
        return Truth(Q(lookup(expression, list(value) if operator.lookup == "in" else value)))

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        expression, wrap = self._value(place), unit_wrap(self.type)

        def in_units(ranges: Ranges) -> Truth:
            ends = [[end if end is None else wrap(end) for end in one] for one in ranges]
            return expression_within(expression, [(low, high) for low, high in ends])

        return any_of(
            *(in_zone(place.website, websites, in_units(ranges)) for websites, ranges in zoned)
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [self._value(place)]

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, self.document)
        yield from columns_on_path(source, f"{self.document}_folded")
        if self.type is types.CATEGORY:
            for column in ("code", "parent"):
                yield Source(Category), column

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        document = facts.follow(row, self.prefix, self.document)
        value = value_of(document, self.key, self.type.name, self.options)
        if value is None:
            return ()
        if self.type is types.CATEGORY:
            own = frozenset({value})
            return ((own, facts.with_those_above(own)),)
        return (value,)

    def _value(self, place: Place) -> JsonValue:
        path = f"{place.path(self.prefix)}{self.document}"
        return JsonValue(
            F(path), F(f"{path}_folded"), key=self.key, type_=self.type, options=self.options
        )


@dataclass(frozen=True)
class DeclaredProperties:
    """The declared properties, as the attributes `behavior.<key>`."""

    prefix: str = PREFIX

    def reads(self) -> Iterator[Read]:
        """Yield every column that a value of one of them comes from."""
        relation = registry.relation(RELATION)
        source = at_end(of_relation(relation), relation.paths[PREFIX.rstrip(".")])
        for column in ("data", "data_folded"):
            yield from columns_on_path(source, column)
        for column in ("key", "type", "options"):
            yield Source(BehaviorProperty), column

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None where no such property is declared (any more)."""
        key = code.removeprefix(PREFIX)
        if not IS_KEY(key):
            return None
        declared = BehaviorProperty.objects.filter(key=key).first()
        return None if declared is None else attribute_of(declared)

    def all(self) -> list[Attribute]:
        """Return all attributes, ordered by key."""
        return [attribute_of(one) for one in BehaviorProperty.objects.order_by("key")]

    def state(self) -> Hashable:
        """Return what decides the values and which attributes there are."""
        rows = BehaviorProperty.objects.order_by("pk").values_list("pk", "key", "type", "options")
        return tuple((pk, key, type_, tuple(options)) for pk, key, type_, options in rows)


def attribute_of(declared: BehaviorProperty) -> Attribute:
    """Return the attribute that a property is."""
    choices = None
    if declared.type == types.CHOICE.name:
        options = {option: option for option in declared.options}
        choices = of_options(lambda: options) if options else of_json(declared.key)
    return JsonAttribute(
        code=f"{PREFIX}{declared.key}",
        label=declared.label,
        type=TYPES[declared.type],
        relation=RELATION,
        choices=choices,
        search_words=" ".join(declared.types),
        key=declared.key,
        options=tuple(declared.options) if choices is not None else (),
    )
