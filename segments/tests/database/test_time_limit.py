"""A time limit is one for all statements of its block."""

import time

import pytest
from django.db import connection, transaction

from core.database.time_limit import TookTooLong, time_limit
from customers.models import Customer

pytestmark = pytest.mark.django_db


def test_no_statement_begins_after_the_deadline():
    with pytest.raises(TookTooLong), time_limit(time.monotonic() + 0.2):
        Customer.objects.count()
        time.sleep(0.2)
        Customer.objects.count()
    assert not Customer.objects.exists()


def test_a_savepoint_ends_after_the_deadline():
    with time_limit(time.monotonic() + 0.2):
        with transaction.atomic():
            time.sleep(0.2)
        with pytest.raises(TookTooLong):
            Customer.objects.count()
    assert not Customer.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a setting of PostgreSQL")
def test_a_later_statement_has_the_time_left():
    def milliseconds():
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
            return cursor.fetchone()[0]

    usual = milliseconds()
    with time_limit(time.monotonic() + 60):
        assert 59_000 < milliseconds() <= 60_000
        time.sleep(0.1)
        assert milliseconds() <= 59_900
    assert milliseconds() == usual
