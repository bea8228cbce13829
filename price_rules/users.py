"""Registry of the uses of a rule, such as campaigns and sequences that give its coupons.

A row that prevents the deletion of its rule must be written in a transaction that has locked the
rule (`select_for_update`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from core.registries import Registry
from price_rules.models import CartPriceRule


def _nothing(rule: CartPriceRule) -> Iterable[str]:
    """Return no sentences."""
    return ()


@dataclass(frozen=True)
class UsersOfRules:
    """A kind of rows that use rules; `find` returns the names of rows that prevent a deletion.

    `held_up` returns a sentence for each row that could not be sent with the given state of the
    rule, which may not be stored yet.
    """

    name: str
    label: str | Promise
    find: Callable[[CartPriceRule], Iterable[str]]
    held_up: Callable[[CartPriceRule], Iterable[str]] = _nothing


USERS: Registry[UsersOfRules] = Registry("user of price rules")


def users_of(rule: CartPriceRule) -> list[str]:
    """Return the names of all rows that use `rule` and prevent its deletion."""
    return [name for users in USERS for name in users.find(rule)]


def held_up_by(rule: CartPriceRule) -> list[str]:
    """Return a sentence for each row that could not be sent with the given state of `rule`."""
    return [text for users in USERS for text in users.held_up(rule)]
