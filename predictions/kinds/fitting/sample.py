"""A sample of customers that is the same whatever the order in which they come."""

from hashlib import sha256
from heapq import heappush, heappushpop
from typing import Generic, TypeVar

T = TypeVar("T")


class Sample(Generic[T]):
    """Keeps at most `most` of the rows added: those whose numbers have the smallest sha256."""

    def __init__(self, most: int) -> None:
        self._most = most
        # The largest sum comes first, as the next to go; no two numbers have the same.
        self._kept: list[tuple[int, str, T]] = []

    def wants(self, number: str) -> bool:
        """Return whether the row of `number` would be kept if it were added now."""
        return len(self._kept) < self._most or _place(number) > self._kept[0][0]

    def add(self, number: str, row: T) -> None:
        """Add the row of `number`, which no other customer has."""
        keep = heappush if len(self._kept) < self._most else heappushpop
        keep(self._kept, (_place(number), number, row))

    def rows(self) -> list[tuple[str, T]]:
        """Return numbers and rows that are kept, in the order of the numbers."""
        return sorted(((number, row) for _place, number, row in self._kept), key=lambda one: one[0])


def _place(number: str) -> int:
    return -int.from_bytes(sha256(number.encode()).digest())
