"""The lists that a question comes to, filled by the shop's rules: of replies and of experiences."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, NamedTuple

from core.clock import now
from customers.models import Customer
from customers.purchases import lines_before
from personalization import recommend
from personalization.lists.mixture import AGAIN, DISCOVER
from personalization.lists.scored import Scored, fuse_rankings
from personalization.recommend.algorithms import COUNTERS, wishes_of
from personalization.recommend.candidate_lists import answering
from personalization.recommend.catalogue import in_category
from personalization.recommend.replies.filling import (
    ALL,
    FIRST,
    UNSOLD,
    Candidates,
    Chosen,
    fill,
    fill_mixed,
)
from personalization.recommend.replies.question import (
    COMPLEMENTARY,
    PERSONAL,
    PERSONAL_TYPES,
    POPULAR,
    SIMILAR,
    TRENDING,
    Question,
)
from personalization.recommend.rules import Situation
from personalization.recommend.session.recent import recent_skus
from personalization.recommend.session.scores import (
    SessionScore,
    raised_by_session,
    session_scores,
)
from personalization.recommend.sources.using import Using, using
from personalization.recommend.wishes import wishes

DEFAULT_WEBSITE = "default"
# The factor of the shop's own share of repeats in a personal list, by the place of the list.
FACTORS = {"category": 0.5, "product_detail_page": 0.0, "cart": 0.0}
# The sources of personal lists for a customer without purchases.
SESSION, SEGMENT = "session", "segment"


class Tastes(NamedTuple):
    """How a customer's tastes are read at an aware instant: shares of brands, and the codes of the
    best interest categories.
    """

    brand_shares: Callable[[Customer, datetime], Mapping[str, float]]
    best_interests: Callable[[Customer, datetime], Sequence[str]]


class Lists:
    """The lists of one reply, made one after the other: a product is only in the first list that
    has the product.

    `customer` is the customer of the lists, None where no personal data may be used. `heard_as` is
    the customer who is tested against the audiences of rules. `similar_to` is the product of the
    similar list if the question names none. The functions of `personalization.recommend` are looked
    up at each call, so that a replaced function takes effect.
    """

    def __init__(
        self,
        question: Question,
        *,
        customer: Customer | None,
        heard_as: Customer | None,
        tastes: Tastes,
        similar_to: str | None = None,
    ) -> None:
        self.question, self.customer = question, customer
        self.at = question.as_of or now()
        self.similar_to = question.sku or similar_to
        self.website = question.website or _website_of(question.customer)
        self.wishes = wishes(
            website=self.website,
            context=question.context,
            customer=heard_as,
            at=self.at,
            exclude=question.exclude,
        )
        self.dropped = Counter[str]()
        self._tastes = tastes
        self._earlier: set[str] = set()
        self._known: dict[tuple[str, int], Sequence[Scored]] = {}

    @cached_property
    def has_history(self) -> bool:
        """Whether the customer has purchases from which personal lists can be made."""
        return any(self._of_wish(wish, FIRST) for wish in (AGAIN, DISCOVER))

    @cached_property
    def used(self) -> Using:
        """The source of scores, and the version that serves each list."""
        return using(self.question.as_of, self.website)

    @cached_property
    def brand_shares(self) -> Mapping[str, float]:
        """The customer's shares of brands, where rules want them to count."""
        if self.customer is None or not self.wishes.respect_brand_preferences:
            return {}
        return self._tastes.brand_shares(self.customer, self.at)

    @property
    def anchors(self) -> tuple[str, ...]:
        """The products whose complements are listed: the viewed product, or those of the cart."""
        return (self.question.sku,) if self.question.sku else self.question.cart

    @cached_property
    def served(self) -> str:
        """The source of personal lists: the first of these that applies.

        `personal`: the customer's purchases. Without any, `session`: the products viewed lately;
        `segment`: what is popular in the customer's best interests; `popular`: what is popular in
        the shop.
        """
        if self.has_history:
            return PERSONAL
        if self.recent:
            return SESSION
        return SEGMENT if self._of_interests else POPULAR

    @cached_property
    def recent(self) -> tuple[str, ...]:
        """The SKUs that the customer looked at lately, newest first."""
        return () if self.customer is None else recent_skus(self.customer, self.at)

    @cached_property
    def session(self) -> Mapping[str, SessionScore]:
        """The session score of each SKU that goes with the SKUs of `recent`."""
        return session_scores(self.used.source.views, self.recent) if self.recent else {}

    def source(self, kind: str) -> str:
        """Return the source of a list of a kind: for personal kinds without purchases, `served`.

        The list `again` is empty without purchases: it only has products that were bought.
        """
        return self.served if kind in {PERSONAL, DISCOVER} and not self.has_history else kind

    def algorithm(self, wish: str) -> str:
        """Return the algorithm of a list, `again` or `discover`; of several the heaviest."""
        if not self.has_history:
            return COUNTERS[wish].name
        return max(self._weights(wish), key=lambda pair: pair[1])[0]

    @cached_property
    def again_share(self) -> float:
        """The share (0..1) of repeated purchases in a personal list.

        A rule's share has precedence; otherwise the shop's own share of repeats applies, half of it
        on pages of categories, none on pages of products and in the cart.
        """
        if self.wishes.again_share is not None:
            return self.wishes.again_share
        factor = FACTORS.get(self.question.context or "", 1.0)
        return factor * self.used.source.repeat_share if factor else 0.0

    def choose_items(self, kind: str, most: int) -> Sequence[Chosen]:
        """Return the products of the next list of a kind, at most `most`."""
        in_context = {*self.question.cart, *([self.question.sku] if self.question.sku else [])}
        is_personal = kind in PERSONAL_TYPES
        situation = Situation(
            wishes=self.wishes,
            in_context=frozenset(in_context),
            bought=self._bought_lately() if is_personal else frozenset(),
            earlier=self._earlier,
            is_personal=is_personal,
            brand_shares=self.brand_shares,
        )
        source = self.source(kind)
        if source not in PERSONAL_TYPES:
            chosen = fill(self._candidates(source), most, situation, self.dropped)
            return [replace(one, wish=DISCOVER) for one in chosen] if is_personal else chosen
        wanted = (AGAIN, DISCOVER) if source == PERSONAL else (source,)
        candidates: dict[str, Candidates] = {wish: partial(self._of_wish, wish) for wish in wanted}
        if source == DISCOVER:
            candidates[UNSOLD] = self._unsold
        share = self.again_share if source == PERSONAL else float(source == AGAIN)
        return fill_mixed(candidates, share, most, situation, self.dropped)

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
            if kind in {SESSION, SEGMENT}:
                return self._without_purchases(kind, list(recommend.popular(n=ALL, **at)))[:n]
            return list(recommend.popular(n=n, **at))

        return found

    def _without_purchases(self, kind: str, popular: Sequence[Scored]) -> list[Scored]:
        """Return products that go with the session, or are popular in the interests, followed by
        all other popular products.
        """
        if kind == SESSION:
            own = {sku: one.score for sku, one in self.session.items()}
            first = raised_by_session([], own)
        else:
            first = [one for one in popular if one.sku in self._of_interests]
        known = {one.sku for one in first}
        return [*first, *(one for one in popular if one.sku not in known)]

    @cached_property
    def _of_interests(self) -> frozenset[str]:
        """The SKUs of the customer's three best interest categories."""
        if self.customer is None:
            return frozenset()
        found = (in_category(code) for code in self._tastes.best_interests(self.customer, self.at))
        return frozenset().union(*(skus for skus in found if skus))

    def _of_wish(self, wish: str, n: int) -> Sequence[Scored]:
        """Return at most `n` candidates of `again` or `discover`, the best first."""
        if self.customer is None:
            return []
        is_fused = any(wish in wishes_of(name) for name, _weight in self.question.weights)
        # Ranks of several algorithms, purchases among all SKUs, and a session need all of them.
        limit = ALL if is_fused or wish == AGAIN or self.session else n
        if (wish, limit) not in self._known:
            rankings = [
                (weight, self._personal_candidates(self.customer, name, wish, limit))
                for name, weight in self._weights(wish)
            ]
            ranked = fuse_rankings(rankings) if is_fused else rankings[0][1]
            self._known[wish, limit] = self._with_session(wish, ranked)
        return self._known[wish, limit][:n]

    def _unsold(self, n: int) -> Sequence[Scored]:
        """Return at most `n` products that nobody has bought yet, the best first."""
        if self.customer is None:
            return []
        found = recommend.unsold(self.customer, n=n, as_of=self.question.as_of)
        return [one for one in found if one.sku not in self._own]

    def _with_session(self, wish: str, ranked: Sequence[Scored]) -> Sequence[Scored]:
        """Return the candidates of a list, with scores raised by the products viewed lately."""
        if not self.recent or (not ranked and not self._own):
            return ranked
        of_list = {
            sku: one.score
            for sku, one in self.session.items()
            if (sku in self._own) == (wish == AGAIN)
        }
        return raised_by_session(ranked, of_list)

    def _personal_candidates(
        self, customer: Customer, name: str, wish: str, n: int
    ) -> Sequence[Scored]:
        is_new = wish == DISCOVER
        found = recommend.personal(
            customer, algorithm=name, new=is_new, n=n, as_of=self.question.as_of
        )
        return list(found) if is_new else [one for one in found if one.sku in self._own]

    def _weights(self, wish: str) -> Sequence[tuple[str, float]]:
        """Return the algorithms of a list with their weights: those requested, or what serves."""
        requested = [
            (self.used.algorithm(name), weight)
            for name, weight in self.question.weights
            if wish in wishes_of(name)
        ]
        weights = requested or [(self.used.lists[wish].algorithm, 1.0)]
        return [(self._answering(name, wish), weight) for name, weight in weights]

    def _answering(self, name: str, wish: str) -> str:
        if self.customer is None:
            return name
        return answering(self.customer, name, wish, as_of=self.question.as_of)

    @cached_property
    def _own(self) -> frozenset[str]:
        """The SKUs that the customer has bought by now."""
        return self._bought_since(None)

    def _bought_lately(self) -> frozenset[str]:
        days = self.wishes.bought_recently_days
        return self._bought_since(self.at - timedelta(days=days)) if days else frozenset()

    def _bought_since(self, since: datetime | None) -> frozenset[str]:
        if self.customer is None:
            return frozenset()
        lines = lines_before(self.at, since, with_refusing=True)
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
