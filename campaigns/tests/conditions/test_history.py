"""The files of `import_shop` about mail: another tool's history, and addresses that get none."""

import pytest
from django.core.management import call_command

from campaigns.consent.suppression import find_suppression
from campaigns.management.consistency import findings
from campaigns.models import Message, Suppression
from conditions.matching import matching_customers
from customers.models import Customer, Orders
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.imports.importing import counts

pytestmark = pytest.mark.django_db

CUSTOMERS = "id,email\nc1,c1@shop.example\nc2,c2@shop.example\n"
CONSENTS = (
    "customer,purpose,state,at\nc1,tracking,granted,2026-01-01\nc2,tracking,refused,2026-01-01\n"
)
HEADER = "id,customer,campaign,sequence,state,reason,sent_at,opened_at,opens,clicked_at\n"
MAILS = (
    HEADER
    + "m1,c1,old,,,,2026-03-01,2026-03-02,3,2026-03-02\n"
    + "m2,c2,,flow,,,2026-03-01,2026-03-02,,2026-03-02\n"
    + "m3,c1,,,failed,rejected,,,,\n"
)


def asked(code, operator, value):
    node = {"attribute": code, "operator": operator, "value": value}
    found = matching_customers({"match": "all", "conditions": [node]}).order_by("pk")
    return [one.external_id for one in found]


def test_history_is_asked_for_and_known_by_its_number(importer):
    files = {"customers": CUSTOMERS, "consents": CONSENTS, "mails": MAILS}
    assert counts(importer(**files), "mails") == (3, 3, 0, 0, 0)
    assert counts(importer(**files), "mails") == (3, 0, 0, 3, 0)
    rows = Message.objects.order_by("external_id")
    assert [(one.kind, one.state, one.source, one.opens, one.clicks) for one in rows] == [
        ("campaign", "sent", "campaign:old", 3, 1),
        ("sequence", "sent", "sequence:flow", 0, 0),
        ("campaign", "failed", None, 0, 0),
    ]
    # Of who refuses tracking nothing is stored.
    assert not rows.filter(customer__external_id="c2").exclude(opened_at=None, clicked_at=None)
    assert asked("mail.campaign", "is", "old") == ["c1"]
    assert asked("mail.sequence", "is_one_of", ["flow", "7"]) == ["c2"]

    newer = HEADER + "m1,c1,older,,,,2026-03-01,,,\n"
    assert counts(importer(mails=newer), "mails") == (1, 0, 1, 0, 0)
    assert asked("mail.campaign", "is", "older") == ["c1"]
    assert not Message.objects.get(external_id="m1").opens


def test_history_is_neither_sent_nor_counted(importer, merchant, make_campaign):
    make_campaign("old")
    importer(customers=CUSTOMERS, mails=MAILS)
    call_command("send_mail", "--once")
    assert merchant.get("/api/v1/campaigns/old/report/").json()["sent"] == 0
    assert not Message.objects.exclude(claimed_at=None).exists()
    assert list(findings()) == []
    sources = [one["source"] for one in merchant.get("/api/v1/messages/").json()["results"]]
    assert sources == ["campaign:old", "sequence:flow", None]


def test_bad_rows_are_named_by_their_place(importer):
    mails = (
        "id,customer,campaign,sequence,state,bounce,opens,sent_at\n"
        "m1,c1,old,flow,,,,\nm2,c9,,,,,,\nm3,c1,,,skipped,mild,-1,noon\nm4,c1,,,,,,\nm4,c1,,,,,,\n"
    )
    suppressions = "address,reason,at\nnowhere,complaint,2026-03-01\nb@shop.example,bored,x\n"
    found = importer.problems(customers=CUSTOMERS, mails=mails, suppressions=suppressions)
    assert sorted(":".join(one.split(":")[:3]) for one in found) == [
        "mails.csv:2: sequence",
        "mails.csv:3: customer",
        "mails.csv:4: bounce",
        "mails.csv:4: opens",
        "mails.csv:4: sent_at",
        "mails.csv:4: state",
        "mails.csv:6: id",
        "suppressions.csv:2: address",
        "suppressions.csv:3: at",
        "suppressions.csv:3: reason",
    ]
    assert not Message.objects.exists()


def test_suppressed_addresses_are_kept_as_hashes(importer):
    header = "address,reason,at\n"
    first = header + "C1@shop.example,complaint,2026-03-01\nx@shop.example,erased,2026-03-01\n"
    report = importer(customers=CUSTOMERS, suppressions=first)
    assert counts(report, "suppressions") == (2, 2, 0, 0, 0)
    assert counts(importer(suppressions=first), "suppressions") == (2, 0, 0, 2, 0)
    assert asked("mailing.suppression_reason", "is", "complaint") == ["c1"]

    newer = header + "c1@shop.example,by_hand,2026-03-02\nX@shop.example,complaint,2026-03-02\n"
    assert counts(importer(suppressions=newer), "suppressions") == (2, 0, 2, 0, 0)
    assert asked("mailing.suppression_reason", "is", "by_hand") == ["c1"]
    # The refusal of somebody who was erased stays beneath.
    assert find_suppression("x@shop.example").refused_at is not None
    assert Suppression.objects.count() == 2
    assert Customer.objects.count() == 2


def test_an_erased_customer_s_history_is_deleted(importer):
    importer(customers=CUSTOMERS, mails=MAILS)
    customer = Customer.objects.get(external_id="c1")
    go_on(request_erasure(customer, Orders.DELETE, author=None).pk)
    assert [one.external_id for one in Message.objects.all()] == ["m2"]
    assert list(findings()) == []
    # The file brings it back no more.
    assert counts(importer(mails=MAILS), "mails")[1] == 0
    assert Message.objects.count() == 1
