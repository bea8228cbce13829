"""Filters of the list of customers that other apps add."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.admin import SimpleListFilter

from core.registries import Registry


@dataclass(frozen=True)
class CustomerFilter:
    """A filter of the list, for users with all `permissions`."""

    name: str
    filter: type[SimpleListFilter]
    permissions: Sequence[str] = ()


CUSTOMER_FILTERS: Registry[CustomerFilter] = Registry("filter of customers")
