"""What is known of customers outside the tables: caches, queues, files, and who was told."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from core.registries import Registry, dotted
from customers.privacy.holdings import Person


class Removal(Protocol):
    """Removes a person from what is no row of ours, after the erasure of the rows is committed.

    Called again until nothing is left, also after a kill, so that it may find its work done. Yields
    in a few words, without naming the person, what others have yet to remove.
    """

    def __call__(self, person: Person) -> Iterable[str]: ...


class Shares(Protocol):
    """Yields to whom data of a person was given: JSON values by their names, `with` among them."""

    def __call__(self, person: Person) -> Iterable[Mapping[str, Any]]: ...


REMOVALS: Registry[Removal] = Registry("removal", dotted)
SHARES: Registry[Shares] = Registry("shares", dotted)
