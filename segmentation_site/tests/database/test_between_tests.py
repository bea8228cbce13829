"""After a test with real transactions the next finds what the migrations wrote, and no more."""

import json
import threading

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction

from customers.models import Customer, Store, Website
from customers.tests.rows import a_customer
from segmentation_site.tests.database import between_tests

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def flush() -> None:
    """Empty the tables as Django does after a test: numbers are not given out again.

    They would meet those of the rows that are put back, in whatever test comes next.
    """
    call_command(
        "flush",
        interactive=False,
        verbosity=0,
        reset_sequences=False,
        inhibit_post_migrate=True,
    )


def rows() -> list[str]:
    return sorted(map(json.dumps, json.loads(connection.creation.serialize_db_to_string())))


@pytest.mark.parametrize("small", [-1, between_tests.SMALL])
def test_what_a_test_wrote_is_gone_and_what_it_took_is_back(
    small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(between_tests, "SMALL", small)
    before = rows()
    Store.objects.update(name="Another")
    a_customer("C1")
    User.objects.create_user("anna").groups.add(Group.objects.create(name="Buyers"))
    assert rows() != before

    flush()
    # PostgreSQL keeps the rows of the tables that the test left alone.
    left = set(rows()) if connection.vendor == "postgresql" else set()
    assert set(rows()) == left <= set(before)
    assert Store.objects.count() == 0
    assert not User.groups.through.objects.exists()
    connection.creation.deserialize_db_from_string(connection._test_serialized_contents)

    assert rows() == before
    Store.objects.create(code="new", name="New", website=Website.objects.get())


def test_rows_that_are_there_are_written_over() -> None:
    before = rows()
    Store.objects.update(name="Another")

    connection.creation.deserialize_db_from_string(connection._test_serialized_contents)

    assert rows() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_whoever_is_still_writing_is_waited_for() -> None:
    written, emptied = threading.Event(), threading.Event()
    waited = []

    def write() -> None:
        try:
            with transaction.atomic():
                a_customer("late")
                written.set()
                waited.append(not emptied.wait(0.5))
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(60)
    flush()
    emptied.set()
    writer.join()

    assert waited == [True]
    assert not Customer.objects.exists()
