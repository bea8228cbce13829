"""The only way in for rules: checks everything, then stores it with its version."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from core.audit import record
from core.clock import now
from customers.models import AuditAction
from personalization.audit import RULE
from personalization.editing.checking import check
from personalization.editing.definition import Definition, as_json, definition_of
from personalization.models import PersonalizationRule, PersonalizationRuleVersion


def create_rule(code: str, definition: Definition, *, author: Any) -> PersonalizationRule:
    """Store a new rule as its version 1; raises InvalidRule, and nothing is stored then."""
    return _stored(lambda: PersonalizationRule(code=code), definition, author)


def save_rule(
    rule: PersonalizationRule, definition: Definition, *, author: Any
) -> PersonalizationRule:
    """Store `definition` as a new version of `rule`, if it says anything new.

    Raises InvalidRule, and nothing is stored then. The code never changes.
    """
    return _stored(lambda: lock_rule(rule.pk), definition, author)


def delete_rule(rule: PersonalizationRule, *, author: Any) -> None:
    """Delete a rule with its versions; the audit log keeps what it said."""
    with transaction.atomic():
        before = as_json(definition_of(rule))
        record(author, AuditAction.DELETED, RULE, rule.code, before=before)
        rule.delete()


def lock_rule(pk: int) -> PersonalizationRule:
    """Return the stored rule, which nobody changes until the transaction is over."""
    rule: PersonalizationRule = PersonalizationRule.objects.select_for_update(no_key=True).get(
        pk=pk
    )
    return rule


def _stored(
    begin: Callable[[], PersonalizationRule], wanted: Definition, author: Any
) -> PersonalizationRule:
    try:
        with transaction.atomic():
            return _store(begin(), wanted, author)
    except IntegrityError:
        # Somebody took the code in between: now the check sees it.
        with transaction.atomic():
            return _store(begin(), wanted, author)


def _store(rule: PersonalizationRule, wanted: Definition, author: Any) -> PersonalizationRule:
    is_new = rule._state.adding
    definition = check(wanted, rule)
    before = None if is_new else as_json(definition_of(rule))
    after = as_json(definition)
    if before == after:
        return rule
    for name, value in vars(definition).items():
        setattr(rule, name, value)
    rule.version += 1
    rule.save()
    PersonalizationRuleVersion.objects.create(
        rule=rule, number=rule.version, definition=after, author=author, created_at=now()
    )
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    record(author, action, RULE, rule.code, before=before, after=after)
    return rule
