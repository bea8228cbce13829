"""What other apps do in the transaction that changes the shop's data; an error undoes all of it.

Whoever only wants to know of a change listens to the signals, which are sent after commit.
"""

from typing import Protocol

from customers.registries import Registry, dotted


class OnTouched(Protocol):
    """Called once at the end of an import or another bulk write, in its transaction.

    `table` has the customers whom it touched, each once, in a column `customer_id` (null: everybody
    may be concerned); `using` names the database.
    """

    def __call__(self, *, table: str, using: str) -> object: ...


class OnUnnoticed(Protocol):
    """Called after a migration before which, or while which, changes could go unnoticed."""

    def __call__(self, *, using: str) -> object: ...


# Figures about customers that an app stores are brought up to date by these, for the customers of
# the table, and for everybody.
WHEN_TOUCHED: Registry[OnTouched] = Registry("hook", dotted)
WHEN_UNNOTICED: Registry[OnUnnoticed] = Registry("hook", dotted)
