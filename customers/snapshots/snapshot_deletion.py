"""A shop snapshot is given up: its files are deleted, and that it was there is forgotten."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from customers.models import Snapshot
from customers.snapshots.databases import database_of
from customers.snapshots.errors import SnapshotError
from customers.snapshots.locks import Lock, lock_location
from customers.snapshots.manifest import NAME, stored_manifest
from customers.snapshots.places.store import Store
from customers.snapshots.places.stores import open_store


def forget_snapshot(url: str) -> int:
    """Delete the shop snapshot in `url` and return how many files it had; erasures pass it by then.

    Files that another database has written stay, such as those of the one that this is a copy of.
    Raises SnapshotError where none was written there, where an export writes or an erasure is at
    it; OSError of a local directory. Then the row stays.
    """
    store = open_store(url)
    rows = Snapshot.objects.filter(location=store.location)
    if not rows.exists():
        text = _("This database has written no shop snapshot to %(place)s.")
        raise SnapshotError(text % {"place": store.location})
    with (
        connection.cursor() as cursor,
        lock_location(cursor, Lock.EXPORT, store.location) as nobody_exports,
        lock_location(cursor, Lock.MANIFEST, store.location) as nobody_erases,
    ):
        if not (nobody_exports and nobody_erases):
            text = _("Another export writes to %(place)s.")
            raise SnapshotError(text % {"place": store.location})
        if _is_of_another(store, cursor):
            rows.delete()
            return 0
        # First, so that no reader begins with files that are about to be deleted.
        store.delete([NAME])
        files = sorted(store.sizes())
        store.delete(files)
        store.settle()
        rows.delete()
    return len(files)


def _is_of_another(store: Store, cursor: Any) -> bool:
    try:
        found = stored_manifest(store)
    except SnapshotError:
        return False  # What is broken is nobody's.
    return found is not None and found.database != database_of(cursor)
