"""Candidates that a worker has stored: all that a web process knows of the network `sequence`."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from core.clock import now
from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from personalization.lists.scored import Scored
from personalization.models import SequenceFit, StoredCandidates

# Every night writes the candidates again: candidates older than two nights are stale.
STALE_AFTER = timedelta(hours=48)


def stored_candidates(customer: Customer, wish: str) -> list[Scored]:
    """Return the candidates of the newest finished fit for a customer's list, the best first."""
    rows = StoredCandidates.objects.filter(
        customer=customer, wish=wish, fit__finished_at__isnull=False
    )
    items = rows.order_by("-fit").values_list("items", flat=True).first()
    return [Scored(sku, score) for sku, score in items or ()]


def newest_fit() -> SequenceFit | None:
    """Return the fit whose candidates are in use, without its file; None: none has finished."""
    fits = SequenceFit.objects.exclude(finished_at=None).defer("content")
    return fits.order_by("-pk").first()


def is_stale(fit: SequenceFit, at: datetime | None = None) -> bool:
    """Return whether a night since the fit could not write its candidates again."""
    finished = fit.finished_at
    return fit.stale_at is not None or (
        finished is not None and (at or now()) - finished > STALE_AFTER
    )


def running_fits() -> QuerySet[SequenceFit]:
    """Return the fits that a worker is at, without those that were asked to end."""
    rows = SequenceFit.objects.filter(finished_at=None, cancel_requested_at=None)
    return rows.filter(lease_expires_at__gt=now())


def cancel_fits() -> int:
    """Ask the fits that have not finished to end; returns how many were asked."""
    return running_fits().update(cancel_requested_at=now())


def forget_refused(*, customers: Collection[int] | None, **_what: object) -> None:
    """Delete candidates of those who refuse personalization, among the keys `customers` (None:
    all).
    """
    who = Customer.objects.filter(refusing(Purpose.PERSONALIZATION), pk=OuterRef("customer"))
    rows = StoredCandidates.objects.filter(Exists(who))
    if customers is not None:
        rows = rows.filter(customer__in=list(customers))
    rows.delete()
