"""The file by which Shopify tags the members of a segment: its own import of customers takes it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import F, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerTag
from segments.export.columns import ROWS_PER_READ
from segments.export.targets import Target, TargetColumn, accounts_with_address
from segments.models import Membership


def _with_tags(
    members: QuerySet[Membership], sources: dict[str, F | Subquery]
) -> Iterator[tuple[Any, ...]]:
    """Yield `sources` of accounts, and their tags: an import may replace what a customer has.

    A tag with a comma is none of Shopify's, which would read two tags.
    """
    accounts = accounts_with_address(members, {**sources, "customer_key": F("customer_id")})
    while batch := list(islice(accounts, ROWS_PER_READ)):
        tags = defaultdict(list)
        found = CustomerTag.objects.using(members.db).filter(
            customer__in=[row[-1] for row in batch]
        )
        found = found.exclude(tag__contains=",")
        for customer, tag in found.order_by("tag").values_list("customer_id", "tag"):
            tags[customer].append(tag)
        for *values, customer in batch:
            yield *values, *tags[customer]


SHOPIFY_TAGS = Target(
    "shopify",
    "Shopify",
    (
        TargetColumn("First Name", "customer__first_name"),
        TargetColumn("Last Name", "customer__last_name"),
        TargetColumn("Email", "customer__email"),
    ),
    "Tags",
    _with_tags,
    _("accounts with an address, with a tag for the segment"),
    _(
        "Back into Shopify: Customers → Import, choose the file, tick that existing customers are"
        " overwritten. Then “Customers tagged with” the segment’s code is a segment there."
    ),
)
