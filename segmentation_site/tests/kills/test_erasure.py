"""A worker that is killed during an erasure: all of it is done, or still to be done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Sum

from customers.models import Customer, Erasure, Order, OrderItem, Orders
from customers.privacy.erasing import request_erasure
from customers.tests.rows import a_line, an_order
from segmentation_site.tests.kills.conftest import Killable, Send, Start, kill_at
from segmentation_site.tests.kills.shop import customers, everybody
from segments.export.background.requests import execute_export, request_export
from segments.export.contents import Contents
from segments.models import Export, Membership, Segment
from segments.tests.engine.harness import eventually, is_right

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

ERASED = "C1"
Kill = Callable[[str], None]


@pytest.fixture
def segment(folder: Path) -> Segment:
    """A segment of three customers who have ordered, and a file with all of them."""
    for customer in customers(3):
        a_line(an_order(customer))
    segment = everybody()
    user = User.objects.create_superuser("boss")
    execute_export(request_export(segment, Contents("csv"), user).pk)
    assert [path.suffix for path in folder.iterdir()] == [".csv"]
    return segment


@pytest.fixture
def erasure(segment: Segment) -> Erasure:
    customer = Customer.objects.get(external_id=ERASED)
    return request_erasure(customer, Orders.ANONYMIZE, author=None)


@pytest.fixture
def kill_when_it_writes(worker: Start, send: Send, folder: Path, erasure: Erasure) -> Kill:
    """Return a function that kills a worker which erases when it comes to a table."""

    def begin() -> Killable:
        begun = worker(EXPORT_DIR=str(folder))
        send("customers.erase", erasure.pk)
        return begun

    def kill(table: str) -> None:
        kill_at(table, "ACCESS EXCLUSIVE", begin)
        erasure.refresh_from_db()

    return kill


def totals() -> tuple[int, int, Any]:
    return (
        Order.objects.count(),
        OrderItem.objects.count(),
        Order.objects.aggregate(total=Sum("grand_total"))["total"],
    )


def counted() -> tuple[int, int]:
    """Return the number of members as it is told, and as it is."""
    return Segment.objects.get().members_count, Membership.objects.count()


def test_it_gets_done_and_the_totals_are_right(
    segment: Segment,
    erasure: Erasure,
    kill_when_it_writes: Kill,
    worker: Start,
    send: Send,
    folder: Path,
) -> None:
    before = totals()

    # In the middle of the rows: nothing is gone.
    kill_when_it_writes("customers_address")
    assert erasure.state == "running"
    assert Customer.objects.filter(external_id=ERASED).exists()
    assert Order.objects.filter(customer__external_id=ERASED).exists()
    assert counted() == (3, 3)

    # After the rows, before the files.
    kill_when_it_writes("segments_export")
    assert (erasure.state, erasure.rows_erased_at is not None) == ("running", True)
    assert not Customer.objects.filter(external_id=ERASED).exists()
    assert list(folder.iterdir())

    worker(EXPORT_DIR=str(folder))
    send("customers.erase_due")
    eventually(lambda: Erasure.objects.get().state == "completed")
    erasure.refresh_from_db()
    assert (erasure.person, erasure.remaining) == (None, [])
    assert not list(folder.iterdir())
    assert Export.objects.get().file == ""
    assert totals() == before
    assert Order.objects.filter(customer=None).count() == 1
    assert counted() == (2, 2)
    assert list(segment.changes.order_by("pk").values_list("kind", "reason"))[-1] == (
        "left",
        "event",
    )
    assert is_right(segment)
