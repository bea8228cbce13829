"""How many a translated statement finds, and the first of them."""

from dataclasses import replace

from conditions.engines.translation import Translated


def count_of(ids: Translated) -> Translated:
    """Return the statement for how many ids there are, in one row."""
    return replace(ids, sql=f"SELECT count(*) FROM ({ids.sql}) AS chosen")


def count_and_first(ids: Translated, limit: int) -> Translated:
    """Return the statement for the first `limit` ids, and before each how many there are in all.

    Without any it has no row. Who they are is found out once.
    """
    return replace(
        ids,
        sql=f"WITH chosen AS ({ids.sql})"
        " SELECT (SELECT count(*) FROM chosen) AS found, id"
        f" FROM (SELECT id FROM chosen ORDER BY id LIMIT {limit:d}) AS first ORDER BY id",
    )
