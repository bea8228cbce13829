"""Trees that need each rule of a translation, and what stands for a rule that is wrong."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlglot import exp

AS_OF = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


def _condition(attribute, operator, value=None):
    node = {"attribute": attribute, "operator": operator}
    return node if value is None else {**node, "value": value}


def _figure(relation, aggregate, of, operator, value):
    node = {"relation": relation, "aggregate": aggregate, "of": of}
    return {**node, "operator": operator, "value": value}


def _than(code, times):
    return {"attribute": code, "times": times}


# Each tells some of the customers of an awkward shop apart.
TREES = [
    {"match": "any", "conditions": [node]}
    for node in (
        *(
            _condition("customer.first_name", operator, value)
            for operator in ("contains", "not_contains", "starts_with", "ends_with")
            for value in ("%", "_", "\\", "a_b", "an", "100%")
        ),
        *(_condition("address.city", "is", value) for value in ("back\\slash", "a%b")),
        *(
            _figure(relation, "avg", of, operator, value)
            for relation, of in (
                ("orders", "order.grand_total"),
                ("orders", "order.subtotal"),
                ("cart_items", "cart_item.quantity"),
                ("refunds", "refund.amount"),
            )
            for operator, value in (("gte", "10"), ("lt", "50.5"), ("is_not", "0.3"), ("gt", "1"))
        ),
        *(
            _condition("lifetime.average_order_value", operator, value)
            for operator, value in (("gt", "1.5"), ("is_not", "0.30"), ("lte", "31"), ("gte", "10"))
        ),
        *(
            _figure("orders", aggregate, "order.grand_total", operator, value)
            for aggregate in ("sum", "min", "max", "median", "latest")
            for operator, value in (("gte", "10"), ("lt", "50.5"), ("is_not", "0"))
        ),
        *(
            _figure("carts", aggregate, "cart.updated_at", "before", "2024-03-09")
            for aggregate in ("median", "latest")
        ),
        *(
            _condition("order.grand_total", operator, _than("order.tax_amount", times))
            for operator in ("gt", "lte")
            for times in ("2", "1.5", "-1")
        ),
        *(
            _condition(code, operator, _than("customer.days_until_birthday", times))
            for code in ("customer.days_since_registration", "activity.days_inactive")
            for operator in ("gt", "lte")
            for times in ("1", "2")
        ),
        *(
            _condition(code, "is_one_of", [str(n) for n in days])
            for code in (
                "activity.days_since_first_order",
                "activity.days_inactive",
                "customer.days_since_registration",
            )
            for days in ((0, 1), (1, 7, 30), (2, 31, 365))
        ),
        *(
            _condition("customer.days_since_registration", operator, {"attribute": other})
            for operator in ("gt", "lte")
            for other in ("activity.days_inactive", "activity.days_since_first_order")
        ),
        *(_condition("activity.days_inactive", "lt", value) for value in ("1", "30", "365")),
        *(
            _condition("customer.part", "is_in", {"salt": salt, "from": "20.5", "to": "70"})
            for salt in ("spring", "a-b.c:d_e")
        ),
        _condition("personalization.in_experiment", "has_none_of", ["male"]),
        {"relation": "orders", "aggregate": "count", "operator": "gte", "value": 1},
    )
]


def _as_it_is(node):
    return node


def spoiled(dialect):
    """Yield, for each rule of `dialect`, its name and a dialect with something wrong in it."""
    for kind in dialect.rules:
        yield kind.__name__, replace(dialect, rules={**dialect.rules, kind: _as_it_is})
    for name, wrong in WRONG.items():
        yield name, replace(dialect, functions={**dialect.functions, name: wrong})


def _zero(call):
    return exp.Literal.number(0)


def _greatest(call):
    return exp.Max(this=call.expressions[0])


def _day_of_utc(call):
    return exp.cast(call.expressions[0], "date")


# A value of the right type for each function of ours, and another one than it has.
WRONG = {
    "tranche_bucket": _zero,
    "tranche_compare": _zero,
    "tranche_days_ahead": _zero,
    "tranche_latest": _greatest,
    "tranche_local_date": _day_of_utc,
    "tranche_median": _greatest,
}
