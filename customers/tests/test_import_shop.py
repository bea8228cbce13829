"""What an import stores: defaults, updates by key, lines, money, events."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from customers.folding import email_domain, fold
from customers.models import (
    Address,
    Cart,
    CartItem,
    Category,
    Customer,
    CustomerAttribute,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductView,
    Refund,
    RefundItem,
    Website,
    Wishlist,
    WishlistItem,
)
from customers.tests.importing import CUSTOMERS, LINES, ORDERS, counts

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_a_customer_without_more_than_an_id_gets_every_default(importer):
    importer(customers="id\nc1\n")
    customer = Customer.objects.get()
    assert (customer.website.code, customer.store.code, customer.group.code) == (
        "default",
        "default",
        "general",
    )
    assert (customer.kind, customer.is_active, customer.accepts_marketing) == (
        "registered",
        True,
        None,
    )
    assert customer.registered_at is None
    assert not customer.email


def test_a_customer_who_names_a_store_only_belongs_to_the_stores_website(importer):
    importer(
        websites="code,name,timezone\nde,Deutschland,Europe/Berlin\n",
        stores="code,name,website\nde_de,Deutsch,de\n",
        customers="id,store\nc1,de_de\n",
    )
    assert Customer.objects.get().website.code == "de"
    assert Website.objects.get(code="de").timezone == "Europe/Berlin"


def test_every_kind_of_cell_is_read(importer):
    importer(
        customers="id,email,first_name,date_of_birth,registered_at,is_active,kind,accepts_marketing"
        "\nc1, A@Example.ORG ,Straße,2000-02-29,2026-01-02T14:00:00.25+02:00,NO,guest,Yes\n"
    )
    customer = Customer.objects.get()
    assert customer.email == " A@Example.ORG "
    assert customer.email_folded == fold(" A@Example.ORG ")
    assert customer.email_domain_folded == fold(email_domain(" A@Example.ORG "))
    assert customer.first_name_folded == "straße"
    assert str(customer.date_of_birth) == "2000-02-29"
    assert customer.registered_at == NOON.replace(microsecond=250_000)
    assert (customer.is_active, customer.kind, customer.accepts_marketing) == (False, "guest", True)


@pytest.mark.parametrize(
    "cell", ["2026-01-02T12:00:00Z", "2026-01-02T12:00", "2026-01-02 12:00:00", "2026-01-02T07-05"]
)
def test_a_time_without_offset_is_utc(importer, cell):
    importer(customers=f"id,registered_at\nc1,{cell}\n")
    assert Customer.objects.get().registered_at == NOON


def test_a_byte_order_mark_quotes_and_line_breaks_in_cells_are_read(importer):
    importer(customers=b'\xef\xbb\xbf"id","first_name"\r\n"c1","a ""b""\r\nc"\r\n')
    assert Customer.objects.get().first_name == 'a "b"\r\nc'


def test_ids_differ_in_case(importer):
    importer(customers="id\nC1\nc1\n")
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"C1", "c1"}


def test_customers_get_their_internal_keys_in_the_files_order(importer):
    importer(customers="id\nz\na\nm\n")
    in_order = Customer.objects.order_by("id").values_list("external_id", flat=True)
    assert list(in_order) == ["z", "a", "m"]


def test_tags_are_kept_once_and_replaced(importer):
    importer(customers="id,tags\nc1,a|b|a\nc2,\n")
    assert set(CustomerTag.objects.values_list("tag", flat=True)) == {"a", "b"}
    report = importer(customers="id,tags\nc1,b|c\nc2,\n")
    assert set(CustomerTag.objects.values_list("tag", flat=True)) == {"b", "c"}
    assert counts(report, "customers") == (2, 0, 1, 1, 0)
    importer(customers="id\nc1\n")
    assert CustomerTag.objects.count() == 2
    importer(customers="id,tags\nc1,\n")
    assert CustomerTag.objects.count() == 0


ATTRIBUTES = (
    "code,label,type,options\nlevel,Level,choice,gold|silver\nnote,Note,text,\n"
    "size,Size,number,\nsince,Since,date,\nvip,VIP,boolean,\n"
)


def values(customer_id: str = "c1") -> dict[str, object]:
    customer = Customer.objects.get(external_id=customer_id)
    return {
        value.attribute.code: next(
            one
            for one in (value.text, value.number, value.date, value.choice, value.boolean)
            if one is not None
        )
        for value in customer.attribute_values.select_related("attribute")
    }


def test_custom_attributes_are_stored_by_their_types(importer):
    importer(
        customer_attributes=ATTRIBUTES,
        customers="id,attributes.level,attributes.note,attributes.size,attributes.since,"
        "attributes.vip\nc1,gold,ÄÖ,42.5,2026-01-02,no\n",
    )
    stored = values()
    assert (stored["level"], stored["note"], stored["size"]) == ("gold", "ÄÖ", Decimal("42.5"))
    assert (str(stored["since"]), stored["vip"]) == ("2026-01-02", False)
    note = Customer.objects.get().attribute_values.get(attribute__code="note")
    assert note.text_folded == "äö"
    assert CustomerAttribute.objects.get(code="level").options == ["gold", "silver"]


def test_an_empty_attribute_clears_and_an_absent_one_stays(importer):
    header = "id,attributes.level,attributes.size\n"
    importer(customer_attributes=ATTRIBUTES, customers=f"{header}c1,gold,1\n")
    report = importer(customers="id,attributes.level\nc1,\n")
    assert values() == {"size": Decimal(1)}
    assert counts(report, "customers") == (1, 0, 1, 0, 0)
    importer(customers="id,attributes.size\nc1,2\n")
    assert values() == {"size": Decimal(2)}


def test_an_absent_column_stays_and_an_empty_cell_clears(importer):
    importer(customers="id,email,first_name,is_active\nc1,a@x.org,Ann,false\n")
    report = importer(customers="id,first_name\nc1,\n")
    customer = Customer.objects.get()
    assert (customer.email, customer.first_name, customer.is_active) == ("a@x.org", "", False)
    assert (customer.email_folded, customer.first_name_folded) == ("a@x.org", "")
    assert counts(report, "customers") == (1, 0, 1, 0, 0)


ADDRESSES = "customer,city,is_default_billing\nc1,Köln,true\nc1,Bonn,\nc2,Ulm,\n"


def test_a_customer_in_addresses_has_all_addresses_replaced(importer):
    importer(customers=CUSTOMERS, addresses=ADDRESSES)
    report = importer(addresses="customer,city\nc1,Trier\n")
    stored = Address.objects.order_by("id").values_list("customer__external_id", "city")
    assert list(stored) == [("c1", "Trier"), ("c2", "Ulm")]
    address = Address.objects.get(city="Trier")
    assert (address.city_folded, address.is_default_billing) == ("trier", False)
    assert counts(report, "addresses") == (1, 0, 1, 0, 0)


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


CARTS = "id,customer,created_at,updated_at,applied_rules\nk1,c1,2026-01-02,2026-01-03,x|y\n"
CART_LINES = (
    "cart,line,parent_line,sku,quantity,price,added_at\n"
    "k1,1,,A,2,1.5,2026-01-02T12:00:00Z\nk1,2,1,B,2,9,2026-01-02T12:00:00Z\n"
)


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


def test_a_wished_product_makes_a_wishlist_that_is_not_shared(importer):
    importer(
        customers=CUSTOMERS,
        wishlists="customer,is_shared\nc2,yes\n",
        wishlist_items="customer,sku,added_at\nc1,A,2026-01-02\nc2,A,2026-01-02\n",
    )
    lists = Wishlist.objects.order_by("customer_id").values_list("is_shared", flat=True)
    assert list(lists) == [False, True]
    assert WishlistItem.objects.filter(product__name="A").count() == 2


def test_identical_events_of_one_import_are_as_many(importer):
    files = {
        "customers": CUSTOMERS,
        "logins": "customer,logged_in_at\n" + "c1,2026-01-02T12:00:00Z\n" * 3,
        "product_views": "customer,sku,viewed_at\n" + "c1,A,2026-01-02T12:00:00Z\n" * 2,
    }
    importer(**files)
    report = importer(**files)
    assert (Login.objects.count(), ProductView.objects.count()) == (3, 2)
    assert counts(report, "logins") == (3, 0, 0, 3, 0)
    report = importer(logins=files["logins"] + "c1,2026-01-02T13:00:00+01:00\n")
    assert counts(report, "logins") == (4, 1, 0, 3, 0)


def test_a_subscription_is_known_by_customer_and_store(importer):
    header = "customer,store,status,status_changed_at\n"
    importer(
        stores="code,name,website\ns2,Second,default\n",
        customers=CUSTOMERS,
        newsletter_subscriptions=f"{header}c1,,subscribed,2026-01-02\nc1,s2,subscribed,2026-01-02\n",
    )
    importer(newsletter_subscriptions=f"{header}c1,default,unsubscribed,2026-01-03\n")
    stored = NewsletterSubscription.objects.order_by("id").values_list("store__code", "status")
    assert list(stored) == [("default", "unsubscribed"), ("s2", "subscribed")]


def test_categories_may_stand_before_their_parents_and_move(importer):
    importer(
        categories="code,name,parent\nboots,Boots,shoes\nshoes,Shoes,\n",
        products="sku,name,categories\nA,Rain boot,boots|shoes\n",
    )
    assert Category.objects.get(code="boots").parent.code == "shoes"
    assert Product.objects.get().categories.count() == 2
    report = importer(categories="code,name,parent\nboots,Boots,\n")
    assert Category.objects.get(code="boots").parent is None
    assert counts(report, "categories") == (1, 0, 1, 0, 0)
    importer(products="sku,name\nA,Boot\n")
    assert Product.objects.get().categories.count() == 2


def test_files_that_are_not_there_are_no_data(importer):
    report = importer()
    assert report.files == []


def test_a_misspelt_file_is_told(importer):
    directory = importer.directory(customer="id\nc1\n")
    from customers.imports.shop_csv import import_shop

    assert import_shop(directory).ignored == ["customer.csv"]


EVERYTHING = {
    "websites": "code,name,timezone\nde,Deutschland,Europe/Berlin\n",
    "stores": "code,name,website\nde_de,Deutsch,de\n",
    "customer_groups": "code,name\nvip,VIP\n",
    "customer_attributes": ATTRIBUTES,
    "customers": "id,group,store,tags,attributes.level,attributes.vip\n"
    "c1,vip,de_de,a|b,gold,\nc2,,,,,yes\n",
    "addresses": ADDRESSES,
    "newsletter_subscriptions": "customer,status,status_changed_at\nc1,subscribed,2026-01-02\n",
    "logins": "customer,logged_in_at\n" + "c1,2026-01-02\n" * 2,
    "categories": "code,name,parent\nboots,Boots,shoes\nshoes,Shoes,\n",
    "product_attributes": "code,label,type,options\nbrand,Brand,text,\n",
    "products": "sku,name,price,categories,attributes.brand\nA,Boot,1.5,boots,Acme\n",
    "orders": ORDERS,
    "order_items": "order,line,parent_line,sku,quantity,price\no1,1,,A,2,3\no1,2,1,B,1,1\n",
    "refunds": "number,order,created_at,amount\nr1,o1,2026-01-03,5\n",
    "refund_items": "refund,line,sku,quantity,row_total\nr1,1,A,1,5\n",
    "carts": CARTS,
    "cart_items": CART_LINES,
    "wishlists": "customer,is_shared\nc2,yes\n",
    "wishlist_items": "customer,sku,added_at\nc1,A,2026-01-02\n",
    "product_views": "customer,sku,viewed_at\n" + "c1,Z,2026-01-02\n" * 2,
}


def test_importing_the_same_directory_again_changes_nothing(importer):
    importer(**EVERYTHING)
    before = {name: list(model_rows(name)) for name in MODELS}
    report = importer(**EVERYTHING)
    assert {name: list(model_rows(name)) for name in MODELS} == before
    assert [(one.file, one.created, one.updated, one.refused) for one in report.files] == [
        (f"{name}.csv", 0, 0, 0) for name in EVERYTHING
    ]
    assert all(one.unchanged == one.read > 0 for one in report.files)


MODELS = {
    model.__name__: model
    for model in (
        *(Address, Cart, CartItem, Category, Customer, CustomerAttribute, CustomerTag, Login),
        *(NewsletterSubscription, Order, OrderItem, Product, ProductView, Refund, RefundItem),
        *(Website, Wishlist, WishlistItem),
    )
}


def model_rows(name: str):
    return MODELS[name].objects.order_by("id").values_list()


def test_every_folded_column_is_what_saving_the_row_would_write(importer):
    from customers.fields import FoldedTextField

    importer(
        **{**EVERYTHING, "customers": EVERYTHING["customers"].replace("c2", "Ç2")}
        | {
            "addresses": ADDRESSES.replace("c2", "Ç2"),
            "wishlists": "customer\nc1\n",
        }
    )
    checked = 0
    for model in MODELS.values():
        for field in model._meta.concrete_fields:
            if isinstance(field, FoldedTextField):
                for row in model.objects.all():
                    stored = getattr(row, field.attname)
                    assert stored == field.fold(getattr(row, field.source))
                    checked += 1
    assert checked > 50
