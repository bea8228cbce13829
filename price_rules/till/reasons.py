"""Check whether a rule applies to a cart; find the first reason against it, in contract order."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from conditions import registry
from conditions.errors import InvalidTree
from conditions.nodes.tree import Group
from core.database.fields import strip_text
from price_rules.coupons.coupon_validity import Refusal
from price_rules.models import CartPriceRule, Coupon, CouponKind
from price_rules.till.amounts import to_units
from price_rules.till.cart import TillCart
from price_rules.till.lines import Line
from price_rules.trees import LINES, conditions_of, lines_of
from segments.membership import Shopper

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a rule was not applied."""

    INACTIVE = "inactive"
    OTHER_WEBSITE = "other_website"
    OTHER_GROUP = "other_group"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    COUPON_MISSING = "coupon_missing"
    COUPON_OTHER = "coupon_other"
    USED_UP = "used_up"
    USED_UP_BY_CUSTOMER = "used_up_by_customer"
    NOT_OWN_COUPON = "not_own_coupon"
    EXPIRED_COUPON = "expired_coupon"
    SEGMENT = "segment"
    CONDITIONS = "conditions"
    MIN_SUBTOTAL = "min_subtotal"
    NO_LINES = "no_lines"
    NOTHING_LEFT = "nothing_left"
    STOPPED = "stopped"


REFUSED = {
    Refusal.USED_UP: Reason.USED_UP,
    Refusal.USED_UP_BY_CUSTOMER: Reason.USED_UP_BY_CUSTOMER,
    Refusal.NOT_OWN: Reason.NOT_OWN_COUPON,
    Refusal.EXPIRED: Reason.EXPIRED_COUPON,
}


@dataclass
class Till:
    """A shopper's cart at a moment, and its coupon. Each condition tree is only evaluated once."""

    cart: TillCart
    shopper: Shopper
    coupon: Coupon | None
    refusal: Refusal | None
    # Of the segments that the reader of the sentences may see, by code.
    segment_names: Mapping[str, str] = field(default_factory=dict)
    _parsed: dict[str, Group] = field(default_factory=dict)
    _held: dict[Group, bool] = field(default_factory=dict)
    _matching: dict[Group, frozenset[Line]] = field(default_factory=dict)

    @cached_property
    def website(self) -> str:
        """The code of the cart's website."""
        return str(self.cart.given.cart.store.website.code)

    @cached_property
    def group(self) -> str | None:
        """The code of the customer's group; None for an anonymous shopper."""
        facts = self.shopper.facts
        return facts.customer.group.code if self.shopper.is_customer and facts else None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the cart's website."""
        return ZoneInfo(self.cart.given.cart.store.website.timezone)

    def parsed(self, tree: Any, parse: Callable[..., Group]) -> Group:
        """Return a stored tree parsed by `parse`; equal trees of several rules are parsed once."""
        key = f"{parse.__name__} {json.dumps(tree, sort_keys=True)}"
        if key not in self._parsed:
            self._parsed[key] = parse(tree, stored=True)
        return self._parsed[key]

    def holds(self, tree: Group) -> bool:
        """Return whether the conditions hold for the shopper."""
        if tree not in self._held:
            self._held[tree] = self.shopper.holds(tree)
        return self._held[tree]

    def matching_lines(self, tree: Group | None) -> list[Line]:
        """Return the lines that match a rule's tree; all lines without a tree."""
        if tree is None or self.shopper.facts is None:
            return self.cart.lines
        if tree not in self._matching:
            facts = self.shopper.facts.inside(registry.relation(LINES))
            fitting = (line for line in self.cart.lines if tree.holds(line.item, facts))
            self._matching[tree] = frozenset(fitting)
        return [line for line in self.cart.lines if line in self._matching[tree]]


def reason_at_once(rule: CartPriceRule, till: Till) -> Reason | None:
    """Return the first reason that needs no condition tree: state, scope and coupon of the rule."""
    if not rule.is_active:
        return Reason.INACTIVE
    if wrong := reason_of_scope(
        rule, website=till.website, group=till.group, zone=till.zone, at=till.shopper.as_of
    ):
        return wrong
    if rule.coupon == CouponKind.NONE:
        return None
    if not strip_text(till.cart.given.cart.coupon_code):
        return Reason.COUPON_MISSING
    if till.coupon is None or till.coupon.rule_id != rule.pk:
        return Reason.COUPON_OTHER
    return None if till.refusal is None else REFUSED[till.refusal]


def reason_of_scope(
    rule: CartPriceRule, *, website: str | None, group: str | None, zone: tzinfo, at: datetime
) -> Reason | None:
    """Return why the rule does not apply on a website to a customer group at `at` (aware).

    `website` and `group` are codes. A `website` of None is unknown and not checked; a `group` of
    None is that of an anonymous shopper. The rule's first and last day are days in `zone`.
    """
    if rule.websites and website is not None and website not in rule.websites:
        return Reason.OTHER_WEBSITE
    if rule.customer_groups and group not in rule.customer_groups:
        return Reason.OTHER_GROUP
    starts_at, ends_at = rule.starts_at(zone), rule.ends_at(zone)
    if starts_at is not None and at < starts_at:
        return Reason.NOT_STARTED
    return Reason.ENDED if ends_at is not None and ends_at < at else None


def reason_by_trees(rule: CartPriceRule, till: Till) -> Reason | None:
    """Return the first reason after those of `reason_at_once` and before those about lines."""
    asked = rule.segments
    if asked and not till.shopper.satisfies(asked["operator"], asked["segments"]):
        return Reason.SEGMENT
    if not _conditions_hold(rule, till):
        return Reason.CONDITIONS
    if rule.min_subtotal is not None and till.cart.subtotal < to_units(rule.min_subtotal):
        return Reason.MIN_SUBTOTAL
    return None


def lines_meant(rule: CartPriceRule, till: Till) -> list[Line]:
    """Return the lines that the rule applies to; none if its stored tree is no longer valid."""
    try:
        return till.matching_lines(
            None if rule.items is None else till.parsed(rule.items, lines_of)
        )
    except InvalidTree:
        logger.exception("The lines of price rule %s are not valid", rule.code)
        return []


def _conditions_hold(rule: CartPriceRule, till: Till) -> bool:
    if rule.conditions is None:
        return True
    try:
        return till.holds(till.parsed(rule.conditions, conditions_of))
    except InvalidTree:
        logger.exception("The conditions of price rule %s are not valid", rule.code)
        return False
