"""Events in any order, repeated and batched at random end as an import of the last of each does."""

import csv
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.events.receiving.request import receive
from customers.events.types import TYPES
from customers.imports.shop_csv import import_shop
from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Category,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductCategory,
    ProductView,
    Refund,
    RefundItem,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)
from customers.tests.rows import a_customer, a_product, an_order
from tests.tiers import examples

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
MONEY = st.sampled_from(["0", "10", "-3.5", "99.9999", "0.0001", "1000.0005"])
MAYBE = st.one_of(st.just(""), MONEY)
RATES = st.sampled_from(["", "1", "2", "0.5", "1.1345", "0.00003937", "1.0000000001"])
TEXT = st.sampled_from(["", "x", "Köln", "ẞ Σς", "=1+1"])
TIMES = st.sampled_from(["2026-01-02", "2026-03-04T05:06:07+02:00", "2025-12-31T23:59:59.5Z"])
LATER = st.one_of(st.just(""), TIMES)
BOOLEANS = st.sampled_from(["", "true", "no", "1"])
WHO = st.sampled_from(["c0", "c1"])
SKUS = st.sampled_from(["A", "B"])
QUANTITIES = st.sampled_from(["1", "2.5", "0"])


def listed(values):
    return st.lists(st.sampled_from(values), max_size=3).map("|".join)


def items(columns, *, nested=False):
    """Up to three lines; with `nested` a line may be a part of the first."""
    line = st.fixed_dictionaries({"sku": SKUS, **columns})

    def numbered(lines):
        for number, one in enumerate(lines):
            one["line"] = str(number)
            if nested:
                one["parent_line"] = one["parent_line"] if number else ""
        return lines

    if nested:
        line = st.fixed_dictionaries(
            {"sku": SKUS, "parent_line": st.sampled_from(["", "0"]), **columns}
        )
    return st.lists(line, max_size=3).map(numbered)


PLAIN_LINE = {"name": TEXT, "product_type": TEXT, "quantity": QUANTITIES}
# For each event: what its data are made of; the key first.
DATA = {
    "customer.saved": {
        "id": WHO,
        "email": TEXT,
        "first_name": TEXT,
        "date_of_birth": st.sampled_from(["", "1980-02-29"]),
        "group": st.just(""),
        "store": st.sampled_from(["", "de"]),
        "website": st.sampled_from(["", "de", "default"]),
        "registered_at": LATER,
        "is_active": BOOLEANS,
        "accepts_marketing": BOOLEANS,
        "tags": listed("xyz"),
        "attributes.size": MAYBE,
        "attributes.note": TEXT,
    },
    "product.saved": {
        # Others than those of lines, whose names and types are those of their time.
        "sku": st.sampled_from(["P", "Q"]),
        "name": st.sampled_from(["Shirt", "Ärmel"]),
        "price": MAYBE,
        "categories": listed(["m", "n"]),
    },
    "order.saved": {
        "number": st.sampled_from(["o0", "o1"]),
        "customer": st.one_of(st.just(""), WHO),
        "state": st.sampled_from(["complete", "closed"]),
        "status": TEXT,
        "created_at": TIMES,
        "updated_at": LATER,
        "base_to_order_rate": RATES,
        "total_quantity": st.one_of(st.just(""), QUANTITIES),
        "subtotal": MAYBE,
        "discount_amount": MAYBE,
        "grand_total": MONEY,
        "coupon_code": TEXT,
        "shipping_city": TEXT,
        "items": items(
            {**PLAIN_LINE, "price": MAYBE, "row_total": MAYBE, "discount_amount": MAYBE},
            nested=True,
        ),
    },
    "refund.saved": {
        "number": st.sampled_from(["r0", "r1"]),
        "order": st.sampled_from(["of c0", "of nobody"]),
        "created_at": TIMES,
        "amount": MONEY,
        "items": items({**PLAIN_LINE, "row_total": MONEY}),
    },
    "cart.saved": {
        "id": st.sampled_from(["k0", "k1"]),
        "customer": st.one_of(st.just(""), WHO),
        "is_active": BOOLEANS,
        "created_at": TIMES,
        "updated_at": TIMES,
        "items_quantity": st.one_of(st.just(""), QUANTITIES),
        "subtotal": MAYBE,
        "applied_rules": listed(["r", "s"]),
        "items": items(
            {**PLAIN_LINE, "price": MAYBE, "row_total": MAYBE, "added_at": TIMES}, nested=True
        ),
    },
    "newsletter.saved": {
        "customer": WHO,
        "store": st.sampled_from(["", "de"]),
        "status": st.sampled_from(["subscribed", "unsubscribed"]),
        "status_changed_at": TIMES,
    },
    "wishlist.saved": {"customer": WHO, "is_shared": BOOLEANS},
    "login": {"customer": WHO, "logged_in_at": TIMES},
    "product.viewed": {"customer": WHO, "sku": SKUS, "viewed_at": TIMES},
}
EVENTS = st.one_of(
    *[st.tuples(st.just(name), st.fixed_dictionaries(data)) for name, data in DATA.items()]
)
HAPPENS = ("login", "product.viewed")


@pytest.fixture
def shop(db):
    """What events refer to."""
    site = Website.objects.create(code="de", name="DE")
    Store.objects.create(code="de", name="DE", website=site)
    for number in ("c0", "c1"):
        a_customer(number)
    for sku in ("A", "B"):
        a_product(sku)
    for code in ("m", "n"):
        Category.objects.create(code=code, name=code)
    CustomerAttribute.objects.create(code="size", label="Size", type="number")
    CustomerAttribute.objects.create(code="note", label="Note", type="text")
    an_order(Customer.objects.get(external_id="c0"), "of c0", base_to_order_rate="1.5")
    an_order(None, "of nobody")


def with_growing_times(events):
    """Return the events with each thing's own time, where it has one, later than those before it.

    A row that is older by its own time changes nothing in a file; events go by `occurred_at`.
    """
    after = datetime(2026, 4, 1, tzinfo=UTC)
    return [
        (name, data | {column: (after + timedelta(minutes=number)).isoformat()})
        if (column := TYPES[name].table.dated) and data.get(column)
        else (name, data)
        for number, (name, data) in enumerate(events)
    ]


def with_keys(events):
    """The events as they are sent, the later ones later."""
    return [
        {
            "type": name,
            "id": f"e{number}",
            "occurred_at": (START + timedelta(minutes=number)).isoformat(),
            "data": data,
        }
        for number, (name, data) in enumerate(events)
    ]


def imported(events):
    """Import a directory with a row, and its lines, for each event."""
    tables = {}
    for name, data in events:
        kind = TYPES[name]
        rows = tables.setdefault(kind.table.name, [])
        rows.append({key: value for key, value in data.items() if key not in kind.below})
        for key, below in kind.below.items():
            if key in data:
                owner = {below.owner: data[kind.table.key[0]]}
                tables.setdefault(below.table.name, []).extend(owner | one for one in data[key])
                if not tables[below.table.name]:
                    # A file without rows: the parent has no lines.
                    columns = (below.owner, *below.table.required)
                    tables[below.table.name] = [dict.fromkeys(columns)]
    with TemporaryDirectory() as folder:
        for name, rows in tables.items():
            columns = list(dict.fromkeys(itertools.chain(*rows)))
            with (Path(folder) / f"{name}.csv").open("w", newline="") as stream:
                writer = csv.DictWriter(stream, columns)
                writer.writeheader()
                writer.writerows(row for row in rows if any(row.values()))
        import_shop(Path(folder))


def dump():
    """All rows, by what they are called instead of their keys."""

    def rows(model, *names, without=("id",)):
        own = [one.name for one in model._meta.concrete_fields if not one.is_relation]
        columns = [*names, *(one for one in own if one not in without)]
        return sorted(map(repr, model.objects.values_list(*columns)))

    who, owner = "customer__external_id", "store__code"
    return {
        "customers": rows(
            Customer,
            *(owner, "website__code", "group__code"),
            # What was said last is not all: a refusal outlasts silence, and a file has no times.
            without=("id", "accepts_marketing", "refused_marketing_at", "is_refusal_of_file"),
        ),
        "tags": rows(CustomerTag, who),
        "values": rows(CustomerAttributeValue, who, "attribute__code"),
        "addresses": rows(Address, who),
        "products": rows(Product),
        "categories": rows(ProductCategory, "product__sku", "category__code"),
        "orders": rows(Order, who, owner),
        "order items": rows(OrderItem, "order__number", "parent__line", "product__sku"),
        "refunds": rows(Refund, who, "order__number"),
        "refund items": rows(RefundItem, "refund__number", "product__sku"),
        "carts": rows(Cart, who, owner),
        "cart items": rows(CartItem, "cart__external_id", "parent__line", "product__sku"),
        "rules": rows(AppliedRule, "cart__external_id"),
        "wishlists": rows(Wishlist, who),
        "wishes": rows(WishlistItem, "wishlist__customer__external_id", "product__sku"),
        "subscriptions": rows(NewsletterSubscription, who, owner),
        "logins": rows(Login, who),
        "views": rows(ProductView, who, "product__sku"),
    }


def undone(work):
    """Return what the tables have after `work`, which then is undone."""
    with transaction.atomic():
        work()
        found = dump()
        transaction.set_rollback(True)
    return found


def sent(events, cuts):
    """Send the events in batches of these sizes."""
    left = iter(events)
    for size in itertools.chain(cuts, itertools.repeat(100)):
        batch = list(itertools.islice(left, size))
        if not batch:
            break
        receive(batch)


CUTS = st.lists(st.integers(1, 5), max_size=5)


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=st.lists(EVENTS, min_size=1, max_size=12), cuts=CUTS, random=st.randoms())
def test_in_any_order_they_end_as_the_last_of_each(shop, events, cuts, random):
    events = with_growing_times(events)
    whole = with_keys(events)
    shuffled = [*whole, *random.sample(whole, len(whole) // 2)]
    random.shuffle(shuffled)
    last = {}
    for number, (name, data) in enumerate(events):
        key = number if name in HAPPENS else tuple(data[one] for one in TYPES[name].table.key)
        last[name, key] = (name, data)
    assert undone(lambda: sent(shuffled, cuts)) == undone(lambda: imported(last.values()))


@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    events=st.lists(EVENTS, min_size=1, max_size=5), cuts=CUTS, left_out=st.sets(st.integers(2, 12))
)
def test_in_their_order_they_are_one_import_after_another(shop, events, cuts, left_out):
    """Columns that may be absent are, from some of them."""
    some = []
    for number, (name, data) in enumerate(with_growing_times(events)):
        required = {*TYPES[name].table.required, "order"}
        kept = {
            key: value
            for place, (key, value) in enumerate(data.items())
            if key in required or (place + number) % 13 not in left_out
        }
        some.append((name, kept))

    def one_by_one():
        for event in some:
            imported([event])

    def row_of(one):
        return repr((one[0], sorted(one[1].items())))

    # Identical log-ins of two imports are one, since each file is looked at by itself.
    seen = set()
    some = [
        one
        for one in some
        if one[0] not in HAPPENS or not (row_of(one) in seen or seen.add(row_of(one)))
    ]
    assert undone(lambda: sent(with_keys(some), cuts)) == undone(one_by_one)
