"""For how long rows are kept: each app registers its rules, and a daily task follows them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from core.clock import now
from core.registries import Registry

# So many rows are deleted in one transaction, so that nobody waits long for it.
BATCH = 5_000


@dataclass(frozen=True)
class Rule:
    """What is deleted some time after it was written; `name` is the model's label, in lower case.

    `expired` returns, for an aware instant, the rows that are no longer kept then; `none()` where
    the settings keep them for ever. They are deleted with what hangs on them; `before` is called
    with them in the same transaction, for what is to be known of them all the same.
    """

    name: str
    expired: Callable[[datetime], models.QuerySet[Any]]
    before: Callable[[models.QuerySet[Any]], object] | None = None


RULES: Registry[Rule] = Registry("rule of retention")


def purge(rules: Iterable[Rule] | None = None) -> Iterator[tuple[str, int]]:
    """Delete what is no longer kept; yield each rule's name with the rows of a batch, as it goes.

    By all rules, or those of `rules`. Batches are transactions of their own: what was deleted stays
    so, whatever comes after.
    """
    at = now()
    for rule in RULES if rules is None else rules:
        while count := _delete_batch(rule, at):
            yield rule.name, count


def counted(rules: Iterable[Rule] | None = None) -> Iterator[tuple[str, int]]:
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
