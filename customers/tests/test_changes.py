"""Whatever writes shop data marks the customers concerned, in the same transaction."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import Case, F, Value, When

from customers.changes import declared as declared_models
from customers.changes import postgresql, triggers
from customers.changes.declared import Marked, declared
from customers.changes.migrating import after_migration
from customers.changes.triggers import faults, install, remove, stamp_installed
from customers.models import (
    Category,
    Customer,
    CustomerAttribute,
    CustomerGroup,
    CustomerRollup,
    DirtyCustomer,
    Login,
    Order,
    OrderItem,
    Product,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
    ProductView,
    Refund,
    Store,
    UncheckedText,
    Website,
    Wishlist,
    WishlistItem,
)
from customers.tests.rows import AT, ROWS, a_customer, a_line, a_product, a_refund, an_order

pytestmark = pytest.mark.django_db


def marks():
    """Return whom the writes since the last call have marked, each once; None is everybody."""
    rows = DirtyCustomer.objects.all()
    found = list(rows.values_list("customer_id", flat=True))
    assert all(row.reason == "event" and row.segment_id is None and row.at for row in rows)
    rows.delete()
    return set(found)


@pytest.fixture
def two(db):
    ann, bob = a_customer("ann"), a_customer("bob")
    marks()
    return ann, bob


@pytest.fixture
def only_states_of_orders(monkeypatch, two):
    """Let only the state of an order count, as an app may declare it of rows of its own."""
    monkeypatch.setattr(declared_models, "_declared", dict(declared_models._declared))
    declared_models._declared[Order] = Marked(Order, ("customer",), fields=("state",))
    install()
    return two


def test_of_rows_with_columns_that_count_others_mark_nobody(only_states_of_orders):
    ann, bob = only_states_of_orders
    order = an_order(ann)
    assert marks() == {ann.pk}
    Order.objects.update(grand_total=5)
    assert marks() == set()
    Order.objects.update(state="canceled")
    assert marks() == {ann.pk}
    # What leads to the customer always counts.
    Order.objects.update(customer=bob)
    assert marks() == {ann.pk, bob.pk}
    order.delete()
    assert marks() == {bob.pk}


def test_a_folded_text_that_counts_is_checked_when_its_source_changes(monkeypatch, two):
    ann, _bob = two
    monkeypatch.setattr(declared_models, "_declared", dict(declared_models._declared))
    fields = ("coupon_code_folded",)
    declared_models._declared[Order] = Marked(Order, ("customer",), fields=fields)
    install()
    order = an_order(ann)
    marks()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_order SET shipping_method = 'AIR', coupon_code = 'SAVE'")
    assert marks() == {ann.pk}
    assert UncheckedText.objects.filter(row_id=order.pk).count() == 1


def paths_to_customer(model, seen=()):
    """Return all ways by foreign keys from a row of `model` to a customer."""
    found = set()
    for field in model._meta.concrete_fields:
        target = field.related_model
        if target is None or target in (*seen, model):
            continue
        if target is Customer:
            found.add(field.name)
        found |= {f"{field.name}__{rest}" for rest in paths_to_customer(target, (*seen, model))}
    return found


def test_each_model_that_leads_to_a_customer_is_declared_with_every_way():
    expected = {}
    for model in apps.get_app_config("customers").get_models():
        paths = paths_to_customer(model)
        if paths and model is not CustomerRollup:  # Made of the others' rows.
            expected[model] = paths
    found = {
        one.model: set(one.paths)
        for one in declared()
        if one.paths and one.model._meta.app_label == "customers"
    }
    assert found.pop(Customer) == {"pk"}
    assert found == expected
    assert set(ROWS) == set(expected)


def test_a_new_customer_is_marked():
    assert marks() == set()
    customer = a_customer("ann")
    assert marks() == {customer.pk}


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_row_marks_its_customer_when_it_comes_changes_and_goes(model, two):
    ann, _bob = two
    make, change = ROWS[model]
    row = make(ann)
    assert marks() == {ann.pk}
    model.objects.filter(pk=row.pk).update(**change)
    assert marks() == {ann.pk}
    model.objects.filter(pk=row.pk).update(**change)
    assert marks() == set(), "nothing has changed"
    models.QuerySet(model).filter(pk=row.pk)._raw_delete(using="default")
    assert marks() == {ann.pk}


def changed_columns():
    """Return the columns that the marks since the last call name, with None for any."""
    found = set()
    for columns in DirtyCustomer.objects.values_list("source_columns", flat=True):
        found |= {None} if columns is None else set(columns.split(","))
    marks()
    return found


@pytest.mark.parametrize("model", [Customer, *ROWS], ids=lambda model: model.__name__)
def test_a_mark_names_the_columns_that_have_changed_and_no_others(model, two):
    ann, _bob = two
    row = ann if model is Customer else ROWS[model][0](ann)
    if model is not Customer:
        assert changed_columns() == {None}, "a new row"
    rows = models.QuerySet(model).filter(pk=row.pk)
    tried = 0
    for field in model._meta.concrete_fields:
        if field.primary_key or field.is_relation or isinstance(field, models.GeneratedField):
            continue
        rows.update(**{field.name: another(field, getattr(row, field.name))})
        assert changed_columns() == {field.column}
        tried += 1
    assert tried or model._meta.concrete_fields
    rows._raw_delete(using="default")
    assert changed_columns() == {None}, "the row is gone"


def another(field, value):
    match field.get_internal_type():
        case "BooleanField":
            return not value
        case "DateField":
            return date(1999, 9, 9)
        case "DateTimeField":
            return datetime(1999, 9, 9, tzinfo=UTC)
        case "CharField" | "TextField":
            return "another"
    return 77


def test_a_statement_names_what_has_changed_in_any_of_its_rows(two):
    ann, bob = two
    first_names = Case(When(pk=ann.pk, then=Value("Anna")), default=F("first_name"))
    genders = Case(When(pk=bob.pk, then=Value("male")), default=F("gender"))
    models.QuerySet(Customer).update(first_name=first_names, gender=genders, last_name="")
    assert changed_columns() == {"first_name", "gender"}


def test_a_row_of_another_key_is_another_row(two):
    ann, _bob = two
    row = Login.objects.create(customer=ann, logged_in_at=AT)
    marks()
    Login.objects.filter(pk=row.pk).update(id=row.pk + 1000)
    assert changed_columns() == {None}


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_row_that_moves_marks_both_customers(model, two):
    ann, bob = two
    make, _change = ROWS[model]
    row = make(ann)
    path = next(iter(next(one.paths for one in declared() if one.model is model)))
    owner, _, rest = path.partition("__")
    other = bob
    if rest:
        other = next(iter(ROWS[model._meta.get_field(owner).related_model]))(bob)
    marks()
    column = model._meta.get_field(owner).column
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [other.pk, row.pk]
        )
    assert marks() == {ann.pk, bob.pk}


def test_bulk_writes_mark_every_customer(two):
    ann, bob = two
    order = an_order(ann)
    template = an_order(bob)
    marks()
    copies = []
    for number, customer in enumerate((ann, bob)):
        copy = Order.objects.get(pk=template.pk)
        copy.pk, copy.number, copy.customer = None, f"B{number}", customer
        copies.append(copy)
    Order.objects.bulk_create(copies)
    assert marks() == {ann.pk, bob.pk}
    Order.objects.update(grand_total=99)
    assert marks() == {ann.pk, bob.pk}
    order.grand_total = 100
    Order.objects.bulk_update([order], ["grand_total"])
    assert marks() == {ann.pk}


def test_an_order_without_a_customer_marks_nobody_until_it_has_one(two):
    ann, _bob = two
    order = an_order(None)
    a_line(order)
    assert marks() == set()
    Order.objects.filter(pk=order.pk).update(customer=ann)
    assert marks() == {ann.pk}


def test_a_deleted_customer_is_named_by_the_mark(two):
    ann, _bob = two
    an_order(ann)
    marks()
    pk = ann.pk
    ann.delete()
    named = DirtyCustomer.objects.exclude(external_id=None)
    assert [(row.customer_id, row.external_id) for row in named] == [(pk, "ann")]


def test_a_write_that_is_rolled_back_leaves_no_mark(two):
    ann, _bob = two
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        an_order(ann)
        assert DirtyCustomer.objects.exists()
        raise ZeroDivisionError
    assert marks() == set()


def customers_with_product():
    """Return one customer for each kind of row with a product."""
    found = {}
    for model in ROWS:
        if "product" in [field.name for field in model._meta.concrete_fields]:
            found[model] = a_customer(model.__name__)
            ROWS[model][0](found[model])
    marks()
    return found


def test_what_a_product_is_in_the_catalogue_marks_everyone_who_had_to_do_with_it():
    owners = {one.pk for one in customers_with_product().values()}
    assert len(owners) == 5
    shoes = Category.objects.create(code="shoes", name="Shoes")
    colour = ProductAttribute.objects.create(code="colour", label="Colour", type="text")
    marks()
    ProductCategory.objects.create(product=a_product(), category=shoes)
    assert marks() == owners
    ProductAttributeValue.objects.create(product=a_product(), attribute=colour, text="red")
    assert marks() == owners
    ProductAttributeValue.objects.update(text="blue")
    assert marks() == owners
    ProductCategory.objects.all().delete()
    assert marks() == owners
    ProductCategory.objects.create(product=a_product("OTHER"), category=shoes)
    assert marks() == set()


def test_a_products_price_marks_those_who_viewed_or_wished_it_only():
    owners = customers_with_product()
    Product.objects.update(price=5)
    assert marks() == {owners[ProductView].pk, owners[WishlistItem].pk}
    Product.objects.update(product_type="bundle")
    assert marks() == set(), "lines have a type of their own"


@pytest.mark.parametrize(
    ("model", "change", "unread"),
    [
        (Website, {"timezone": "Asia/Tokyo"}, {"name": "Other"}),
        (Store, {"code": "other"}, {"name": "Other"}),
        (CustomerGroup, {"code": "other"}, {"name": "Other"}),
        (Category, {"parent": None}, {"name": "Other"}),
        (CustomerAttribute, {"options": ["a"]}, {"label": "Other"}),
        (ProductAttribute, {"code": "other"}, {"label": "Other"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_the_shop_is_made_of_marks_everybody_when_it_changes(model, change, unread):
    CustomerAttribute.objects.create(code="c", label="C", type="choice", options=[])
    ProductAttribute.objects.create(code="p", label="P", type="text")
    above = Category.objects.create(code="above", name="Above")
    Category.objects.create(code="below", name="Below", parent=above)
    assert marks() == set(), "nothing refers to what is new"
    model.objects.update(**unread)
    assert marks() == set()
    model.objects.update(**change)
    assert marks() == {None}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_an_emptied_table_marks_all_customers(two):
    ann, bob = two
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_address")
    assert marks() == {ann.pk, bob.pk}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.django_db(transaction=True)
def test_emptied_customers_may_concern_everybody():
    a_customer("ann")
    DirtyCustomer.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    assert None in marks(), "who has been a member is not among the customers any more"


def warnings():
    found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    return [one.id for one in found]


def test_missing_triggers_are_told_and_a_migrate_makes_them_and_marks_everybody(two):
    ann, _bob = two
    assert faults() == []
    assert "customers.W001" not in warnings()
    assert remove() > 0
    an_order(ann)
    assert marks() == set()
    assert "customers.W001" in warnings()
    call_command("migrate", verbosity=0)
    assert faults() == []
    assert marks() == {None}
    call_command("migrate", verbosity=0)
    assert marks() == set()
    an_order(ann)
    assert marks() == {ann.pk}


def test_triggers_do_not_disturb_counts_or_keys(two):
    ann, bob = two
    order = an_order(ann)
    line = a_line(order)
    assert OrderItem.objects.get() == line
    assert Order.objects.filter(pk=order.pk).update(grand_total=3) == 1
    assert Wishlist.objects.create(customer=bob).pk == Wishlist.objects.get().pk
    assert Refund.objects.filter(pk=a_refund(bob).pk).delete()[0] == 1
    assert Order.objects.get(created_at=AT).grand_total == 3


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one version at a time")
def test_old_code_is_content_with_the_triggers_of_newer_code(monkeypatch):
    marked = next(iter(declared()))
    table = marked.model._meta.db_table
    body = f"CREATE OR REPLACE FUNCTION {postgresql.function_name(marked)}() RETURNS trigger"
    with connection.cursor() as cursor:
        cursor.execute(f"{body} LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        assert faults()
        cursor.execute(postgresql.stamping(marked, "Tranche 999.0"))
        assert faults() == []
        install()
        stamp_installed()
        assert faults() == []

        # What an older version made besides goes when none of its processes runs any more.
        monkeypatch.setattr(triggers, "version", lambda: "999.1")
        cursor.execute(
            f"CREATE TRIGGER tranche_mark_more AFTER INSERT ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION {postgresql.function_name(marked)}()"
        )
        assert f"{table} tranche_mark_more" not in faults()
        assert triggers.remove_undeclared() == 1

        # Taken up again where it was broken off.
        cursor.execute(postgresql.stamping(marked, triggers.UNFINISHED))
        assert faults()
        after_migration(using="default")
        assert faults() == []
