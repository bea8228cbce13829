"""Offers for a customer by priority, with reasons; each shown response is in the audit log.

Each offer can have a score for how well it fits the customer. The score only orders offers of the
same priority, and only where the setting `OFFERS_BY_SCORE` is on.

Customers of the holdout group get no offers; customers who refuse personalization and anonymous
shoppers only get offers that are for everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from conditions.evaluator.given_cart import given_cart
from core.audit import record
from core.clock import checked_clock, now
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from customers.privacy.erased import erased_among
from personalization.assignment import is_held_out
from personalization.conditions.audience import Judge, segments_named
from personalization.models import Offer, OfferKind
from personalization.offers.audit import CUSTOMER_OFFER, SHOWN
from personalization.offers.margins import Margins
from personalization.offers.protection import offers_without_protected
from personalization.offers.scoring.formula import score_of
from personalization.offers.scoring.shares import CustomerFit
from personalization.offers.spending import left_of, times_of
from personalization.offers.words import disclosure_of, sentence_of
from segments.models import Segment

MOST_OFFERS = 5


@dataclass(frozen=True)
class Given:
    """An offer for a customer, in the language of the request.

    `score`: how well it fits, 0 to 1 with 4 decimals; None where no score was asked for, and for
    anonymous shoppers and customers who refuse personalization.
    """

    offer: Offer
    sentence: str
    disclosure: str
    score: Decimal | None = None


def evaluate(
    customer: Customer | None,
    *,
    cart: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
    weights: Mapping[str, float] | None = None,
    is_scored: bool = False,
) -> list[Given]:
    """Return the offers for `customer` (None: anonymous), at most 5; nothing is stored.

    With `is_scored` each offer has its score, by `weights` of its parts (the usual weights without
    any). Audiences are evaluated by stored membership; with a `cart` (as for `POST check/`) or an
    aware `as_of` they are evaluated live. Raises InvalidTree for an invalid cart, ValueError for an
    instant too far away.
    """
    at = checked_clock(now() if as_of is None else as_of)
    given = None if cart is None else given_cart(cart, as_of=at)
    if customer is not None and is_held_out(customer):
        return []
    offers = _running(at)
    left = left_of(offers)
    times = times_of(offers, customer) if customer is not None else {}
    is_known = customer is not None and not refuses(customer, Purpose.PERSONALIZATION)
    judge = Judge(customer if is_known else None, cart=given, as_of=as_of)
    margins = None if given is None else Margins(given)
    by_score = settings.OFFERS_BY_SCORE and is_known
    found: list[Offer] = []
    for offer in offers:
        least = offer.value if offer.kind == OfferKind.FIXED else None
        if offer.pk in left and (left[offer.pk] <= 0 or left[offer.pk] < (least or 0)):
            continue
        if offer.max_per_customer is not None and times.get(offer.pk, 0) >= offer.max_per_customer:
            continue
        if margins is not None and not margins.allow(offer):
            continue
        if judge.holds(offer.audience):
            found.append(offer)
        if len(found) == MOST_OFFERS and not by_score:
            break
    scores: dict[int, Decimal] = {}
    if customer is not None and is_known and (is_scored or by_score):
        fit = CustomerFit(customer, at, as_of=as_of)
        scores = {one.pk: score_of(fit.parts(one), weights) for one in found}
    if by_score:
        # Offers come by code already, which decides between equal scores.
        found.sort(key=lambda one: (one.priority, -scores[one.pk]))
    return _offers_with_reasons(found[:MOST_OFFERS], judge, scores)


def show(
    customer: Customer | None,
    *,
    cart: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
    weights: Mapping[str, float] | None = None,
    author: Any,
) -> list[Given]:
    """Return the offers with scores, to be shown to the customer, and note them in the audit log.

    `author` is the requesting user. Raises Customer.DoesNotExist where the customer is gone or
    being erased, and the errors of `evaluate`.
    """
    found = evaluate(customer, cart=cart, as_of=as_of, weights=weights, is_scored=True)
    if customer is None:
        return found
    audit_shown_offers(customer, [one.offer.code for one in found], author=author, as_of=as_of)
    return found


def audit_shown_offers(
    customer: Customer, codes: Sequence[str], *, author: Any, as_of: datetime | None = None
) -> None:
    """Note in the audit log that `author` showed a customer the offers with these codes, if any.

    Raises Customer.DoesNotExist where the customer is gone or being erased.
    """
    if not codes:
        return
    shown: dict[str, Any] = {"offers": list(codes)}
    if as_of is not None:
        shown["as_of"] = as_of.isoformat()
    with transaction.atomic():
        _hold(customer)
        stored = Customer.objects.get(pk=customer.pk)
        if erased_among({stored.external_id}):
            raise Customer.DoesNotExist
        record(author, SHOWN.name, CUSTOMER_OFFER, stored.external_id, after=shown)


def _hold(customer: Customer) -> None:
    """Serialize with a concurrent erasure of the customer, without blocking updates of the row."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = Customer._meta.db_table
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR KEY SHARE", [customer.pk])


def _running(at: datetime) -> list[Offer]:
    """Return the active offers within their period that ask for nothing protected."""
    has_begun = Q(starts_at=None) | Q(starts_at__lte=at)
    goes_on = Q(ends_at=None) | Q(ends_at__gt=at)
    return offers_without_protected(Offer.objects.filter(has_begun, goes_on, is_active=True))


def _offers_with_reasons(
    offers: Sequence[Offer], judge: Judge, scores: Mapping[int, Decimal]
) -> list[Given]:
    codes = {code for one in offers for code in segments_named(one.audience)}
    names = dict(Segment.objects.filter(code__in=codes).values_list("code", "name"))
    return [
        Given(one, sentence_of(one), disclosure_of(one, judge, names), scores.get(one.pk))
        for one in offers
    ]
