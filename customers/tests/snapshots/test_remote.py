"""Stores with buckets, as S3 is one: whole files, in a bucket that somebody has made."""

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractBufferedFile

from customers.snapshots.errors import SnapshotError
from customers.snapshots.places.stores import open_store

PATH = "customers_order/0123456789abcdef-00001.parquet"


class Upload(AbstractBufferedFile):
    """A file that is there once it is closed; as in S3, whoever forgets it closes it."""

    def _initiate_upload(self):
        self.parts = []

    def _upload_chunk(self, final=False):
        self.parts.append(self.buffer.getvalue())
        if final:
            self.fs.objects[self.path] = b"".join(self.parts)

    def discard(self):
        self.buffer = None


class Buckets(MemoryFileSystem):
    """Objects in buckets, one of them there; to make a folder makes its bucket."""

    protocol = "buckets"
    root_marker = ""
    cachable = False
    buckets = {"ours"}
    objects = {}

    @classmethod
    def _strip_protocol(cls, path):
        return path.removeprefix("buckets://").strip("/")

    def exists(self, path, **kwargs):
        return path.partition("/")[0] in self.buckets

    def makedirs(self, path, exist_ok=False):
        self.buckets.add(path.partition("/")[0])

    def pipe_file(self, path, value, mode="overwrite", **kwargs):
        self.objects[path] = value

    def _open(self, path, mode="rb", **kwargs):
        return Upload(self, path, mode)


@pytest.fixture
def buckets(monkeypatch):
    """Have an address of such a store, and return what is in it."""
    monkeypatch.setattr(Buckets, "buckets", {"ours"})
    monkeypatch.setattr(Buckets, "objects", {})
    fsspec.register_implementation("buckets", Buckets, clobber=True)
    return Buckets


def test_a_file_is_there_when_it_is_whole(buckets):
    with open_store("buckets://ours/shop").writing(PATH) as file:
        file.write(b"all")
        assert not buckets.objects
    assert buckets.objects == {f"ours/shop/{PATH}": b"all"}


def test_half_a_file_is_never_there(buckets):
    with pytest.raises(KeyboardInterrupt), open_store("buckets://ours/shop").writing(PATH) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    file.__del__()
    assert not buckets.objects


def test_a_bucket_is_made_by_nobody(buckets):
    store = open_store("buckets://oours/shop")
    with pytest.raises(FileNotFoundError, match="there is no oours"), store.writing(PATH):
        pass
    with pytest.raises(FileNotFoundError, match="there is no oours"):
        store.replace("manifest.json", b"{}")
    assert buckets.buckets == {"ours"}


def test_who_is_not_let_in_is_told_where(buckets, monkeypatch):
    def forbidden(self, path, **kwargs):
        raise PermissionError("Forbidden")

    monkeypatch.setattr(buckets, "exists", forbidden)
    told = "The store buckets://ours/shop failed: Forbidden"
    with pytest.raises(SnapshotError, match=told), open_store("buckets://ours/shop").writing(PATH):
        pass
