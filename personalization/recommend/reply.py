"""A whole reply: several lists for a shopper, filled by the shop's rules, with reasons."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count

from customers.clock import now
from customers.models import Customer, ProductView, Purpose
from customers.privacy.consent import refuses
from personalization import recommend
from personalization.holdout import is_held_out
from personalization.recommend.asking import because_of, goes_with
from personalization.recommend.filling import ALL, Candidates, Chosen, fill
from personalization.recommend.fusion import fused
from personalization.recommend.history import lines_before
from personalization.recommend.rules import Situation
from personalization.recommend.scored import Scored
from personalization.recommend.sources import shared_histories
from personalization.recommend.using import using
from personalization.recommend.wishes import wishes

SIMILAR, COMPLEMENTARY, TRENDING = "similar", "complementary", "trending"
PERSONAL, POPULAR = "personal", "popular"
TYPES = (SIMILAR, COMPLEMENTARY, TRENDING, PERSONAL, POPULAR)
USUAL = {PERSONAL: 5, TRENDING: 3}
OF_PRODUCT = {SIMILAR: 4, COMPLEMENTARY: 3}
OF_CART = {COMPLEMENTARY: 3}
DEFAULT_WEBSITE = "default"


@dataclass(frozen=True)
class Question:
    """What somebody asks recommendations for; `customer` None: an anonymous shopper.

    `types`: how many of each list, in the order of the reply; empty: as the contract says.
    `weights` of algorithms sum to 1; empty: the one in use. `as_of` None: now. `category` is one
    that there is. `is_explained`: reasons that cost more are looked up, too.
    """

    customer: Customer | None = None
    context: str | None = None
    sku: str | None = None
    cart: tuple[str, ...] = ()
    types: tuple[tuple[str, int], ...] = ()
    category: str | None = None
    weights: tuple[tuple[str, float], ...] = ()
    exclude: tuple[str, ...] = ()
    website: str | None = None
    is_explained: bool = False
    as_of: datetime | None = None


def recommended(question: Question) -> dict[str, Any]:
    """Return the reply to `question` as the API gives it.

    Its `id` follows from question and reply. Who refuses personalization, is held out or has bought
    nothing is recommended what is popular.
    """
    with shared_histories():
        return _Replying(question).reply()


class _Replying:
    """One reply as it is made."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.used = using(question.as_of)
        self.at = question.as_of or now()
        customer = question.customer
        if customer is not None and refuses(customer, Purpose.PERSONALIZATION):
            customer = None
        self.customer = None if customer is None or is_held_out(customer) else customer
        self.wishes = wishes(
            website=question.website or _website_of(question.customer),
            context=question.context,
            # Who refuses is in no audience; who is held out keeps to the shop's restrictions.
            customer=customer,
            at=self.at,
            exclude=question.exclude,
        )
        self.dropped = Counter[str]()
        self.earlier: set[str] = set()
        # The algorithm to whose score the reasons of a personal list are owed.
        heaviest = max(question.weights, key=lambda pair: pair[1], default=(None, 1.0))
        self.algorithm = heaviest[0]
        self.has_history = self.customer is not None and bool(self._personal(1))

    def reply(self) -> dict[str, Any]:
        """Return it."""
        lists = [self._list(kind, most) for kind, most in self._types()]
        found = {
            "as_of": self.at,
            "model": {
                "version": self.used.version,
                "algorithm": self.used.algorithm,
                "fitted_at": self.used.fitted_at,
            },
            "served": PERSONAL if self.has_history else POPULAR,
            "lists": lists,
            "dropped": dict(sorted(self.dropped.items())),
        }
        asked = {**vars(self.question), "customer": getattr(self.question.customer, "pk", None)}
        text = json.dumps([asked, found], cls=DjangoJSONEncoder, sort_keys=True)
        return {"id": sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32], **found}

    def _types(self) -> Sequence[tuple[str, int]]:
        if self.question.types:
            return self.question.types
        first = OF_PRODUCT if self.question.sku else OF_CART if self.question.cart else {}
        return list({**first, **USUAL}.items())

    def _list(self, kind: str, most: int) -> dict[str, Any]:
        in_context = {*self.question.cart, *([self.question.sku] if self.question.sku else [])}
        situation = Situation(
            wishes=self.wishes,
            in_context=frozenset(in_context),
            bought=self._bought_lately() if kind == PERSONAL else frozenset(),
            earlier=self.earlier,
            is_personal=kind == PERSONAL,
        )
        is_personal = kind == PERSONAL and self.has_history
        source = POPULAR if kind == PERSONAL and not is_personal else kind
        chosen = fill(self._candidates(source), most, situation, self.dropped)
        reasons = self._reasons(source, chosen)
        return {
            "type": kind,
            "items": [
                {
                    "sku": one.product.sku,
                    "name": one.product.name,
                    "price": None if one.product.price is None else f"{one.product.price:.4f}",
                    "score": _figure(one.score),
                    "rank": rank,
                    "reasons": reasons[one.product.sku],
                }
                for rank, one in enumerate(chosen, 1)
            ],
        }

    def _candidates(self, kind: str) -> Candidates:
        question, at = self.question, {"as_of": self.question.as_of}

        def found(n: int) -> Sequence[Scored]:
            if kind == SIMILAR:
                return recommend.similar(question.sku, n=n, **at) if question.sku else []
            if kind == COMPLEMENTARY:
                anchors = self._anchors()
                return recommend.complementary(anchors, n=n, **at) if anchors else []
            if kind == TRENDING:
                return recommend.trending(category=question.category, n=n, **at)
            if kind == PERSONAL:
                return self._personal(n)
            return recommend.popular(n=n, **at)

        return found

    def _anchors(self) -> tuple[str, ...]:
        return (self.question.sku,) if self.question.sku else self.question.cart

    def _personal(self, n: int) -> Sequence[Scored]:
        if self.customer is None:
            return []
        as_of = self.question.as_of
        if not self.question.weights:
            return recommend.personal(self.customer, n=n, as_of=as_of)
        rankings = [
            (weight, recommend.personal(self.customer, algorithm=name, n=ALL, as_of=as_of))
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

    def _reasons(self, kind: str, chosen: Sequence[Chosen]) -> Mapping[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {
            one.product.sku: [self._reason(kind, one)] for one in chosen
        }
        as_of, owed = self.question.as_of, dict[str, str]()
        if kind == COMPLEMENTARY:
            owed = goes_with(list(found), self._anchors(), as_of=as_of)
        if kind == PERSONAL and self.customer is not None:
            owed = because_of(self.customer, list(found), algorithm=self.algorithm, as_of=as_of)
            for sku, views in self._views(found).items():
                found[sku].append({"code": "viewed", "sku": sku, "value": _figure(views)})
        for sku, other in owed.items():
            found[sku][0]["sku"] = other
        if self.wishes.prefer_high_margin:
            for one in chosen:
                if one.product.margin is not None:
                    value = _figure(one.product.margin)
                    found[one.product.sku].append({"code": "margin", "value": value})
        return found

    def _reason(self, kind: str, one: Chosen) -> dict[str, Any]:
        value = _figure(one.score)
        if kind == SIMILAR:
            return {"code": "similar_to", "sku": self.question.sku, "value": value}
        codes = {COMPLEMENTARY: "bought_together", PERSONAL: "similar_to"}
        return {"code": codes.get(kind, kind), "value": value}

    def _views(self, skus: Mapping[str, Any]) -> Mapping[str, int]:
        if not self.question.is_explained:
            return {}
        rows = ProductView.objects.filter(
            customer=self.customer, product__sku__in=list(skus), viewed_at__lte=self.at
        )
        return dict(rows.order_by().values_list("product__sku").annotate(found=Count("pk")))


def _website_of(customer: Customer | None) -> str:
    return DEFAULT_WEBSITE if customer is None else customer.website.code


def _figure(number: float) -> str:
    return f"{number:.6f}"
