"""The registry of what each app holds about customers, and what becomes of it.

An app registers each model with rows about customers from its `AppConfig.ready()`, those on which
others hang first. Rows are given out as they stand, erased in the opposite order, and moved to the
customer when a guest is merged. How long they are kept is said in `customers.privacy.retention`.
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
    """A customer as rows may name them.

    `numbers` are the customer's own and those of the guests who were merged into them; `email` is
    as it is stored, `''` for none.
    """

    pk: int
    numbers: tuple[str, ...]
    email: str


class Erase(Protocol):
    """Takes what names a `person` out of their `rows`, or the rows themselves; returns how many.

    `keep_orders`: orders stay, without their customer; otherwise they are deleted.
    """

    def __call__(self, rows: Rows, person: Person, *, keep_orders: bool) -> int: ...


def delete(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Erase rows by deleting them, with what hangs on them."""
    count = rows.count()
    rows.delete()
    return count


def overwrite(**values: Any) -> Erase:
    """Return what erases by giving rows these values, by their columns' names; the rows stay."""

    def erase(rows: Rows, person: Person, *, keep_orders: bool) -> int:
        return rows.update(**values)

    return erase


# What is done when a customer is locked and about to vanish at that time, before any row is moved.
Follow = Callable[[datetime], None]
# Called with the customer before they are locked: takes the locks that come first, and returns the
# rest. Both are in the transaction of the merge or the erasure, so that an error undoes it.
Ending = Callable[[Customer], Follow]
# What is put right before the guest's rows move to the customer; both are locked.
BeforeMove = Callable[[Customer, Customer], None]


@dataclass(frozen=True)
class Holding:
    """A model that holds something about customers.

    `path` leads from a row to its customer by foreign keys (`pk` for a customer itself); where
    none does, `rows` finds those of a person. `columns` hold a customer's number or an address
    without being a foreign key. A row that names its customer itself moves when a guest is merged,
    unless it `stays`; one that is the same by a unique constraint then goes with the guest.
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
        """The model's label: what it is called in documents and counts."""
        return str(self.model._meta.label_lower)

    @property
    def moves(self) -> bool:
        """Whether rows are moved by a merge; those that hang on another row go along with it."""
        return self.path not in ("", "pk") and "__" not in self.path and not self.stays

    def rows_of(self, person: Person) -> Rows:
        """Return the rows about `person`."""
        if self.rows is not None:
            return self.rows(person)
        return self.model._default_manager.filter(**{self.path: person.pk})


HOLDINGS: Registry[Holding] = Registry("holding")


class Overtaken(Exception):
    """Raised by a `Follow` that needs a lock which it did not take: its caller starts again."""


def begin_ending(customer: Customer) -> list[Follow]:
    """Take the locks that come before that of `customer`, and return what follows it."""
    return [one.ending(customer) for one in HOLDINGS if one.ending is not None]


def person_of(customer: Customer) -> Person:
    """Return how rows may name `customer`."""
    guests = CustomerMerge.objects.filter(customer=customer).order_by("pk")
    numbers = (customer.external_id, *guests.values_list("guest_external_id", flat=True))
    return Person(customer.pk, numbers, customer.email or "")
