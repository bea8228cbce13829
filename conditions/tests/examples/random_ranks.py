"""Random ranks, of attributes and of figures of rows."""

from hypothesis import strategies as st

from conditions.bases.aggregates import FIGURES
from conditions.language.operators.ranks import RANKS, Measure
from conditions.language.types import NumberType, RangeType
from conditions.ranking.rank import PARTS
from conditions.tests.examples.small_shop import condition

ROWS = [
    ("sales", "count", None),
    ("orders", "active_periods", None),
    ("sales", "sum", "order.grand_total"),
    ("orders", "avg", "order.grand_total"),
    ("orders", "max", "order.created_at"),
    ("order_items", "count_distinct", "order_item.sku"),
    ("order_items", "median", "order_item.quantity"),
    ("refunds", "latest", "refund.amount"),
    ("cart_items", "sum", "cart_item.quantity"),
]
GROUPS = [
    [condition("lifetime.number_of_orders", "gte", 1)],
    [condition("customer.kind", "is", "guest")],
    [{"relation": "orders", "aggregate": "not_exists"}],
    [condition("customer.registered_at", "in_last_days", 31)],
]
LATELY = [
    condition("order.created_at", "in_last_days", 400),
    condition("order.created_at", "in_last_days", 7),
    condition("order.created_at", "in_last_hours", 7),
    condition("order.created_at", "not_in_last_days", 30),
]


def rows(relation, aggregate, of, *conditions, **more):
    node = {"relation": relation, "aggregate": aggregate, **more}
    node |= {} if of is None else {"of": of}
    chosen = {"match": "all", "conditions": list(conditions)}
    return node | chosen if conditions else node


def all_of(*nodes):
    return {"match": "all", "conditions": list(nodes)}


@st.composite
def ranks(draw, every):
    """Draw a node of a rank, of an attribute or of a figure of rows."""
    figures = [
        one
        for one in every
        if one.relation is None
        and isinstance(one.type, RangeType)
        and not (one.infinite or one.values_only)
    ]
    node, type_ = {}, None
    if draw(st.booleans()):
        attribute = draw(st.sampled_from(figures))
        node, type_ = {"attribute": attribute.code}, attribute.type
    else:
        relation, aggregate, of = draw(st.sampled_from(ROWS))
        chosen = []
        if draw(st.booleans()) and relation in {"sales", "orders"}:
            chosen = [draw(st.sampled_from(LATELY))]
        node = rows(relation, aggregate, of, *chosen)
        if aggregate == "active_periods":
            unit = draw(st.sampled_from(["week", "quarter"]))
            node["periods"] = {"unit": unit, "count": draw(st.sampled_from([1, 40]))}
        if draw(st.integers(0, 2)) == 0:
            node[draw(st.sampled_from(["first", "last"]))] = draw(st.integers(1, 3))
        attribute = next((one for one in every if one.code == of), None)
        type_ = FIGURES[aggregate].result_type(attribute)
    names = [one.name for one in RANKS.values() if one.is_place or isinstance(type_, NumberType)]
    operator = RANKS[draw(st.sampled_from(names))]
    node["operator"] = operator.name
    if operator.measure is Measure.NUMBER:
        node["value"] = draw(st.integers(1, 45))
    elif operator.measure is Measure.PERCENT:
        node["value"] = draw(st.sampled_from(["0.0001", "2.5", "10", "33.3333", "50", "99", "100"]))
    else:
        times = draw(st.sampled_from([None, "0.5", "1.0001", "2", "-1", "0"]))
        node |= {} if times is None else {"times": times}
    if operator.is_place and draw(st.booleans()):
        node["ties"] = draw(st.sampled_from(["in", "out"]))
    if draw(st.booleans()):
        node["per"] = draw(st.sampled_from(sorted(PARTS)))
    if draw(st.booleans()):
        node["among"] = draw(st.sampled_from(["scope", *(all_of(*one) for one in GROUPS)]))
    return node
