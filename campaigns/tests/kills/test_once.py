"""Senders that die at random beside a real server: nobody gets a mail twice, and sums add up."""

import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import connection

from campaigns.audience.freezing import freeze
from campaigns.models import Message, MessageState
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from campaigns.tests.transports.servers import proper
from customers.models import Customer, NewsletterSubscription, Store
from segments.tests.engine.harness import worker_environment

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
    # aiosmtpd says that of a log-in nobody asks for.
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),
]
RECIPIENTS, KILLS = 150, 6


@pytest.fixture
def start():
    """Return a function that starts a sender of a kind; what still runs is killed at the end."""
    begun = []

    def start(kind, environment, *, module="sender"):
        command = [sys.executable, "-m", f"campaigns.tests.kills.{module}", *kind]
        begun.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment))
        return begun[-1]

    yield start
    for one in begun:
        one.kill()
        one.wait()


class Inbox:
    """Counts the copies of each message; `on_first` is called before the first answer."""

    def __init__(self, on_first=None) -> None:
        self.copies: Counter[str] = Counter()
        self.on_first = on_first

    async def handle_DATA(self, server, session, envelope):
        (line,) = [
            one for one in envelope.content.split(b"\r\n") if one.lower().startswith(b"message-id")
        ]
        if not self.copies and self.on_first is not None:
            self.on_first()
        self.copies[line.decode().partition(":")[2].strip(" <>")] += 1
        return "250 2.0.0 taken"


@pytest.fixture
def campaign(make_campaign):
    store = Store.objects.get(code="default")
    some = Customer.objects.bulk_create(
        Customer(
            external_id=f"k{number}",
            email=f"k{number}@shop.example",
            store=store,
            website=store.website,
            group_id=1,
        )
        for number in range(RECIPIENTS)
    )
    NewsletterSubscription.objects.bulk_create(
        NewsletterSubscription(customer=one, store=store, status="subscribed", status_changed_at=AT)
        for one in some
    )
    return freeze(make_campaign(), AT).campaign


def environment_for(port):
    """Return the environment of a sender to the server at `port`."""
    return worker_environment(
        MAIL_ENABLED="true",
        EMAIL_URL=f"smtp://127.0.0.1:{port}",
        PUBLIC_URL="https://mail.shop.example",
        MAIL_PER_MINUTE="0",
        MAIL_LEASE_SECONDS="6",
    )


def storm(start, port, *, senders, kills):
    """Let `senders` processes send, of which one at a time dies at random, then be replaced."""

    def begin():
        return start((), environment_for(port))

    chance = random.Random(7)
    alive = [begin() for _ in range(senders)]
    for _kill in range(kills):
        before = Message.objects.exclude(state=MessageState.SCHEDULED).count()
        wait_for(lambda before=before: _moved(before))
        time.sleep(chance.random() * 0.3)
        victim = chance.randrange(senders)
        alive[victim].kill()
        alive[victim].wait()
        alive[victim] = begin()
    wait_for(lambda: all(one.poll() is not None for one in alive))
    assert [one.returncode for one in alive] == [0] * senders


def _moved(before):
    rows = Message.objects.exclude(state=MessageState.SCHEDULED)
    return rows.count() > before + 5 or not _is_open()


def _is_open():
    return Message.objects.filter(state=MessageState.SCHEDULED).exists()


def wait_for(condition):
    until = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < until, "nothing goes on any more"
        time.sleep(0.02)


def test_nobody_gets_two_copies_whoever_dies(campaign, start):
    inbox = Inbox()
    with ExitStack() as stack:
        _handler, port = stack.enter_context(proper(inbox))
        storm(start, port, senders=2, kills=KILLS)
    states = Counter(Message.objects.values_list("state", flat=True))
    assert max(inbox.copies.values()) == 1
    assert sum(states.values()) == RECIPIENTS
    assert set(states) <= {"sent", "uncertain"}
    assert states["uncertain"] <= KILLS
    sent = set(Message.objects.filter(state="sent").values_list("message_id", flat=True))
    assert sent <= set(inbox.copies)
    perhaps = set(Message.objects.filter(state="uncertain").values_list("message_id", flat=True))
    assert set(inbox.copies) - sent <= perhaps


def test_senders_side_by_side_in_one_process(campaign, settings, mail):
    settings.MAIL_SENDERS = 3
    found = send_due()
    assert found.sent == len(mail) == RECIPIENTS
    assert len({one["To"] for one in mail}) == RECIPIENTS


def test_marking_after_sending_would_send_twice(campaign, start):
    """The tests above can fail: the first sender dies between the mail and its mark."""
    senders = []
    inbox = Inbox(on_first=lambda: senders[0].kill())
    with ExitStack() as stack:
        _handler, port = stack.enter_context(proper(inbox))
        for _first_and_second in range(2):
            senders.append(start(("late",), environment_for(port)))
            senders[-1].wait()
    assert max(inbox.copies.values()) == 2
    assert len(inbox.copies) == RECIPIENTS
