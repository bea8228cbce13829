"""A whole reply: several lists for a shopper, filled by the shop's rules, with reasons."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count

from customers.models import ProductView, Purpose
from customers.privacy.consent import refuses
from personalization.assignment import is_held_out
from personalization.lists.mixture import AGAIN, DISCOVER
from personalization.recommend.algorithms import REPLACED, SEQUENCE
from personalization.recommend.algorithms.content_based import CONTENT_BASED
from personalization.recommend.algorithms.popular_lately import POPULAR_LATELY
from personalization.recommend.candidate_lists import because_of, goes_with
from personalization.recommend.replies.filling import Chosen
from personalization.recommend.replies.lists import SEGMENT, SESSION, Lists, Tastes, figure, item_of
from personalization.recommend.replies.question import (
    COMPLEMENTARY,
    PERSONAL,
    PERSONAL_TYPES,
    POPULAR,
    SIMILAR,
    TRENDING,
    Question,
)
from personalization.recommend.sources.shared_reads import shared_histories
from personalization.recommend.sources.stored_candidates import is_stale, newest_fit

USUAL = {PERSONAL: 5, TRENDING: 3}
OF_PRODUCT = {SIMILAR: 4, COMPLEMENTARY: 3}
OF_CART = {COMPLEMENTARY: 3}
# The value of `served` for lists that were not ready in time.
DEADLINE = "deadline"
# A warning: another algorithm answers for a name of old callers.
REPLACED_ALGORITHM = "replaced_algorithm"
# A warning: a worker could not write its candidates again in the last night.
STALE_CANDIDATES = "stale_candidates"


class Replying:
    """A reply to a question as it is made.

    A customer who refuses personalization or is held out gets popular products.
    """

    def __init__(self, question: Question, tastes: Tastes) -> None:
        self.question = question
        customer = question.customer
        if customer is not None and refuses(customer, Purpose.PERSONALIZATION):
            customer = None
        self.lists = Lists(
            question,
            customer=None if customer is None or is_held_out(customer) else customer,
            # A customer who refuses is in no audience; the holdout group keeps the restrictions.
            heard_as=customer,
            tastes=tastes,
        )
        self._made: list[dict[str, Any]] = []

    def make(self) -> None:
        """Make the lists, one after the other."""
        with shared_histories():
            for kind, most in self._types():
                self._made.append(self._list(kind, most))
            _looked_at = self.lists.served

    def reply(self, *, is_late: bool = False) -> dict[str, Any]:
        """Return the reply for the API; if the reply `is_late`, only the parts that are ready.

        The `id` of the reply is derived from question and reply.
        """
        lists = list(self._made)
        lists += [{"type": kind, "items": []} for kind, _most in self._types()[len(lists) :]]
        served = DEADLINE
        if not is_late:
            served = self.lists.served
        found = {
            "as_of": self.lists.at,
            **self._models(),
            "served": served,
            "lists": lists,
            "dropped": dict(sorted(self.lists.dropped.copy().items())),
        }
        asked = {**vars(self.question), "customer": getattr(self.question.customer, "pk", None)}
        text = json.dumps([asked, found], cls=DjangoJSONEncoder, sort_keys=True)
        return {"id": sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32], **found}

    def _models(self) -> dict[str, Any]:
        """Return the version that serves each list, and the one of the first personal list."""
        used = self.lists.used
        models = {
            wish: {
                "version": serving.version,
                "algorithm": serving.algorithm,
                "fitted_at": used.fitted_at,
            }
            for wish, serving in used.lists.items()
        }
        kinds = [kind for kind, _most in self._types() if kind in PERSONAL_TYPES]
        first = AGAIN if kinds[:1] == [AGAIN] else DISCOVER
        warnings = [REPLACED_ALGORITHM] if self.has_replaced_algorithm else []
        if self._has_stale_candidates:
            warnings.append(STALE_CANDIDATES)
        return {"model": models[first], "models": models, "warnings": warnings}

    @property
    def has_replaced_algorithm(self) -> bool:
        """Whether the question names an algorithm that another algorithm has replaced."""
        return any(name in REPLACED for name, _weight in self.question.weights)

    @property
    def _has_stale_candidates(self) -> bool:
        """Whether a list is made of candidates that a later night could not write again.

        Computes no list: a late reply has no time for it.
        """
        makers = {serving.algorithm for serving in self.lists.used.lists.values()}
        makers.update(name for name, _weight in self.question.weights)
        fit = newest_fit() if SEQUENCE in makers else None
        return fit is not None and is_stale(fit)

    def _types(self) -> Sequence[tuple[str, int]]:
        if self.question.types:
            return self.question.types
        first = OF_PRODUCT if self.question.sku else OF_CART if self.question.cart else {}
        return list({**first, **USUAL}.items())

    def _list(self, kind: str, most: int) -> dict[str, Any]:
        chosen = self.lists.choose_items(kind, most)
        reasons = self._reasons(self.lists.source(kind), chosen)
        items = [
            {
                **item_of(one, rank),
                **self._maker(kind, one),
                "reasons": reasons[one.product.sku],
            }
            for rank, one in enumerate(chosen, 1)
        ]
        return {"type": kind, "items": items}

    def _maker(self, kind: str, one: Chosen) -> dict[str, str]:
        """Return the list and the algorithm that an item of a personal list comes from."""
        if kind not in PERSONAL_TYPES:
            return {}
        return {"wish": one.wish, "algorithm": self._algorithm(one)}

    def _algorithm(self, one: Chosen) -> str:
        """Return the algorithm that scored an item of a personal list."""
        if one.is_unsold:
            return CONTENT_BASED.name
        is_of_session = self.lists.served == SESSION and one.product.sku in self.lists.session
        return SESSION if is_of_session else self.lists.algorithm(one.wish)

    def _reasons(self, kind: str, chosen: Sequence[Chosen]) -> Mapping[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {
            one.product.sku: [self._reason(kind, one)] for one in chosen
        }
        as_of, owed = self.question.as_of, dict[str, str]()
        customer = self.lists.customer
        if kind == COMPLEMENTARY:
            owed = goes_with(list(found), self.lists.anchors, as_of=as_of)
        if kind in PERSONAL_TYPES and customer is not None:
            for wish in (AGAIN, DISCOVER):
                skus = [one.product.sku for one in chosen if one.wish == wish]
                algorithm = self.lists.algorithm(wish)
                if skus:
                    owed |= because_of(customer, skus, algorithm=algorithm, as_of=as_of)
            for sku in found.keys() & self.lists.session.keys():
                found[sku].append(self._reason_of_view(sku))
            for sku, views in self._views(found).items():
                found[sku].append({"code": "viewed", "sku": sku, "value": figure(views)})
        for sku, other in owed.items():
            found[sku][0]["sku"] = other
        for one in chosen:
            found[one.product.sku] += self._reasons_for_raise(one)
        return found

    def _reasons_for_raise(self, one: Chosen) -> list[dict[str, Any]]:
        """Return the reasons for which the shop's rules have raised a score."""
        found = []
        margin = one.product.margin
        if self.lists.wishes.prefer_high_margin and margin is not None:
            found.append({"code": "margin", "value": figure(margin)})
        if share := self.lists.brand_shares.get(one.product.brand):
            found.append({"code": "brand", "value": figure(share)})
        return found

    def _reason(self, kind: str, one: Chosen) -> dict[str, Any]:
        value = figure(one.score)
        if one.is_unsold:
            return {"code": "new_product", "value": value}
        if kind == SIMILAR:
            return {"code": "similar_to", "sku": self.question.sku, "value": value}
        if kind in PERSONAL_TYPES or kind in {SESSION, SEGMENT}:
            if self._algorithm(one) == SESSION:
                return self._reason_of_view(one.product.sku)
            is_popular = self.lists.algorithm(one.wish) == POPULAR_LATELY.name
            return {"code": POPULAR if is_popular else "similar_to", "value": value}
        codes = {COMPLEMENTARY: "bought_together"}
        return {"code": codes.get(kind, kind), "value": value}

    def _reason_of_view(self, sku: str) -> dict[str, Any]:
        """Return, as a reason, the product viewed lately to which the SKU owes most."""
        session = self.lists.session[sku]
        return {"code": "viewed", "sku": session.owed_to, "value": figure(session.score)}

    def _views(self, skus: Mapping[str, Any]) -> Mapping[str, int]:
        if not self.question.is_explained:
            return {}
        rows = ProductView.objects.filter(
            customer=self.lists.customer,
            product__sku__in=list(skus),
            viewed_at__lte=self.lists.at,
        )
        return dict(rows.order_by().values_list("product__sku").annotate(found=Count("pk")))


def recommend_products(question: Question, tastes: Tastes) -> dict[str, Any]:
    """Return the whole reply to `question`, however long that takes."""
    with shared_histories():
        replying = Replying(question, tastes)
        replying.make()
        return replying.reply()
