"""The customers that a rule finds; counted and listed by id from the roll-up where it suffices.

Trees that only ask for figures and rows ("sales of 500 or more", "viewed, not bought") need not
read the customers' table: each customer has a row in the roll-up, which also has the columns of a
scope. A roll-up's row is several times narrower than a customer's, and the query joins neither
table to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.sql import Query

from conditions.bases.row_figures.rolled_up import exact_for_pending
from conditions.nodes.tree import Group, Node
from conditions.sql.place import AT_CUSTOMER, Place
from conditions.sql.scope import Scope
from conditions.sql.truth import Truth
from customers.models import Customer, CustomerRollup

AT_ROLLUP = Place(CustomerRollup, "website_id")


class FoundCustomers(QuerySet[Customer]):
    """A queryset of customers; `in_rollup` queries the roll-up instead, where it has all columns.

    A queryset that is filtered, sorted or sliced further is a plain query of customers.
    """

    in_rollup: Callable[[], QuerySet[CustomerRollup]] | None = None
    # The filter is compiled on first use: a count from the roll-up does not need it.
    meant: Callable[[], Q] | None = None

    @property
    def query(self) -> Query:
        query = super().query
        if self.meant is not None:
            meant, self.meant = self.meant, None
            query.add_q(meant())
        return query

    @query.setter
    def query(self, value: Query) -> None:
        QuerySet.query.fset(self, value)  # type: ignore[attr-defined]

    def count(self) -> int:
        if self.in_rollup is None or self._result_cache is not None:
            return super().count()
        return self.in_rollup().using(self.db).count()

    def __getstate__(self) -> dict[str, Any]:
        # A function cannot be pickled, and a pickled queryset has been evaluated.
        return {**super().__getstate__(), "in_rollup": None}


def find_customers(truth_at: Callable[[Place], Truth], *, in_rollup: bool) -> FoundCustomers:
    """Return the customers who satisfy the condition that `truth_at` returns for a place.

    `in_rollup`: `truth_at` also accepts the place of a roll-up's row, which stands for its
    customer.
    """
    customers = FoundCustomers(Customer)
    if not in_rollup:
        return customers.filter(truth_at(AT_CUSTOMER).q)
    customers.meant = lambda: truth_at(AT_CUSTOMER).q
    customers.in_rollup = lambda: CustomerRollup.objects.filter(truth_at(AT_ROLLUP).q)
    return customers


def scope_truth(scope: Scope, place: Place) -> Truth:
    """Return that the customer of `place` is in `scope`, for the database."""
    truth = Truth(scope.q, certain=True)
    return (
        exact_for_pending(CustomerRollup, truth, place) if place.model is CustomerRollup else truth
    )


def ids_of(customers: QuerySet[Customer]) -> QuerySet[Any, Any]:
    """Return the query for the internal ids of `customers`, as `id`, in undefined order."""
    if isinstance(customers, FoundCustomers) and customers.in_rollup is not None:
        return customers.in_rollup().using(customers.db).values(id=F("customer_id"))
    return customers.order_by().values("id")


def is_enough_for(tree: Group) -> bool:
    """Return whether the roll-up has every column that `tree` reads of customers.

    A tree that is only about rows of customers is faster on the customers' table.
    """
    asked = list(_customer_nodes(tree))
    told = [node for node in asked if node.is_in_rollup]
    return bool(told or not asked) and all(node in told or node.is_about_rows for node in asked)


def _customer_nodes(node: Node) -> Iterator[Node]:
    """Yield the nodes that are about the customer: no groups, and no conditions on rows."""
    if isinstance(node, Group):
        for child in node.conditions:
            yield from _customer_nodes(child)
    else:
        yield node
