"""A preview that nobody waits for any more ends in the database."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.expressions import RawSQL

from core.database.time_limit import Cancelled
from customers.models import Customer
from segments.database.cancellation import Caller, cancel, replacing
from segments.insight.previews import preview as preview_module

TREE = {"match": "all", "conditions": []}
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 - i FROM n) SELECT count(*) FROM n"
WAIT = 20


def eventually(holds):
    """Wait until `holds()` is true; fail where that takes for ever."""
    deadline = time.monotonic() + WAIT
    while not (found := holds()):
        assert time.monotonic() < deadline, "It never happened."
        time.sleep(0.01)
    return found


@pytest.fixture
def endless(settings, monkeypatch, make_customer):
    """A tree whose customers take for ever to find."""
    settings.PREVIEW_TIMEOUT_SECONDS = 2 * WAIT
    make_customer("a")
    chosen = preview_module.Rule.customers

    def customers(rule, **values):
        if rule.tree.match == "none":
            return Customer.objects.filter(pk__gt=RawSQL(ENDLESS, ()))
        return chosen(rule, **values)

    monkeypatch.setattr(preview_module.Rule, "customers", customers)
    return {"match": "none", "conditions": []}


def post(client, tree, seq, page="page"):
    body = {"conditions": tree, "client": page, "seq": seq}
    return client.send("POST", "segments/preview/", body)


@pytest.mark.django_db
def test_an_older_preview_that_comes_late_is_refused_at_once(client_with, endless):
    client = client_with("conditions.preview")
    assert post(client, TREE, 7).status_code == 200

    late = post(client, endless, 6)

    assert (late.status_code, late["Content-Type"]) == (409, "application/problem+json")
    assert post(client, TREE, 8).status_code == 200


@pytest.mark.django_db
def test_other_pages_and_other_people_are_not_concerned(client_with):
    first, second = (client_with("conditions.preview") for _ in range(2))
    post(first, TREE, 7)

    assert post(first, TREE, 1, page="another").status_code == 200
    assert post(second, TREE, 1).status_code == 200


@pytest.mark.django_db
def test_a_preview_that_comes_after_its_cancellation_is_refused(client_with, endless):
    client = client_with("conditions.preview")

    assert client.send("DELETE", "segments/preview/page/?seq=3").status_code == 204

    assert post(client, endless, 3).status_code == 409
    assert post(client, TREE, 4).status_code == 200
    assert client.send("DELETE", "segments/preview/page/").status_code == 204
    assert post(client, endless, 4).status_code == 409
    assert post(client, TREE, 5).status_code == 200
    assert (
        client.send("DELETE", "segments/preview/page/?seq=x").json()["errors"][0]["path"] == "seq"
    )


@pytest.mark.django_db
def test_a_cancellation_of_older_ones_leaves_the_newest_alone():
    user = User.objects.create_user("user")

    with replacing(Caller(user, "page", 5)):
        cancel(user, "page", 4)
    with pytest.raises(Cancelled), replacing(Caller(user, "page", 6)):
        cancel(user, "page", 6)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's way")
@pytest.mark.django_db
def test_on_sqlite_the_query_stops_when_it_is_cancelled(client_with, endless):
    client = client_with("conditions.preview")
    user = client.user
    answered = threading.Event()

    def cancel_when_it_runs():
        # Cancelling what has not begun yet does nothing: it is said until it has an effect.
        while not answered.wait(0.01):
            cancel(user, "page")

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(cancel_when_it_runs)
        try:
            answer = post(client, endless, 1)
        finally:
            answered.set()
        future.result(WAIT)

    assert answer.status_code == 409


only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's way")


def backends(name):
    """Return (application name, state, query) of the connections that call themselves so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name, state, query FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE %s",
            [name],
        )
        return cursor.fetchall()


def counting():
    return [one for one in backends("preview %") if one[1] == "active" and "RECURSIVE" in one[2]]


@pytest.fixture
def in_background():
    """Return a function that runs another with a connection of its own."""

    def run(function, *args):
        try:
            return function(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        yield lambda function, *args: pool.submit(run, function, *args)


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_newer_preview_ends_the_older_ones_query(client_with, endless, in_background):
    client = client_with("conditions.preview")
    older = in_background(post, client, endless, 1)
    eventually(counting)

    newer = post(client, TREE, 2)

    assert newer.status_code == 200
    assert older.result(WAIT).status_code == 409
    assert not backends("preview %")


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_deleting_the_clients_preview_ends_its_query(client_with, endless, in_background):
    client = client_with("conditions.preview")
    running = in_background(post, client, endless, 1)
    eventually(counting)

    assert client.send("DELETE", "segments/preview/page/").status_code == 204

    assert running.result(WAIT).status_code == 409
    assert not backends("preview %")


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_somebody_elses_preview_goes_on(client_with, endless, in_background):
    first, second = (client_with("conditions.preview") for _ in range(2))
    running = in_background(post, first, endless, 1)
    eventually(counting)

    second.send("DELETE", "segments/preview/page/")
    post(second, TREE, 2)

    assert len(counting()) == 1
    first.send("DELETE", "segments/preview/page/")
    assert running.result(WAIT).status_code == 409


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_has_left_its_preview_is_never_signalled(
    client_with, endless, in_background
):
    """The same connections go on with other queries right after; none of those may be hit."""
    client = client_with("conditions.preview")
    user = client.user

    def preview_then_something_else(seq):
        try:
            with replacing(Caller(user, "page", seq)), connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(%s)", [0.001 * (seq % 3)])
        except Cancelled:
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01), current_setting('application_name')")
            return cursor.fetchone()[1]

    def many(start):
        return {preview_then_something_else(seq) for seq in range(start, 120, 4)}

    names = [in_background(many, start) for start in range(4)]

    assert {name for future in names for name in future.result(WAIT)} == {""}


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_mark_that_a_dead_process_left_stops_nobody(client_with, in_background):
    client = client_with("conditions.preview")

    def die_within():
        replacing(Caller(client.user, "page", 1)).__enter__()
        connection.close()

    in_background(die_within).result(WAIT)

    assert post(client, TREE, 2).status_code == 200
