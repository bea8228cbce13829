"""Conditions on what customers did last, and when; and on their log-ins."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES
from conditions.bases.column import Column
from conditions.bases.combined import AverageGap, Latest
from conditions.bases.derived import Derived
from conditions.bases.elapsed import DaysSince
from conditions.language import types
from conditions.language.counted import days
from conditions.language.operators import Words
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import Login, OrderState

LOGINS = Relation(
    name="logins",
    label=_("Log-ins"),
    same=_("the same log-in"),
    model=Login,
    prefix="login",
    link="customer",
    paths={"login": ""},
    time="logged_in_at",
)

NOT_CANCELED = ~Q(state=OrderState.CANCELED)


def _is_not_canceled(order: Any) -> bool:
    return bool(order.state != OrderState.CANCELED)


def _days(name: str, label: Words, since: str, **more: Any) -> Attribute:
    return DaysSince(
        code=f"activity.{name}",
        label=label,
        type=types.INTEGER,
        unit=days,
        since=since,
        **more,
    )


def _of_orders(name: str, label: Words, column: str, **more: Any) -> Derived:
    return Derived(
        code=f"activity.{name}",
        label=label,
        over="orders",
        where=NOT_CANCELED,
        keeps=_is_not_canceled,
        columns=(column,),
        **more,
    )


def _order_at(end: str, label: Words, aggregate: str, **more: Any) -> Derived:
    return _of_orders(
        f"{end}_order_at",
        label,
        f"{end}_order_at",
        type=types.DATETIME,
        aggregate=FIGURES[aggregate],
        of_code="order.created_at",
        **more,
    )


_BOUGHT = _("bought purchased ordered shopped last recently when")
_LAST_ORDER = _order_at("last", _("Last order"), "max", search_words=_BOUGHT)
_FIRST_ORDER = _order_at("first", _("First order"), "min")
_ORDERS = _of_orders(
    "number_of_orders", _("Orders that were not canceled"), "orders", type=types.INTEGER
)
_LAST_LOGIN = Derived(
    code="activity.last_login_at",
    label=_("Last log-in"),
    type=types.DATETIME,
    over="logins",
    aggregate=FIGURES["max"],
    of_code="login.logged_in_at",
    columns=("last_login_at",),
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
        _days(
            "days_since_last_order",
            _("Days since last order"),
            "activity.last_order_at",
            search_words=_BOUGHT,
        ),
        _LAST_ORDER,
        _days("days_since_first_order", _("Days since first order"), "activity.first_order_at"),
        _FIRST_ORDER,
        DaysSince(
            code="activity.days_inactive",
            label=_("Days inactive (no log-in or order)"),
            type=types.INTEGER,
            unit=days,
            since=_LATEST,
            search_words=_("asleep lost lapsed churned"),
        ),
        AverageGap(
            code="activity.average_days_between_orders",
            label=_("Average days between orders"),
            type=types.NUMBER,
            unit=days,
            newest=_LAST_ORDER,
            oldest=_FIRST_ORDER,
            number=_ORDERS,
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
