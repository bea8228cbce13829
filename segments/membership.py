"""Checks membership of a customer: evaluated live for the checkout, stored for pages."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from conditions.errors import InvalidTree
from conditions.evaluator.facts import Facts, FactStore
from conditions.evaluator.given_cart import GivenCart, given_cart
from conditions.language.windows import LocalClock
from conditions.nodes.tree import Group
from core import clock
from core.clock import checked_clock
from core.database.prepared import rows_by_key
from core.database.replicas import read
from customers.models import Customer
from customers.models.identity.customer import CustomerKind
from segments.models import Membership, Segment
from segments.rules.evaluation.rule import Rule
from segments.rules.evaluation.rule_cache import rules_of
from segments.rules.in_conditions.questions import OPERATORS
from segments.rules.in_conditions.references import know_rule

logger = logging.getLogger(__name__)


def is_member(
    customer: Customer | None,
    segment: str | Segment,
    *,
    cart: Mapping[str, Any] | GivenCart | None = None,
    as_of: datetime | None = None,
) -> bool:
    """Return whether `customer` is a member of `segment` (or its code) at `as_of`, evaluated live.

    False for None and for a segment that is inactive, does not exist or has an invalid stored tree.
    `cart` (columns of `carts.csv`, `items`) replaces the stored active carts; `as_of` is aware, now
    by default. Raises `InvalidTree` for an invalid cart, and ValueError for an `as_of` without a
    time zone or too far away.
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
    """Return for each existing segment of `codes` whether the shopper is a member, evaluated live.

    See `shopper_of` for the shopper and for the exceptions.
    """

    def judge() -> dict[str, bool]:
        return shopper_of(customer, cart=cart, as_of=as_of).memberships(codes)

    # A shopper waits at the checkout: do not wait for a replica.
    return read(judge, may_wait=False)


def satisfies(
    operator: str,
    codes: Collection[str],
    customer: Customer | None = None,
    cart: Mapping[str, Any] | GivenCart | None = None,
) -> bool:
    """Return whether a price rule's condition on segments holds for the shopper.

    An anonymous shopper satisfies no operator. An inactive or deleted segment has no members, and a
    segment has none for the cart of a website outside its scope. Raises ValueError where `operator`
    is not one of `OPERATORS`, and the exceptions of `shopper_of`.
    """

    def judge() -> bool:
        return shopper_of(customer, cart=cart).satisfies(operator, codes)

    return read(judge, may_wait=False)


def shopper_of(
    customer: Customer | str | None,
    *,
    cart: Mapping[str, Any] | GivenCart | None = None,
    as_of: datetime | None = None,
) -> "Shopper":
    """Return the shopper, to be evaluated for many segments and trees.

    `customer` may be the shop's customer number, also that of a guest who was merged into them.
    Without a customer, the shopper is anonymous and evaluated by the given cart only; without
    either, they are in no segment. `cart` and `as_of` are those of `is_member`, with the same
    errors. Raises Customer.DoesNotExist for an unknown number.
    """
    at = checked_clock(clock.now() if as_of is None else as_of)
    given = None if cart is None else given_cart(cart, as_of=at)
    return Shopper(_facts(customer, given, at), customer is not None, at)


@dataclass
class Shopper:
    """A shopper at one moment; their data is loaded once.

    `facts` is None where nothing is known. Each segment is evaluated once: call `memberships` with
    all codes first, then the other methods cost nothing more.
    """

    facts: Facts | None
    is_customer: bool
    as_of: datetime
    _rules: dict[str, Rule | InvalidTree | None] = field(default_factory=dict)
    _members: dict[str, bool] = field(default_factory=dict)

    @property
    def website_ids(self) -> frozenset[int]:
        """The internal keys of the websites of the customer and of the given cart."""
        if self.facts is None:
            return frozenset()
        given = self.facts.given
        cart = () if given is None else (given.cart.store.website_id,)
        return frozenset((self.facts.customer.website_id, *cart))

    def memberships(self, codes: Collection[str]) -> dict[str, bool]:
        """Return for each existing segment of `codes` whether the shopper is a member."""
        self._look_at(codes)
        return {code: self._is_member(code) for code in codes if code in self._rules}

    def satisfies(self, operator: str, codes: Collection[str]) -> bool:
        """Return whether a price rule's condition on segments holds; see `satisfies`.

        Raises ValueError where `operator` is not one of `OPERATORS`.
        """
        if operator not in OPERATORS:
            raise ValueError(f"{operator!r} is not one of {', '.join(OPERATORS)}")
        if not self.is_customer:
            return False
        found = self.memberships(codes)
        counts = any(is_member and self._is_here(code) for code, is_member in found.items())
        return counts == (operator in {"is", "is_one_of"})

    def holds(self, tree: Group) -> bool:
        """Return whether a parsed tree holds for the shopper; False where nothing is known."""
        return self.facts is not None and tree.holds(self.facts.customer, self.facts)

    def _look_at(self, codes: Collection[str]) -> None:
        missing = set(codes) - set(self._rules)
        if not missing:
            return
        found = rules_of(missing)
        self._rules |= found
        if self.facts is not None:
            for code, rule in found.items():
                know_rule(self.facts, code, rule)

    def _is_member(self, code: str) -> bool:
        if code not in self._members:
            self._members[code] = self._judged(code)
        return self._members[code]

    def _judged(self, code: str) -> bool:
        rule = self._rules[code]
        if self.facts is None or not isinstance(rule, Rule):
            return False
        try:
            return rule.holds(self.facts)
        except InvalidTree:
            logger.exception("A segment that %s refers to is not valid", code)
            return False

    def _is_here(self, code: str) -> bool:
        """Return whether the scope of the segment includes the website of the given cart."""
        rule = self._rules[code]
        if self.facts is None or self.facts.given is None or not isinstance(rule, Rule):
            return True
        websites = rule.scope.website_ids
        return not websites or self.facts.given.cart.store.website_id in websites


def segments_of(customer: Customer) -> list[str]:
    """Return the codes of the active segments whose stored members include `customer`."""
    if customer.pk is None:
        return []

    def codes(key: Any) -> QuerySet[Any]:
        rows = Membership.objects.filter(customer=key, segment__is_active=True)
        ordered = rows.order_by("segment__priority", "segment__name", "segment_id")
        return ordered.values_list("segment__code")

    alias = Membership.objects.db
    return [code for (code,) in rows_by_key((Membership, "customer"), alias, codes, customer.pk)]


def _facts(customer: Customer | str | None, given: GivenCart | None, at: datetime) -> Facts | None:
    """Return the facts about the shopper; None where nothing is known."""
    if customer is None:
        if given is None:
            return None
        known: Customer | None = anonymous(given)
    else:
        # The caller's instance may be older than the stored row.
        known = _load_customer(customer)
    if known is None:
        return None
    return Facts(known, LocalClock(at, known.website.timezone), FactStore([known]), given)


def _load_customer(customer: Customer | str) -> Customer | None:
    if isinstance(customer, Customer):
        return _with_related("pk", customer.pk)
    found = _with_related("external_id", customer)
    found = found or _with_related("merges__guest_external_id", customer)
    if found is None:
        raise Customer.DoesNotExist
    return found


def _with_related(column: str, key: int | str) -> Customer | None:
    def rows(key: int | str) -> QuerySet[Customer]:
        related = Customer.objects.select_related("website", "store", "group", "wishlist")
        return related.filter(**{column: key})

    return next(iter(rows_by_key((Customer, column), Customer.objects.db, rows, key)), None)


def anonymous(given: GivenCart) -> Customer:
    """Return the shopper for an anonymous cart: a guest of the cart's website, in no group."""
    store = given.cart.store
    return Customer(kind=CustomerKind.GUEST, website=store.website, store=store, is_active=True)
