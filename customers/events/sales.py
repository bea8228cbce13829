"""Stores orders, refunds and carts from events."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.database.fields import RATE_UNITS_PER_ONE, from_units, rate_units
from core.problems import Problem
from customers.events.lines import check_lines, fill_figures, make_lines
from customers.events.reading import Row, problem
from customers.events.shop import Shop
from customers.events.values import assign, in_base, is_beyond
from customers.imports.shop_tables.pair import Pair
from customers.imports.shop_tables.sales import (
    CARTS_WITH_LINES,
    ORDER_AMOUNTS,
    ORDERS_WITH_LINES,
    REFUNDS_WITH_LINES,
)
from customers.imports.staging.staging_tables import Known
from customers.models import (
    AppliedRule,
    Cart,
    CartItem,
    Customer,
    Order,
    OrderItem,
    Refund,
    RefundItem,
)

Knowledge = dict[str, Known]


def unknown_customer(row: Row) -> Problem:
    """Return the problem that the customer of `row` does not exist."""
    number = row["customer"]
    text = _("There is no customer “%(number)s”: send it again later.") % {"number": number}
    return Problem(row.place("customer"), "unknown_customer", text)


def save_order(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store an order, with the lines that the event has; return its problems instead, if any."""
    pair, number = ORDERS_WITH_LINES, row["number"]
    order: Order = shop.orders.get(number) or Order(number=number)
    new = number not in shop.orders
    rate = row["base_to_order_rate"]
    if "base_to_order_rate" not in row:
        rate = RATE_UNITS_PER_ONE if new else rate_units(order.base_to_order_rate)
    customer, problems = _customer_of(shop, row)
    amounts = {name: in_base(row[name], rate) for name in ORDER_AMOUNTS if name in row}
    problems += [
        problem(row.place(name), "base_beyond")
        for name, units in amounts.items()
        if is_beyond(units)
    ]
    lines = row.below.get("items")
    problems += check_lines(pair, lines or (), rate, row.place("items"))
    if problems:
        return problems
    assign(pair.parents, row, order, known["orders"], new=new)
    for name, units in amounts.items():
        setattr(order, name, None if units is None else from_units(units))
    if new or "customer" in row:
        order.customer = customer
    order.status = order.status or order.state
    if row["updated_at"] is None and (new or "updated_at" in row):
        order.updated_at = order.created_at
    _with_lines(shop, pair, row, order, rate, lines, known, OrderItem, new=new)
    shop.orders[number] = order
    return []


def save_refund(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store a refund for the customer of its order; or return the refund's problem."""
    pair, number = REFUNDS_WITH_LINES, row["number"]
    refund: Refund = shop.refunds.get(number) or Refund(number=number)
    new = number not in shop.refunds
    customer, problems = _customer_of(shop, row)
    if "customer" not in row:
        customer = refund.customer
    order = shop.orders.get(row["order"]) if "order" in row else _order_of(shop, refund)
    if row["order"] is not None and order is None:
        text = _("There is no order “%(number)s”: send it again later.") % {"number": row["order"]}
        problems.append(Problem(row.place("order"), "unknown_order", text))
    elif order is None and customer is None and not problems:
        problems.append(problem(row.place("order"), "no_owner"))
    elif order is not None and row["customer"] is not None and order.customer != customer:
        problems.append(problem(row.place("customer"), "other_customer", row["customer"]))
    rate = RATE_UNITS_PER_ONE if order is None else rate_units(order.base_to_order_rate)
    amount = in_base(row["amount"], rate)
    if is_beyond(amount):
        problems.append(problem(row.place("amount"), "base_beyond"))
    lines = row.below.get("items")
    problems += check_lines(pair, lines or (), rate, row.place("items"))
    if problems:
        return problems
    assert amount is not None
    assign(pair.parents, row, refund, known["refunds"], new=new)
    refund.amount = from_units(amount)
    refund.order = order
    refund.customer = customer if order is None else order.customer
    _with_lines(shop, pair, row, refund, rate, lines, known, RefundItem, new=new)
    shop.refunds[number] = refund
    return []


def save_cart(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store a cart, with the lines that the event has; return its problems instead, if any."""
    pair, number = CARTS_WITH_LINES, row["id"]
    cart: Cart = shop.carts.get(number) or Cart(external_id=number)
    new = number not in shop.carts
    customer, problems = _customer_of(shop, row)
    lines = row.below.get("items")
    problems += check_lines(pair, lines or (), RATE_UNITS_PER_ONE, row.place("items"))
    if problems:
        return problems
    assign(pair.parents, row, cart, known["carts"], new=new)
    if new or "customer" in row:
        cart.customer = customer
    if "applied_rules" in row:
        rules = [AppliedRule(cart=cart, rule=rule) for rule in row["applied_rules"]]
        shop.hanging[AppliedRule][number] = (cart, rules)
    _with_lines(shop, pair, row, cart, RATE_UNITS_PER_ONE, lines, known, CartItem, new=new)
    shop.carts[number] = cart
    return []


def delete_cart(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Delete a cart; nothing to do where there is none."""
    cart = shop.carts.pop(row["id"], None)
    shop.changed[Cart].pop(row["id"], None)
    for model in (AppliedRule, CartItem):
        shop.hanging[model].pop(row["id"], None)
    if cart is not None and cart.pk is not None:
        shop.gone_carts.append(cart.pk)
    return []


def _customer_of(shop: Shop, row: Row) -> tuple[Customer | None, list[Problem]]:
    customer = shop.customer(row["customer"])
    missing = row["customer"] is not None and customer is None
    return customer, [unknown_customer(row)] if missing else []


def _order_of(shop: Shop, refund: Refund) -> Order | None:
    if refund.order_id is not None:
        return shop.order_with(refund.order_id)
    # One that the batch has made itself.
    return refund.order


def _with_lines(
    shop: Shop,
    pair: Pair,
    row: Row,
    owner: Any,
    rate: int,
    lines: Sequence[Row] | None,
    known: Knowledge,
    model: type[Any],
    *,
    new: bool,
) -> None:
    """Queue `owner` for writing, and its lines where the event has them."""
    number = row[pair.parents.key[0]]

    def stored_lines() -> Any:
        if number in shop.hanging[model]:
            return shop.hanging[model][number][1]
        return owner.items.all() if owner.pk is not None else ()

    fill_figures(pair, row, owner, rate, lines, stored_lines, new=new)
    if lines is not None:
        made = make_lines(pair, lines, owner, rate, shop, known[pair.lines.name])
        shop.hanging[model][number] = (owner, made)
    shop.change(number, owner)


SAVING: dict[str, Callable[[Shop, Row, Knowledge], list[Problem]]] = {
    "order.saved": save_order,
    "refund.saved": save_refund,
    "cart.saved": save_cart,
    "cart.deleted": delete_cart,
}
