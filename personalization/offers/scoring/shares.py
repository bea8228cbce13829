"""Shares of the bought lines that match offers: a customer's own, and the shop's.

Lines are those that recommendations count (`recommend.history`); categories and brands are those of
the products today. The shop's shares are stored with each offer: they are computed when a score
first needs them, and every night.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from conditions.language.windows import local_date
from customers.models import Customer, OrderItem, Product, ProductAttributeValue
from customers.purchases import lines_before
from personalization.engagement import engagement
from personalization.models import Offer
from personalization.offers.scoring.formula import (
    UNKNOWN,
    Parts,
    engagement_part,
    relative_share,
    season_part,
)
from personalization.recommend.catalogue import categories_below
from predictions.figures.seasonality import purchase_season


@dataclass(frozen=True)
class LineShares:
    """Shares of lines, 0 to 1: of the categories or products of an offer, and of its brands.

    None where the offer names none.
    """

    named: float | None
    of_brands: float | None


class CustomerFit:
    """How offers fit one customer at an aware instant, part by part.

    With `as_of` None the shop's shares are the stored ones, otherwise those as of that instant.
    """

    def __init__(self, customer: Customer, at: datetime, *, as_of: datetime | None) -> None:
        self.customer, self.at, self.as_of = customer, at, as_of

    def parts(self, offer: Offer) -> Parts:
        """Return the parts of the score of an offer."""
        own = line_shares(offer, self._lines)
        usual = _stored_shares(offer, self.at) if self.as_of is None else _shop(offer, self.at)
        return Parts(
            purchase=_relative(own.named, usual.named),
            engagement=self._engagement,
            season=self._season,
            brand=_relative(own.of_brands, usual.of_brands),
        )

    @property
    def _lines(self) -> QuerySet[OrderItem]:
        return lines_before(self.at, with_refusing=True).filter(order__customer=self.customer)

    @cached_property
    def _engagement(self) -> float:
        return engagement_part(engagement(self.customer, as_of=self.at).score)

    @cached_property
    def _season(self) -> float:
        index = purchase_season()
        month = local_date(self.at, self.customer.website.timezone).month
        return season_part(None if index is None else index[month])


def line_shares(offer: Offer, lines: QuerySet[OrderItem]) -> LineShares:
    """Return the shares of `lines` that match what an offer names; 0 without lines."""
    named, of_brands = _named(offer), _of_brands(offer)
    counts: dict[str, Any] = {
        name: Count("pk", filter=filter_)
        for name, filter_ in (("named", named), ("of_brands", of_brands))
        if filter_ is not None
    }
    if not counts:
        return LineShares(None, None)
    found: Mapping[str, int] = lines.order_by().aggregate(every=Count("pk"), **counts)
    shares = {name: found[name] / found["every"] if found["every"] else 0.0 for name in counts}
    return LineShares(shares.get("named"), shares.get("of_brands"))


def store_shop_shares(offers: Iterable[Offer], at: datetime) -> None:
    """Compute and store the shop's shares of offers, as of an aware instant."""
    for offer in offers:
        shares = _shop(offer, at)
        Offer.objects.filter(pk=offer.pk, version=offer.version).update(
            named_share=shares.named, brands_share=shares.of_brands, shares_as_of=at
        )


def _stored_shares(offer: Offer, at: datetime) -> LineShares:
    if offer.shares_as_of is None and (offer.categories or offer.products or offer.brands):
        store_shop_shares([offer], at)
        offer.refresh_from_db(fields=["named_share", "brands_share", "shares_as_of"])
    return LineShares(offer.named_share, offer.brands_share)


def _shop(offer: Offer, at: datetime) -> LineShares:
    return line_shares(offer, lines_before(at))


def _named(offer: Offer) -> Q | None:
    """Return a filter for lines of an offer's products, or of its categories and those below."""
    if not offer.categories and not offer.products:
        return None
    found = Q(sku__in=offer.products)
    if codes := categories_below(offer.categories):
        inside = Product.objects.filter(product_categories__category__code__in=sorted(codes))
        found |= Q(product__in=inside.order_by().values("pk"))
    return found


def _of_brands(offer: Offer) -> Q | None:
    if not offer.brands:
        return None
    brands: Collection[str] = offer.brands
    values = ProductAttributeValue.objects.filter(
        Q(text__in=brands) | Q(choice__in=brands), attribute__code=settings.BRAND_ATTRIBUTE
    )
    return Q(product__in=values.order_by().values("product"))


def _relative(own: float | None, usual: float | None) -> float:
    return UNKNOWN if own is None or usual is None else relative_share(own, usual)
