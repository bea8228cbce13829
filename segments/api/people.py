"""Customers as the API shows and finds them: always by the shop's own id."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound

from customers.models import Customer


def person(customer: Customer) -> dict[str, str]:
    """Return the customer as lists show them."""
    return {
        "id": customer.external_id,
        "email": customer.email or "",
        "name": customer.name,
    }


def customer_with(number: str) -> Customer:
    """Return the customer whom the shop calls `number`; raises NotFound."""
    customer: Customer | None = Customer.objects.filter(external_id=number).first()
    if customer is None:
        raise NotFound(_("There is no customer “%(number)s”.") % {"number": number})
    return customer
