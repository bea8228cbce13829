"""What DuckDB says of a store that fails while it reads."""

from datetime import UTC, datetime

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import parquet, table

from conditions.engines.engine import EngineFailed, engine
from conditions.engines.translation import Translated
from customers.snapshots.manifest import File, Manifest, Table

PATH = "shop/0123456789abcdef-00001.parquet"


def test_a_store_that_is_gone_is_an_error_in_a_line(monkeypatch):
    files = MemoryFileSystem()
    with files.open(f"/gone/{PATH}", "wb") as file:
        parquet.write_table(table({"id": [1]}), file)
    shop = Table({"id": "int64"}, (File(PATH, 1, 0, PATH, {}),))
    manifest = Manifest(datetime(2024, 3, 10, tzinfo=UTC), "", "", tables={"shop": shop})
    asked = Translated("SELECT id FROM shop_shop")

    def gone(self, path, mode="rb", **kwargs):
        raise OSError("the store is gone")

    with engine("duckdb").opened("memory://gone", manifest) as session:
        assert session.rows(asked) == [(1,)]
        monkeypatch.setattr(MemoryFileSystem, "_open", gone)
        with pytest.raises(EngineFailed) as failed:
            session.rows(asked)
    assert str(failed.value) == "OSError: the store is gone"
