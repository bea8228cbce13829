"""Reads that see one state of the database that answers them."""

from contextlib import AbstractContextManager

from customers.snapshot import snapshot
from segments.database.replicas import reading_alias


def read_snapshot(using: str | None = None) -> AbstractContextManager[None]:
    """Run the block's queries against one state of the database; nothing can be written in it.

    That is the database `using`, which the queries must name then; or the one that the block of
    `segments.database.replicas.read` is answered by. Inside a transaction the state is the
    caller's: what it has written itself is seen as well.
    """
    return snapshot(using or reading_alias())
