"""Customers as the API shows and finds them: always by the shop's own id."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound

from core.text.folding import fold
from customers.models import Customer

WITH_ALL = ("website", "store", "group", "wishlist")


def person(customer: Customer) -> dict[str, str]:
    """Return the customer as lists show them."""
    return {
        "id": customer.external_id,
        "email": customer.email or "",
        "name": customer.name,
    }


def customer_with(number: str) -> Customer:
    """Return the customer whom the shop calls `number`, or called so as a guest; or NotFound."""
    rows = Customer.objects.select_related(*WITH_ALL)
    customer: Customer | None = (
        rows.filter(external_id=number).first()
        or rows.filter(merges__guest_external_id=number).first()
    )
    if customer is None:
        raise no_customer(number)
    return customer


def no_customer(number: str) -> NotFound:
    """Return the answer about a customer who does not exist."""
    return NotFound(_("There is no customer “%(number)s”.") % {"number": number})


def customer_called(called: str) -> Customer | None:
    """Return the customer with this number, also a merged guest's, or with this e-mail address.

    Of several with one address that is the first active registered one, if there is one.
    """
    rows = Customer.objects.select_related(*WITH_ALL)
    found: Customer | None = (
        rows.filter(external_id=called).first()
        or rows.filter(merges__guest_external_id=called).first()
        or rows.filter(email_folded=fold(called.strip()))
        .exclude(email_folded="")
        .order_by("-is_active", "-kind", "pk")
        .first()
    )
    return found
