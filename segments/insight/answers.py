"""What a preview asks, whoever answers it: the database, or an engine over a shop snapshot."""

from datetime import datetime
from typing import Protocol

from customers.models import Customer
from segments.insight.node_counts import NodeCount


class Answers(Protocol):
    """Answers about one rule, all of one moment.

    Each is given until `deadline` (of `time.monotonic`), or raises TookTooLong; Cancelled where
    it is no longer wanted.
    """

    @property
    def engine(self) -> str:
        """The name of the engine; "" is the database."""
        ...

    @property
    def as_of(self) -> datetime:
        """The moment of the clock (aware)."""
        ...

    def found(self, limit: int, deadline: float) -> tuple[int, tuple[Customer, ...]]:
        """Return how many the rule chooses, and the first `limit` of them by internal id."""
        ...

    def scope_count(self, deadline: float) -> int:
        """Return how many customers the rule is about."""
        ...

    def node_counts(self, deadline: float) -> list[NodeCount]:
        """Return the counts of every node of the rule's tree, in document order."""
        ...
