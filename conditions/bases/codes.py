"""Sets of codes: tags of a customer, price rules applied to a cart; one row for each element."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, Model, OuterRef, Q

from conditions.attribute import Attribute
from conditions.language.operators import Operator, Takes
from conditions.sql.place import Context, Place
from conditions.sql.sources import Read, Source, columns_on_path, join_source
from conditions.sql.truth import Truth, existing

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class Codes(Attribute):
    """The codes in column `column` of the rows of `model` whose `owner` is the row."""

    model: type[Model]
    owner: str
    column: str

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if operator.takes is Takes.NOTHING:
            return self._some(place, Q())
        if operator.name == "has_all_of":
            return self._all(place, set(value))
        codes = [value] if operator.takes is Takes.ONE else list(value)
        return self._some(place, Q(**{f"{self.column}__in": codes}))

    def reads(self, source: Source) -> Iterator[Read]:
        rows = join_source(source, "pk", self.model, self.owner)
        yield from columns_on_path(rows, self.owner)
        yield from columns_on_path(rows, self.column)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        owner_id = facts.follow(row, self.prefix, "pk")
        codes = facts.codes(self.model, self.owner, self.column, owner_id)
        return (codes,) if codes else ()

    def _all(self, place: Place, codes: set[str]) -> Truth:
        # A row has all codes where it has as many of them as there are; each is stored once.
        rows = self.model._default_manager.filter(**{f"{self.column}__in": sorted(codes)})
        if place.only is not None and place.relation is None:
            rows = rows.filter(**{f"{self.owner}__in": place.only})
        owners = rows.values(self.owner).alias(_count=Count("pk")).filter(_count=len(codes))
        return Truth(Q(**{f"{place.path(self.prefix)}pk__in": owners}), certain=True)

    def _some(self, place: Place, q: Q) -> Truth:
        owner = OuterRef(place.path(self.prefix) + "pk")
        return existing(Exists(self.model._default_manager.filter(q, **{self.owner: owner})))
