"""Where shop snapshots lie: a local directory, or a store that fsspec reaches by an address."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError
from customers.snapshots.places.local import LocalStore
from customers.snapshots.places.remote import RemoteStore
from customers.snapshots.places.store import Store

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def open_store(url: str) -> Store:
    """Return the place that `url` names: a path, or an address such as `s3://bucket/shop`.

    Raises SnapshotError where it names none, or has a password, and where fsspec, or what it needs
    for the address, is not installed.
    """
    if not url.strip():
        raise SnapshotError(_("Say where shop snapshots lie: a directory, or s3://bucket/shop."))
    if not ADDRESS.match(url):
        return LocalStore(Path(url))
    parts = urlsplit(url)
    if parts.password is not None:
        # It would stand in logs, in errors on pages, and in the database.
        text = _("Leave the password out of the address: the environment says who we are there.")
        raise SnapshotError(text)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)))
    return RemoteStore(url.rstrip("/"))
