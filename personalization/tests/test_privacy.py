"""What becomes of behaviour: refused, taken out, erased, merged, and kept for so long."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from core.clock import now
from customers.models import Consent, Customer, DirtyCustomer, Login, ProductView
from customers.privacy.document import document_of
from customers.privacy.erasing import erase_due, request_erasure
from customers.privacy.holdings import person_of
from customers.tests.rows import a_customer, a_product, an_order
from personalization.models import BehaviorEvent, ExploredExposure, FactDetails, Recalculation
from personalization.tests.conftest import behavior, say
from segments.engine.live_changes.changed_customers import process_batch

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def work_off():
    """Process all marks, as a worker does every second."""
    while process_batch():
        pass


def test_a_stored_behaviour_marks_its_customer(track, consenting):
    ann = consenting("C1")
    work_off()
    assert not DirtyCustomer.objects.exists()
    track(behavior())
    assert set(DirtyCustomer.objects.values_list("customer_id", flat=True)) == {ann.pk}


@pytest.mark.parametrize("way", ["call", "sql", "everybody"])
def test_a_refusal_deletes_the_behaviour_and_leaves_what_is_the_shop_s(track, consenting, way):
    ann, ben, silent = consenting("C1"), consenting("C2"), a_customer("C3")
    Recalculation.objects.create(customer=ann, behavior_type="search", significance=1, at=now())
    for who in ("C1", "C2"):
        track([behavior("search", who), behavior("login", who, channel="app")])
    event = BehaviorEvent.objects.get(customer=ann)
    event.pk, event.customer, event.key = None, silent, "k"
    event.save()
    work_off()
    if way == "call":
        client = Client()
        client.force_login(_boss())
        body = {"tracking": "refused"}
        address = "/api/v1/personalization/consent/C1"
        reply = client.put(address, body, content_type="application/json")
        assert reply.json()["tracking"]["state"] == "refused"
        assert client.get(f"{address}/").json() == reply.json()
    else:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO customers_consent (customer_id, purpose, state, source, at, evidence)"
                " VALUES (%s, 'tracking', 'refused', 'sql', %s, '')",
                [ann.pk, now()],
            )
    if way == "everybody":
        DirtyCustomer.objects.create(reason="event", at=now())
    assert BehaviorEvent.objects.count() == 3
    work_off()
    for model in (BehaviorEvent, FactDetails):
        assert ann not in {one.customer for one in model.objects.all()}
        assert ben in {one.customer for one in model.objects.all()}
    assert not Recalculation.objects.filter(customer=ann).exists()
    # Who has said nothing has refused nothing.
    assert BehaviorEvent.objects.filter(customer=silent).exists()
    assert Login.objects.filter(customer=ann).exists()


def test_a_refusal_of_personalization_deletes_nothing(track, consenting):
    track_of = consenting("C1")
    track(behavior())
    say(track_of, "refused", ["personalization"], at=now())
    work_off()
    assert BehaviorEvent.objects.exists()


def test_a_refusal_deletes_random_exposures_with_their_clicks(consenting):
    """Catches a click that outlives the refusal, and chooses what others are shown."""
    people = [consenting(number) for number in ("C1", "C2", "C3")]
    ExploredExposure.objects.bulk_create(
        ExploredExposure(element="hero", variant="a", customer=one, at=now(), has_clicked=True)
        for one in people
    )
    say(people[0], "refused", ["tracking"], at=now())
    say(people[1], "refused", ["personalization"], at=now())
    work_off()
    assert [one.customer for one in ExploredExposure.objects.all()] == people[2:]


def _boss():
    from django.contrib.auth.models import User

    return User.objects.create_superuser("boss")


def test_all_of_it_is_given_out_and_erased(track, consenting):
    ann = consenting("C1")
    track([behavior(), behavior("login", channel="app", context={"referrer": "mail"})])
    with document_of(person_of(ann), as_of=now()) as file:
        document = file.read().decode() if file.seek(0) == 0 else ""
    assert "red shoe" in document
    assert '"referrer": "mail"' in document
    request_erasure(ann, "anonymize", author=None)
    erase_due()
    assert not BehaviorEvent.objects.exists()
    assert not FactDetails.objects.exists()


def old(days):
    return now() - timedelta(days=days)


VISITORS = {name: f"v-{number:032x}" for number, name in enumerate(
    ("idle", "busy", "buyer", "new", "registered"))}  # fmt: skip


@pytest.fixture
def visitors(db):
    made = {
        name: a_customer(number, kind="guest", registered_at=old(400))
        for name, number in VISITORS.items()
    }
    Customer.objects.filter(pk=made["new"].pk).update(registered_at=old(300))
    Customer.objects.filter(pk=made["registered"].pk).update(kind="registered")
    a_customer("v-1", kind="guest", registered_at=old(400))
    ProductView.objects.create(customer=made["idle"], product=a_product(), viewed_at=old(399))
    ProductView.objects.create(customer=made["busy"], product=a_product(), viewed_at=old(390))
    an_order(made["buyer"], created_at=old(399))
    return made


def test_old_behaviour_and_visitors_who_did_nothing_go(visitors):
    for number, days in enumerate((394, 396)):
        values = {"occurred_at": old(days), "behavior_type": "search", "customer": visitors["new"]}
        BehaviorEvent.objects.create(**values, key=str(number), received_at=old(days))
        FactDetails.objects.create(**values)
    said = {}
    for arguments in (["--dry-run"], []):
        out = StringIO()
        call_command("purge_personalization", *arguments, stdout=out)
        said[bool(arguments)] = out.getvalue()
        assert Customer.objects.filter(pk=visitors["idle"].pk).exists() == bool(arguments)
    assert (
        said[True]
        == said[False]
        == (
            "personalization.behaviorevent: 1\n"
            "personalization.factdetails: 1\n"
            "personalization.visitor: 1\n"
        )
    )
    assert Customer.objects.count() == 5
    for model in (BehaviorEvent, FactDetails):
        assert model.objects.get().occurred_at > old(395)


def test_zero_days_keep_for_ever(visitors, settings):
    settings.KEEP_BEHAVIOR_DAYS = settings.GUEST_TRACKING_DAYS = 0
    BehaviorEvent.objects.create(
        customer=visitors["new"], behavior_type="x", key="1", received_at=now(),
        occurred_at=old(4_000),
    )  # fmt: skip
    call_command("purge", stdout=StringIO())
    assert Customer.objects.count() == 6
    assert BehaviorEvent.objects.exists()


def test_consent_says_who_noted_it(track):
    a_customer("C1")
    track(behavior(), DNT="1")
    assert {one.source for one in Consent.objects.all()} == {"gpc"}
