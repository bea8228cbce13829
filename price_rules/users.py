"""Who uses a rule: campaigns and sequences that give its coupons, and whatever else there may be.

A row that is to keep its rule from being deleted is written in the transaction in which
`rule_to_use` was asked for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from core.registries import Registry
from price_rules.models import CartPriceRule


def _nothing(rule: CartPriceRule) -> Iterable[str]:
    """Return that nothing is held up by a rule."""
    return ()


@dataclass(frozen=True)
class UsersOfRules:
    """One kind of rows that use rules; `find` names those that keep a rule from being deleted.

    `held_up` returns a sentence for each that would not be sent with the rule as it is given, which
    may not be stored yet.
    """

    name: str
    label: str | Promise
    find: Callable[[CartPriceRule], Iterable[str]]
    held_up: Callable[[CartPriceRule], Iterable[str]] = _nothing


USERS: Registry[UsersOfRules] = Registry("user of price rules")


def rule_to_use(code: str) -> CartPriceRule:
    """Return the rule `code`, which nobody deletes until the transaction is over.

    Raises CartPriceRule.DoesNotExist.
    """
    found: CartPriceRule = CartPriceRule.objects.select_for_update(no_key=True).get(code=code)
    return found


def users_of(rule: CartPriceRule) -> list[str]:
    """Return what uses `rule`, by name."""
    return [name for users in USERS for name in users.find(rule)]


def held_up_by(rule: CartPriceRule) -> list[str]:
    """Return a sentence for each user that would not be sent with `rule` as it is given."""
    return [text for users in USERS for text in users.held_up(rule)]
