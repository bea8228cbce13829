"""Retention of rows: each app registers its rules, and a daily task deletes by them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from core.clock import now
from core.registries import Registry

# Rows that one transaction deletes: few, so that other transactions do not wait long for its locks.
BATCH = 5_000


@dataclass(frozen=True)
class Rule:
    """A rule for rows that are deleted some time after they were written.

    `name` is the model's label, in lower case. `expired` returns the rows whose retention period
    has ended at an aware instant; `none()` where the settings keep the rows for ever. The rows are
    deleted with the rows that refer to them; `before` is called with them in the same transaction,
    to keep what is still needed of them, such as sums.
    """

    name: str
    expired: Callable[[datetime], models.QuerySet[Any]]
    before: Callable[[models.QuerySet[Any]], object] | None = None


RULES: Registry[Rule] = Registry("rule of retention")


def purge(rules: Iterable[Rule] | None = None) -> Iterator[tuple[str, int]]:
    """Delete the expired rows of `rules` (None: all); yield each rule's name and a batch's rows.

    Each batch is a transaction of its own, and stays deleted whatever happens afterwards.
    """
    at = now()
    for rule in RULES if rules is None else rules:
        while count := _delete_batch(rule, at):
            yield rule.name, count


def count_purgeable(rules: Iterable[Rule] | None = None) -> Iterator[tuple[str, int]]:
    """Yield each rule's name with the number of rows that a purge would delete now."""
    at = now()
    for rule in RULES if rules is None else rules:
        yield rule.name, rule.expired(at).count()


def _delete_batch(rule: Rule, at: datetime) -> int:
    with transaction.atomic():
        keys = list(rule.expired(at).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if keys:
            rows = rule.expired(at).model._default_manager.filter(pk__in=keys)
            if rule.before is not None:
                rule.before(rows)
            rows.delete()
        return len(keys)
