"""Is this customer in this segment, now? Live answers for the till, stored ones for pages."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from conditions.evaluator.facts import Facts, FactStore
from conditions.evaluator.given_cart import GivenCart, given_cart
from conditions.language.errors import InvalidTree
from conditions.language.windows import LocalClock
from customers import clock
from customers.clock import checked_clock
from customers.models import Customer
from customers.models.customer import CustomerKind
from segments.database.replicas import read
from segments.models import Membership, Segment
from segments.rules.rule import rule_of

logger = logging.getLogger(__name__)

OPERATORS = ("is", "is_not", "is_one_of", "is_not_one_of")


def is_member(
    customer: Customer | None,
    segment: str | Segment,
    *,
    cart: Mapping[str, Any] | GivenCart | None = None,
    as_of: datetime | None = None,
) -> bool:
    """Return whether `customer` is a member of `segment` (or its code) at `as_of`, judged live.

    False for None, for an inactive segment, for one that does not exist and for one whose stored
    tree is not valid. `cart` (columns of `carts.csv`, `items`) stands in for the stored active
    carts; `as_of` is aware, now unless given. Raises `InvalidTree` for a cart that is not right,
    ValueError for an `as_of` without a time zone or too far away.
    """
    if customer is None:
        return False
    code = segment.code if isinstance(segment, Segment) else segment
    return memberships([code], customer, cart=cart, as_of=as_of).get(code, False)


def memberships(
    codes: Collection[str],
    customer: Customer | None,
    *,
    cart: Mapping[str, Any] | GivenCart | None = None,
    as_of: datetime | None = None,
) -> dict[str, bool]:
    """Return for each segment of `codes` that exists whether the shopper is a member, judged live.

    The rows of the customer are loaded once for all segments. Without a customer the shopper is
    anonymous and judged by the given cart alone; without either they are in no segment.
    """
    at = checked_clock(clock.now() if as_of is None else as_of)
    given = None if cart is None else given_cart(cart, as_of=at)

    def judge() -> dict[str, bool]:
        found = Segment.objects.filter(code__in=codes).with_overrides()
        segments = found.prefetch_related("websites", "customer_groups")
        facts = _facts(customer, given, at)
        if facts is None:
            return {segment.code: False for segment in segments}
        return {segment.code: _is_member(segment, facts) for segment in segments}

    # Somebody stands at the till: no replica is waited for.
    return read(judge, may_wait=False)


def satisfies(
    operator: str,
    codes: Collection[str],
    customer: Customer | None = None,
    cart: Mapping[str, Any] | GivenCart | None = None,
) -> bool:
    """Return whether a price rule's condition on segments holds for the shopper.

    `operator` is one of `OPERATORS` (ValueError otherwise). An anonymous shopper satisfies none of
    them. An inactive or deleted segment has no members, nor has one for the cart of a website that
    it is not about.
    """
    if operator not in OPERATORS:
        raise ValueError(f"{operator!r} is not one of {', '.join(OPERATORS)}")
    if customer is None:
        return False
    at = clock.now()
    given = None if cart is None else given_cart(cart, as_of=at)
    found = memberships(codes, customer, cart=given, as_of=at)
    if given is not None:
        website_id = given.cart.store.website_id
        elsewhere = Segment.objects.filter(code__in=found, websites__isnull=False).exclude(
            websites=website_id
        )
        found |= dict.fromkeys(elsewhere.values_list("code", flat=True), False)
    return any(found.values()) == (operator in {"is", "is_one_of"})


def segments_of(customer: Customer) -> list[str]:
    """Return the codes of the active segments whose stored members include `customer`."""
    rows = Membership.objects.filter(customer=customer, segment__is_active=True)
    ordered = rows.order_by("segment__priority", "segment__name", "segment_id")
    return list(ordered.values_list("segment__code", flat=True))


def _facts(customer: Customer | None, given: GivenCart | None, at: datetime) -> Facts | None:
    """Return what is known of the shopper; None where nothing is."""
    if customer is None:
        if given is None:
            return None
        known: Customer | None = anonymous(given)
    else:
        # What the caller holds may be older than what is stored.
        known = _stored(customer)
    if known is None:
        return None
    return Facts(known, LocalClock(at, known.website.timezone), FactStore([known]), given)


def _stored(customer: Customer) -> Customer | None:
    related = Customer.objects.select_related("website", "store", "group", "wishlist")
    return related.filter(pk=customer.pk).first()


def anonymous(given: GivenCart) -> Customer:
    """Return the shopper of whom only a cart is known: a guest of its website, in no group."""
    store = given.cart.store
    return Customer(kind=CustomerKind.GUEST, website=store.website, store=store, is_active=True)


def _is_member(segment: Segment, facts: Facts) -> bool:
    if not segment.is_active:
        return False
    try:
        return rule_of(segment).holds(facts)
    except InvalidTree:
        logger.exception("The stored tree of segment %s is not valid", segment.code)
        return False
