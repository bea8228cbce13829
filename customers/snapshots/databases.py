"""Identifies the database of a shop snapshot, since copies of a database know the same places."""

from typing import Any

from customers.models import Erasure
from customers.snapshots.manifest import Manifest


def database_of(cursor: Any) -> str:
    """Return an identifier that a database restored from a backup of this one does not share."""
    cursor.execute(
        "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid"
        " FROM pg_database WHERE datname = current_database()"
    )
    (found,) = cursor.fetchone()
    return str(found)


def name_of_erasure(erasure: Erasure) -> tuple[int, str]:
    """Return the identifier of an erasure in manifests: its number and the time of the request.

    A copy of the database may have another erasure with the same number.
    """
    return erasure.pk, erasure.requested_at.isoformat()


def knows_erasures(manifest: Manifest) -> bool:
    """Return whether this database knows of all erasures that have removed rows from the files.

    Otherwise another database has erased customers who may still exist in this one: another copy of
    this database, or this database before it was restored from a backup.
    """
    numbers = [number for number, _requested_at in manifest.erased]
    known = {name_of_erasure(one) for one in Erasure.objects.filter(pk__in=numbers)}
    return known.issuperset(manifest.erased)
