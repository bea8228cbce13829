"""Shops with senders, subscribers, templates and campaigns for this app's tests."""

from datetime import UTC, datetime
from functools import partial

import pytest

from campaigns import sending
from campaigns.editing.campaigns import CAMPAIGNS
from campaigns.editing.senders import SENDERS
from campaigns.editing.sequences import SEQUENCES
from campaigns.editing.templates import TEMPLATES
from campaigns.models import MailSender
from campaigns.sequences import advance
from campaigns.transports import local
from campaigns.transports.outcome import Handed
from customers.models import Customer, NewsletterSubscription, Store
from price_rules.resource import PRICE_RULES
from segments.editing.overrides import remove_override, set_override
from segments.engine.members import change_log
from segments.models import Membership, MembershipOverride, OverrideKind
from segments.refresh import refresh_segment

AT = datetime(2026, 4, 10, 12, tzinfo=UTC)
RIGHTS = [
    f"campaigns.{right}_{model}"
    for model in ("campaign", "mailtemplate", "message", "suppression", "mailsender")
    for right in ("view", "add", "change", "delete")
] + [f"campaigns.{name}" for name in ("send_campaign", "send_test", "resolve_uncertain")]

NOBODY = {"attribute": "customer.email", "operator": "is", "value": "nobody@nowhere.example"}


@pytest.fixture(autouse=True)
def mail(settings):
    """Mail that is sent into memory; the mails of this test."""
    settings.MAIL_ENABLED = True
    settings.EMAIL_URL = "memory://"
    settings.PUBLIC_URL = "https://mail.shop.example"
    settings.MAIL_PER_MINUTE = 0
    local.outbox.clear()
    return local.outbox


@pytest.fixture
def sender(db):
    """The sender of the default store."""
    new = MailSender(store=Store.objects.get(code="default"))
    said = {"from_name": "Shop", "from_email": "news@shop.example"}
    return SENDERS.save(new, {**said, "postal_address": "1 Main Street, Town"}, author=None).row


@pytest.fixture
def make_subscriber(db, make_customer):
    """Return a function that stores a customer with a subscription to the default store."""

    def make(number, *, status="subscribed", store="default", at=AT, **values):
        values = {"email": f"{number}@shop.example"} | values
        customer = make_customer(number, **values)
        if status:
            NewsletterSubscription.objects.create(
                customer=customer,
                store=Store.objects.get(code=store),
                status=status,
                status_changed_at=at,
            )
        return customer

    return make


@pytest.fixture
def make_template(db):
    """Return a function that stores a template through the normal way in."""

    def make(code="welcome", **values):
        values = {
            "name": code,
            "subject": "Hello {{ customer.first_name|default:'friend' }}",
            "html": "<p>Hello</p><a href='{{ unsubscribe_url }}'>Unsubscribe</a>",
        } | values
        return TEMPLATES.create({"code": code, **values}, author=None).row

    return make


@pytest.fixture
def make_campaign(db, make_template, sender):
    """Return a function that stores a draft to the default store through the normal way in."""

    def make(code="spring", **values):
        if "template" not in values:
            make_template(f"of-{code}")
            values["template"] = f"of-{code}"
        if "send_at" in values:
            values["send_at"] = values["send_at"].isoformat()
        document = {"code": code, "name": code, "stores": ["default"], **values}
        return CAMPAIGNS.create(document, author=None).row

    return make


@pytest.fixture
def put_into(db):
    """Return a function that makes customers stored members of a segment."""

    def put(segment, *customers):
        Membership.objects.bulk_create(
            Membership(segment=segment, customer=one, entered_at=AT) for one in customers
        )

    return put


@pytest.fixture
def merchant(client_with):
    """Somebody who may do everything about mail."""
    return client_with(*RIGHTS, "segments.view_members", "customers.view_personal_data")


@pytest.fixture
def clerk(client_with):
    """Return a function that logs somebody in who works in the admin with these permissions."""

    def log_in(*permissions):
        client = client_with(*permissions)
        client.user.is_staff = True
        client.user.save()
        return client

    return log_in


@pytest.fixture
def server(monkeypatch):
    """What a server says to each mail, in turn; the last of it from then on."""
    moods = []

    class Moody:
        handed = []

        def hand_over(self, mail):
            self.handed.append(mail)
            return Handed(moods.pop(0) if len(moods) > 1 else moods[0], "said")

        def close(self):
            pass

    carrier = Moody()
    carrier.handed = []
    monkeypatch.setattr(sending, "carrier_of", lambda *args, **more: carrier)
    carrier.moods = moods
    return carrier


@pytest.fixture
def own_changes_are_read(monkeypatch):
    """The log gives what a test itself has written, in its transaction that never commits."""
    settled = partial(change_log.settled_number, own=False)
    monkeypatch.setattr(change_log, "settled_number", settled)


@pytest.fixture
def segment(db, own_changes_are_read, clock, sender, make_segment, make_template):
    """A segment of whoever is put into it; templates `one`, `two`, `three`."""
    for code in ("one", "two", "three"):
        make_template(code, subject=code)
    segment = make_segment("Carts", [NOBODY], code="carts", applies_to="both")
    refresh_segment(segment)
    return segment


@pytest.fixture
def enter(segment):
    """Return a function that has customers enter, by hand, and sequences advance."""

    def enter(*customers):
        for one in customers:
            set_override(segment, one, OverrideKind.INCLUDE, author=None)
        advance()

    return enter


@pytest.fixture
def leave(segment):
    """Return a function that has customers leave, and sequences advance."""

    def leave(*customers):
        for one in customers:
            found = MembershipOverride.objects.get(segment=segment, customer=one)
            remove_override(found, author=None)
        advance()

    return leave


@pytest.fixture
def make_sequence(segment):
    """Return a function that stores an active sequence; its steps are due after so many hours."""

    def make(*hours, trigger="enter", **values):
        codes = ("one", "two", "three")
        steps = [
            {"number": place + 1, "delay_minutes": 60 * hour, "template": codes[place % len(codes)]}
            for place, hour in enumerate(hours)
        ]
        document = {"segment": "carts", "trigger": trigger, "is_active": True, "steps": steps}
        return SEQUENCES.create(document | values, author=None).row

    return make


@pytest.fixture
def change(segment):
    """Return a function that stores a sequence with other values."""

    def change(sequence, **values):
        return SEQUENCES.change(sequence, values, author=None).row

    return change


@pytest.fixture
def rule(db):
    """A price rule with generated coupons."""
    said = {"code": "ten", "name": "Ten", "action": "percent", "value": 10, "coupon": "generated"}
    return PRICE_RULES.create(said, author=None).row


def numbers(rows):
    """Return the numbers of the customers of messages."""
    return sorted(
        Customer.objects.filter(pk__in=rows.values("customer")).values_list(
            "external_id", flat=True
        )
    )
