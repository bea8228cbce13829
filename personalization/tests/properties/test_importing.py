"""The files of `import_shop` about consent, properties and behaviour."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import now
from customers.models import (
    Consent,
    Customer,
    Login,
    ProductView,
    ReceivedEvent,
    WishlistItem,
)
from customers.privacy.consent import refuses
from customers.tests.imports.importing import counts
from personalization.models import BehaviorEvent, BehaviorProperty, FactDetails
from personalization.properties import importing

pytestmark = pytest.mark.django_db

CUSTOMERS = "id\nc1\nc2\n"
CONSENTS = "customer,purpose,state,at\nc1,tracking,granted,2026-01-01\n"
HEADER = "customer,type,occurred_at,id,channel,data,context\n"
AT = datetime(2026, 1, 2, 10, tzinfo=UTC)


def row(type_, data="", *, customer="c1", at="2026-01-02T10:00:00Z", number="", channel=""):
    written = json.dumps(data) if isinstance(data, dict) else data
    quoted = '"' + written.replace('"', '""') + '"'
    return f"{customer},{type_},{at},{number},{channel},{quoted},\n"


def places(problems):
    """Return the line and the column of each problem."""
    return sorted(tuple(one.partition(":")[2].split(": ")[:2]) for one in problems)


@pytest.fixture(autouse=True)
def _consent_is_asked_for(settings):
    settings.TRACKING_CONSENT = "opt_in"


def test_the_newest_statement_of_consent_counts(importer):
    for said, state in (
        ("granted,2026-01-03", False),
        ("refused,2026-01-02", False),
        ("refused,2026-01-04", True),
        ("granted,2026-01-01", True),
        ("granted,2026-01-04", True),
        ("granted,2099-01-01", True),
        ("granted,2026-01-05", False),
        ("refused,2099-01-01", True),
    ):
        consents = f"customer,purpose,state,at\nc1,tracking,{said}\n"
        importer(customers=CUSTOMERS, consents=consents)
        number = Consent.objects.count()
        report = importer(consents=consents)
        assert counts(report, "consents") == (1, 0, 0, 1, 0)
        assert Consent.objects.count() == number
        customer = Customer.objects.get(external_id="c1")
        assert refuses(customer, "tracking") == state, said
    assert {*Consent.objects.values_list("source", flat=True)} == {"import"}
    assert not Consent.objects.filter(at__gt=now()).exists()


def test_a_bad_statement_of_consent_is_named_by_its_line(importer):
    consents = "customer,purpose,state,at\nc1,spying,granted,2026-01-01\nc9,tracking,no,x\n"
    assert places(importer.problems(customers=CUSTOMERS, consents=consents)) == [
        ("2", "purpose"),
        ("3", "at"),
        ("3", "state"),
    ]
    assert not Consent.objects.exists()


def test_properties_are_declared_and_changed_but_keep_their_type(importer):
    header = "key,label,type,options\n"
    first = importer(
        behavior_properties=f"{header}result,Result,choice,pass|fail\nscore,S,number,\n"
    )
    assert counts(first, "behavior_properties") == (2, 2, 0, 0, 0)
    again = importer(behavior_properties="key,label,type\nresult,Outcome,choice\nscore,S,number\n")
    assert counts(again, "behavior_properties") == (2, 0, 1, 1, 0)
    result = BehaviorProperty.objects.get(key="result")
    assert (result.label, result.options, result.version) == ("Outcome", ["pass", "fail"], 2)
    problems = importer.problems(
        behavior_properties=f"{header}result,R,text,\nsku,SKU,text,\nScore,S,number,\nx,X,blob,\n"
        "x,X,number,a|b\nscore,S,number,\nscore,S,number,\n"
    )
    assert places(problems) == [
        ("2", "type"),
        ("3", "key"),
        ("4", "key"),
        ("5", "type"),
        ("6", "options"),
        ("8", "key"),
    ]
    assert BehaviorProperty.objects.count() == 2


@pytest.mark.parametrize(("batch", "locks"), [(2, True), (1_000, False)])
def test_behaviours_come_in_once_each_into_their_tables(importer, monkeypatch, batch, locks):
    monkeypatch.setattr(importing, "BATCH", batch)
    importer.lock_empty_tables = locks
    old = row("search", {"query": "Red"}, at="2001-01-01")
    files = {
        "customers": CUSTOMERS,
        "consents": CONSENTS,
        "behaviors": HEADER
        + old
        + row("quiz", {"score": 7.5}, number="b1", channel="app")
        + row("quiz", {"score": 8})
        + row("quiz", {"score": 8.0})
        + row("product_viewed", {"sku": "S1", "page": 2})
        + row("wishlist_added", {"sku": "S1"})
        + row("login")
        + row("quiz", {"score": 9}, customer="c2"),
    }
    report = importer(**files)
    (file,) = [one for one in report.files if one.file == "behaviors.csv"]
    assert (file.read, file.created, file.unchanged, file.declined) == (8, 6, 1, 1)
    rows = BehaviorEvent.objects.order_by("pk")
    found = list(rows.values_list("behavior_type", "channel", "search_query", "data"))
    assert found == [
        ("search", "web", "Red", {"query": "Red"}),
        ("quiz", "app", "", {"score": 7.5}),
        ("quiz", "web", "", {"score": 8}),
    ]
    assert ProductView.objects.get(product__sku="S1").viewed_at == AT
    assert WishlistItem.objects.get(product__sku="S1").added_at == AT
    assert Login.objects.get().logged_in_at == AT
    assert FactDetails.objects.get().data == {"page": 2}
    # Log-ins and views are remembered for a month; the file may come again after it.
    ReceivedEvent.objects.all().delete()
    BehaviorEvent.objects.update(received_at=now() - timedelta(days=99))
    again = importer(**files)
    assert counts(again, "behaviors")[1:3] == (0, 0)
    newer = HEADER + row("quiz", {"score": 6}, number="b1")
    assert counts(importer(behaviors=newer), "behaviors") == (1, 0, 1, 0, 0)
    assert rows.get(channel="web", data__score=6)
    assert (rows.count(), ProductView.objects.count(), Login.objects.count()) == (3, 1, 1)


def test_bad_behaviours_are_named_by_their_lines(importer):
    bad = (
        HEADER
        + row("Quiz")
        + row("quiz", "{")
        + row("quiz", "[1]")
        + row("search")
        + row("quiz", customer="c9")
        + row("quiz", at="soon")
        + row("quiz", at="2999-01-01")
        + row("quiz", number="b1")
        + row("quiz", number="b1")
        + row("quiz", channel="Über")
    )
    files = {"customers": CUSTOMERS, "consents": CONSENTS, "behaviors": bad}
    problems = importer.problems(**files)
    assert places(problems) == [
        ("10", "type / id"),
        ("11", "channel"),
        ("2", "type"),
        ("3", "data"),
        ("4", "data"),
        ("5", "data"),
        ("6", "customer"),
        ("7", "occurred_at"),
        ("8", "occurred_at"),
    ]
    assert not BehaviorEvent.objects.exists() and not Customer.objects.exists()
    report, refused = importer.skipping(**files)
    assert counts(report, "behaviors") == (10, 1, 0, 0, 9)
    assert len(refused) == 10
