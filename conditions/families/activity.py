"""Conditions on what customers did last, and when; and on their log-ins."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES
from conditions.bases.column import Column
from conditions.bases.elapsed import DaysSince
from conditions.bases.row_figures.combined import AverageGap, Latest
from conditions.bases.row_figures.derived import Derived
from conditions.language import counted, types
from conditions.language.counted import days
from conditions.language.operators import Words
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family, rows
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
    phrase=RowsPhrase(
        some=_("have logged in%(where)s"),
        none=_("have not logged in%(where)s"),
        every=_("have logged in, each time%(where)s"),
        count=_("have logged in %(value)s%(where)s"),
        rows=_("their log-ins"),
        any=_("have a log-in%(where)s"),
        not_any=_("have no log-in%(where)s"),
        unit=counted.times,
        event=EventPhrase(
            did=_("logged in%(where)s"),
            did_not=_("did not log in%(where)s"),
        ),
    ),
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
_LAST_ORDER = _order_at(
    "last",
    _("Last order"),
    "max",
    search_words=_BOUGHT,
    phrase=Phrase(
        _("{whose|their} last order was %(value)s"), _("{whose|their} last order was not %(value)s")
    ),
)
_FIRST_ORDER = _order_at(
    "first",
    _("First order"),
    "min",
    phrase=Phrase(
        _("{whose|their} first order was %(value)s"),
        _("{whose|their} first order was not %(value)s"),
    ),
)
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
    phrase=Phrase(
        _("{whose|their} last log-in was %(value)s"),
        _("{whose|their} last log-in was not %(value)s"),
        special={"is_empty": _("have never logged in"), "is_not_empty": _("have logged in before")},
    ),
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
        _days(
            "days_since_last_login",
            _("Days since last log-in"),
            "activity.last_login_at",
            phrase=Phrase(
                _("{whose|their} last log-in is %(value)s old"),
                _("{whose|their} last log-in is not %(value)s old"),
            ),
        ),
        _LAST_LOGIN,
        _days(
            "days_since_last_order",
            _("Days since last order"),
            "activity.last_order_at",
            search_words=_BOUGHT,
            phrase=Phrase(
                _("{whose|their} last order is %(value)s old"),
                _("{whose|their} last order is not %(value)s old"),
            ),
        ),
        _LAST_ORDER,
        _days(
            "days_since_first_order",
            _("Days since first order"),
            "activity.first_order_at",
            phrase=Phrase(
                _("{whose|their} first order is %(value)s old"),
                _("{whose|their} first order is not %(value)s old"),
            ),
        ),
        _FIRST_ORDER,
        DaysSince(
            code="activity.days_inactive",
            label=_("Days inactive (no log-in or order)"),
            type=types.INTEGER,
            unit=days,
            since=_LATEST,
            search_words=_("asleep lost lapsed churned"),
            phrase=Phrase(
                _("have been inactive for %(value)s"), _("have not been inactive for %(value)s")
            ),
        ),
        AverageGap(
            code="activity.average_days_between_orders",
            label=_("Average days between orders"),
            type=types.NUMBER,
            unit=days,
            newest=_LAST_ORDER,
            oldest=_FIRST_ORDER,
            number=_ORDERS,
            phrase=Phrase(
                _("{whose|their} orders are %(value)s apart on average"),
                _("{whose|their} orders are not %(value)s apart on average"),
            ),
        ),
        _days(
            "days_without_purchase",
            _("Days without purchase"),
            "activity.last_order_at",
            infinite=True,
            always_known=True,
            comparable=False,
            phrase=Phrase(
                _("have been without a purchase for %(value)s"),
                _("have not been without a purchase for %(value)s"),
            ),
        ),
        Column(
            code="login.logged_in_at",
            label=_("Log-in time"),
            type=types.DATETIME,
            relation="logins",
            paths=("logged_in_at",),
            phrase=Phrase(_("%(value)s")),
        ),
    ],
    beginnings=[
        Beginning(
            _("Has not logged in in the last … days"),
            rows(
                "logins",
                "not_exists",
                {"attribute": "login.logged_in_at", "operator": "in_last_days", "value": 90},
            ),
            _("asleep inactive"),
        ),
    ],
)
