"""As many previews run at once as may, of one person and of everybody; nothing is held for ever."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from customers.models import Customer
from segments.database import concurrency_limit
from segments.database.cancellation import Caller
from segments.database.concurrency_limit import TooMany, turn
from segments.database.locks import try_lock_costly, try_lock_incremental, try_lock_sweep
from segments.insight.previews import preview as preview_module
from segments.tests.api.trees.test_cancelling import ENDLESS
from segments.tests.engine.harness import WAIT, eventually, worker_environment

pytestmark = pytest.mark.django_db

ANN, BOB, CID = (User(pk=pk, username=str(pk)) for pk in (101, 102, 103))
HOLD = """
import django, sys, time
django.setup()
from django.contrib.auth.models import User
from segments.database.concurrency_limit import turn
with turn(User(pk=101)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def limits(settings, tmp_path):
    """One preview of each person, two of everybody; the files of SQLite's turns are the test's."""
    settings.DATA_DIR = tmp_path
    settings.PREVIEWS_PER_USER, settings.PREVIEWS_AT_ONCE = 1, 2
    return settings


@contextmanager
def held(user: User) -> Iterator[None]:
    """Have another thread, with a connection of its own, hold a turn of `user`."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with turn(user):
                begun.set()
                assert over.wait(WAIT)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert begun.wait(WAIT)
        yield
    finally:
        over.set()
        thread.join()


def is_free(user: User) -> bool:
    try:
        with turn(user):
            return True
    except TooMany:
        return False


def test_one_person_has_no_more_than_their_share(limits):
    with held(ANN):
        assert not is_free(ANN)
        assert is_free(BOB)
        limits.PREVIEWS_PER_USER = 2
        assert is_free(ANN)
        # One that got none of everybody's has given its own back.
        with held(BOB):
            assert not is_free(ANN)
    limits.PREVIEWS_PER_USER = 1
    assert is_free(ANN)


def test_everybody_together_has_no_more_than_there_are():
    with held(ANN), held(BOB):
        assert not is_free(CID)
    assert is_free(CID)


def test_previews_stand_in_no_other_work_s_way():
    with held(ANN), held(BOB), transaction.atomic():
        assert try_lock_costly()
        assert try_lock_incremental()
        assert try_lock_sweep()


def test_a_turn_is_given_back_after_an_error():
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turn(ANN):
            raise ZeroDivisionError
    with held(ANN):
        pass


def test_whoever_gets_none_is_told_so_at_once(monkeypatch):
    # In this module only: threads of other tests may sleep.
    monkeypatch.setattr(concurrency_limit, "sleep", lambda seconds: pytest.fail("It waited."))
    user = User.objects.create_user("user")
    with held(user), pytest.raises(TooMany), turn(user, Caller(user, "another page", 1)):
        pass


def test_a_killed_process_holds_nothing(limits):
    if connection.vendor == "postgresql":
        environment = worker_environment()
    else:
        environment = {**os.environ, "DATABASE_URL": ""}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=django_settings.BASE_DIR,
        env=environment
        | {
            "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
            "DATA_DIR": str(limits.DATA_DIR),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "held\n"
        assert not is_free(ANN)
        process.kill()
    eventually(lambda: is_free(ANN))


@contextmanager
def all_taken() -> Iterator[None]:
    with ExitStack() as stack:
        for user in (BOB, CID):
            stack.enter_context(held(user))
        yield


@pytest.mark.parametrize("url", ["segments/preview/", "segments/overlap/"])
def test_the_api_says_when_to_ask_again(client_with, make_segment, url):
    client = client_with("conditions.preview", "segments.view_segment")
    body = {"conditions": {"match": "all", "conditions": []}}
    if "overlap" in url:
        body = {"segments": [make_segment(code).code for code in ("a", "b")]}
    with all_taken():
        refused = client.send("POST", url, body)
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert int(refused["Retry-After"]) > 0
    assert refused.json()["status"] == 429
    assert client.send("POST", url, body).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_newer_preview_has_the_turn_of_the_one_that_it_replaces(
    client_with, settings, monkeypatch, make_customer
):
    settings.PREVIEW_TIMEOUT_SECONDS = 2 * WAIT
    make_customer("a")
    client = client_with("conditions.preview")
    endless = Customer.objects.filter(pk__gt=RawSQL(ENDLESS, ()))
    begun = threading.Event()

    def customers(rule: Any, **values: Any) -> Any:
        begun.set()
        return endless

    monkeypatch.setattr(preview_module.Rule, "customers", customers)

    def newer() -> None:
        try:
            # Asked before that, `is_free` could itself hold the turn that the older one wants.
            assert begun.wait(WAIT)
            assert not is_free(client.user)
            # Somebody else's page has none, and neither has another page of this person.
            with pytest.raises(TooMany), turn(client.user, Caller(client.user, "other", 9)):
                pass
            ends = (turn(client.user, Caller(client.user, "page", seq)) for seq in count(2))
            eventually(lambda: entered(next(ends)))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(newer)
        body = {"conditions": {"match": "all", "conditions": []}, "client": "page", "seq": 1}
        older = client.send("POST", "segments/preview/", body)
        later.result(WAIT)
    assert older.status_code == 409


def entered(one) -> bool:
    try:
        with one:
            return True
    except TooMany:
        return False


def test_the_pages_of_the_admin_say_so_too(admin_client, make_segment):
    one, other = (make_segment(code) for code in ("a", "b"))
    form = {
        "name": "New",
        "conditions": '{"match": "all", "conditions": []}',
        "applies_to": "registered",
        "refresh_mode": "manual",
        "priority": "0",
        "_preview": "1",
    }
    pages = [
        lambda: admin_client.post("/admin/segments/segment/add/", form, follow=True),
        lambda: admin_client.get(
            "/admin/segments/segment/overlap/", {"segments": [one.code, other.code]}
        ),
    ]
    with all_taken():
        refused = [page() for page in pages]
    for page, before in zip(pages, refused, strict=True):
        assert before.status_code == 200
        assert str(concurrency_limit.TOO_MANY) in before.content.decode()
        assert str(concurrency_limit.TOO_MANY) not in page().content.decode()
