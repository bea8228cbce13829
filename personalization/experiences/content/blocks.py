"""The pieces of content that suit a customer best, for each type.

Pieces are scored if they are published and have not expired. Social proof says how many customers
have bought a product (`sku` of its body) in 30 days; with fewer than 10 of them, or without a
product, it is not shown.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from customers.models import NO_SALE_STATES, Customer, OrderItem
from personalization.experiences.content.interests import interests_of
from personalization.experiences.content.relevance import (
    engagement_with,
    interest_in,
    score,
    season_of,
    trend_of,
)
from personalization.models import BehaviorEvent, ContentItem, ContentType, Exposure

VIEWED = "content_viewed"
# The age and the number of a customer's own clicks and exposures that are read at most.
LOOKED_AT, MOST_LOOKED_AT = timedelta(days=90), 200
PROOF_OF, LEAST_PROOF = timedelta(days=30), 10
Types = Mapping[str, str]


def blocks_of(
    content: Mapping[str, Any], customer: Customer | None, at: datetime
) -> list[dict[str, Any]]:
    """Return the pieces that stored content asks for, by type, the best first, then by code.

    `customer` is None for an unknown shopper. `at` is aware.
    """
    wanted: Mapping[str, int] = content["blocks"]
    rows = ContentItem.objects.filter(published_at__lte=at).filter(
        Q(expires_at=None) | Q(expires_at__gt=at)
    )
    pieces = list(rows)
    scores = _Scores(pieces, customer, at)
    found = []
    for kind, count in wanted.items():
        own = [one for one in pieces if one.type == kind]
        proof = _buyers_by_sku(own, at) if kind == ContentType.SOCIAL_PROOF else {}
        if kind == ContentType.SOCIAL_PROOF:
            own = [one for one in own if proof.get(_sku(one), 0) >= LEAST_PROOF]
        ranked = sorted(own, key=lambda one: (-scores.of(one), one.code))
        found += [_piece_as_json(one, scores.of(one), proof) for one in ranked[:count]]
    return found


class _Scores:
    """The scores of all pieces for one customer."""

    def __init__(
        self, pieces: Sequence[ContentItem], customer: Customer | None, at: datetime
    ) -> None:
        self.shares: dict[str, float] = {}
        self.clicks: Counter[str] = Counter()
        self.exposures: Counter[str] = Counter()
        zone = customer.website.timezone if customer else "UTC"
        self.month = at.astimezone(ZoneInfo(zone)).month
        self.most = max((one.recent_clicks for one in pieces), default=0)
        if customer is not None:
            self.shares = {one.code: one.share for one in interests_of(customer, at)}
            self._look_at(customer, at, {one.code: one.type for one in pieces})

    def _look_at(self, customer: Customer, at: datetime, types: Types) -> None:
        viewed = BehaviorEvent.objects.filter(
            customer=customer,
            behavior_type=VIEWED,
            occurred_at__range=(at - LOOKED_AT, at),
        ).order_by("-occurred_at")
        for data in viewed.values_list("data", flat=True)[:MOST_LOOKED_AT]:
            self.clicks[types.get(str(data.get("content")), "")] += 1
        shown = Exposure.objects.filter(customer=customer, at__range=(at - LOOKED_AT, at))
        for codes in shown.order_by("-at").values_list("items", flat=True)[:MOST_LOOKED_AT]:
            for code in codes:
                self.exposures[types.get(code, "")] += 1

    def of(self, piece: ContentItem) -> float:
        return score(
            interest_in(piece.categories, self.shares),
            engagement_with(self.clicks[piece.type], self.exposures[piece.type]),
            season_of(piece.months, self.month),
            trend_of(piece.recent_clicks, self.most),
        )


def _sku(piece: ContentItem) -> str:
    sku = piece.body.get("sku")
    return sku if isinstance(sku, str) else ""


def _buyers_by_sku(pieces: Sequence[ContentItem], at: datetime) -> dict[str, int]:
    """Return how many customers have bought the products of pieces, by SKU."""
    skus = {_sku(one) for one in pieces} - {""}
    rows = OrderItem.objects.filter(
        product__sku__in=skus, order__created_at__range=(at - PROOF_OF, at)
    ).exclude(order__state__in=NO_SALE_STATES)
    counts = (
        rows.order_by().values("product__sku").annotate(n=Count("order__customer", distinct=True))
    )
    return dict(counts.values_list("product__sku", "n"))


def _piece_as_json(piece: ContentItem, points: float, proof: Mapping[str, int]) -> dict[str, Any]:
    shown = {
        "code": piece.code,
        "type": piece.type,
        "body": piece.body,
        "score": f"{points:.6f}",
    }
    return shown | ({"count": proof[_sku(piece)]} if piece.type == "social_proof" else {})
