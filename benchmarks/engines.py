"""The ten starters found by PostgreSQL, DuckDB and Spark, side by side over one shop snapshot.

Each engine returns the sum of the ids, so that the times measure finding the ids. All three must
find the same ids: this is compared once, outside of the time. Spark only with Java and PySpark.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec

from django.core.management import call_command
from django.db import connection

from benchmarks.measure import Options, Row, in_turn, milliseconds
from conditions.engines.engine import Session, engine
from conditions.engines.translation import Translated, statement_for, translate
from conditions.matching import matching_customers
from conditions.nodes.matching_customers import ids_of
from conditions.sql.portable import portable
from conditions.sql.statement import Statement, statement_of
from customers.snapshots.manifest import Manifest, read_manifest
from segments.rules.starters import STARTERS

ROUNDS = 3


def rows(options: Options) -> Iterator[Row]:
    """Yield, for each engine, how long it takes to open, and each starter held against PostgreSQL.

    The snapshot is taken into a directory that goes afterwards.
    """
    with ExitStack() as stack:
        place = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, place)
        took = milliseconds(lambda: call_command("export_snapshot", place, stdout=sys.stderr))
        yield Row("engines", "export_snapshot", [took])
        stack.callback(call_command, "export_snapshot", place, forget=True, stdout=sys.stderr)
        manifest = read_manifest(place)
        for name in names():
            yield from _rows_of(name, place, manifest)


def names() -> list[str]:
    """Return the engines that are there."""
    is_spark = shutil.which("java") is not None and find_spec("pyspark") is not None
    return ["duckdb", "spark"] if is_spark else ["duckdb"]


def _rows_of(name: str, place: str, manifest: Manifest) -> Iterator[Row]:
    one = engine(name)
    with ExitStack() as stack:
        opened: list[Session] = []
        took = milliseconds(lambda: opened.append(stack.enter_context(one.opened(place, manifest))))
        yield Row("engines", f"{name}: opened", [took])
        (session,) = opened
        for starter in STARTERS:
            tree = starter.conditions
            with portable():
                customers = matching_customers(tree, as_of=manifest.as_of)
                asked = statement_for(customers)
            ids = translate(asked, one.dialect, tables=manifest.tables)
            summed = f"SELECT SUM(found.id) FROM ({asked}) AS found"
            total = translate(summed, one.dialect, tables=manifest.tables)
            here = statement_of(ids_of(matching_customers(tree, as_of=manifest.as_of)))
            _check(starter.code, session, ids, here)
            ours, theirs = in_turn(
                lambda total=total: list(session.ids(total)),
                lambda here=here: _fetch_rows(
                    (f"SELECT SUM(found.id) FROM ({here[0]}) found", here[1])
                ),
                rounds=ROUNDS,
            )
            yield Row("engines", f"{name}: {starter.code}", ours, "PostgreSQL", theirs)


def _check(code: str, session: Session, ids: Translated, here: Statement) -> None:
    """Exit where the engine and the database find other ids."""
    found = sorted(pk for some in session.ids(ids) for pk in some)
    expected = sorted(pk for (pk,) in _fetch_rows(here))
    if found != expected:
        sys.exit(f"{code}: {len(found)} found, {len(expected)} expected, or others")


def _fetch_rows(statement: Statement) -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return cursor.fetchall()
