"""A web server that is killed while batches of events come: each is whole, once, or not there."""

import itertools
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count

from core.access.tokens import create_token
from customers.models import Customer
from segmentation_site.tests.kills.conftest import Killable, Start, others_at_the_database
from segments.tests.engine.harness import WAIT, eventually
from tests.factories.ports import free_port

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

SENDERS, KILLS, SIZE = 4, 3, 30
AT = "2026-04-10T12:00:00Z"
Batch = list[dict[str, Any]]


def batch(number: int) -> Batch:
    """Return a batch of customers, each with an order of two lines and a log-in."""
    found: Batch = []
    for name in (f"{number}-{place}" for place in range(SIZE)):
        lines = [{"line": line, "sku": "A", "quantity": 1, "price": "5"} for line in "12"]
        order = {"number": name, "customer": name, "state": "complete", "created_at": AT}
        data = {
            "customer.saved": {"id": name},
            "order.saved": {**order, "grand_total": "10", "items": lines},
            "login": {"customer": name, "logged_in_at": AT},
        }
        found += [
            {"type": kind, "id": name, "occurred_at": AT, "data": values}
            for kind, values in data.items()
        ]
    return found


class Web:
    """Gunicorn with two workers at a port, and a program's way to it."""

    def __init__(self, start: Start, port: int, key: str) -> None:
        self.start, self.port = start, port
        self.headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
        self.process = self.begin()

    def begin(self) -> Killable:
        self.process = self.start(
            *("gunicorn", "segmentation_site.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", "2", "--threads", "4", "--no-control-socket"),
            API_RATE="0",
        )
        eventually(self.answers)
        return self.process

    def send(self, events: Batch) -> dict[str, int] | None:
        """Return what is answered by 202; None where the server dies before it says so."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=WAIT)) as asked:
            try:
                asked.request("POST", "/api/v1/events/", json.dumps(events), self.headers)
                reply = asked.getresponse()
                said = json.loads(reply.read())
            except (OSError, HTTPException, ValueError):
                return None
        assert reply.status == 202, said
        return dict(said)

    def answers(self) -> bool:
        """Return whether the server is there to take a batch."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz").close()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True


@pytest.fixture
def web(start: Start) -> Web:
    key = create_token(User.objects.create_superuser("shop"), author=None, name="shop").key
    return Web(start, free_port(), key)


class Traffic:
    """Several programs that send batch after batch; `begun` and `answered` are their numbers.

    What is not answered is not sent again: whether it is there is what is asked.
    """

    def __init__(self, web: Web) -> None:
        self.web = web
        self.begun: set[int] = set()
        self.answered: set[int] = set()
        self.faults: list[BaseException] = []
        self.numbers, self.over = itertools.count(), threading.Event()
        self.threads = [threading.Thread(target=self._go_on) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _go_on(self) -> None:
        try:
            while not self.over.is_set():
                number = next(self.numbers)
                self.begun.add(number)
                said = self.web.send(batch(number))
                if said is None:
                    # A batch sent meanwhile would reach nobody, and tell nothing of a kill.
                    while not (self.over.is_set() or self.web.answers()):
                        self.over.wait(0.1)
                else:
                    assert said["accepted"] == 3 * SIZE
                    self.answered.add(number)
        except BaseException as error:
            self.faults.append(error)


@pytest.fixture
def traffic(web: Web) -> Iterator[Traffic]:
    traffic = Traffic(web)
    yield traffic
    traffic.stop()


def stored() -> dict[int, tuple[int, int, int, int]]:
    """Return how many customers, orders, lines and log-ins of each batch there are."""
    rows = Customer.objects.values_list("external_id").annotate(
        Count("orders", distinct=True), Count("orders__items", distinct=True),
        Count("logins", distinct=True),
    )  # fmt: skip
    found: dict[int, tuple[int, int, int, int]] = {}
    for name, *counts in rows:
        number = int(name.partition("-")[0])
        before = found.get(number, (0, 0, 0, 0))
        found[number] = tuple(map(sum, zip(before, (1, *counts), strict=True)))  # type: ignore
    return found


WHOLE = (SIZE, SIZE, 2 * SIZE, SIZE)


def test_what_was_answered_is_there_once_and_nothing_half(web: Web, traffic: Traffic) -> None:
    for _kill in range(KILLS):
        wanted = len(traffic.answered) + SENDERS
        eventually(lambda wanted=wanted: traffic.faults or len(traffic.answered) >= wanted)
        web.process.kill()
        # What was received in whole may still be committed for somebody who is gone.
        eventually(lambda: others_at_the_database() == 0)
        answered, found, begun = set(traffic.answered), stored(), set(traffic.begun)
        assert set(found.values()) == {WHOLE}
        assert answered <= set(found) <= begun
        web.begin()
    traffic.stop()
    assert traffic.faults == []
    assert traffic.answered < traffic.begun

    for number in traffic.begun:
        said = web.send(batch(number))
        assert said is not None
        counts = said["accepted"], said["repeated"]
        assert counts in {(0, 3 * SIZE), (3 * SIZE, 0)}, number
        assert number not in traffic.answered or said["repeated"] == 3 * SIZE
    assert stored() == dict.fromkeys(traffic.begun, WHOLE)
