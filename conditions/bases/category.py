"""The categories of a row's product, as the catalogue has them now."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from conditions.attribute import Attribute
from conditions.language.operators import Operator, Takes
from conditions.sql.place import Context, Place
from conditions.sql.sources import Read, Source, columns_on_path, join_source
from conditions.sql.truth import NEVER, Truth, existing
from customers.models import ProductCategory

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class ProductCategories(Attribute):
    """The categories of the product that the row's `product_id` names."""

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        product = OuterRef(place.path(self.prefix) + "product_id")
        rows = ProductCategory.objects.filter(product=product)
        if operator.takes is Takes.NOTHING:
            return existing(Exists(rows))
        codes = (value,) if operator.takes is Takes.ONE else value
        ids = context.category_ids(codes, below=operator.name.endswith("_or_below"))
        return existing(Exists(rows.filter(category__in=ids))) if ids else NEVER

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, "product_id")
        rows = join_source(source, "product_id", ProductCategory, "product")
        yield from columns_on_path(rows, "product_id")
        for path in ("category__code", "category__parent"):
            yield from columns_on_path(rows, path)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        own = facts.categories_of(facts.follow(row, self.prefix, "product_id"))
        return ((own, facts.with_those_above(own)),) if own else ()


def category_codes(operator: Operator, value: Any, context: Context) -> list[str]:
    """Return the codes that `operator` with `value` accepts, of stored categories or not."""
    codes = (value,) if operator.takes is Takes.ONE else value
    return context.category_codes(codes, below=operator.name.endswith("_or_below"))
