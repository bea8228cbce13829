"""The interface of a preview's backends: the database, or an engine on a shop snapshot."""

from datetime import datetime
from typing import Protocol

from customers.models import Customer
from segments.insight.previews.node_counts import NodeCount


class Answers(Protocol):
    """The results for one rule, all of one moment.

    Each method raises TookTooLong after `deadline` (of `time.monotonic`), and Cancelled where the
    preview was cancelled.
    """

    @property
    def engine(self) -> str:
        """The name of the engine; "" is the database."""
        ...

    @property
    def as_of(self) -> datetime:
        """The moment of the clock (aware)."""
        ...

    def count_and_list(self, limit: int, deadline: float) -> tuple[int, tuple[Customer, ...]]:
        """Return how many customers the rule chooses, and the first `limit` by internal id."""
        ...

    def scope_count(self, deadline: float) -> int:
        """Return the number of customers in the scope of the rule."""
        ...

    def node_counts(self, deadline: float) -> list[NodeCount]:
        """Return the counts of every node of the rule's tree, in document order."""
        ...
