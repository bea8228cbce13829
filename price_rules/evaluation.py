"""Evaluate a cart by the price rules: the discounts of lines, and why rules were not applied."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from core import clock
from core.clock import checked_clock
from core.database.fields import strip_text
from customers.models import Customer
from price_rules.coupons.coupon_validity import Refusal, issued_coupon, refusal_of
from price_rules.models import CartPriceRule
from price_rules.till.amounts import amount_of
from price_rules.till.cart import TillCart, till_cart
from price_rules.till.details import detail_of, segment_names
from price_rules.till.discounts import discounts_of
from price_rules.till.lines import Line
from price_rules.till.reasons import (
    Reason,
    Till,
    lines_meant,
    reason_at_once,
    reason_by_trees,
)
from segments.membership import shopper_of


@dataclass(frozen=True)
class Given:
    """The discount that a rule gave on a line."""

    code: str
    amount: Decimal


@dataclass(frozen=True)
class EvaluatedLine:
    """A top-level line; `line` is the line number given in the cart, else its position from 1."""

    line: Any
    sku: str
    row_total: Decimal
    discount: Decimal
    rules: tuple[Given, ...]


@dataclass(frozen=True)
class Applied:
    """An applied rule; `stopped`: no further rules were evaluated after this rule."""

    code: str
    label: str
    amount: Decimal
    stopped: bool


@dataclass(frozen=True)
class NotApplied:
    """A rule that was not applied; `rule` is the code of the rule that ended the evaluation, or "".

    `detail` is a lazy sentence, computed on first access.
    """

    code: str
    reason: Reason
    rule: str
    detail: Any


@dataclass(frozen=True)
class CouponStatus:
    """The coupon code as written in the cart (None without a code), and its status.

    The status is `applied`, `valid_not_applied`, `unknown`, `expired`, `used_up`, `not_own`, or
    None without a code.
    """

    code: str | None
    status: str | None


@dataclass(frozen=True)
class Evaluation:
    """The result for a cart; amounts are in the base currency, with the decimals of prices."""

    as_of: datetime
    currency: str
    subtotal: Decimal
    discount: Decimal
    shipping_discount: Decimal
    free_shipping: bool
    grand_total: Decimal
    lines: tuple[EvaluatedLine, ...]
    applied: tuple[Applied, ...]
    not_applied: tuple[NotApplied, ...]
    coupon: CouponStatus


class UnknownRules(ValueError):
    """There are no rules with these codes."""

    def __init__(self, codes: Collection[str]) -> None:
        self.codes = list(codes)
        super().__init__(", ".join(self.codes))


def evaluate(
    cart: Mapping[str, Any],
    *,
    customer: Customer | str | None = None,
    as_of: datetime | None = None,
    rules: Collection[str] | None = None,
    as_if_active: str = "",
    reader: Any = None,
) -> Evaluation:
    """Return the evaluation of `cart` for `customer` (or a customer number; None: anonymous).

    Writes nothing. `cart` has the format of `segments.membership.is_member`, plus
    `shipping_amount`. `as_of` is an aware instant (default: now). `rules` limits the evaluation to
    the rules with these codes; the rule with the code `as_if_active` is evaluated as if it were
    active. Sentences name the segments that the user `reader` may see, and give the codes of all
    others. Raises `InvalidTree` for an invalid cart, ValueError for an `as_of` without a time zone
    or too far away, Customer.DoesNotExist for an unknown customer number, and UnknownRules for
    unknown codes of rules.
    """
    at = checked_clock(clock.now() if as_of is None else as_of)
    till = till_cart(cart, as_of=at)
    looked_at = _rules(rules)
    for rule in looked_at:
        rule.is_active |= rule.code == as_if_active
    shopper = shopper_of(customer, cart=till.given, as_of=at)
    if shopper.facts is None:  # The customer was deleted concurrently.
        shopper = shopper_of(None, cart=till.given, as_of=at)
    known = shopper.facts.customer if shopper.is_customer and shopper.facts else None
    coupon = issued_coupon(till.given.cart.coupon_code or "")
    refusal = None if coupon is None else refusal_of(coupon, known, at=at)
    codes = {code for rule in looked_at if rule.segments for code in rule.segments["segments"]}
    # Asked for once for the sentences of all rules.
    names: Any = SimpleLazyObject(partial(segment_names, reader, codes))
    counting = _Counting(Till(till, shopper, coupon, refusal, names))
    counting.apply(looked_at)
    return counting.result(at)


def _rules(codes: Collection[str] | None) -> list[CartPriceRule]:
    """Return the rules in the order of application. Raises UnknownRules for unknown codes."""
    rows = CartPriceRule.objects.order_by("priority", "code")
    if codes is None:
        return list(rows)
    found = list(rows.filter(code__in=codes))
    known = {rule.code for rule in found}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise UnknownRules(unknown)
    return found


class _Counting:
    """The state of an evaluation while rules are applied."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.free_shipping = False
        self.given: dict[Line, list[tuple[str, int]]] = defaultdict(list)
        self.applied: list[Applied] = []
        self.not_applied: list[NotApplied] = []
        self.coupon_applied = False

    @property
    def cart(self) -> TillCart:
        return self.till.cart

    def apply(self, rules: list[CartPriceRule]) -> None:
        at_once = {rule.pk: reason_at_once(rule, self.till) for rule in rules}
        asked = {
            code
            for rule in rules
            if at_once[rule.pk] is None and rule.segments
            for code in rule.segments["segments"]
        }
        # Load the memberships in all these segments together.
        self.till.shopper.memberships(asked)
        stopped_by = ""
        for rule in rules:
            if stopped_by:
                self._leave(rule, Reason.STOPPED, stopped_by)
                continue
            reason = at_once[rule.pk] or reason_by_trees(rule, self.till) or self._take(rule)
            if reason is not None:
                self._leave(rule, reason)
            elif rule.stop_further_rules:
                stopped_by = rule.code

    def _take(self, rule: CartPriceRule) -> Reason | None:
        """Apply the discount of `rule`; return the reason if the rule gives nothing, else None."""
        meant = lines_meant(rule, self.till)
        if not meant:
            return Reason.NO_LINES
        lines = [line for line in meant if line.remaining > 0]
        amounts = discounts_of(rule, lines)
        ships = rule.free_shipping and not self.free_shipping
        if not (any(amounts) or ships):
            return Reason.NOTHING_LEFT
        for line, amount in zip(lines, amounts, strict=True):
            if amount:
                line.remaining -= amount
                self.given[line].append((rule.code, amount))
        self.free_shipping |= ships
        self.coupon_applied |= self.till.coupon is not None and self.till.coupon.rule_id == rule.pk
        self.applied.append(
            Applied(rule.code, _label(rule), amount_of(sum(amounts)), rule.stop_further_rules)
        )
        return None

    def _leave(self, rule: CartPriceRule, reason: Reason, stopped_by: str = "") -> None:
        detail = SimpleLazyObject(partial(detail_of, rule, reason, self.till, stopped_by))
        self.not_applied.append(NotApplied(rule.code, reason, stopped_by, detail))

    def result(self, at: datetime) -> Evaluation:
        subtotal, shipping = self.cart.subtotal, self.cart.shipping
        discount = sum(line.row_total - line.remaining for line in self.cart.lines)
        shipping_discount = shipping if self.free_shipping else 0
        return Evaluation(
            as_of=at,
            currency=settings.BASE_CURRENCY,
            subtotal=amount_of(subtotal),
            discount=amount_of(discount),
            shipping_discount=amount_of(shipping_discount),
            free_shipping=self.free_shipping,
            grand_total=amount_of(subtotal - discount + shipping - shipping_discount),
            lines=tuple(self._line(line) for line in self.cart.lines),
            applied=tuple(self.applied),
            not_applied=tuple(self.not_applied),
            coupon=self._coupon(),
        )

    def _line(self, line: Line) -> EvaluatedLine:
        given = tuple(Given(code, amount_of(amount)) for code, amount in self.given[line])
        return EvaluatedLine(
            line.number,
            line.item.sku,
            amount_of(line.row_total),
            amount_of(line.row_total - line.remaining),
            given,
        )

    def _coupon(self) -> CouponStatus:
        code = self.cart.given.cart.coupon_code or ""
        if not strip_text(code):
            return CouponStatus(None, None)
        if self.till.coupon is None:
            return CouponStatus(code, "unknown")
        refusal = self.till.refusal
        # The reply has one word for both.
        if refusal is Refusal.USED_UP_BY_CUSTOMER:
            refusal = Refusal.USED_UP
        if refusal is not None:
            return CouponStatus(code, refusal.value)
        return CouponStatus(code, "applied" if self.coupon_applied else "valid_not_applied")


def _label(rule: CartPriceRule) -> str:
    """Return the label of a rule for shoppers.

    The label in the active language, else in the shop's, else in any language, else the name.
    """
    for language in (get_language() or "", settings.LANGUAGE_CODE):
        if text := rule.label.get(language):
            return str(text)
    return next((str(text) for text in rule.label.values() if text), rule.name)
