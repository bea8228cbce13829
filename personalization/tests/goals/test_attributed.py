"""Sales are attributed once for each state; their sum is the attribution row of personalization."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.text.formats import money_shown
from customers.merging import merge_guest
from customers.models import Customer
from personalization.conversions import queue
from personalization.models import AttributedConversion, Experiment, WaitingConversion
from personalization.tests.goals.conftest import DAY, show
from segments.models import WebhookDelivery
from segments.webhooks import delivery
from segments.webhooks.resource import WEBHOOKS

pytestmark = pytest.mark.django_db
LIST = "/api/v1/personalization/conversions/"


@pytest.fixture
def analyst(client_with):
    return client_with("personalization.view_analytics")


@pytest.fixture
def attributed_total(analyst):
    """Return a function that returns what attribution credits to personalization."""

    def total():
        reply = analyst.get("/api/v1/personalization/attribution/", {"model": "linear"})
        rows = {row["key"]: row["credit"] for row in reply.json()["rows"]}
        return Decimal(rows.get("personalization", 0))

    return total


def stored_total():
    return sum((row.contribution for row in AttributedConversion.objects.all()), Decimal(0))


@pytest.fixture
def sale(clock, make_customer, make_order, doing):
    """An order of 100 after two variants and a visit from a search."""
    now, customer = clock.at, make_customer("C1")
    show(customer, now - 3 * DAY)
    doing.behave(customer, now - 2 * DAY, "page_viewed", context={"traffic_source": "search"})
    show(customer, now - DAY, element="footer", variant="b")
    show(customer, now - DAY, element="side", variant="")
    show(customer, now - 31 * DAY)
    return make_order(customer, at=now, grand_total=100)


@pytest.fixture(autouse=True)
def linear(settings):
    settings.ATTRIBUTION_MODEL = "linear"


def test_a_sale_is_attributed_once(sale, process, heard, analyst, attributed_total):
    process()
    process()
    queue.attribute_all()
    assert len(heard) == 1
    (found,) = analyst.get(LIST).json()["results"]
    assert found | {"at": "", "touches": []} == {
        "order": "O0",
        "customer": "C1",
        "at": "",
        "revenue": "100.0000",
        "model": "linear",
        "personalization_contribution": "66.6667",
        "share": "0.6667",
        "touches": [],
        "lift_achieved": None,
    }
    assert [(one["placement"], one["variant"], one["credit"]) for one in found["touches"]] == [
        ("hero", "vip", "33.3334"),
        ("footer", "b", "33.3333"),
    ]
    assert heard[0]["personalization_contribution"] == stored_total() == attributed_total()
    assert "corrects" not in heard[0]


def test_a_refund_and_a_cancellation_correct(sale, process, heard, refund, attributed_total):
    process()
    refund(sale, 40)
    process()
    assert stored_total() == attributed_total() == Decimal(40)
    sale.state = "canceled"
    sale.save()
    process()
    assert [(one["revenue"], one.get("corrects")) for one in heard] == [
        (Decimal(100), None),
        (Decimal(60), True),
        (Decimal(0), True),
    ]
    assert (heard[-1]["share"], heard[-1]["touches"], stored_total()) == (None, [], 0)


def test_a_merge_and_an_erasure_follow(sale, process, heard, make_customer, attributed_total):
    process()
    target = make_customer("C2", kind="registered")
    Customer.objects.filter(pk=sale.customer_id).update(kind="guest")
    merge_guest(Customer.objects.get(external_id="C1"), target)
    process()
    assert [(one["customer"], one.get("corrects")) for one in heard] == [("C1", None), ("C2", True)]
    assert stored_total() == attributed_total() != 0
    target.delete()
    assert not AttributedConversion.objects.exists()


def test_a_killed_worker_loses_and_doubles_nothing(sale, process, heard, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("personalization.conversions.recording._announce", die)
        queue.note_customers([sale.customer_id])
        with pytest.raises(Killed):
            queue.attribute_all()
    assert not AttributedConversion.objects.exists() and WaitingConversion.objects.exists()
    process()
    queue.attribute_all()
    assert len(heard) == AttributedConversion.objects.count() == 1
    assert not WaitingConversion.objects.exists()


def test_page_shows_no_contribution_where_nothing_was_shown(
    sale, process, make_order, make_customer, clock, client
):
    make_order(make_customer("C9"), at=clock.at, grand_total=50)
    process()
    client.force_login(User.objects.create_superuser("boss"))
    page = client.get(reverse("admin:personalization_attributedconversion_changelist"))
    model_admin, rows = page.context["cl"].model_admin, page.context["cl"].result_list
    shown = {
        row.customer.external_id: (model_admin.contribution_column(row), row.contribution)
        for row in rows
    }
    assert shown["C9"] == ("–", 0)
    assert shown["C1"] == (money_shown(shown["C1"][1], in_column=True), stored_total())


def test_lists_by_period_and_placement(sale, process, analyst, client_with):
    process()

    def found(**query):
        return [one["order"] for one in analyst.get(LIST, query).json()["results"]]

    day = sale.created_at.date()
    assert found(placement="footer") == found(**{"from": day}) == ["O0"]
    assert found(placement="FOOTER") == found(placement="foot") == found(to=day) == []
    text = b"".join(analyst.get(f"{LIST[:-1]}.csv").streaming_content)
    assert text.decode().splitlines()[1].split(",")[5:8] == ["66.6667", "0.6667", "hero footer"]
    for reply in (analyst.get(LIST, {"format": "csv"}), analyst.get(LIST, HTTP_ACCEPT="text/csv")):
        assert b"".join(reply.streaming_content) == text
    assert analyst.get(LIST, {"format": "xml"}).status_code == 400
    refused = analyst.get(LIST, {"from": "2026-02-02", "to": "2026-02-01"})
    assert refused.status_code == 400 and refused.json()["errors"][0]["path"] == "to"
    assert client_with("personalization.view_profile").get(LIST).status_code == 403


def test_webhooks_get_each_state(sale, process, refund, django_user_model):
    author = django_user_model.objects.create_user("author")
    document = {"name": "Orders", "url": "https://shop.example/", "kinds": []}
    WEBHOOKS.create(document | {"topics": ["conversion_attributed"]}, author=author)
    process()
    refund(sale, 100)
    process()
    first, second = WebhookDelivery.objects.order_by("pk")
    assert (first.topic, first.state) == ("conversion_attributed", "waiting")
    assert b'"corrects"' not in delivery._body(first)
    assert b'"corrects": true' in delivery._body(second)
    AttributedConversion.objects.all().delete()
    assert delivery._body(first) is None


def test_lift_comes_with_its_interval_or_not_at_all(
    sale, process, analyst, make_customer, make_order
):
    lifts = {"b": {"metric": "conversion_rate", "difference": 0.1, "relative": 1.0}}
    interval = {"interval": [0.05, 0.15]}
    Experiment.objects.create(code="e1", name="E", lifts={"b": lifts["b"] | interval})
    process()
    for number in range(30):
        for held_out in (False, True):
            customer = make_customer(f"{number}-{held_out}")
            withheld = {"variant": "", "withheld": "b", "holdout": True}
            shown = withheld if held_out else {"variant": "b"}
            show(customer, sale.created_at - DAY, element="footer", **shown)
            if number < 10 or not held_out:
                make_order(customer, at=sale.created_at)
    customer = make_customer("tried")
    show(customer, sale.created_at - DAY, element="hero", variant="b", experiment="e1")
    make_order(customer, at=sale.created_at)
    process()
    rows = {row.customer.external_id: row for row in AttributedConversion.objects.all()}
    assert rows["C1"].lift is None
    assert rows["tried"].lift == {"value": 0.1, "interval": [0.05, 0.15], "basis": "experiment"}
    lift = rows["0-False"].lift
    assert lift["basis"] == "holdout" and lift["interval"][0] < lift["value"] == pytest.approx(
        31 / 31 - 10 / 30
    )
    assert rows["0-True"].lift is None and rows["0-True"].contribution == 0


def test_orders_of_old_are_attributed_silently(sale, process, heard, refund):
    from personalization.models import AnnouncedOrder

    AnnouncedOrder.objects.create(order_id=sale.pk, announces_attribution=False)
    queue.note_missing()
    queue.attribute_all()
    process()
    assert heard == [] and stored_total() > 0
    refund(sale, 1)
    process()
    assert [one["corrects"] for one in heard] == [True]
