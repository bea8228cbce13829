"""Whatever conditions read is declared; what is not is named, with what to write."""

from dataclasses import replace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.checks import run_checks
from django.core.exceptions import EmptyResultSet
from django.db.models import F, Q

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES
from conditions.bases.codes import Codes
from conditions.bases.column import Column
from conditions.bases.elapsed import DaysSince
from conditions.bases.row_figures.derived import Derived
from conditions.language import types
from conditions.matching import matching_customers
from conditions.registry import Family
from conditions.sql.place import Relation
from conditions.sql.sources import (
    OF_CUSTOMER,
    Source,
    columns_on_path,
    of_relation,
    reads_of,
    reads_of_relation,
)
from conditions.tests.agreement.test_every_condition import AS_OF, values_of
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import every_attribute
from conditions.upkeep.checks import check_declared
from customers.changes import declared
from customers.changes.declared import By, Marked, declare
from customers.models import (
    AuditEntry,
    Consent,
    Customer,
    CustomerMerge,
    CustomerRollup,
    DirtyCustomer,
    OrderItem,
    Product,
    ProductView,
    Website,
    WishlistItem,
)

# Declared for other reasons than a condition that reads them.
UNREAD = {Consent, CustomerMerge, CustomerRollup}


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Whatever a test registers and declares is gone after it."""
    monkeypatch.setattr(declared, "_declared", dict(declared._declared))
    for name in ("_families", "_attributes", "_relations"):
        monkeypatch.setattr(registry, name, getattr(registry, name).copy())


def found():
    return {
        (one.id, one.hint.partition("declare")[2].partition(" from")[0]) for one in check_declared()
    }


def test_all_that_tranche_reads_is_declared():
    assert check_declared() == []


@pytest.mark.parametrize(
    "model",
    [one.model for one in declared.declared() if one.model not in UNREAD],
    ids=lambda model: model.__name__,
)
def test_each_model_that_is_not_declared_is_missed(model):
    del declared._declared[model]
    assert {one.id for one in check_declared()} == {"conditions.E001"}
    assert all(model._meta.label in one.msg for one in check_declared())


def test_it_is_one_of_the_systems_checks():
    del declared._declared[ProductView]
    assert "conditions.E001" in {one.id for one in run_checks()}


def test_a_column_that_is_not_among_those_that_count_is_missed():
    product = declared._declared[Product]
    declared._declared[Product] = replace(product, fields=("sku", "sku_folded", "name_folded"))
    assert {(one.id, "price" in one.msg) for one in check_declared()} == {("conditions.E002", True)}


def family(*attributes, relations=()):
    registry.register(Family("Tests", relations=relations, attributes=attributes))


def column(path, relation=None, type_=types.INTEGER, code="visit.x"):
    return Column(code=code, label="X", type=type_, relation=relation, paths=(path,))


VISITS = Relation(
    name="visits",
    label="Visits",
    same="the same visit",
    model=ProductView,
    prefix="visit",
    link="customer",
    paths={"visit": ""},
)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        # Rows that refer to the customer, by one step or two.
        ("carts__items_count", '(Marked(Cart, ("customer",)))'),
        ("carts__items__row_total", '(Marked(CartItem, ("cart__customer",)))'),
        # What the customer refers to, and what that refers to.
        ("store__website__code", "(Marked(Website))"),
        ("group__code", '(Marked(CustomerGroup, by=(By(Customer, "group"),)))'),
    ],
)
def test_what_is_to_be_written_is_said_for_each_path(path, hint):
    family(column(path))
    read = {source.model for source, _field in columns_on_path(OF_CUSTOMER, path)} - {Customer}
    for model in read:
        del declared._declared[model]
    assert ("conditions.E001", hint) in found()


def test_what_decides_which_rows_a_relation_has_is_read():
    rows = Q(product__price__gte=1) | Q(pk=F("customer__store__website__pk"))
    read = reads_of_relation(replace(VISITS, rows=rows, link="customer"))
    assert {(source.model.__name__, field) for source, field in read} == {
        ("ProductView", "customer"),
        ("ProductView", "product"),
        ("ProductView", "id"),
        ("Product", "price"),
        ("Customer", "store"),
        ("Store", "website"),
    }


@pytest.mark.parametrize(
    "attribute",
    [
        Derived(code="visit.n", label="N", type=types.INTEGER, over="visits"),
        Derived(
            code="visit.n",
            label="N",
            type=types.INTEGER,
            over="visits",
            where=Q(product__sku="A"),
        ),
        DaysSince(
            code="visit.n",
            label="N",
            type=types.INTEGER,
            since=Derived(
                code="visit.last",
                label="L",
                type=types.DATETIME,
                over="visits",
                aggregate=FIGURES["max"],
                of_code="visit.at",
            ),
        ),
    ],
    ids=["count", "where", "days"],
)
def test_derived_attributes_read_the_rows_that_they_are_made_of(attribute):
    family(
        column("viewed_at", "visits", types.DATETIME, code="visit.at"),
        attribute,
        relations=[VISITS],
    )
    read = {source.model for source, _field in attribute.reads(OF_CUSTOMER)}
    assert ProductView in read
    assert (Product in read) == bool(getattr(attribute, "where", None))


def test_rows_that_are_declared_for_others_are_missed():
    # Changes of a product concern those who viewed or wished for it; not yet who bought it.
    family(column("product__price", "order_items", types.MONEY, code="order_item.catalogue_price"))
    hint = '(Marked(Product, by=(By(OrderItem, "product"),)))'
    assert found() == {("conditions.E001", hint)}
    declare(Marked(Product, by=(By(OrderItem, "product"),), fields=("price",)))
    assert found() == set()
    assert declared._declared[Product].by == tuple(
        By(model, "product") for model in (ProductView, WishlistItem, OrderItem)
    )


def test_what_counts_for_everybody_goes_on_to_when_somebody_declares_it_too():
    declare(Marked(Website, by=(By(Customer, "website"),), fields=("name",)))
    assert declared._declared[Website] == Marked(Website, fields=("code", "timezone", "name"))


def test_all_columns_count_where_one_of_two_needs_all():
    declare(Marked(Product, by=(By(OrderItem, "product"),)))
    assert declared._declared[Product].fields == ()


def test_codes_in_rows_of_another_model_are_read_from_there():
    codes = Codes(
        code="customer.looks",
        label="Looks",
        type=types.SET,
        model=AuditEntry,
        owner="user",
        column="name",
    )
    assert {(source.model, source.path, field) for source, field in codes.reads(OF_CUSTOMER)} == {
        (AuditEntry, "user", "user"),
        (AuditEntry, "user", "name"),
    }


def test_an_attribute_that_does_not_say_what_it_reads_is_named():
    class Own(Attribute):
        """A shape of an app's own."""

    family(Own(code="visit.own", label="Own", type=types.INTEGER))
    (problem,) = check_declared()
    assert problem.id == "conditions.E003"
    assert "visit.own" in problem.msg


def test_many_to_many_goes_by_the_rows_between():
    read = columns_on_path(Source(User, "customer"), "groups__permissions__codename")
    assert [(one.model._meta.object_name, one.path, field) for one, field in read] == [
        ("User", "customer", "groups"),
        ("User_groups", "user__customer", "id"),
        ("Group", None, "permissions"),
        ("Group_permissions", None, "id"),
        ("Permission", None, "codename"),
    ]
    (*_first, (users, _field)) = columns_on_path(Source(Group, "customer"), "user__username")
    assert (users.model, users.by) == (User, By(User.groups.through, "user"))


@pytest.mark.parametrize("path", ["no_such", "no_such__x", "store__no_such", "carts__no_such"])
def test_a_path_that_leads_nowhere_is_named(path):
    family(column(path))
    (problem,) = check_declared()
    assert problem.id == "conditions.E004"
    assert "visit.x" in problem.msg
    assert "no_such" in problem.msg


def test_an_expression_in_a_q_is_read_too():
    q = ~Q(store__code=F("website__code")) & Q(registered_at__date=None, group__in=[1])
    q |= Q(carts__isnull=True) | Q(kind__in=("guest", "registered"))
    assert [(source.model.__name__, field) for source, field in reads_of(OF_CUSTOMER, q)] == [
        ("Customer", "store"),
        ("Store", "code"),
        ("Customer", "website"),
        ("Website", "code"),
        ("Customer", "group"),
        ("Customer", "registered_at"),
        ("Cart", "customer"),
        ("Customer", "kind"),
    ]


@pytest.mark.django_db
@pytest.mark.once
def test_each_attribute_says_all_that_its_queries_read(is_exhaustive):
    """By each operator, or by the first and the last."""
    awkward_shop(7).store()
    tables = {model._meta.db_table for model in apps.get_models()}
    # Whose customers they are, and what is computed from what is read.
    usual = {one._meta.db_table for one in (Customer, CustomerRollup, DirtyCustomer)}
    untold, every = {}, every_attribute()
    for family_ in registry.families():
        shop = [(one, source.reads()) for source in family_.of_the_shop for one in source.all()]
        own = [(one, one.reads(_place(one))) for one in family_.attributes]
        for attribute, reads in [*own, *shop]:
            if attribute.type is types.SEGMENT:
                continue
            told = {
                source.model._meta.db_table for source, _field in [*reads, *_rows_of(attribute)]
            }
            operators = list(attribute.type.operators.values())
            for operator in operators if is_exhaustive else {operators[0], operators[-1]}:
                node = {"attribute": attribute.code, "operator": operator.name}
                if operator.takes.name != "NOTHING":
                    values = values_of(attribute, operator, every)
                    if not values:
                        continue  # No choices of that kind in this shop.
                    node["value"] = values[0]
                rows = matching_customers({"match": "all", "conditions": [node]}, as_of=AS_OF)
                try:
                    sql = str(rows.query)
                except EmptyResultSet:
                    continue
                asked = {table for table in tables if f'"{table}"' in sql}
                if more := asked - usual - told:
                    untold[attribute.code, operator.name] = more
    assert untold == {}


def _place(attribute):
    if attribute.relation is None:
        return OF_CUSTOMER
    return of_relation(registry.relation(attribute.relation))


def _rows_of(attribute):
    return reads_of_relation(registry.relation(attribute.relation)) if attribute.relation else ()
