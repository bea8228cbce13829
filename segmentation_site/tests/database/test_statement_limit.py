"""A statement of a web request ends in time, and who asked is told."""

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.urls import reverse

from customers.models import Customer
from segmentation_site.web import statement_limit

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such limit"),
]


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss")
    client.force_login(user)
    return user


@pytest.fixture
def limit(settings):
    """Have statements end after half a second, as web processes have them end after their time."""
    settings.WEB_STATEMENT_SECONDS = 0.5
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        (before,) = cursor.fetchone()
        statement_limit._limit(connection)
        yield
        connection.needs_rollback = False
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])


@pytest.fixture
def endless(monkeypatch):
    """Have every list of customers take longer than anybody waits."""
    usual = Customer._default_manager.get_queryset

    def sleeping():
        return usual().extra(where=["(SELECT pg_sleep(30)) IS NOT NULL"])

    monkeypatch.setattr(Customer._default_manager, "get_queryset", sleeping)


@pytest.mark.django_db(transaction=True)
def test_a_page_says_so(client, boss, limit, endless):
    page = client.get(reverse("admin:customers_customer_changelist"))
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "60"
    assert "The database needed too long" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db(transaction=True)
def test_the_api_says_so(client, boss, limit, endless):
    answer = client.get("/api/v1/customers/C1/segments/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "less at once" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_other_errors_of_the_database_are_nobodys_fault(client, boss, monkeypatch):
    def broken(*_args, **_more):
        raise OperationalError("the disk is full")

    monkeypatch.setattr(Customer._default_manager, "get_queryset", broken)
    client.raise_request_exception = False
    assert client.get(reverse("admin:customers_customer_changelist")).status_code == 500


def test_who_runs_the_server_may_do_without(settings):
    settings.WEB_STATEMENT_SECONDS = 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        statement_limit._limit(connection)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before
