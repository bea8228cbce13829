"""Whatever happens in whatever order: nobody gets mail after the newest "no" of their mailbox."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from campaigns.audience.freezing import NotSent, freeze
from campaigns.consent.unsubscribing import prefer, unsubscribe
from campaigns.models import Message, MessageState
from campaigns.sending import send_due
from core.text.folding import folded_address
from customers.events.receiving.request import receive
from customers.merging import MergeRefused, merge_guest
from customers.models import Customer, Store
from customers.models.identity.newsletter import UNDATED
from segments.export.members import export_members
from segments.refresh import refresh_segment
from tests.cases import seeds

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 1, tzinfo=UTC)
STEPS = 40
PEOPLE = {
    "g1": ("Ann@Shop.example", "guest"),
    "c1": ("ann@shop.example", "registered"),
    "g2": ("bob@bücher.example", "guest"),
    "c2": ("bob@xn--bcher-kva.example", "registered"),
    "c3": ("cy@shop.example", "registered"),
}
YES, NO = "subscribed", "unsubscribed"
# The last one is nothing that somebody says.
STATUSES = [YES, NO, YES, NO, "not_active"]


class World:
    """A shop of which files, events, people and mail say things, and what they have said."""

    def __init__(self, seed, importer, make_campaign, segment, clock):
        self.random, self.clock = Random(seed), clock
        self.importer, self.make_campaign, self.segment = importer, make_campaign, segment
        self.numbers = 0
        # (mailbox, store, moment, status): every statement that was ever made.
        self.said = []
        self.mailboxes = {
            number: folded_address(email) for number, (email, _kind) in PEOPLE.items()
        }
        people = "id,email,kind\n" + "".join(
            f"{number},{email},{kind}\n" for number, (email, kind) in PEOPLE.items()
        )
        importer(
            stores="code,name,website\nb,B,default\n",
            customers=people,
        )
        self.stores = list(Store.objects.order_by("pk"))

    def next_number(self):
        self.numbers += 1
        return self.numbers

    def mailbox(self, number):
        return self.mailboxes[number]

    def say(self, number, store, at, status):
        if at > self.clock():
            # Nobody has said that yet: a no counts from now on, a yes is older than every no.
            at = self.clock() if status == NO else UNDATED
        if status in (YES, NO):
            self.said.append((self.mailbox(number), store.code, at, status))

    def a_statement(self):
        number = self.random.choice(list(PEOPLE))
        # A file is made hours before it is read; some clocks are wrong. Some moments are the same.
        at = self.clock() - timedelta(hours=self.random.randrange(-1, 5))
        return number, self.random.choice(self.stores), at, self.random.choice(STATUSES)

    def file(self):
        rows = {}
        for _row in range(self.random.randrange(1, 4)):
            number, store, at, status = self.a_statement()
            rows[number, store] = (at, status)
        text = "customer,store,status,status_changed_at\n"
        for (number, store), (at, status) in rows.items():
            self.say(number, store, at, status)
            text += f"{number},{store.code},{status},{at.isoformat()}\n"
        self.importer(newsletter_subscriptions=text)

    def event(self):
        self.clock.advance(seconds=1)
        number, store, at, status = self.a_statement()
        data = {"customer": number, "store": store.code, "status": status}
        taken = receive(
            {
                "type": "newsletter.saved",
                "id": str(self.next_number()),
                "occurred_at": self.clock().isoformat(),
                "data": data | {"status_changed_at": at.isoformat()},
            }
        )
        assert taken.accepted + taken.older == 1
        self.say(number, store, at, status)

    def people(self):
        """Have the file of the customers come again, as each night."""
        people = "id,email\n" + "".join(f"{one},{PEOPLE[one][0]}\n" for one in PEOPLE)
        self.importer(customers=people)

    def click(self):
        message = self._message()
        if message is None:
            return
        everywhere = self.random.random() < 0.3
        is_first = message.unsubscribed_at is None
        unsubscribe(message, self.clock(), everywhere=everywhere)
        rows = message.customer.subscriptions.select_related("store")
        # Also where a "yes" of before has not arrived yet.
        assert not everywhere or len(rows) == len(self.stores)
        for row in rows:
            if everywhere or row.store == message.store:
                assert row.status == NO
                # The link of one mail says it once, unless somebody subscribed in between.
                if is_first or row.status_changed_at == self.clock():
                    self.said.append((message.customer.mailbox, row.store.code, self.clock(), NO))

    def come_back(self):
        message = self._message()
        if message is not None:
            prefer(message, [message.store_id], self.clock())
            customer = Customer.objects.get(pk=message.customer_id)
            row = customer.subscriptions.filter(store=message.store, status=YES).first()
            if row is not None:
                self.said.append((customer.mailbox, message.store.code, self.clock(), YES))

    def _message(self):
        # Nobody says two things at once.
        self.clock.advance(seconds=1)
        rows = Message.objects.exclude(customer=None).select_related("customer", "store")
        found = list(rows.order_by("pk"))
        return self.random.choice(found) if found else None

    def merge(self):
        number = self.random.choice("12")
        try:
            merge_guest(f"g{number}", f"c{number}", at=self.clock())
        except MergeRefused:
            return

    def mail(self):
        code = f"m{self.next_number()}"
        store = self.random.choice(self.stores)
        before = set(Message.objects.filter(state=MessageState.SENT).values_list("pk", flat=True))
        try:
            freeze(self.make_campaign(code, stores=[store.code]), self.clock())
        except NotSent:
            return
        # Somebody may say no between the list and the mail.
        self.clock.advance(minutes=1)
        if self.random.random() < 0.5:
            self.random.choice([self.click, self.event, self.file])()
        send_due(as_of=self.clock())
        for message in Message.objects.filter(state=MessageState.SENT).exclude(pk__in=before):
            self.check(folded_address(message.address), [message.store.code])

    def export(self):
        lines = b"".join(export_members(self.segment, "csv", user=None, target="mailchimp"))
        for row in csv.DictReader(io.StringIO(lines.decode(), newline="")):
            stores = [store.code for store in self.stores]
            self.check(folded_address(row["Email Address"]), stores)

    def check(self, mailbox, stores):
        """Assert that the newest that was said for the mailbox to one of `stores` is no "no"."""
        newest = [
            max(
                (
                    (at, status == NO, status)
                    for box, code, at, status in self.said
                    if (box, code) == (mailbox, store)
                ),
                default=(None, True, "nothing"),
            )[2]
            for store in stores
        ]
        assert YES in newest, json.dumps([mailbox, stores, newest])


@pytest.mark.parametrize("seed", seeds(15))
def test_nobody_gets_mail_after_their_newest_no(
    seed, importer, make_campaign, make_segment, sender, clock
):
    clock.at = START
    world = World(seed, importer, make_campaign, make_segment("all", applies_to="both"), clock)
    other = Store.objects.get(code="b")
    type(sender).objects.create(
        store=other, from_name="B", from_email="b@shop.example", postal_address="2 Main Street"
    )
    refresh_segment(world.segment)
    happenings = [
        *[world.file] * 3,
        *[world.event] * 3,
        *[world.click] * 3,
        world.come_back,
        world.people,
        world.merge,
        *[world.mail] * 3,
        *[world.export] * 2,
    ]
    for _step in range(STEPS):
        clock.advance(minutes=world.random.choice([0, 30, 90]))
        world.random.choice(happenings)()
    assert world.said
