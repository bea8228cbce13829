"""The registry of the data that each app holds about customers: its export, erasure and merge.

An app registers each model with rows about customers from its `AppConfig.ready()`, a parent before
the models that refer to it. Rows are exported in the order of registration, erased in the opposite
order, and moved to the customer when a guest is merged. `customers.privacy.retention` has the
retention periods.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import models

from core.registries import Registry
from customers.models import Customer, CustomerMerge

Rows = models.QuerySet[Any]


@dataclass(frozen=True)
class Person:
    """A customer, by everything that rows may identify the customer by.

    `numbers` are the customer's own number and those of the guests who were merged into the
    customer; `email` is as stored, `''` for none.
    """

    pk: int
    numbers: tuple[str, ...]
    email: str


class Erase(Protocol):
    """Erases a `person` from `rows`, by overwriting or deleting rows; returns how many rows.

    `keep_orders`: orders stay, without their customer; otherwise they are deleted.
    """

    def __call__(self, rows: Rows, person: Person, *, keep_orders: bool) -> int: ...


def delete(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Erase rows by deleting them and the rows that refer to them."""
    count = rows.count()
    rows.delete()
    return count


def overwrite(**values: Any) -> Erase:
    """Return an `Erase` that sets columns of the rows to `values`; the rows stay."""

    def erase(rows: Rows, person: Person, *, keep_orders: bool) -> int:
        return rows.update(**values)

    return erase


# Called with the time of a merge or erasure, once the customer is locked and before any row moves.
Follow = Callable[[datetime], None]
# Called with the customer before the customer is locked: takes the locks that come first in the
# lock order, and returns the `Follow`. Both run in the transaction of the merge or the erasure, so
# that an error rolls it back.
Ending = Callable[[Customer], Follow]
# Called with the guest and the customer, both locked, to resolve conflicts before rows move.
BeforeMove = Callable[[Customer, Customer], None]


@dataclass(frozen=True)
class Holding:
    """A model that holds something about customers.

    `path` leads from a row to its customer by foreign keys (`pk` for a customer itself); where
    there is no such path, `rows` finds the rows of a person. `columns` hold a customer's number or
    an address without being a foreign key. A row that refers to its customer directly moves when a
    guest is merged, unless the model `stays`; a row that would violate a unique constraint is
    deleted with the guest.
    """

    model: type[models.Model]
    path: str = ""
    rows: Callable[[Person], Rows] | None = None
    columns: tuple[str, ...] = ()
    erase: Erase = delete
    before_move: BeforeMove | None = None
    stays: bool = False
    ending: Ending | None = None

    @property
    def name(self) -> str:
        """The model's label, which names the model in documents and counts."""
        return str(self.model._meta.label_lower)

    @property
    def moves(self) -> bool:
        """Whether a merge moves the rows; rows that belong to another row move along with it."""
        return self.path not in ("", "pk") and "__" not in self.path and not self.stays

    def rows_of(self, person: Person) -> Rows:
        """Return the rows about `person`."""
        if self.rows is not None:
            return self.rows(person)
        return self.model._default_manager.filter(**{self.path: person.pk})


HOLDINGS: Registry[Holding] = Registry("holding")


class Overtaken(Exception):
    """Raised by a `Follow` that needs a lock which it did not take: the caller starts again."""


def begin_ending(customer: Customer) -> list[Follow]:
    """Take the locks that come before that of `customer`, and return what follows it."""
    return [one.ending(customer) for one in HOLDINGS if one.ending is not None]


def person_of(customer: Customer) -> Person:
    """Return how rows may name `customer`."""
    guests = CustomerMerge.objects.filter(customer=customer).order_by("pk")
    numbers = (customer.external_id, *guests.values_list("guest_external_id", flat=True))
    return Person(customer.pk, numbers, customer.email or "")
