"""Fact: an import of the shop changed customers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from alerts.causes.shares import Cause
from alerts.facts.changes import Fact, Share, SizeChange, changes_in_direction, shares_of
from alerts.models import NoticedImport
from core.clock import now
from segments.models import ChangeReason

# Time within which the customers of an import are expected to be evaluated.
WORKED_IN = timedelta(hours=1)


def notice_import(**_what: Any) -> None:
    """Note that an import has just been committed."""
    NoticedImport.objects.create(at=now())


def find_imports(changes: Sequence[SizeChange]) -> Mapping[int, Share]:
    """Return, by segment, the share of log entries within an hour after the latest import.

    Only entries with the reason `EVENT` count. The change log does not name the source of a change,
    so live events in that hour count as changes of the import.
    """
    since = min(one.since for one in changes) - WORKED_IN
    until = max(one.until for one in changes)
    imports = NoticedImport.objects.filter(at__gt=since, at__lte=until).order_by("-at")
    latest = imports.values_list("at", flat=True).first()
    if latest is None:
        return {}
    entries = changes_in_direction(changes).filter(
        reason=ChangeReason.EVENT, at__gte=latest, at__lte=latest + WORKED_IN
    )
    details = {"at": latest.isoformat()}
    return {
        segment: Share(share, details) for segment, share in shares_of(entries, changes).items()
    }


IMPORTS = Fact(Cause.IMPORT, find_imports)
