"""Erasure and merging: nobody is named any more, and reports stay as they were."""

from datetime import timedelta

import pytest

from campaigns import sending
from campaigns.audience.freezing import freeze
from campaigns.consent.suppression import suppress
from campaigns.management.consistency import findings
from campaigns.models import Message, Suppression
from campaigns.results.reports import report_of
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from customers.merging import merge_guest
from customers.models import Customer, Orders
from customers.privacy.erasing import go_on, request_erasure
from segments.export.mail import SUPPRESSED

pytestmark = pytest.mark.django_db


def test_an_erasure_keeps_the_counts(make_campaign, make_subscriber, settings, mail):
    settings.KEEP_MESSAGES_DAYS = 0
    one, two = make_subscriber("1"), make_subscriber("2")
    campaign = freeze(make_campaign(), AT).campaign
    send_due(as_of=AT, limit=1)
    for customer in (one, two):
        go_on(request_erasure(customer, Orders.ANONYMIZE, author=None).pk)
    rows = list(
        Message.objects.order_by("pk").values_list("customer", "address", "state", "reason")
    )
    assert rows == [(None, "", "sent", ""), (None, "", "skipped", "erased")]
    assert {row.reason for row in Suppression.objects.all()} == {"erased"}
    report = report_of(campaign, AT)
    assert (report["audience"], report["sent"], report["skipped"], report["purged"]) == (2, 1, 1, 0)
    send_due(as_of=AT)
    assert list(findings()) == []


def test_who_is_erased_while_their_mail_is_made_is_not_named_again(
    make_campaign, make_subscriber, mail, monkeypatch
):
    customer = make_subscriber("1")
    freeze(make_campaign(), AT)
    compose = sending.composed_message

    def erased_meanwhile(*args):
        go_on(request_erasure(customer, Orders.ANONYMIZE, author=None).pk)
        return compose(*args)

    monkeypatch.setattr(sending, "composed_message", erased_meanwhile)
    send_due(as_of=AT)
    message = Message.objects.get()
    assert (message.address, message.customer, message.state) == ("", None, "skipped")
    assert message.reason == "erased"
    assert not mail


def test_a_merge_keeps_the_counts(make_campaign, make_subscriber, mail):
    customer = make_subscriber("c", email="c@shop.example")
    guest = make_subscriber("g", kind="guest", email="g@shop.example")
    campaign = freeze(make_campaign(), AT).campaign
    only = freeze(make_campaign("other"), AT).campaign
    Message.objects.filter(campaign=only, customer=customer).delete()
    merge_guest(guest, customer)
    assert not Customer.objects.filter(pk=guest.pk).exists()
    rows = Message.objects.filter(campaign=campaign).order_by("pk")
    assert list(rows.values_list("customer", "state", "reason")) == [
        (customer.pk, "scheduled", ""),
        (None, "skipped", "merged"),
    ]
    assert Message.objects.get(campaign=only).customer == customer


def test_exports_for_mail_tools_leave_out_who_gets_no_mail(make_subscriber):
    make_subscriber("1", email="Bob@shop.example", at=AT + timedelta(days=1))
    suppress("ann@shop.example", "complaint", AT)
    suppress("bob@shop.example", "erased", AT)
    suppress("eve@shop.example", "erased", AT)
    (asked,) = [one for one in SUPPRESSED if one.__module__.startswith("campaigns")]
    everybody = {f"{name}@shop.example" for name in ("ann", "bob", "eve", "dan")}
    ends = {"ann@shop.example": None, "bob@shop.example": AT, "eve@shop.example": AT}
    assert asked(everybody) == ends


def test_what_does_not_fit_is_found(make_campaign, make_subscriber):
    make_subscriber("1")
    freeze(make_campaign(), AT)
    assert list(findings()) == []
    Message.objects.update(state="sent")
    assert [one.partition(": ")[2] for one in findings()] == [
        "sent without a time",
        "sent without a Message-ID",
    ]
