"""Which database a shop snapshot is of: copies of one know the same places."""

from typing import Any

from customers.models import Erasure
from customers.snapshots.manifest import Manifest


def database_of(cursor: Any) -> str:
    """Return what tells the cursor's database from one that was made of a backup of it."""
    cursor.execute(
        "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid"
        " FROM pg_database WHERE datname = current_database()"
    )
    (found,) = cursor.fetchone()
    return str(found)


def name_of_erasure(erasure: Erasure) -> tuple[int, str]:
    """Return what a manifest calls an erasure; a copy of the database may have another one of the
    same number.
    """
    return erasure.pk, erasure.requested_at.isoformat()


def knows_erasures(manifest: Manifest) -> bool:
    """Return whether this database knows of all erasures that have taken rows out of the files.

    Otherwise somebody else has: another copy of the database, or the one from before it was
    restored. Whom they have erased may be there here.
    """
    numbers = [number for number, _requested_at in manifest.erased]
    known = {name_of_erasure(one) for one in Erasure.objects.filter(pk__in=numbers)}
    return known.issuperset(manifest.erased)
