"""A small committed shop, and a place for its snapshot."""

from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from customers.models import Customer, CustomerMerge, Wishlist
from customers.snapshots.manifest import Manifest, read_manifest
from customers.snapshots.places.stores import open_store
from customers.tests.rows import ROWS, a_customer, a_line, an_order


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Return a directory that is not there yet."""
    return str(tmp_path / "snapshots" / "shop")


@pytest.fixture
def customers(transactional_db: None) -> list[Customer]:
    """Return three customers with a row of each kind, and others without."""
    made = [a_customer(f"Tok-{n}", email=f"tok{n}@example.com") for n in range(3)]
    for customer in made:
        for model, (make, _other) in ROWS.items():
            # The wishlist is that of the wish, and the guest's number is taken.
            if model not in (Wishlist, CustomerMerge):
                make(customer)
    a_line(an_order(None))
    return made


def rows_in(place: str, model: type, manifest: Manifest | None = None) -> list[dict[str, Any]]:
    """Return the rows of a model in a shop snapshot, in the order of its files."""
    table = (manifest or read_manifest(place)).tables[model._meta.db_table]
    store, found = open_store(place), []
    for file in table.files:
        with store.reading(file.path) as source:
            found += parquet.read_table(source).to_pylist()
    return found


def files_with(place: str, text: str) -> list[str]:
    """Return the files below `place`, named or not, in which `text` stands in a column."""
    store = open_store(place)
    found = []
    for path in sorted(store.sizes()):
        with store.reading(path) as source:
            if any(text in str(one) for one in parquet.read_table(source).to_pylist()):
                found.append(path)
    return found
