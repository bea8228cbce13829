"""What a customer has bought, in the columns of a list of customers."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.language.windows import local_date
from core.text.formats import UNKNOWN, cents_shown, number_shown
from customers.models import Customer, CustomerRollup


@dataclass(frozen=True)
class Purchases:
    """The number of orders, their sales and the days since the last one, for the reader.

    `average` is what an order came to; "" without orders.
    """

    orders: str = UNKNOWN
    spent: str = UNKNOWN
    last_order: str = UNKNOWN
    average: str = ""


def purchases_of(customer: Customer, at: datetime) -> Purchases:
    """Return the purchases of `customer` up to `at` (aware); unknown while they are computed.

    Reads the relations `rollup` and `website` of `customer`.
    """
    figures: CustomerRollup | None = getattr(customer, "rollup", None)
    if figures is None or not figures.complete:
        return Purchases()
    count, sales = figures.number_of_orders, figures.sales
    return Purchases(
        number_shown(count),
        cents_shown(sales),
        _last_order(figures.last_order_at, customer.website.timezone, at),
        cents_shown(sales / count) if sales is not None and count else "",
    )


def _last_order(last_order_at: datetime | None, zone: str, at: datetime) -> str:
    if last_order_at is None:
        return UNKNOWN
    days = (local_date(at, zone) - local_date(last_order_at, zone)).days
    if days <= 0:
        return _("today")
    text = ngettext("%(days)s day ago", "%(days)s days ago", days)
    return text % {"days": number_shown(days)}
