"""The only way in for rules: checks everything, then stores it with its version."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from core.audit import record
from core.clock import now
from core.problems import Problem
from core.text.codes import free_code as free_code_among
from customers.models import AuditAction
from price_rules.audit import RULE
from price_rules.definition import Definition, as_json, definition_from, definition_of
from price_rules.editing.checking import RESERVED_CODES, check
from price_rules.models import CartPriceRule, CartPriceRuleVersion, Coupon, CouponKind


@dataclass(frozen=True)
class Saved:
    """A stored rule, and what it warns of."""

    rule: CartPriceRule
    warnings: tuple[Problem, ...]


def create_rule(code: str, definition: Definition, *, author: Any) -> Saved:
    """Store a new rule as its version 1; raises InvalidRule, and nothing is stored then."""
    return _stored(lambda: CartPriceRule(code=code), definition, author)


def free_code(name: str) -> str:
    """Return a code made from `name` that no rule has."""
    rows = CartPriceRule.objects.all()
    return free_code_among(name, rows, otherwise="rule", reserved=RESERVED_CODES)


def save_rule(rule: CartPriceRule, definition: Definition, *, author: Any) -> Saved:
    """Store `definition` as a new version of `rule`, if it says anything new.

    Raises InvalidRule, and nothing is stored then. The code never changes.
    """
    return _stored(lambda: lock_rule(rule.pk), definition, author)


def restore_version(rule: CartPriceRule, number: int, *, author: Any) -> Saved:
    """Make what `rule` said as version `number` the newest version; raises as `save_rule`."""
    version = rule.versions.get(number=number)
    return save_rule(rule, definition_from(version.definition), author=author)


def lock_rule(pk: int) -> CartPriceRule:
    """Return the stored rule, which nobody changes until the transaction is over."""
    rule: CartPriceRule = CartPriceRule.objects.select_for_update(no_key=True).get(pk=pk)
    return rule


def _stored(begin: Callable[[], CartPriceRule], wanted: Definition, author: Any) -> Saved:
    try:
        with transaction.atomic():
            return _store(begin(), wanted, author)
    except IntegrityError:
        # Somebody took the code in between: now the check sees it.
        with transaction.atomic():
            return _store(begin(), wanted, author)


def _store(rule: CartPriceRule, wanted: Definition, author: Any) -> Saved:
    is_new = rule._state.adding
    checked = check(wanted, rule)
    before = None if is_new else as_json(definition_of(rule))
    after = as_json(checked.definition)
    if before == after:
        return Saved(rule, checked.warnings)
    for name, value in vars(checked.definition).items():
        setattr(rule, name, value)
    rule.limit_pieces(checked.definition.max_quantity)
    rule.version += 1
    rule.save()
    CartPriceRuleVersion.objects.create(
        rule=rule, number=rule.version, definition=after, author=author, created_at=now()
    )
    if rule.coupon == CouponKind.SPECIFIC:
        _keep_specific(rule)
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    record(author, action, RULE, rule.code, before=before, after=after)
    return Saved(rule, checked.warnings)


def _keep_specific(rule: CartPriceRule) -> None:
    """Have a row for the code that everybody may use; it may have been the rule's before."""
    own = Coupon.objects.called(rule.coupon_code).filter(rule=rule).first()
    if own is None:
        Coupon.objects.create(rule=rule, code=rule.coupon_code, uses=0, created_at=now())
    elif own.code != rule.coupon_code:
        own.code = rule.coupon_code
        own.save(update_fields=["code"])
