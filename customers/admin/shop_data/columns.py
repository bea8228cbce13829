"""Columns that several pages show: exact decimals, amounts of money, the row's customer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.text.formats import UNKNOWN, cents_shown, money_shown, number_shown
from customers.admin.tabs import customer_url


def amount(model: type[Model], name: str) -> Callable[[Any], str]:
    """Return a column for the exact decimal `name` of `model`."""

    @admin.display(description=model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    def column(row: Any) -> str:
        value = getattr(row, name)
        return UNKNOWN if value is None else number_shown(value)

    return column


def money(model: type[Model], name: str) -> Callable[[Any], str]:
    """Return a column for the amount `name` of `model`, with the currency that all are kept in."""

    @admin.display(description=model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    def column(row: Any) -> str:
        return in_money(getattr(row, name))

    return column


def total(model: type[Model], name: str) -> Callable[[Any], str]:
    """Return a column of a list for the amount `name` of `model`, rounded to cents."""

    @admin.display(description=model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    def total(row: Any) -> str:
        return cents_shown(getattr(row, name))

    return total


def in_money(value: Decimal | None) -> str:
    """Return the amount `value`, which is in the base currency as all stored ones, with that."""
    return UNKNOWN if value is None else money_shown(value, in_column=True)


@admin.display(description=_("customer"))
def customer_number(row: Any) -> SafeString | str:
    """Return a link to the row's customer, by number: a name is personal data."""
    if row.customer_id is None:
        return "-"
    return format_html(
        '<a href="{}">{}</a>', customer_url(row.customer_id), row.customer.external_id
    )
