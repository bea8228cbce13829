"""Conditions on what customers have spent and bought in all."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conditions.bases.aggregates import FIGURES
from conditions.bases.row_figures.combined import Difference
from conditions.bases.row_figures.derived import Derived
from conditions.language import counted, types
from conditions.language.phrase import Phrase
from conditions.registry import Beginning, Family
from customers.models import NO_SALE_STATES

_BEST = _("best rank VIP percentile most lowest turnover sales 3 5 10 20 50 100")
_OTHERS = _("mean median above below turnover sales others")


def _refunds_a_sale(refund: Any) -> bool:
    return refund.order is None or refund.order.state not in NO_SALE_STATES


def _is_no_service(line: Any) -> bool:
    return bool(line.product_type != "service")


SALES = Derived(
    code="lifetime.sales",
    label=_("Lifetime sales"),
    type=types.MONEY,
    over="sales",
    aggregate=FIGURES["sum"],
    of_code="order.grand_total",
    columns=("sales",),
    always_known=True,
    search_words=_("spent spend turnover revenue total worth bought for"),
    phrase=Phrase(
        _("have spent %(value)s in all"),
        _("have not spent %(value)s in all"),
        noun=pgettext_lazy("by", "money spent"),
    ),
)
REFUNDS_OF_SALES = Derived(
    code="lifetime.refunds_of_sales",
    label=_("Refunds of those sales"),
    type=types.MONEY,
    over="refunds",
    aggregate=FIGURES["sum"],
    of_code="refund.amount",
    where=Q(order__isnull=True) | ~Q(order__state__in=NO_SALE_STATES),
    keeps=_refunds_a_sale,
    columns=("refunds_of_sales",),
)
# A line whose type is missing is no service.
NO_SERVICE = Q(product_type__isnull=True) | ~Q(product_type="service")

FAMILY = Family(
    _("Lifetime value"),
    attributes=[
        SALES,
        Derived(
            code="lifetime.number_of_orders",
            label=_("Number of orders"),
            type=types.INTEGER,
            over="sales",
            columns=("number_of_orders",),
            always_known=True,
            search_words=_("bought how often times purchases"),
            minimum=0,
            phrase=Phrase(
                _("have ordered %(value)s"),
                _("have not ordered %(value)s"),
                special={"is 0": _("have never ordered"), "is 1": _("have ordered exactly once")},
                unit=counted.times,
                noun=pgettext_lazy("by", "number of orders"),
            ),
        ),
        Derived(
            code="lifetime.average_order_value",
            label=_("Average order value"),
            type=types.MONEY,
            over="sales",
            aggregate=FIGURES["avg"],
            of_code="order.grand_total",
            zero_if_none=True,
            columns=("sales", "number_of_orders"),
            always_known=True,
            search_words=_("basket spent on average"),
            phrase=Phrase(
                _("spend %(value)s per order on average"),
                _("do not spend %(value)s per order on average"),
            ),
        ),
        Difference(
            code="lifetime.profit",
            label=_("Lifetime profit (sales minus refunds)"),
            type=types.MONEY,
            plus=SALES,
            minus=REFUNDS_OF_SALES,
            always_known=True,
            phrase=Phrase(
                _("have brought in %(value)s after refunds"),
                _("have not brought in %(value)s after refunds"),
            ),
        ),
        Derived(
            code="lifetime.refunds",
            label=_("Lifetime refunds"),
            type=types.MONEY,
            over="refunds",
            aggregate=FIGURES["sum"],
            of_code="refund.amount",
            columns=("refunds",),
            always_known=True,
            phrase=Phrase(
                _("have been refunded %(value)s in all"),
                _("have not been refunded %(value)s in all"),
            ),
        ),
        Derived(
            code="lifetime.distinct_products",
            label=_("Different products bought"),
            type=types.INTEGER,
            over="order_items",
            aggregate=FIGURES["count_distinct"],
            of_code="order_item.sku",
            where=NO_SERVICE,
            keeps=_is_no_service,
            columns=("distinct_products",),
            always_known=True,
            minimum=0,
            phrase=Phrase(
                _("have bought %(value)s"),
                _("have not bought %(value)s"),
                unit=counted.different_products,
            ),
        ),
        Derived(
            code="lifetime.quantity",
            label=_("Pieces bought"),
            type=types.NUMBER,
            over="order_items",
            aggregate=FIGURES["sum"],
            of_code="order_item.quantity",
            where=NO_SERVICE,
            keeps=_is_no_service,
            columns=("quantity",),
            always_known=True,
            phrase=Phrase(
                _("have bought %(value)s in all"),
                _("have not bought %(value)s in all"),
                unit=counted.pieces,
            ),
        ),
    ],
    beginnings=[
        Beginning(
            _("Has spent … or more"),
            {"attribute": "lifetime.sales", "operator": "gte"},
            _("turnover sales"),
        ),
        Beginning(
            _("Is among the top … per cent by money spent"),
            {"attribute": "lifetime.sales", "operator": "in_top_percent", "value": "10"},
            _BEST,
        ),
        Beginning(
            _("Is among the top … by orders"),
            {"attribute": "lifetime.number_of_orders", "operator": "in_top", "value": 100},
            _BEST,
        ),
        Beginning(
            _("Is among the top … of each website by money spent"),
            {
                "attribute": "lifetime.sales",
                "operator": "in_top",
                "value": 10,
                "per": "customer.website",
            },
            _BEST,
        ),
        Beginning(
            _("Has spent more than the average"),
            {"attribute": "lifetime.sales", "operator": "above_average"},
            _OTHERS,
        ),
        Beginning(
            _("Has spent more than twice the average"),
            {"attribute": "lifetime.sales", "operator": "above_average", "times": "2"},
            _OTHERS,
        ),
        Beginning(
            _("Has an average order of … or more"),
            {"attribute": "lifetime.average_order_value", "operator": "gte"},
            _("basket spent on average"),
        ),
    ],
)
