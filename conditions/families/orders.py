"""Conditions on orders."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.bases.column import columns_of
from conditions.bases.product import store_column
from conditions.language import choices, counted, types
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family, rows
from conditions.sql.place import Relation
from customers.models import NO_SALE_STATES, Order, OrderState, Website

ORDERS = Relation(
    name="orders",
    label=_("Orders in any state"),
    same=_("the same order"),
    model=Order,
    prefix="order",
    link="customer",
    paths={"order": ""},
    time="created_at",
    select_related=("store__website",),
    written_as="sales",
    amount="order.grand_total",
    pieces="order.total_quantity",
    phrase=RowsPhrase(
        some=_("have placed an order in any state%(where)s"),
        none=_("have placed no order in any state%(where)s"),
        every=_("have placed orders in any state, each of them%(where)s"),
        count=_("have placed %(value)s%(where)s"),
        rows=_("their orders in any state"),
        any=_("have an order%(where)s"),
        not_any=_("have no order%(where)s"),
        unit=counted.orders_in_any_state,
        event=EventPhrase(
            did=_("placed an order in any state%(where)s"),
            did_not=_("did not place an order in any state%(where)s"),
        ),
    ),
)
SALES = Relation(
    name="sales",
    buying="bought",
    label=_("Orders"),
    same=_("the same order"),
    model=Order,
    prefix="order",
    link="customer",
    paths={"order": ""},
    time="created_at",
    rows=~Q(state__in=NO_SALE_STATES),
    keeps=lambda order: order.state not in NO_SALE_STATES,
    amount="order.grand_total",
    pieces="order.total_quantity",
    select_related=("store__website",),
    left_out=_("cancelled and fully refunded orders do not count"),
    phrase=RowsPhrase(
        some=_("have placed an order%(where)s"),
        none=_("have placed no order%(where)s"),
        every=_("have placed orders, each of them%(where)s"),
        count=_("have placed %(value)s%(where)s"),
        rows=_("their orders"),
        did=_("have ordered %(when)s"),
        did_not=_("have not ordered %(when)s"),
        never=_("have never placed an order"),
        unit=counted.orders,
        figures={
            ("sum", "order.grand_total"): (
                _("have spent %(value)s on orders%(where)s"),
                _("have not spent %(value)s on orders%(where)s"),
            )
        },
        event=EventPhrase(
            did=_("placed an order%(where)s"),
            did_not=_("did not place an order%(where)s"),
            did_bare=_("ordered"),
            did_not_bare=_("did not order"),
        ),
    ),
)

_order = columns_of(ORDERS)


_BOUGHT = _("ordered purchased")
_VOUCHER = _("voucher discount code")
_LATELY = {"attribute": "order.created_at", "operator": "in_last_days", "value": 30}
_COUPON = {"attribute": "order.coupon_code", "operator": "is_not_empty"}

FAMILY = Family(
    _("Orders"),
    relations=[ORDERS, SALES],
    attributes=[
        _order(
            "number",
            _("Order number"),
            types.TEXT,
            phrase=Phrase(_("with number %(value)s")),
            as_written=True,
        ),
        _order(
            "state",
            _("Order state"),
            types.CHOICE,
            choices=choices.of_enum(OrderState),
            phrase=Phrase(_("in the state %(value)s")),
        ),
        _order(
            "status",
            _("Order status"),
            types.CHOICE,
            choices=choices.of_column(Order, "status"),
            phrase=Phrase(_("with status %(value)s")),
        ),
        _order(
            "created_at",
            _("Purchase date"),
            types.DATETIME,
            search_words=_("bought purchased ordered shopped last recently when"),
            instead_of_old=_("activity.days_since_last_order, which asks for the last order"),
            phrase=Phrase(_("%(value)s")),
        ),
        _order(
            "updated_at",
            _("Last modified"),
            types.DATETIME,
            phrase=Phrase(_("last modified %(value)s")),
        ),
        _order(
            "website",
            _("Website"),
            types.CHOICE,
            paths=("store__website__code",),
            choices=choices.of_model(Website),
            phrase=Phrase(_("on the website %(value)s")),
        ),
        store_column(ORDERS),
        _order(
            "currency",
            _("Currency"),
            types.CHOICE,
            choices=choices.of_column(Order, "currency"),
            phrase=Phrase(_("in the currency %(value)s")),
        ),
        _order(
            "payment_method",
            _("Payment method"),
            types.CHOICE,
            choices=choices.of_column(Order, "payment_method"),
            phrase=Phrase(_("paid by %(value)s")),
        ),
        _order(
            "shipping_method",
            _("Shipping method"),
            types.TEXT,
            phrase=Phrase(_("shipped by %(value)s")),
            said_bare=True,
        ),
        _order(
            "coupon_code",
            _("Coupon code"),
            types.TEXT,
            search_words=_("voucher discount code used"),
            phrase=Phrase(
                _("with coupon code %(value)s"),
                special={
                    "is_not_empty": _("with a coupon code"),
                    "is_empty": _("without a coupon code"),
                },
            ),
            said_bare=True,
        ),
        _order(
            "total_quantity",
            _("Total items quantity"),
            types.NUMBER,
            phrase=Phrase(_("totalling %(value)s"), unit=counted.pieces),
        ),
        _order(
            "lines_count",
            _("Number of lines"),
            types.INTEGER,
            minimum=0,
            phrase=Phrase(_("made up of %(value)s"), unit=counted.lines),
        ),
        _order(
            "subtotal",
            _("Subtotal"),
            types.MONEY,
            phrase=Phrase(_("with a subtotal of %(value)s")),
        ),
        _order(
            "tax_amount",
            _("Tax"),
            types.MONEY,
            phrase=Phrase(_("with tax of %(value)s")),
            with_or_without=True,
        ),
        _order(
            "shipping_amount",
            _("Shipping amount"),
            types.MONEY,
            phrase=Phrase(_("with shipping costs of %(value)s")),
            with_or_without=True,
        ),
        _order(
            "discount_amount",
            _("Discount"),
            types.MONEY,
            phrase=Phrase(_("with a discount of %(value)s")),
            with_or_without=True,
        ),
        _order(
            "grand_total",
            _("Grand total"),
            types.MONEY,
            search_words=_("spent amount worth order value"),
            phrase=Phrase(_("of %(value)s")),
        ),
        _order(
            "shipping_country",
            _("Shipping country"),
            types.TEXT,
            countries=True,
            usual="is_one_of",
            phrase=Phrase(_("shipped to %(value)s")),
        ),
        _order(
            "shipping_region",
            _("Shipping state/province"),
            types.TEXT,
            phrase=Phrase(_("shipped to the region %(value)s")),
        ),
        _order(
            "shipping_city",
            _("Shipping city"),
            types.TEXT,
            phrase=Phrase(_("shipped to the city %(value)s")),
        ),
        _order(
            "shipping_postcode",
            _("Shipping postcode"),
            types.TEXT,
            phrase=Phrase(_("shipped to the postcode %(value)s")),
            as_written=True,
        ),
        _order(
            "billing_country",
            _("Billing country"),
            types.TEXT,
            countries=True,
            usual="is_one_of",
            phrase=Phrase(_("billed to %(value)s")),
        ),
        _order(
            "billing_region",
            _("Billing state/province"),
            types.TEXT,
            phrase=Phrase(_("billed to the region %(value)s")),
        ),
        _order(
            "billing_city",
            _("Billing city"),
            types.TEXT,
            phrase=Phrase(_("billed to the city %(value)s")),
        ),
        _order(
            "billing_postcode",
            _("Billing postcode"),
            types.TEXT,
            phrase=Phrase(_("billed to the postcode %(value)s")),
            as_written=True,
        ),
    ],
    beginnings=[
        Beginning(_("Has ordered"), rows("sales", "exists"), _BOUGHT),
        Beginning(_("Has never ordered"), rows("sales", "not_exists"), _BOUGHT),
        Beginning(_("Has ordered in the last … days"), rows("sales", "exists", _LATELY), _BOUGHT),
        Beginning(
            _("Has not ordered in the last … days"),
            rows("sales", "not_exists", _LATELY),
            _BOUGHT,
        ),
        Beginning(
            _("Has ordered … times or more"),
            rows("sales", "count") | {"operator": "gte", "value": 2},
            _BOUGHT,
        ),
        Beginning(
            _("Ordered again within … days of the first order"),
            {
                "steps": [
                    {"relation": "sales", "only": "first"},
                    {"relation": "sales", "within_days": 30},
                ]
            },
            _("repeat customer purchase second order then again sequence funnel"),
        ),
        Beginning(
            _("Has ordered in at least … of the last … months"),
            rows("sales", "active_periods")
            | {"periods": {"unit": "month", "count": 6}, "operator": "gte", "value": 4},
            _("regularly habit every each repeat"),
        ),
        Beginning(
            _("Has ordered each month for … months, then stopped"),
            rows("sales", "stopped") | {"periods": {"unit": "month", "count": 3}},
            _("regularly habit every lost lapsed churn"),
        ),
        Beginning(
            _("Has spent … or more in the last … days"),
            rows("sales", "sum", {**_LATELY, "value": 90})
            | {"of": "order.grand_total", "operator": "gte"},
            _("turnover sales"),
        ),
        Beginning(
            _("Has an order worth … or more"),
            rows("sales", "exists", {"attribute": "order.grand_total", "operator": "gte"}),
            _("amount"),
        ),
        Beginning(
            _("Each of the last … orders was worth … or more"),
            rows("sales", "every", {"attribute": "order.grand_total", "operator": "gte"})
            | {"last": 3},
            _("all last three 2 3 5 10 orders amount"),
        ),
        Beginning(_("Has used a coupon"), rows("sales", "exists", _COUPON), _VOUCHER),
        Beginning(_("Has never used a coupon"), rows("sales", "not_exists", _COUPON), _VOUCHER),
        Beginning(
            _("Median value of an order … or more"),
            rows("sales", "median") | {"of": "order.grand_total", "operator": "gte"},
            _("typical middle"),
        ),
        Beginning(
            _("The latest order was paid by …"),
            rows("sales", "latest") | {"of": "order.payment_method", "operator": "is_one_of"},
            _("last newest payment method"),
        ),
    ],
)
