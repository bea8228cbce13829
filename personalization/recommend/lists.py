"""The lists that a question comes to, filled by the shop's rules: of replies and of experiences."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from core.clock import now
from customers.models import Customer
from personalization import recommend
from personalization.lists.fusion import fused
from personalization.lists.scored import Scored
from personalization.recommend.filling import ALL, FIRST, Candidates, Chosen, fill
from personalization.recommend.history import lines_before
from personalization.recommend.question import (
    COMPLEMENTARY,
    PERSONAL,
    POPULAR,
    SIMILAR,
    TRENDING,
    Question,
)
from personalization.recommend.rules import Situation
from personalization.recommend.wishes import wishes

DEFAULT_WEBSITE = "default"
# Returns a customer's shares of brands at an aware instant.
BrandShares = Callable[[Customer, datetime], Mapping[str, float]]


class Lists:
    """The lists of one reply, made one after the other: what one has, those behind it have not.

    `customer` is whom they are made for: None where nothing of anybody may be used. `heard_as` is
    who is in the audiences of rules. `similar_to`: the product that the similar list is about where
    the question names none. The functions of `personalization.recommend` are looked up at each
    call, so that whoever replaces one of them is asked.
    """

    def __init__(
        self,
        question: Question,
        *,
        customer: Customer | None,
        heard_as: Customer | None,
        brand_shares: BrandShares,
        similar_to: str | None = None,
    ) -> None:
        self.question, self.customer = question, customer
        self.at = question.as_of or now()
        self.similar_to = question.sku or similar_to
        self.wishes = wishes(
            website=question.website or _website_of(question.customer),
            context=question.context,
            customer=heard_as,
            at=self.at,
            exclude=question.exclude,
        )
        self.dropped = Counter[str]()
        self._brand_shares = brand_shares
        self._earlier: set[str] = set()
        self._known: dict[int, Sequence[Scored]] = {}

    @cached_property
    def has_history(self) -> bool:
        """Whether the customer has bought what personal lists can be made of."""
        return bool(self._personal(FIRST))

    @cached_property
    def brand_shares(self) -> Mapping[str, float]:
        """The customer's shares of brands, where rules want them heard."""
        if self.customer is None or not self.wishes.respect_brand_preferences:
            return {}
        return self._brand_shares(self.customer, self.at)

    @property
    def anchors(self) -> tuple[str, ...]:
        """What complementary products go with: the product that is looked at, or the cart."""
        return (self.question.sku,) if self.question.sku else self.question.cart

    def source(self, kind: str) -> str:
        """Return what a list of a kind is made of: what is popular for who has no history."""
        return POPULAR if kind == PERSONAL and not self.has_history else kind

    def chosen(self, kind: str, most: int) -> Sequence[Chosen]:
        """Return what the next list of a kind has, at most so many."""
        in_context = {*self.question.cart, *([self.question.sku] if self.question.sku else [])}
        situation = Situation(
            wishes=self.wishes,
            in_context=frozenset(in_context),
            bought=self._bought_lately() if kind == PERSONAL else frozenset(),
            earlier=self._earlier,
            is_personal=kind == PERSONAL,
            brand_shares=self.brand_shares,
        )
        return fill(self._candidates(self.source(kind)), most, situation, self.dropped)

    def _candidates(self, kind: str) -> Candidates:
        question, at = self.question, {"as_of": self.question.as_of}

        def found(n: int) -> Sequence[Scored]:
            if kind == SIMILAR:
                sku = self.similar_to
                return list(recommend.similar(sku, n=n, **at)) if sku else []
            if kind == COMPLEMENTARY:
                anchors = self.anchors
                return list(recommend.complementary(anchors, n=n, **at)) if anchors else []
            if kind == TRENDING:
                return _trending(question.category, n=n, **at)
            if kind == PERSONAL:
                return self._personal(n)
            return list(recommend.popular(n=n, **at))

        return found

    def _personal(self, n: int) -> Sequence[Scored]:
        if self.customer is None:
            return []
        if n not in self._known:
            self._known[n] = self._ranked(self.customer, n)
        return self._known[n]

    def _ranked(self, customer: Customer, n: int) -> Sequence[Scored]:
        as_of = self.question.as_of
        if not self.question.weights:
            return list(recommend.personal(customer, n=n, as_of=as_of))
        rankings = [
            (weight, recommend.personal(customer, algorithm=name, n=ALL, as_of=as_of))
            for name, weight in self.question.weights
        ]
        return fused(rankings)[:n]

    def _bought_lately(self) -> frozenset[str]:
        days = self.wishes.bought_recently_days
        if not days or self.customer is None:
            return frozenset()
        lines = lines_before(self.at, self.at - timedelta(days=days), with_refusing=True)
        own = lines.filter(order__customer=self.customer).order_by()
        return frozenset(own.values_list("sku", flat=True).distinct())


def item_of(one: Chosen, rank: int) -> dict[str, Any]:
    """Return a product of a list as JSON, without reasons; `rank` from 1."""
    product = one.product
    return {
        "sku": product.sku,
        "name": product.name,
        "price": None if product.price is None else f"{product.price:.4f}",
        "score": figure(one.score),
        "rank": rank,
    }


def figure(number: float) -> str:
    """Return a score or another figure as it is written in JSON."""
    return f"{number:.6f}"


def _trending(category: str | None, **how: Any) -> Sequence[Scored]:
    try:
        return list(recommend.trending(category=category, **how))
    except LookupError:  # The category is gone.
        return []


def _website_of(customer: Customer | None) -> str:
    return DEFAULT_WEBSITE if customer is None else customer.website.code
