"""Hooks of other apps that run in the transaction which changes the shop's data.

An error in a hook rolls the transaction back. Code that only has to know of a change connects to
the signals instead, which are sent after the commit.
"""

from collections.abc import Collection
from typing import Protocol

from core.registries import Registry, dotted_name
from customers.changes.declared import Changed


class OnTouched(Protocol):
    """Called once at the end of an import or another bulk write, in its transaction.

    `table` has the touched customers, each once, in a column `customer_id` (null: every customer
    may be concerned); `using` is the alias of the database.
    """

    def __call__(self, *, table: str, using: str) -> object: ...


class OnUnnoticed(Protocol):
    """Called after a migration before or during which the triggers may have missed changes."""

    def __call__(self, *, using: str) -> object: ...


class OnProcessed(Protocol):
    """Called in the transaction that brings changed customers up to date.

    `customers` are the internal keys of the customers whose data has changed and who still exist;
    None: every customer may be concerned. `changed` are the changed columns, and maybe others:
    pairs of table and column, where the column None stands for any column of the table; None:
    anything may have changed.
    """

    def __call__(
        self, *, customers: Collection[int] | None, changed: Collection[Changed] | None
    ) -> object: ...


# These hooks recompute the figures about customers that an app stores: for the customers in the
# table, and for all customers.
WHEN_TOUCHED: Registry[OnTouched] = Registry("hook", dotted_name)
WHEN_UNNOTICED: Registry[OnUnnoticed] = Registry("hook", dotted_name)
# With these hooks an app records the changed customers, to process them later at its own pace.
WHEN_PROCESSED: Registry[OnProcessed] = Registry("hook", dotted_name)
