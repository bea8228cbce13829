"""Packages that shop snapshots need and nothing else does: an extra, imported when it is needed."""

from importlib.util import find_spec

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError

PACKAGES = ("pyarrow", "adbc_driver_postgresql")


def require_extra() -> None:
    """Raise SnapshotError where the extra is not installed."""
    if any(find_spec(package) is None for package in PACKAGES):
        raise SnapshotError(_("Shop snapshots need the extra “snapshots”: bin/prepare snapshots"))
