"""What other apps do in the transaction that changes the shop's data; an error undoes all of it.

Whoever only wants to know of a change listens to the signals, which are sent after commit.
"""

from collections.abc import Collection
from typing import Protocol

from core.registries import Registry, dotted
from customers.changes.declared import Changed


class OnTouched(Protocol):
    """Called once at the end of an import or another bulk write, in its transaction.

    `table` has the customers whom it touched, each once, in a column `customer_id` (null: everybody
    may be concerned); `using` names the database.
    """

    def __call__(self, *, table: str, using: str) -> object: ...


class OnUnnoticed(Protocol):
    """Called after a migration before which, or while which, changes could go unnoticed."""

    def __call__(self, *, using: str) -> object: ...


class OnProcessed(Protocol):
    """Called when changed customers are brought up to date, in that transaction.

    `customers` are the internal keys of those whose data has changed, each there still; None:
    everybody may be concerned. `changed` is what has changed of them, and maybe more: columns, by
    table and name, or with None for any of the table's; None: it may be anything.
    """

    def __call__(
        self, *, customers: Collection[int] | None, changed: Collection[Changed] | None
    ) -> object: ...


# Figures about customers that an app stores are brought up to date by these, for the customers of
# the table, and for everybody.
WHEN_TOUCHED: Registry[OnTouched] = Registry("hook", dotted)
WHEN_UNNOTICED: Registry[OnUnnoticed] = Registry("hook", dotted)
# What an app works out of changed customers in its own time begins here: it notes whom.
WHEN_PROCESSED: Registry[OnProcessed] = Registry("hook", dotted)
