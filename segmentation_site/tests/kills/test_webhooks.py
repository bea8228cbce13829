"""A courier that is killed while it delivers: every change arrives, in order, again as it was."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from itertools import groupby
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from core.clock import now
from segmentation_site.tests.kills.conftest import Killable, Send, Start
from segmentation_site.tests.kills.shop import customers, everybody
from segments.models import MembershipChange, WebhookDelivery, WebhookEndpoint
from segments.tests.engine.harness import eventually
from segments.webhooks.resource import WEBHOOKS

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

CHANGES = 900  # 100 in each delivery
# At the arrival of these requests the courier dies: before it is answered, or right after.
UNANSWERED, ANSWERED = (2, 5), (8,)


class Receiver:
    """A shop's server, which kills whoever delivers to it; keeps (id, body) of what came."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.courier: Killable | None = None
        self.kills = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.headers["webhook-id"], body))
                number = len(receiver.got)
                if number in UNANSWERED:
                    receiver.kill()
                    return
                self.send_response(204)
                self.end_headers()
                if number in ANSWERED:
                    receiver.kill()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def kill(self) -> None:
        assert self.courier is not None
        self.courier.kill()
        self.kills += 1

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    receiver = Receiver()
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_PORTS, settings.WEBHOOK_HTTP = [receiver.port], True
    yield receiver
    receiver.close()


def is_due(endpoint: WebhookEndpoint) -> None:
    """Let the lease of the dead be over, and it long ago that somebody was woken."""
    past = now() - timedelta(hours=1)
    WebhookEndpoint.objects.filter(pk=endpoint.pk, lease_expires_at__gt=past).update(
        lease_expires_at=past
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(woken_at=None)


def test_every_change_arrives_in_order_and_again_under_its_id(
    receiver: Receiver, worker: Start, send: Send
) -> None:
    customers(CHANGES)
    url = f"http://127.0.0.1:{receiver.port}/"
    boss = User.objects.create_superuser("boss")
    endpoint = WEBHOOKS.create({"name": "Shop", "url": url}, author=boss).row
    everybody()
    for kills in range(1, len(UNANSWERED + ANSWERED) + 2):
        is_due(endpoint)
        receiver.courier = worker(
            WEBHOOK_NETWORKS="127.0.0.0/8", WEBHOOK_PORTS=str(receiver.port), WEBHOOK_HTTP="1"
        )
        send("segments.webhooks")
        if kills <= len(UNANSWERED + ANSWERED):
            eventually(lambda kills=kills: receiver.kills == kills)
            receiver.courier.process.wait()
    waiting = WebhookDelivery.objects.exclude(state="delivered")
    last = MembershipChange.objects.latest("pk").sequence
    # In this order: once the cursor is at the end there is no delivery that is still to be made.
    eventually(lambda: WebhookEndpoint.objects.get().cursor >= last and not waiting.exists())

    # What comes again comes at once, before anything newer, and is the same.
    told = [(key, list(same)) for key, same in groupby(receiver.got)]
    assert len({message for (message, _body), _same in told}) == len(told)
    again = sum(len(same) - 1 for _key, same in told)
    assert len(UNANSWERED) <= again <= receiver.kills
    sequences = [
        one["sequence"] for (_id, body), _ in told for one in json.loads(body)["data"]["changes"]
    ]
    logged = MembershipChange.objects.order_by("pk").values_list("pk", flat=True)
    assert len(sequences) == CHANGES
    assert sequences == list(logged)
