"""Checks the files of a shop snapshot against its manifest."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError
from customers.snapshots.extra import require_extra
from customers.snapshots.manifest import File, Manifest, read_manifest
from customers.snapshots.parquet.files import exact_sum
from customers.snapshots.places.store import Store
from customers.snapshots.places.stores import open_store

# Called with the number of files read so far and the number of all files.
OnFile = Callable[[int, int], None]


def check_there(url: str, manifest: Manifest) -> None:
    """Raise SnapshotError unless each file that `manifest` names is at `url`, with its bytes.

    The contents of the files are not read. Raises SnapshotError also where `url` cannot be reached.
    """
    store = open_store(url)
    try:
        sizes = store.sizes()
    except OSError as error:
        raise SnapshotError(str(error)) from error
    for file in manifest.files:
        found = sizes.get(file.path)
        if found is None:
            raise SnapshotError(_("%(file)s is not there.") % {"file": _named(store, file)})
        if found != file.bytes:
            text = _("%(file)s has %(found)d bytes where %(wanted)d were written.")
            said = {"file": _named(store, file), "found": found, "wanted": file.bytes}
            raise SnapshotError(text % said)


def check_contents(url: str, progress: OnFile | None = None) -> Manifest:
    """Read the shop snapshot at `url` as a whole, and return its manifest.

    Raises SnapshotError for the first file whose columns, rows or sums are not as it says, and
    where the place cannot be reached. Takes the memory of a row group.
    """
    require_extra()
    manifest = read_manifest(url)
    check_there(url, manifest)
    store, count = open_store(url), 0
    for table in manifest.tables.values():
        for file in table.files:
            _check(store, file, table.columns)
            count += 1
            if progress:
                progress(count, len(manifest.files))
    return manifest


def _check(store: Store, file: File, columns: Any) -> None:
    import pyarrow

    try:
        wrong = next(_differences(store, file, columns), "")
    except (pyarrow.ArrowException, OSError) as error:
        text = _("%(file)s cannot be read: %(error)s")
        raise SnapshotError(text % {"file": _named(store, file), "error": error}) from error
    if wrong:
        text = _("%(file)s is not as it was written: %(wrong)s")
        raise SnapshotError(text % {"file": _named(store, file), "wrong": wrong})


def _differences(store: Store, file: File, columns: Any) -> Iterator[str]:
    from pyarrow.parquet import ParquetFile

    with store.reading(file.path) as source:
        parquet = ParquetFile(source, page_checksum_verification=True)
        types = {field.name: str(field.type) for field in parquet.schema_arrow}
        if types != dict(columns):
            yield _("its columns are others")
        rows, sums = 0, dict.fromkeys(file.sums, 0)
        for group in range(parquet.num_row_groups):
            for batch in parquet.read_row_group(group).to_batches():
                rows += batch.num_rows
                for name in sums:
                    sums[name] += exact_sum(batch.column(name))
        if rows != file.rows:
            yield _("%(found)d rows instead of %(wanted)d") % {"found": rows, "wanted": file.rows}
        for name, wanted in file.sums.items():
            if sums[name] != wanted:
                text = _("the sum of %(column)s is %(found)d instead of %(wanted)d")
                yield text % {"column": name, "found": sums[name], "wanted": wanted}


def _named(store: Store, file: File) -> str:
    return f"{store.location}/{file.path}"
