"""Folds stored texts anew when their folding has changed: with Tranche's rule, or with Unicode."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction

from customers.fields import FoldedTextField
from customers.folding import FOLD_VERSION
from customers.models import StoredFolding

BATCH = 2_000


def refold_if_changed(*, using: str = "default") -> int:
    """Bring every folded column to today's folding, and return the number of rows that changed.

    Does nothing where they have it already. All in one transaction, a batch of rows at a time.
    """
    with transaction.atomic(using=using):
        stored = StoredFolding.objects.using(using).first()
        if stored is not None and stored.version == FOLD_VERSION:
            return 0
        changed = sum(_refold(model, fields, using) for model, fields in _folded_models())
        StoredFolding.objects.using(using).update_or_create(
            pk=1, defaults={"version": FOLD_VERSION}
        )
    return changed


def _folded_models() -> Iterator[tuple[type[models.Model], list[FoldedTextField]]]:
    for model in apps.get_models():
        fields = [
            field
            for field in model._meta.local_concrete_fields
            if isinstance(field, FoldedTextField)
        ]
        if fields:
            yield model, fields


def _refold(model: type[models.Model], fields: list[FoldedTextField], using: str) -> int:
    changed = 0
    rows = model._default_manager.using(using).order_by("pk")
    for batch in _batches(rows):
        stale = [row for row in batch if any(_is_stale(row, field) for field in fields)]
        for row in stale:
            for field in fields:
                field.pre_save(row, add=False)
        models.QuerySet(model, using=using).bulk_update(stale, [field.name for field in fields])
        changed += len(stale)
    return changed


def _is_stale(row: Any, field: FoldedTextField) -> bool:
    return bool(getattr(row, field.attname) != field.fold(getattr(row, field.source)))


def _batches(rows: models.QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield `rows` in batches by key, so that memory does not grow with them."""
    after = 0
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        yield batch
        after = batch[-1].pk
