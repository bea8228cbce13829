"""Folds stored texts again: when the folding has changed, or SQL has written past the models."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction

from core.database.fields import FoldedTextField
from core.database.idle_timeouts import end_soon_when_silent
from core.text.folding import FOLD_VERSION
from customers.models import Customer, StoredFolding, UncheckedText
from customers.models.identity.customer import announce_left

BATCH = 2_000


def refold_if_changed(*, using: str = "default") -> int:
    """Bring every folded column to today's folding, and return the number of rows that changed.

    Does nothing where they have it already. All in one transaction, a batch of rows at a time.
    Tables and other columns that a later migration makes are not asked: `migrate` may be given one
    app alone.
    """
    with transaction.atomic(using=using):
        stored = StoredFolding.objects.using(using).first()
        if stored is not None and stored.version == FOLD_VERSION:
            return 0
        tables = connections[using].introspection.table_names()
        changed = sum(
            _refold(model, fields, using)
            for model, fields in _folded_models()
            if model._meta.db_table in tables
        )
        StoredFolding.objects.using(using).update_or_create(
            pk=1, defaults={"version": FOLD_VERSION}
        )
    return changed


def refold_unchecked(*, using: str = "default") -> int:
    """Check the rows whose folded columns may be stale, and return how many were.

    SQL that writes a text past the models leaves its folded copy behind; triggers note such rows
    (`customers.changes`). The correction marks their customers once more. Rows that another
    transaction is checking are left to it.
    """
    fields_of = {model._meta.db_table: (model, fields) for model, fields in _folded_models()}
    skips = connections[using].features.has_select_for_update_skip_locked
    changed = 0
    while True:
        with transaction.atomic(using=using):
            end_soon_when_silent(using)
            noted = UncheckedText.objects.using(using).select_for_update(skip_locked=skips)
            batch = list(noted.order_by("pk")[:BATCH])
            by_table: dict[str, list[int]] = {}
            for note in batch:
                by_table.setdefault(note.table, []).append(note.row_id)
            for table, ids in sorted(by_table.items()):
                if table in fields_of:
                    model, fields = fields_of[table]
                    # Locked, so that a text cannot change between its folding and the update.
                    rows = model._default_manager.using(using).select_for_update(of=("self",))
                    found = list(rows.filter(pk__in=ids).order_by("pk"))
                    left = [row for row in found if isinstance(row, Customer)]
                    announce_left([row.pk for row in left if row.leaves_mailbox], using=using)
                    changed += _refold_rows(model, fields, found, using)
            UncheckedText.objects.using(using).filter(pk__in=[note.pk for note in batch]).delete()
        # A correction is noted like any write, and checked once more.
        if not batch:
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
    texts = {name for field in fields for name in (field.name, field.source)}
    rows = model._default_manager.using(using).only(*texts).order_by("pk")
    return sum(_refold_rows(model, fields, batch, using) for batch in _batches(rows))


def _refold_rows(
    model: type[models.Model], fields: list[FoldedTextField], rows: list[Any], using: str
) -> int:
    stale = [row for row in rows if any(_is_stale(row, field) for field in fields)]
    for row in stale:
        for field in fields:
            field.pre_save(row, add=False)
    models.QuerySet(model, using=using).bulk_update(stale, [field.name for field in fields])
    return len(stale)


def _is_stale(row: Any, field: FoldedTextField) -> bool:
    return bool(getattr(row, field.attname) != field.fold(getattr(row, field.source)))


def _batches(rows: models.QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield `rows` in batches by key, so that memory does not grow with them."""
    after = 0
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        yield batch
        after = batch[-1].pk
