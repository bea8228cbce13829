"""Offers as a resource: writable fields and refusals."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext as _

from core.api.parsing import TextField
from core.problems import Problem
from core.resources.fields import CodesField, DocumentField, TextsField
from core.resources.serializers import checks, ends_after_start
from customers.models import Category
from personalization.conditions.audience import check_audience
from personalization.models import Offer, OfferKind
from personalization.offers.audit import OFFER
from personalization.offers.protection import protected_places
from personalization.recommend.resource import MOST_VALUES, NamesProducts
from segments.rules.users import NamesSegments

# Kinds that say how much, which others do not; a reward may say what it is worth.
MEASURED = {OfferKind.PERCENT, OfferKind.FIXED, OfferKind.POINTS, OfferKind.CATEGORY_BONUS}
WORTHLESS = {OfferKind.FREE_SHIPPING, OfferKind.EARLY_ACCESS}


class OfferSerializer(NamesProducts):
    """An offer; numbers are texts."""

    reserved_codes = frozenset({"evaluate"})

    audience = DocumentField(judge=check_audience, default=None, allow_null=True)
    legal_basis = TextField(max_length=2_000)
    categories = CodesField(of=Category, default=list, max_length=MOST_VALUES)
    products = TextsField(default=list, max_length=MOST_VALUES)
    brands = TextsField(default=list, max_length=MOST_VALUES)

    class Meta:
        model = Offer
        fields: ClassVar = [
            *("code", "kind", "legal_basis", "value", "audience", "priority", "starts_at"),
            *("ends_at", "budget", "max_per_customer", "min_margin", "categories", "products"),
            *("brands", "is_active", "version"),
        ]
        extra_kwargs: ClassVar = {
            "value": {"least": 0},
            "budget": {"least": 0},
            "max_per_customer": {"min_value": 1},
            "min_margin": {"least": 0, "most": 1},
        }

    times_are_in_order = ends_after_start("starts_at", "ends_at")

    @checks("kind", "value")
    def value_belongs_to_the_kind(self, offer: Offer) -> Iterator[Problem]:
        kind, value = OfferKind(offer.kind), offer.value
        if kind in WORTHLESS:
            if value:
                text = _("“%(kind)s” has no value: leave it empty.")
                yield Problem("value", "not_used", text % {"kind": kind.label})
            offer.value = None
        elif value is None:
            if kind in MEASURED:
                yield Problem("value", "required", _("A number is needed here."))
        else:
            yield from self._problems_of(kind, value)

    def _problems_of(self, kind: OfferKind, value: Decimal) -> Iterator[Problem]:
        if value == 0:
            yield Problem("value", "out_of_range", _("More than 0 is needed here."))
        elif kind is OfferKind.PERCENT and value > settings.OFFER_MAX_PERCENT:
            text = _("An offer takes off at most %(most)d %%.")
            yield Problem("value", "above_cap", text % {"most": settings.OFFER_MAX_PERCENT})
        elif kind is OfferKind.POINTS and value != value.to_integral_value():
            yield Problem("value", "invalid", _("Points are whole numbers."))

    @checks("products")
    def products_exist(self, offer: Offer) -> None:
        self.warn_of_unknown_products("products", offer.products)

    @checks("brands")
    def products_have_the_brands(self, offer: Offer) -> None:
        self.warn_of_unknown_brands("brands", offer.brands)

    @checks("categories", "products", "brands")
    def shares_of_the_shop_are_computed_again(self, offer: Offer) -> None:
        offer.named_share = offer.brands_share = offer.shares_as_of = None

    @checks("audience")
    def audience_asks_for_nothing_protected(self, offer: Offer) -> Iterator[Problem]:
        text = _("Offers may not be by gender, date of birth, address or what else is protected.")
        behind = _("Segment “%(segment)s” asks for that.")
        for place, code in protected_places(offer.audience, "audience"):
            said = f"{text} {behind % {'segment': code}}" if code else text
            yield Problem(place, "protected_attribute", said)


class Offers(NamesSegments):
    """All offers."""

    serializer = OfferSerializer
    subject = OFFER


OFFERS = Offers()
