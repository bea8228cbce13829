"""What an import stores of orders, refunds and carts: figures, lines, money."""

from decimal import Decimal

from customers.models import Cart, CartItem, Order, OrderItem, Product, Refund, RefundItem
from customers.tests.imports.importing import (
    CART_LINES,
    CARTS,
    CUSTOMERS,
    LINES,
    NOON,
    ORDERS,
    counts,
)


def test_an_order_gets_its_defaults_from_itself_and_its_lines(importer):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    order = Order.objects.get()
    assert (order.status, order.updated_at) == ("complete", order.created_at)
    assert (order.base_to_order_rate, order.store.code) == (Decimal(1), "default")
    assert (order.lines_count, order.total_quantity, order.subtotal) == (2, 3, 10)
    assert (order.grand_total, order.tax_amount) == (10, None)


def test_given_figures_are_kept_but_lines_are_always_counted(importer):
    orders = (
        "number,state,created_at,grand_total,total_quantity,subtotal\n"
        "o1,new,2026-01-02,10,7,\no2,new,2026-01-02,10,,8\n"
    )
    importer(orders=orders, order_items=LINES)
    first, second = Order.objects.order_by("id")
    assert (first.total_quantity, first.subtotal, first.lines_count) == (7, 10, 2)
    assert (second.total_quantity, second.subtotal, second.lines_count) == (0, 8, 0)


def test_only_top_level_lines_count(importer):
    lines = "order,line,parent_line,sku,quantity,price\no1,2,1,B,5,1\no1,1,,A,2,3\no1,3,2,C,1,1\n"
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=lines)
    order = Order.objects.get()
    assert (order.lines_count, order.total_quantity, order.subtotal) == (1, 2, 6)
    parents = OrderItem.objects.order_by("line").values_list("line", "parent__line")
    assert list(parents) == [("1", None), ("2", "1"), ("3", "2")]


def test_a_line_may_move_to_another_parent(importer):
    header = "order,line,parent_line,sku,quantity\n"
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=f"{header}o1,1,,A,1\no1,2,1,B,1\n")
    report = importer(order_items=f"{header}o1,1,,A,1\no1,2,,B,1\n")
    assert counts(report, "order_items") == (2, 0, 1, 1, 0)
    assert OrderItem.objects.filter(parent=None).count() == 2
    assert Order.objects.get().lines_count == 2
    report = importer(order_items=f"{header}o1,1,2,A,1\no1,2,,B,1\n")
    assert OrderItem.objects.get(line="1").parent.line == "2"


def test_money_is_brought_to_the_base_currency_and_rounded_once(importer):
    importer(
        orders="number,state,created_at,grand_total,base_to_order_rate,discount_amount\n"
        "o1,new,2026-01-02,10,3,-5\no2,new,2026-01-02,-0.0001,2,\n",
        order_items="order,line,sku,quantity,price,row_total,discount_amount\n"
        "o1,1,A,3,0.0001,,-1\no1,2,A,1,,7,\no2,1,A,1.5,-0.0333,,\n",
    )
    first, second = Order.objects.order_by("id")
    assert first.grand_total == Decimal("3.3333")
    assert first.discount_amount == Decimal("1.6667")
    assert second.grand_total == Decimal("-0.0001")  # half away from zero
    lines = OrderItem.objects.order_by("id").values_list("price", "row_total", "discount_amount")
    assert list(lines) == [
        # A third of 0.0001 is nothing, but a third of 0.0003 is 0.0001.
        (Decimal("0.0000"), Decimal("0.0001"), Decimal("0.3333")),
        (None, Decimal("2.3333"), None),
        (Decimal("-0.0167"), Decimal("-0.0250"), None),
    ]
    assert first.subtotal == Decimal("2.3334")


def test_the_largest_amounts_are_exact(importer):
    importer(
        orders="number,state,created_at,grand_total,base_to_order_rate\n"
        "o1,new,2026-01-02,999999999.9999,1\n",
        order_items="order,line,sku,quantity,price\no1,1,A,333333333.3333,2.9997\n",
    )
    assert Order.objects.get().grand_total == Decimal("999999999.9999")
    assert OrderItem.objects.get().row_total == Decimal("999899999.9999")


def test_a_rate_of_ten_decimals_is_exact(importer):
    """What one dong is in dollars: rounded to 4 decimals it would be nothing."""
    importer(
        orders="number,state,created_at,grand_total,base_to_order_rate\n"
        "o1,new,2026-01-02,20,0.00003937\no2,new,2026-01-02,-900000000,1.0000000001\n",
        order_items="order,line,sku,quantity,price\no1,1,A,2,10\no2,1,A,0.0001,999999999.9999\n",
        refunds="number,order,created_at,amount\nr1,o1,2026-01-03,0.0001\n",
    )
    first, second = Order.objects.order_by("id")
    assert first.base_to_order_rate == Decimal("0.00003937")
    assert (first.grand_total, first.subtotal) == (Decimal("508001.0160"),) * 2
    assert first.items.get().row_total == Decimal("508001.0160")
    assert first.refunds.get().amount == Decimal("2.5400")
    assert second.grand_total == Decimal("-899999999.9100")
    assert second.items.get().price == Decimal("999999999.8999")


def test_a_later_import_without_rate_uses_the_stored_one(importer):
    header = "number,state,created_at,grand_total"
    importer(orders=f"{header},base_to_order_rate\no1,new,2026-01-02,10,2\n")
    importer(
        orders=f"{header}\no1,new,2026-01-02,30\n",
        order_items="order,line,sku,quantity,price\no1,1,A,1,8\n",
    )
    order = Order.objects.get()
    assert (order.grand_total, order.base_to_order_rate, order.subtotal) == (15, 2, 4)


def test_an_order_in_the_lines_file_has_all_its_lines_replaced(importer):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    report = importer(order_items="order,line,sku,quantity,price\no1,2,B,4,3\n")
    assert list(OrderItem.objects.values_list("line", "quantity")) == [("2", 4)]
    assert counts(report, "order_items") == (1, 0, 1, 0, 0)
    order = Order.objects.get()
    assert (order.lines_count, order.total_quantity, order.subtotal) == (1, 4, 12)


def test_an_order_without_a_line_in_a_lines_file_that_is_there_loses_its_lines(importer):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    importer(orders=ORDERS, order_items="order,line,sku,quantity\n")
    assert OrderItem.objects.count() == 0
    assert Order.objects.get().lines_count == 0


def test_an_orders_file_alone_leaves_lines_as_they_are(importer):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    importer(orders="number,state,created_at,grand_total,subtotal\no1,closed,2026-01-02,10,\n")
    order = Order.objects.get()
    assert (order.state, order.lines_count, order.subtotal) == ("closed", 2, 10)
    assert (order.customer.external_id, OrderItem.objects.count()) == ("c1", 2)


def test_a_line_takes_name_and_type_of_its_product(importer):
    importer(
        customers=CUSTOMERS,
        products="sku,name,product_type\nA,Äpfel,bundle\n",
        orders=ORDERS,
        order_items="order,line,sku,name,quantity\no1,1,A,,1\no1,2,B,Birne,1\no1,3,C,,1\n",
    )
    lines = OrderItem.objects.order_by("line").values_list("name", "name_folded", "product_type")
    assert list(lines) == [
        ("Äpfel", "äpfel", "bundle"),
        ("Birne", "birne", "simple"),
        ("C", "c", "simple"),
    ]
    made = (
        Product.objects.exclude(sku="A").order_by("sku").values_list("sku", "name", "name_folded")
    )
    assert list(made) == [("B", "Birne", "birne"), ("C", "C", "c")]


def test_skus_differ_in_case(importer):
    importer(
        customers=CUSTOMERS,
        orders=ORDERS,
        order_items="order,line,sku,quantity\no1,1,85123A,1\no1,2,85123a,1\n",
    )
    assert Product.objects.count() == 2
    assert set(Product.objects.values_list("sku_folded", flat=True)) == {"85123a"}


def test_a_refund_of_an_order_is_its_customers_and_in_its_currency(importer):
    importer(
        customers=CUSTOMERS,
        orders="number,customer,state,created_at,grand_total,base_to_order_rate\n"
        "o1,c1,closed,2026-01-02,10,2\n",
        refunds="number,order,customer,created_at,amount\n"
        "r1,o1,,2026-01-03,5\nr2,o1,c1,2026-01-03,1\nr3,,c2,2026-01-03,9\n",
        refund_items="refund,line,sku,quantity,row_total\nr1,1,A,1,5\nr3,1,A,1,9\n",
    )
    refunds = Refund.objects.order_by("number").values_list("customer__external_id", "amount")
    assert list(refunds) == [("c1", Decimal("2.5")), ("c1", Decimal("0.5")), ("c2", 9)]
    assert list(RefundItem.objects.order_by("id").values_list("row_total", flat=True)) == [
        Decimal("2.5"),
        9,
    ]


def test_refunds_follow_their_order_to_another_customer(importer):
    importer(
        customers=CUSTOMERS,
        orders=ORDERS,
        refunds="number,order,created_at,amount\nr1,o1,2026-01-03,5\n",
    )
    importer(orders=ORDERS.replace("c1", "c2"))
    assert Refund.objects.get().customer.external_id == "c2"


def test_a_cart_gets_its_figures_from_its_lines(importer):
    importer(customers=CUSTOMERS, carts=CARTS, cart_items=CART_LINES)
    cart = Cart.objects.get()
    assert (cart.items_count, cart.items_quantity, cart.subtotal) == (1, 2, 3)
    assert (cart.is_active, cart.grand_total, cart.store.code) == (True, None, "default")
    assert set(cart.applied_rules.values_list("rule", flat=True)) == {"x", "y"}
    assert set(CartItem.objects.values_list("updated_at", flat=True)) == {NOON}


def test_a_cart_that_was_emptied_has_no_lines_and_no_figures(importer):
    importer(customers=CUSTOMERS, carts=CARTS, cart_items=CART_LINES)
    importer(carts=CARTS, cart_items="cart,line,sku,quantity,added_at\n")
    cart = Cart.objects.get()
    assert (CartItem.objects.count(), cart.items_count, cart.subtotal) == (0, 0, 0)
