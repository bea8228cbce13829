"""The pages of one customer: the form here, and the tabs that apps add."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.access.website_limits import is_limited
from core.registries import Registry
from customers.models import Customer

PageOfCustomer = Callable[[HttpRequest, Customer, dict[str, Any]], HttpResponseBase]


@dataclass(frozen=True)
class CustomerTab:
    """A page of a customer, at `name`, for those who may view customers and have `permissions`.

    Tabs stand by their `place`; the form, where a customer is edited, stands behind all of them.
    `is_of_one_customer` says that nothing on it is about other customers; without it the page is
    refused to people who are limited to websites.
    """

    name: str
    label: str | Promise
    page: PageOfCustomer
    permissions: Sequence[str] = ()
    is_of_one_customer: bool = False
    place: int = 50


CUSTOMER_TABS: Registry[CustomerTab] = Registry("tab of a customer")


@dataclass(frozen=True)
class MailRow:
    """A row of “E-mails” on the page Privacy: what is so, and what that does to mail."""

    label: str
    state: str
    effect: str
    url: str = ""


@dataclass(frozen=True)
class MailRows:
    """An app's rows about mail to a customer, for users with all `permissions`."""

    name: str
    rows: Callable[[Customer], Sequence[MailRow]]
    permissions: Sequence[str] = ()


MAIL_ROWS: Registry[MailRows] = Registry("rows about mail to a customer")


def mail_rows_of(customer: Customer, user: User | AnonymousUser) -> list[MailRow]:
    """Return the rows of other apps about mail to `customer` that `user` may see."""
    shown = [one for one in MAIL_ROWS if user.has_perms(one.permissions)]
    return [row for one in shown for row in one.rows(customer)]


def checked_tabs(tabs: Sequence[URLPattern], others: Sequence[URLPattern]) -> list[URLPattern]:
    """Return the addresses of `tabs`; ImproperlyConfigured where one is that of another page."""
    taken = {str(one.name) for one in others} & {str(one.name) for one in tabs}
    if taken:
        raise ImproperlyConfigured(f"tabs in the place of other pages: {', '.join(sorted(taken))}")
    return list(tabs)


def customer_url(key: int) -> str:
    """Return the first page of the customer with the primary key `key`."""
    return reverse("admin:customers_customer_overview", args=[key])


@dataclass(frozen=True)
class Link:
    """A page that somebody may open."""

    name: str
    label: str | Promise
    url: str


def links_of(customer: Customer, user: User | AnonymousUser) -> list[Link]:
    """Return the pages of `customer` that `user` may open, the most used first."""
    may_edit = user.has_perm("customers.change_customer")
    pages = [
        (tab.name, tab.label, tab.permissions)
        for tab in sorted(CUSTOMER_TABS, key=lambda tab: tab.place)
        if tab.is_of_one_customer or not is_limited(user)
    ] + [("change", _("Edit") if may_edit else _("Profile"), ())]
    return [
        Link(name, label, reverse(f"admin:customers_customer_{name}", args=[customer.pk]))
        for name, label, permissions in pages
        if user.has_perms(permissions)
    ]
