"""Fixtures of the customers app."""

from pathlib import Path

import pytest

from customers.tests.importing import Importer


@pytest.fixture
def importer(db: None, tmp_path: Path) -> Importer:
    return Importer(tmp_path)
