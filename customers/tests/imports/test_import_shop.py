"""What an import stores of a whole shop: wishes, events, categories, and the same files again."""

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
from customers.tests.imports.importing import (
    ADDRESSES,
    ATTRIBUTES,
    CART_LINES,
    CARTS,
    CUSTOMERS,
    ORDERS,
    counts,
)


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

    assert import_shop(directory).ignored == {"customer.csv": "customers.csv"}


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
    from core.database.fields import FoldedTextField

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
