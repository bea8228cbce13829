"""The paginated list of a part's customers, with risk, sales and last order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser, User
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext

from conditions.language.operators import Words
from core.access.personal import Kind, may_see
from core.audit import record_look
from core.text.formats import cents_shown, number_shown, share_shown
from customers.admin.tabs import customer_url
from customers.models import AuditSubject
from predictions.admin.churn.risks import Part, Risks
from predictions.models import CustomerPrediction
from segments.admin.customer.purchases import purchases_of

PAGE_SIZE = 25
# The orders of the list: a label, and the column to sort by, which may be null.
ORDERS: Mapping[str, tuple[Words, str]] = {
    "value": (gettext_lazy("highest lifetime value first"), "clv"),
    "risk": (gettext_lazy("highest risk first"), "churn_risk"),
    "spent": (gettext_lazy("most spent first"), "customer__rollup__sales"),
    "recent": (gettext_lazy("latest order first"), "customer__rollup__last_order_at"),
}
BY_VALUE, BY_RISK = "value", "risk"


@dataclass(frozen=True)
class Person:
    """A customer of the list, with values formatted for the reader.

    `url` and `name` are "" for readers who may not see them.
    """

    number: str
    name: str
    url: str
    risk_shown: str
    value: str
    spent: str
    last_order: str
    usual: str


@dataclass(frozen=True)
class People:
    """A page of the list: `page` for the pager, and the customers on the page."""

    page: Page[CustomerPrediction]
    persons: list[Person]
    order: str


class CountedPaginator(Paginator[CustomerPrediction]):
    """Pages of rows that the page has counted before."""

    def __init__(self, rows: QuerySet[CustomerPrediction], size: int, count: int) -> None:
        super().__init__(rows, size)
        self.counted = count

    @cached_property
    def count(self) -> int:
        return self.counted


def people_of(
    part: Part, user: User | AnonymousUser, at: datetime, *, order: str, page: str, found: Risks
) -> People:
    """Return a page of the customers of `part`, in an order of `ORDERS` or the default order.

    `found` are the counts; `at` is the current instant, aware. The audit log records which
    customers `user` has seen.
    """
    if order not in ORDERS:
        order = BY_VALUE if found.has_values else BY_RISK
    _label, column = ORDERS[order]
    rows = part.customers().select_related("customer__website", "customer__rollup")
    rows = rows.order_by(F(column).desc(nulls_last=True), "-churn_risk", "pk")
    shown = CountedPaginator(rows, PAGE_SIZE, found.counts_of(part).customers).get_page(page)
    names = may_see(user, Kind.NAME, names="segments.view_members")
    links = user.has_perm("customers.view_customer")
    persons = [_person(row, at, names=names, links=links) for row in shown]
    if persons:
        numbers = [one.number for one in persons]
        record_look(user, AuditSubject.CUSTOMER, "", "churn", customers=numbers)
    return People(shown, persons, order)


def _person(row: CustomerPrediction, at: datetime, *, names: bool, links: bool) -> Person:
    customer = row.customer
    purchases = purchases_of(customer, at)
    assert row.churn_risk is not None
    return Person(
        customer.external_id,
        customer.name if names else "",
        customer_url(customer.pk) if links else "",
        share_shown(row.churn_risk, in_column=True),
        cents_shown(row.clv),
        purchases.spent,
        purchases.last_order,
        _usual(row.gap_days),
    )


def _usual(gap: Decimal | None) -> str:
    """Return the customer's usual time between purchases in words; "" where it is unknown."""
    if gap is None:
        return ""
    days = max(round(gap), 1)
    text = ngettext("usually every %(days)s day", "usually every %(days)s days", days)
    return text % {"days": number_shown(days)}
