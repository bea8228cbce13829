"""The log of changes of the holdout group's size, so that no result mixes two sizes."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from personalization.models import HoldoutChange
from predictions.refusals import Refused

CHANGED = "holdout_changed"


def note_share() -> None:
    """Note HOLDOUT_BASIS_POINTS with this instant, if the value differs from the last note."""
    last = HoldoutChange.objects.order_by("-number").first()
    if last is not None and last.basis_points == settings.HOLDOUT_BASIS_POINTS:
        return
    # A process that notes it at the same time takes the same number, and one row stays.
    HoldoutChange.objects.bulk_create(
        [
            HoldoutChange(
                number=1 if last is None else last.number + 1,
                basis_points=settings.HOLDOUT_BASIS_POINTS,
                at=now(),
            )
        ],
        ignore_conflicts=True,
    )


def share_of(since: datetime, until: datetime) -> int:
    """Return how many of 10,000 were held out from `since` until just before `until` (aware).

    Raises `Refused`, `holdout_changed`, for a change within the period; `changed_at` says when.
    """
    noted = HoldoutChange.objects.order_by("number")
    first = noted.first()
    if first is None:
        share: int = settings.HOLDOUT_BASIS_POINTS
        return share
    changes = list(
        noted.filter(number__gt=first.number, at__gt=since, at__lt=until).values_list(
            "at", flat=True
        )
    )
    if changes:
        text = _(
            "The control group changed within this period: ask for a period before or after that. "
            "Results never mix two control groups."
        )
        raise Refused(CHANGED, text, changed_at=[at.isoformat() for at in changes])
    before = noted.filter(at__lte=since).last() or first
    return before.basis_points


def last_change(before: datetime) -> datetime | None:
    """Return the time of the holdout group's last change before an aware instant; None: never."""
    rows = HoldoutChange.objects.filter(number__gt=1, at__lt=before)
    return rows.order_by("-number").values_list("at", flat=True).first()
