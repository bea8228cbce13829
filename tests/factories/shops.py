"""Real shops that the tests of several modules read; each is imported once in a run of the tests.

The data lie beside the project, not in it.
"""

import fcntl
import os
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.factories.rows import copy_rows_from, keep_what_is_written

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"


@pytest.fixture(scope="module")
def online_retail(rows_for_all: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the shop "Online Retail" for a module, as `rows_for_all` has rows.

    On SQLite the first module that requests the shop imports it; the modules after it, in whatever
    process of the run, copy the database. PostgreSQL imports the shop for each module.
    """
    if connection.vendor != "sqlite":
        _import_online_retail()
        return
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    imported = folder / "online_retail.sqlite3"
    with (folder / "online_retail.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if imported.exists():
            with closing(sqlite3.connect(imported)) as source:
                copy_rows_from(source)
            return
        _import_online_retail()
        keep_what_is_written()
        # A process that dies meanwhile leaves no half a shop to the others.
        part = imported.with_suffix(".part")
        with closing(sqlite3.connect(part)) as copy:
            connection.connection.backup(copy)
        part.rename(imported)


def _import_online_retail() -> None:
    call_command("import_online_retail", DATA / "online_retail.csv.xz", stdout=StringIO())
