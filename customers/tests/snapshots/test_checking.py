"""Files that are not as their manifest says are noticed: by their bytes, or by what is in them."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pyarrow
import pytest
from django.core.management import CommandError, call_command
from pyarrow import parquet

from customers.snapshots.checking import check_contents, check_there
from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import Manifest, Table, publish, read_manifest
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.parquet.files import file_entry, writing
from customers.snapshots.places.stores import open_store

NAME = "customers_login"
COLUMNS = {"id": "int64", "words": "string"}
PATHS = [f"{NAME}/0123456789abcdef-0000{n}.parquet" for n in (1, 2)]


def rows(first: int) -> pyarrow.RecordBatch:
    ids = range(first, first + 500)
    words = [f"word {one * 7919 % 1000}" for one in ids]
    return pyarrow.RecordBatch.from_arrays([list(ids), words], schema=schema_of(COLUMNS))


@pytest.fixture(params=["", "memory:/"])
def url(request, tmp_path):
    """Return a place with a table of two files."""
    url = f"{request.param}{tmp_path}"
    store, files = open_store(url), []
    for number, path in enumerate(PATHS):
        with writing(store, path, NAME, schema_of(COLUMNS), None) as writer:
            writer.write(rows(500 * number))
        files.append(file_entry(writer, store, path, None))
    as_of = datetime(2026, 1, 1, tzinfo=UTC)
    publish(Manifest(as_of, "0/1", "1/2", {NAME: Table(COLUMNS, tuple(files))}), store)
    return url


def said_of(url, **changes):
    """Have the manifest say something else of the second file."""
    manifest = read_manifest(url)
    table = manifest.tables[NAME]
    files = (table.files[0], replace(table.files[1], **changes))
    manifest = replace(manifest, tables={NAME: replace(table, files=files)})
    publish(manifest, open_store(url))


def content(url):
    found = open_store(url).read(PATHS[1])
    assert found is not None
    return found


def test_what_is_as_it_was_written_is_not_refused(url):
    told_of = []
    manifest = check_contents(url, lambda count, wanted: told_of.append((count, wanted)))
    assert manifest == read_manifest(url)
    assert told_of == [(1, 2), (2, 2)]
    out = StringIO()
    call_command("export_snapshot", url, "--check", stdout=out)
    assert out.getvalue() == (
        "As of 2026-01-01T00:00:00+00:00: 1,000 rows of 1 tables in 2 files: all as they were"
        " written\n"
    )


def test_a_file_that_is_gone_or_has_other_bytes_is_noticed_without_reading(url):
    manifest, store, before = read_manifest(url), open_store(url), content(url)
    for kept in (before[:-1], before + b"\0", b""):
        store.replace(PATHS[1], kept)
        with pytest.raises(SnapshotError, match=f"{PATHS[1]} has {len(kept)} bytes"):
            check_there(url, manifest)
    store.delete([PATHS[1]])
    with pytest.raises(SnapshotError, match=f"{PATHS[1]} is not there"):
        check_there(url, manifest)
    with pytest.raises(CommandError, match="is not there"):
        call_command("export_snapshot", url, "--check")
    # One that nobody names is nobody's concern.
    store.replace(PATHS[1], before)
    store.replace(PATHS[1].replace("2.", "3."), b"x")
    check_there(url, manifest)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"rows": 499}, "500 rows instead of 499"),
        ({"sums": {"id": 374_751}}, "the sum of id is 374750 instead of 374751"),
    ],
)
def test_rows_and_sums_are_held_against_the_manifest(url, changes, wrong):
    said_of(url, **changes)
    check_there(url, read_manifest(url))
    with pytest.raises(SnapshotError, match=wrong):
        check_contents(url)


def test_other_columns_are_noticed(url):
    manifest = read_manifest(url)
    table = replace(manifest.tables[NAME], columns={"id": "int32", "words": "string"})
    publish(replace(manifest, tables={NAME: table}), open_store(url))
    with pytest.raises(SnapshotError, match="its columns are others"):
        check_contents(url)


def test_every_byte_of_the_rows_is_held_against_its_sum(url):
    """Wherever one bit falls over, it is noticed, in texts too, of which there are no sums."""
    store, before = open_store(url), content(url)
    words = parquet.ParquetFile(BytesIO(before)).metadata.row_group(0).column(1)
    end = words.dictionary_page_offset + words.total_compressed_size
    for at in range(end - 1, 4, -97):
        broken = bytearray(before)
        broken[at] ^= 16
        store.replace(PATHS[1], bytes(broken))
        with pytest.raises(SnapshotError, match=PATHS[1]):
            check_contents(url)


def test_a_place_that_cannot_be_looked_into_is_said(url, monkeypatch):
    manifest, store = read_manifest(url), open_store(url)

    def sizes(self):
        raise PermissionError(13, "not for you")

    monkeypatch.setattr(type(store), "sizes", sizes)
    with pytest.raises(SnapshotError, match="not for you"):
        check_there(url, manifest)
