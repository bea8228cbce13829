"""Span contexts that are stored in the database together with the work that they belong to.

The database is the queue, and no message carries a trace: the transaction that queues the work
stores the context, and the process that does the work reads it. Only contexts of sampled traces are
stored, for an hour.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from core.clock import now
from core.tracing.spans import LONGEST_CONTEXT, current_context, is_tracing

KEPT_FOR = timedelta(hours=1)


class ContextKind(StrEnum):
    """The kind of work that a context is kept for; its key is that of the row concerned."""

    # A customer who was marked, by their internal key; and the evaluation that followed, at the
    # instant of its entries in the change log.
    MARKED = "marked"
    JUDGED = "judged"
    REFRESH = "refresh"
    EXPORT = "export"
    TRAINING = "training"


# The evaluation of marked customers has a trace of its own, with its own database spans.
SHARES_NO_BUDGET = {ContextKind.MARKED}


class KeptContext(models.Model):
    """The context of the span that queued some work, or of the one that a later span continues."""

    kind = models.CharField(max_length=16)
    key = models.BigIntegerField()
    context = models.CharField(max_length=LONGEST_CONTEXT)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "customers"
        indexes = [models.Index(fields=["kind", "key"], name="kept_context_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def keep_context(kind: ContextKind, keys: Collection[int]) -> None:
    """Keep the context of the current span for work about `keys`; nothing where none is sampled."""
    if not is_tracing() or not keys:
        return
    context = current_context(shares_budget=kind not in SHARES_NO_BUDGET)
    if context:
        keep_contexts(kind, [(key, context) for key in sorted(set(keys))], now())


def keep_contexts(kind: ContextKind, contexts: Iterable[tuple[int, str]], at: datetime) -> None:
    """Keep a context for each key, as of an aware instant; empty ones are left out."""
    KeptContext.objects.bulk_create(
        KeptContext(kind=kind, key=key, context=context, at=at)
        for key, context in contexts
        if context
    )


def take_contexts(kind: ContextKind, keys: Collection[int]) -> Sequence[tuple[int, str]]:
    """Remove what is kept for `keys`, and return each key with its context, the first first.

    Also removes expired contexts. Call this in the transaction that does the work.
    """
    if not is_tracing() or not keys:
        return ()
    KeptContext.objects.filter(at__lt=now() - KEPT_FOR).delete()
    rows = list(KeptContext.objects.filter(kind=kind, key__in=keys).order_by("pk"))
    if rows:
        KeptContext.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [(row.key, row.context) for row in rows]


def stored_contexts(
    kind: ContextKind, keys: Collection[int], *, at: Collection[datetime] = ()
) -> list[str]:
    """Return the contexts that are kept for `keys`, each once, the first first.

    With instants only what is as of one of them.
    """
    if not is_tracing() or not keys:
        return []
    rows = KeptContext.objects.filter(kind=kind, key__in=keys).order_by("pk")
    if at:
        rows = rows.filter(at__in=at)
    return list(dict.fromkeys(rows.values_list("context", flat=True)))


def continued_context(kind: ContextKind, key: int) -> str:
    """Return the context that the work `key` continues; empty where there is none."""
    return next(iter(stored_contexts(kind, [key])), "")


def expired_contexts(at: datetime) -> "models.QuerySet[KeptContext]":
    """Return the contexts that are kept no longer at `at` (aware)."""
    return KeptContext.objects.filter(at__lt=at - KEPT_FOR)
