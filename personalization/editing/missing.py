"""What a rule names that the shop does not have, or not yet: it is stored, and said."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from core.problems import Problem
from customers.models import Product, ProductAttributeValue
from personalization.editing.definition import Definition

SAID = 5


def unknown_in(definition: Definition) -> Iterator[Problem]:
    """Yield a problem for the products, and one for the brands, that no product is or has."""
    skus = Product.objects.filter(sku__in=definition.exclude).values_list("sku", flat=True)
    yield from _unknown("exclude", definition.exclude, {*skus})
    values = ProductAttributeValue.objects.filter(
        Q(text__in=definition.brands) | Q(choice__in=definition.brands),
        attribute__code=settings.BRAND_ATTRIBUTE,
    )
    found = values.order_by().values_list("text", "choice").distinct()
    yield from _unknown("brands", definition.brands, {text or choice for text, choice in found})


def _unknown(name: str, named: tuple[str, ...], known: set[str | None]) -> Iterator[Problem]:
    missing = [one for one in named if one not in known]
    if missing:
        text = _("No product is or has %(names)s: look whether it is spelled so.")
        said = ", ".join([f"“{one}”" for one in missing[:SAID]] + ["…"] * (len(missing) > SAID))
        yield Problem(name, "unknown", text % {"names": said})
