"""Deletes rules with their coupons, unless others use them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.text.formats import in_quotes
from core.text.named import MOST_NAMED, first_named
from customers.models import AuditAction
from price_rules.audit import RULE
from price_rules.definition import as_json, definition_of
from price_rules.editing.saving import lock_rule
from price_rules.models import CartPriceRule
from price_rules.users import users_of


class RuleInUse(ValueError):
    """A rule that is in use is not deleted; `users` and the message name what uses it.

    The first 20 of them, and the message says how many more there are.
    """

    def __init__(self, rule: CartPriceRule, users: Sequence[str]) -> None:
        self.users = list(users[:MOST_NAMED])
        names = first_named([in_quotes(name) for name in users])
        text = _("“%(name)s” is used by %(users)s.")
        super().__init__(text % {"name": rule.name, "users": names})


def delete_rules(rules: Sequence[CartPriceRule], *, author: Any) -> None:
    """Delete `rules` for `author`, or none of them; raises RuleInUse for the first that is used."""
    with transaction.atomic():
        for rule in sorted(rules, key=lambda rule: rule.pk):
            lock_rule(rule.pk)
            users = users_of(rule)
            if users:
                raise RuleInUse(rule, users)
            before = as_json(definition_of(rule))
            record(author, AuditAction.DELETED, RULE, rule.code, before=before)
            rule.delete()
