"""The pages of one customer: their profile here, and those that other apps add beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise

from customers.models import Customer

PageOfCustomer = Callable[[HttpRequest, Customer, dict[str, Any]], HttpResponse]


@dataclass(frozen=True)
class CustomerTab:
    """A page of a customer, at `name`, for those who may view customers and have `permissions`."""

    name: str
    label: str | Promise
    page: PageOfCustomer
    permissions: Sequence[str] = ()


TABS: list[CustomerTab] = []


def add_tab(tab: CustomerTab) -> None:
    """Add a page; to be called when the admin's modules are loaded, once for each."""
    TABS.append(tab)


@dataclass(frozen=True)
class Link:
    """A page that somebody may open."""

    name: str
    label: str | Promise
    url: str


def links_of(customer: Customer, user: User | AnonymousUser, profile: str | Promise) -> list[Link]:
    """Return the pages of `customer` that `user` may open; the first is called `profile`."""
    pages = [("change", profile, ())] + [(tab.name, tab.label, tab.permissions) for tab in TABS]
    return [
        Link(name, label, reverse(f"admin:customers_customer_{name}", args=[customer.pk]))
        for name, label, permissions in pages
        if user.has_perms(permissions)
    ]
