"""Columns and steps particular to orders, refunds and carts."""

from core.database.fields import RATE_UNITS_PER_ONE
from customers.imports.run import Run, Staged
from customers.imports.shop_tables.pair import Pair, Rate
from customers.imports.staging.cells import LARGEST_UNITS
from customers.imports.staging.keys_and_references import refuse_unknown
from customers.imports.staging.resolve import Resolved, resolve
from customers.imports.tables import (
    CART_ITEMS,
    CARTS,
    ORDER_ITEMS,
    ORDERS,
    REFUND_ITEMS,
    REFUNDS,
)

ORDER_AMOUNTS = ("subtotal", "tax_amount", "shipping_amount", "discount_amount", "grand_total")


def order_rate(orders: Staged | None) -> Rate:
    """Return the rate of a line's order: the staged one, else the stored one, else 1."""
    stored = _rate_or_one("r_order.base_to_order_rate")
    if orders and orders.has("base_to_order_rate"):
        joins = f"LEFT JOIN {orders.stage.name} AS staged ON staged.number = s.ref_order"
        return Rate(f"COALESCE(staged.base_to_order_rate, {stored})", joins)
    return Rate(stored, "")


def refund_rate(refunds: Staged | None) -> Rate:
    """Return the rate of the order that a line's refund is for; 1 for one without an order."""
    stored, joins = "rated.base_to_order_rate", ""
    if refunds and refunds.has("order"):
        joins = (
            f"LEFT JOIN {refunds.stage.name} AS staged ON staged.number = s.ref_refund"
            " LEFT JOIN customers_order AS named ON named.number = staged.ref_order "
        )
        stored = (
            f"CASE WHEN staged.source_line IS NULL THEN {stored} ELSE named.base_to_order_rate END"
        )
    return Rate(
        _rate_or_one(stored),
        f"{joins}LEFT JOIN customers_order AS rated ON rated.id = r_refund.order_id",
    )


def resolve_orders(run: Run, orders: Staged) -> Resolved:
    """Check orders and say how they are stored: amounts in the base currency."""
    refuse_unknown(run, orders, ("customer",))
    rate, joins = "s.base_to_order_rate", ""
    expressions = {
        "status": "CASE WHEN s.status = '' THEN s.state ELSE s.status END",
        "updated_at": "COALESCE(s.updated_at, s.created_at)",
    }
    if not orders.has("base_to_order_rate"):
        joins = "LEFT JOIN customers_order AS stored ON stored.number = s.number"
        rate = _rate_or_one("stored.base_to_order_rate")
    for amount in ORDER_AMOUNTS:
        expressions[amount] = run.sql.base_amount(f"s.{amount}", rate)
    rows = resolve(orders, expressions, joins)
    amounts = [amount for amount in ORDER_AMOUNTS if orders.has(amount)]
    # One look at all of them, which nearly always is enough.
    any_beyond = " OR ".join(_beyond(rows, amount, rate) for amount in amounts)
    if run.sql.finds(f"SELECT 1 FROM {rows.source} WHERE {any_beyond}"):
        for amount in amounts:
            _refuse_beyond(run, orders, rows, amount, rate)
        run.remove_refused(orders)
    return rows


def resolve_refunds(run: Run, refunds: Staged) -> Resolved:
    """Check refunds and say how they are stored: a refund of an order is its customer's."""
    refuse_unknown(run, refunds, ("order", "customer"))
    order = "o.number = s.ref_order" if refunds.has("order") else "o.id = stored.order_id"
    customer = "r_customer.id" if refunds.has("customer") else "stored.customer_id"
    rate = _rate_or_one("o.base_to_order_rate")
    expressions = {
        "order_id": "o.id",
        "customer_id": f"CASE WHEN o.id IS NULL THEN {customer} ELSE o.customer_id END",
        "amount": run.sql.base_amount("s.amount", rate),
    }
    rows = resolve(
        refunds,
        expressions,
        "LEFT JOIN customers_refund AS stored ON stored.number = s.number"
        f" LEFT JOIN customers_order AS o ON {order}",
    )
    if "customer_id" not in rows.updatable:
        rows.updatable.append("customer_id")
    start = "SELECT s.source_line, s.number, NULL,"
    found = run.refusals.add_selected(
        REFUNDS,
        "order",
        "no_owner",
        f"{start} s.number FROM {rows.source} WHERE o.id IS NULL AND {customer} IS NULL",
    )
    found += run.refusals.add_selected(
        REFUNDS,
        "customer",
        "other_customer",
        f"{start} s.ref_customer FROM {rows.source} WHERE o.id IS NOT NULL"
        f" AND s.ref_customer IS NOT NULL AND {run.sql.distinct('r_customer.id', 'o.customer_id')}",
    )
    found += _refuse_beyond(run, refunds, rows, "amount", rate)
    if found:
        run.remove_refused(refunds)
    return rows


def resolve_carts(run: Run, carts: Staged) -> Resolved:
    """Check carts and say how they are stored."""
    refuse_unknown(run, carts, ("customer",))
    return resolve(carts)


def _rate_or_one(rate: str) -> str:
    return f"COALESCE({rate}, {RATE_UNITS_PER_ONE})"


def _refuse_beyond(run: Run, staged: Staged, rows: Resolved, amount: str, rate: str) -> int:
    """Refuse the rows whose amount is beyond the limit in the base currency."""
    return run.refusals.add_selected(
        staged.table,
        amount,
        "base_beyond",
        f"SELECT s.source_line, s.number, NULL, s.number FROM {rows.source}"
        f" WHERE {_beyond(rows, amount, rate)}",
    )


def _beyond(rows: Resolved, amount: str, rate: str) -> str:
    """Return the test that an amount is beyond the limit: only a rate below 1 leads there."""
    return f"({rate} < {RATE_UNITS_PER_ONE} AND ABS({rows.columns[amount]}) > {LARGEST_UNITS})"


ORDERS_WITH_LINES = Pair(
    ORDERS,
    ORDER_ITEMS,
    owner="order",
    figures={"lines_count": "lines", "total_quantity": "quantity", "subtotal": "total"},
    amounts=("price", "row_total", "row_total_incl_tax", "discount_amount"),
    rate=order_rate,
    resolve_parents=resolve_orders,
)
REFUNDS_WITH_LINES = Pair(
    REFUNDS,
    REFUND_ITEMS,
    owner="refund",
    figures={},
    amounts=("row_total",),
    rate=refund_rate,
    resolve_parents=resolve_refunds,
)
CARTS_WITH_LINES = Pair(
    CARTS,
    CART_ITEMS,
    owner="cart",
    figures={"items_count": "lines", "items_quantity": "quantity", "subtotal": "total"},
    amounts=(),
    rate=lambda carts: None,
    resolve_parents=resolve_carts,
)
