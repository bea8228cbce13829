"""Registries for customer data outside the tables: caches, queues, files, and recipients."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from core.registries import Registry, dotted_name
from customers.privacy.holdings import Person


class Removal(Protocol):
    """Removes a person's data outside our tables, after the erasure of the rows is committed.

    Called again until nothing is left, also after a crash, so that a call may find the work done.
    Yields, in a few words that do not name the person, what others have yet to remove.
    """

    def __call__(self, person: Person) -> Iterable[str]: ...


class Shares(Protocol):
    """Yields the recipients of a person's data: dicts of JSON values, which have a key `with`."""

    def __call__(self, person: Person) -> Iterable[Mapping[str, Any]]: ...


REMOVALS: Registry[Removal] = Registry("removal", dotted_name)
SHARES: Registry[Shares] = Registry("shares", dotted_name)
