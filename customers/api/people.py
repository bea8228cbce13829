"""Customers as the API shows and finds them: always by the shop's own id."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from core.access.website_limits import limit_rows, websites_of
from core.api.response_fields import EmptyIfNullField
from core.text.folding import fold
from customers.models import Customer

WITH_ALL = ("website", "store", "group", "wishlist")


class PersonSerializer(serializers.Serializer[Customer]):
    """A customer as lists show them; `id` is the shop's own."""

    id = serializers.CharField(source="external_id")
    email = EmptyIfNullField()
    name = serializers.CharField(allow_blank=True)


def customer_with(number: str, user: Any) -> Customer:
    """Return the customer with the shop's number `number`, which may be a merged guest's number.

    Raises NotFound, also for a customer whose website `user` may not see.
    """
    rows = limit_rows(Customer.objects.select_related(*WITH_ALL), user, "website")
    customer: Customer | None = (
        rows.filter(external_id=number).first()
        or rows.filter(merges__guest_external_id=number).first()
    )
    if customer is None:
        raise no_customer(number)
    return customer


def check_shopper(websites: Collection[int], number: str | None, user: Any) -> None:
    """Raise NotFound for a customer or a cart of `websites` that `user` may not see.

    `number` is the customer's; None for an anonymous shopper.
    """
    limit = websites_of(user)
    if limit is not None and not limit.issuperset(websites):
        raise NotFound(_("There is no such cart.")) if number is None else no_customer(number)


def no_customer(number: str) -> NotFound:
    """Return the answer about a customer who does not exist."""
    return NotFound(_("There is no customer “%(number)s”.") % {"number": number})


def customer_called(called: str, user: Any) -> Customer | None:
    """Return the customer with this number, also a merged guest's, or with this e-mail address.

    Of several customers with the address, active ones precede inactive ones, then registered ones
    precede guests, then the lowest key wins. None for a customer whose website `user` may not see.
    """
    rows = limit_rows(Customer.objects.select_related(*WITH_ALL), user, "website")
    found: Customer | None = (
        rows.filter(external_id=called).first()
        or rows.filter(merges__guest_external_id=called).first()
        or rows.filter(email_folded=fold(called.strip()))
        .exclude(email_folded="")
        .order_by("-is_active", "-kind", "pk")
        .first()
    )
    return found
