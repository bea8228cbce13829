"""Statements for the number of ids that a translated statement finds, and for the first ids."""

from dataclasses import replace

from conditions.engines.translation import Translated


def count_of(ids: Translated) -> Translated:
    """Return the statement for the number of ids, in one row."""
    return replace(ids, sql=f"SELECT count(*) FROM ({ids.sql}) AS chosen")


def count_and_first(ids: Translated, limit: int) -> Translated:
    """Return the statement for the first `limit` ids, each after the number of all ids.

    It has no row where there are no ids. The engine evaluates `ids` once.
    """
    return replace(
        ids,
        sql=f"WITH chosen AS ({ids.sql})"
        " SELECT (SELECT count(*) FROM chosen) AS found, id"
        f" FROM (SELECT id FROM chosen ORDER BY id LIMIT {limit:d}) AS first ORDER BY id",
    )
