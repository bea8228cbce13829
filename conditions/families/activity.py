"""Conditions on what customers did last, and when; and on their log-ins."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions import types
from conditions.attribute import Attribute
from conditions.bases.aggregated import AGGREGATES
from conditions.bases.column import Column
from conditions.bases.derived import AverageGap, DaysSince, Derived, Latest
from conditions.operators import Words
from conditions.place import Relation
from conditions.registry import Family
from customers.models import Login, OrderState

LOGINS = Relation(
    name="logins",
    label=_("Log-ins"),
    same=_("the same log-in"),
    model=Login,
    prefix="login",
    link="customer",
    paths={"login": ""},
)

NOT_CANCELED = ~Q(state=OrderState.CANCELED)


def _is_not_canceled(order: Any) -> bool:
    return bool(order.state != OrderState.CANCELED)


def _days(name: str, label: Words, since: str, **more: Any) -> Attribute:
    return DaysSince(
        code=f"activity.{name}",
        label=label,
        type=types.INTEGER,
        unit=_("days"),
        since=since,
        **more,
    )


def _order_at(name: str, label: Words, aggregate: str) -> Attribute:
    return Derived(
        code=f"activity.{name}",
        label=label,
        type=types.DATETIME,
        over="orders",
        aggregate=AGGREGATES[aggregate],
        of_code="order.created_at",
        where=NOT_CANCELED,
        keeps=_is_not_canceled,
    )


_LAST_LOGIN = Derived(
    code="activity.last_login_at",
    label=_("Last log-in"),
    type=types.DATETIME,
    over="logins",
    aggregate=AGGREGATES["max"],
    of_code="login.logged_in_at",
)
_LATEST = Latest(
    code="activity.last_active_at",
    label=_("Last active"),
    type=types.DATETIME,
    sources=("customer.registered_at", "activity.last_login_at", "activity.last_order_at"),
)

FAMILY = Family(
    _("Activity"),
    relations=[LOGINS],
    attributes=[
        _days("days_since_last_login", _("Days since last log-in"), "activity.last_login_at"),
        _LAST_LOGIN,
        _days("days_since_last_order", _("Days since last order"), "activity.last_order_at"),
        _order_at("last_order_at", _("Last order"), "max"),
        _days("days_since_first_order", _("Days since first order"), "activity.first_order_at"),
        _order_at("first_order_at", _("First order"), "min"),
        DaysSince(
            code="activity.days_inactive",
            label=_("Days inactive (no log-in or order)"),
            type=types.INTEGER,
            unit=_("days"),
            since=_LATEST,
        ),
        AverageGap(
            code="activity.average_days_between_orders",
            label=_("Average days between orders"),
            type=types.NUMBER,
            unit=_("days"),
            over="orders",
            at="created_at",
            where=NOT_CANCELED,
            keeps=_is_not_canceled,
        ),
        _days(
            "days_without_purchase",
            _("Days without purchase"),
            "activity.last_order_at",
            infinite=True,
            always_known=True,
            comparable=False,
        ),
        Column(
            code="login.logged_in_at",
            label=_("Log-in time"),
            type=types.DATETIME,
            relation="logins",
            paths=("logged_in_at",),
        ),
    ],
)
