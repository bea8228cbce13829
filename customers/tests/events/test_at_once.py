"""Many batches at the same time on PostgreSQL, and a web process that is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections, transaction

from customers.events.receiving.request import receive
from customers.models import Customer, Login, Order, OrderItem, Product, ReceivedEvent
from customers.tests.rows import a_customer

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def event(number, name, /, **data):
    return {
        "type": name,
        "id": f"{number}",
        "occurred_at": f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z",
        "data": data,
    }


def order(number, customer, sku):
    return event(
        number,
        "order.saved",
        number=f"o{number % 10}",
        customer=customer,
        state="complete",
        created_at="2026-01-01",
        grand_total=number,
        items=[{"line": "1", "sku": sku, "quantity": 1}, {"line": "2", "sku": "X", "quantity": 1}],
    )


def at_once(*works):
    errors = []

    def run(work):
        try:
            work()
        except Exception as error:  # told below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def test_the_same_events_from_many_sides_count_once_and_in_no_order_of_locks():
    for number in range(5):
        a_customer(f"c{number}")
    events = [order(n, f"c{n % 5}", f"S{n % 7}") for n in range(60)]
    events += [
        event(100 + n, "login", customer=f"c{n % 5}", logged_in_at="2026-01-01") for n in range(40)
    ]
    ways = [events, events[::-1], events[::2] + events[1::2], events[50:] + events[:50]]
    taken = []
    assert at_once(*[lambda way=way: taken.append(receive(way)) for way in ways]) == []
    assert sum(one.accepted + one.older for one in taken) == 100
    assert sum(one.repeated for one in taken) == 300
    assert Login.objects.count() == 40
    totals = dict(Order.objects.values_list("number", "grand_total"))
    assert totals == {f"o{n}": 50 + n for n in range(10)}
    assert OrderItem.objects.count() == 20


CHILD = """
    import json, os, sys
    import django
    django.setup()
    from django.db import connection
    connection.settings_dict["NAME"] = sys.argv[1]
    from customers.events.receiving import batch
    from customers.events.receiving.request import receive
    if len(sys.argv) > 2:
        def killed(shop):
            write(shop)
            os.kill(os.getpid(), 9)
        write, batch.write = batch.write, killed
    print(receive(json.load(sys.stdin)).accepted)
"""


def sent_by_a_process(events, *arguments):
    return subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(CHILD),
            connection.settings_dict["NAME"],
            *arguments,
        ],
        input=json.dumps(events),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "segmentation_site.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_killed_process_leaves_nothing_and_sending_again_stores_it_once():
    events = [event(0, "customer.saved", id="c1")]
    events += [event(n, "login", customer="c1", logged_in_at="2026-01-01") for n in range(1, 20)]
    assert sent_by_a_process(events, "die").returncode == -signal.SIGKILL
    assert not Customer.objects.exists()
    assert not ReceivedEvent.objects.exists()
    for expected in ("20", "0"):
        assert sent_by_a_process(events).stdout.strip() == expected
    assert Login.objects.count() == 19
    assert ReceivedEvent.objects.count() == 20


def test_who_logs_in_waits_for_nobody_who_sends_many_products():
    a_customer("C1")
    a_customer("C2")
    rows = [{"line": f"{n}", "sku": f"S{n}", "quantity": 1} for n in range(1_000)]
    saved = event(1, "order.saved", number="o1", customer="C1", state="complete", items=rows)
    saved["data"] |= {"created_at": "2026-01-01", "grand_total": 1}
    login = event(2, "login", customer="C2", logged_in_at="2026-01-01T00:00:00Z")
    found = []

    def meanwhile():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        found.append(receive(login).accepted)

    with transaction.atomic():
        assert receive(saved).accepted == 1
        at_once(meanwhile)
    assert found == [1]


def test_two_orders_of_one_product_do_not_wait_for_each_other():
    a_customer("C1")
    a_customer("C2")
    Product.objects.create(sku="BEST", name="Best")
    first, second = order(1, "C1", "BEST"), order(2, "C2", "BEST")
    for one in (first, second):
        one["data"]["items"] = one["data"]["items"][:1]
    found = []
    with transaction.atomic():
        assert receive(first).accepted == 1
        at_once(lambda: found.append(receive(second).accepted))
        # Nor is it deleted under them.
        best = Product.objects.filter(sku="BEST")
        assert errors_of(lambda: best._raw_delete(best.db)) == ["LockNotAvailable"]
    assert found == [1]
    assert OrderItem.objects.filter(product__sku="BEST").count() == 2


def test_what_is_said_of_a_product_outlasts_orders_that_name_it():
    for number in range(10):
        a_customer(f"C{number}")
    saved = event(99, "product.saved", sku="NEW", name="Told")
    orders = [order(number, f"C{number}", "NEW") for number in range(10)]
    at_once(*[lambda one=one: receive(one) for one in [*orders[:5], saved, *orders[5:]]])
    assert Product.objects.get(sku="NEW").name == "Told"
    assert Order.objects.count() == 10


def errors_of(work):
    """Return the kinds of errors that the database raises where another connection does `work`."""
    errors = []

    def run():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        try:
            with transaction.atomic():
                work()
        except OperationalError as error:
            errors.append(type(error.__cause__).__name__)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return errors
