"""A customer's page “Activity”: their figures and their latest rows of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions import registry
from conditions.evaluator.facts import Facts, facts_of
from conditions.evaluator.verdict import as_json
from core.clock import now
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
from customers.models import Customer
from segments.admin.customer.rows import ROWS, Rows
from segments.insight.explanations.finding_texts import found_words

SHOWN = 10
# Derived attributes, as conditions know them: (attribute, the permission to see its rows).
FIGURES = (
    ("lifetime.sales", "customers.view_order"),
    ("lifetime.number_of_orders", "customers.view_order"),
    ("lifetime.average_order_value", "customers.view_order"),
    ("activity.days_since_last_order", "customers.view_order"),
    ("lifetime.refunds", "customers.view_refund"),
    ("views.count", "customers.view_productview"),
    ("wishlist.items_count", "customers.view_wishlist"),
)


@dataclass(frozen=True)
class ShownTable:
    """A table for the template."""

    title: str | Promise
    columns: Sequence[str | Promise]
    rows: list[tuple[str, Sequence[str]]]
    url: str
    note: str


def activity_page(
    request: HttpRequest, customer: Customer, context: dict[str, Any]
) -> HttpResponse:
    """Show the figures and the rows that the user may see."""
    (facts,) = facts_of([customer], now())
    context |= {
        "figures": [
            _figure(code, facts) for code, needed in FIGURES if request.user.has_perm(needed)
        ],
        "tables": [
            _table_of_rows(rows, customer) for rows in ROWS if may_see_rows(request.user, rows)
        ],
        "shown": SHOWN,
        "page_name": _("Activity"),
    }
    return TemplateResponse(request, "admin/segments/customer/activity.html", context)


def _figure(code: str, facts: Facts) -> tuple[str, str]:
    attribute = registry.attribute(code)
    values = attribute.read(facts.customer, facts)
    if not values:
        return str(attribute.label), "–"
    return str(attribute.label), found_words(as_json(values), attribute)


def may_see_rows(user: User | AnonymousUser, rows: Rows) -> bool:
    """Return whether `user` may see the rows of a kind."""
    model = rows.model._meta
    return user.has_perm(f"{model.app_label}.{get_permission_codename('view', model)}")


def _table_of_rows(rows: Rows, customer: Customer) -> ShownTable:
    page = f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}"
    return ShownTable(
        rows.title,
        rows.columns,
        [
            (reverse(f"{page}_change", args=[rows.page(row)]), rows.cells(row))
            for row in rows.latest(customer)[:SHOWN]
        ],
        f"{reverse(f'{page}_changelist')}?customer__id__exact={customer.pk}",
        rows.note(customer),
    )


CUSTOMER_TABS.register(
    CustomerTab(
        "activity", gettext_lazy("Activity"), activity_page, is_of_one_customer=True, place=20
    )
)
