"""Two senders side by side: no minute has more mails than MAIL_PER_MINUTE.

Both, and the server, have a clock that hurries. When a mail comes in is read there, and when its
turn was is stored; nothing here depends on how fast anything is.
"""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.delivery.rate_limit import WINDOW
from campaigns.models import Message
from campaigns.tests.kills.hurried import hurried_clock
from campaigns.tests.kills.test_once import campaign, start, wait_for
from campaigns.tests.transports.servers import proper
from segments.tests.engine.harness import worker_environment

__all__ = ["campaign", "start"]
pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),
]
MOST, MAILS = 8, 18
MINUTE = timedelta(minutes=1)


class Arrivals:
    """Notes when each message came in."""

    def __init__(self, now):
        self.now, self.times = now, []

    async def handle_DATA(self, server, session, envelope):
        at = self.now()
        (line,) = [
            one for one in envelope.content.split(b"\r\n") if one.lower().startswith(b"message-id")
        ]
        self.times.append((line.decode().partition(":")[2].strip(" <>"), at))
        return "250 2.0.0 taken"


def most_within(times, window):
    """Return how many of `times` lie in the fullest stretch of that length, its end not in it."""
    return max(sum(first <= one < first + window for one in times) for first in times)


def test_no_minute_has_more_than_the_cap(campaign, start, tmp_path):
    Message.objects.filter(pk__in=Message.objects.order_by("pk").values("pk")[MAILS:]).delete()
    begun = time.time()
    arrivals = Arrivals(hurried_clock(begun))
    with proper(arrivals) as (_handler, port):
        environment = worker_environment(
            MAIL_ENABLED="true",
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            PUBLIC_URL="https://mail.shop.example",
            MAIL_PER_MINUTE=str(MOST),
            MAIL_LEASE_SECONDS="36000",
        )
        ready, go = [tmp_path / name for name in ("one", "two")], tmp_path / "go"
        senders = [
            start([str(begun), str(one), str(go)], environment, module="hurried") for one in ready
        ]
        wait_for(lambda: all(one.exists() for one in ready))
        go.touch()
        wait_for(lambda: all(one.poll() is not None for one in senders))
    assert [one.returncode for one in senders] == [0, 0]

    rows = Message.objects.values_list("message_id", "claimed_at", "attempts", "state")
    assert Counter(state for *_row, state in rows) == {"sent": MAILS}
    assert {attempts for *_row, attempts, _state in rows} == {1}
    turns = {message_id: at for message_id, at, *_more in rows}
    assert sorted(one for one, _at in arrivals.times) == sorted(turns)
    # Turns are exact. A mail comes in some time after its turn: a window of arrivals is a window of
    # turns that is longer by as much as these times differ.
    assert most_within(list(turns.values()), WINDOW) <= MOST
    waits = [at - turns[message_id] for message_id, at in arrivals.times]
    assert min(waits) >= timedelta()
    window = min(MINUTE, WINDOW - (max(waits) - min(waits)))
    assert most_within([at for _one, at in arrivals.times], window) <= MOST
