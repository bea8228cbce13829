"""Real shops that the tests of several modules read; each is imported once in a run of the tests.

The data lie beside the project, not in it.
"""

import fcntl
import os
import runpy
import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from customers.imports.shop_csv import import_shop
from tests.factories.rows import copy_rows_from, keep_what_is_written

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"


@pytest.fixture(scope="module")
def online_retail(rows_for_all: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Have the shop "Online Retail" for a module, as `rows_for_all` has rows.

    Returns what the import printed.
    """
    return _imported_once("online_retail", _import_online_retail, tmp_path_factory)


@pytest.fixture(scope="module")
def rees46(rows_for_all: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have a sample of a real shop's events for a module, as `rows_for_all` has rows."""

    def import_events() -> str:
        folder = tmp_path_factory.mktemp("rees46")
        runpy.run_path(str(DATA / "rees46_to_shop.py"))["main"](folder)
        import_shop(folder)
        return ""

    _imported_once("rees46", import_events, tmp_path_factory)


def _imported_once(
    name: str, import_rows: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Have the rows of a shop, and return what their import returned.

    On SQLite the first module that requests the shop imports it; the modules after it, in whatever
    process of the run, copy the database. PostgreSQL imports the shop for each module.
    """
    if connection.vendor != "sqlite":
        return import_rows()
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    imported, printed = folder / f"{name}.sqlite3", folder / f"{name}.txt"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if imported.exists():
            with closing(sqlite3.connect(imported)) as source:
                copy_rows_from(source)
            return printed.read_text(encoding="utf-8")
        output = import_rows()
        printed.write_text(output, encoding="utf-8")
        keep_what_is_written()
        # A process that dies meanwhile leaves no half a shop to the others.
        part = imported.with_suffix(".part")
        with closing(sqlite3.connect(part)) as copy:
            connection.connection.backup(copy)
        part.rename(imported)
        return output


def _import_online_retail() -> str:
    output = StringIO()
    call_command("import_online_retail", DATA / "online_retail.csv.xz", stdout=output)
    return output.getvalue()
