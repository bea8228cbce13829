"""The page of churn: its numbers are those of its segments, and each leads to its customers."""

import json
import random
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from conditions.matching import matching_customers
from core.clock import now
from customers.models import AuditEntry, Customer
from predictions.admin.churn import people
from predictions.admin.churn.risks import ANY, NO_VALUE, RISKS, VALUES, Part, risks
from predictions.admin.insights import training_step
from predictions.models import CustomerPrediction, ModelVersion, PredictionModel, TrainingRun
from predictions.tests.admin.test_insights import BUILDS, Page
from segments.models import AppliesTo, Segment
from tests.factories.clients import staff_user

PAGE = "/admin/predictions/riskhistory/"
INSIGHTS = "/admin/predictions/analyticstable/"
SENDS = (*BUILDS, "campaigns.view_campaign", "campaigns.add_campaign")
# Around and at the ends of the bands of risk.
SHARES = ["0", "0.3999", "0.4", "0.4001", "0.6999", "0.7", "0.95", "1"]


def client_with(*names):
    client = Client()
    client.force_login(staff_user("merchant", "predictions.view_scores", *names))
    return client


def shown(*names, **parameters):
    response = client_with(*names).get(PAGE, parameters)
    assert response.status_code == 200
    return response.content.decode().split('id="content"')[1]


@pytest.fixture
def scored(db, make_customer):
    """Customers at the ends of all bands of risk and value, guests and inactive ones too."""
    rng, made = random.Random(5), []
    for share in SHARES:
        for band in VALUES:
            number = f"C{len(made)}"
            kind = rng.choice(["registered", "guest"])
            customer = make_customer(number, kind=kind, is_active=len(made) % 7 != 3)
            made.append(
                CustomerPrediction(
                    customer=customer,
                    churn_risk=Decimal(share),
                    churn_risk_rise=rng.choice([None, Decimal("0.0999"), Decimal("0.1")]),
                    value_band="" if band == NO_VALUE else band,
                    clv=None if band == NO_VALUE else rng.choice(range(10, 400)),
                )
            )
    made.append(CustomerPrediction(customer=make_customer("no risk"), value_band="top", clv=9))
    CustomerPrediction.objects.bulk_create(made)
    return made


def send_addresses(client, page=PAGE, **parameters):
    """Return the addresses of the buttons on a page that open a mail to customers."""
    html = client.get(page, parameters).content.decode()
    found = re.findall(rf'action="({reverse("admin:segments_segment_send")}[^"]*)"', html)
    return [unescape(one) for one in found]


def chosen_by(conditions):
    tree = {"match": "all", "conditions": conditions}
    found = matching_customers(tree, applies_to=AppliesTo.BOTH)
    return set(found.values_list("external_id", flat=True))


@pytest.mark.both
@pytest.mark.parametrize("risk", RISKS.values(), ids=list(RISKS))
def test_a_part_is_what_its_rule_chooses(scored, risk):
    """The page would promise a segment of another size than it then has."""
    counted = risks()
    for value in (ANY, *VALUES):
        part = Part(risk, value)
        found = part.customers().values_list("customer__external_id", flat=True)
        assert set(found) == chosen_by(part.conditions())
        assert counted.counts_of(part).customers == len(found) > 0


def test_each_number_on_top_leads_to_just_its_customers(scored):
    html = shown(*BUILDS)
    (rising,) = (url for url, label in Page(html).links if label.startswith("Risk is rising"))
    given = parse_qs(urlsplit(rising).query)
    found = chosen_by(json.loads(given["conditions"][0])["conditions"])
    assert len(found) == risks().rising > 0
    assert given["applies_to"] == ["both"]


def test_sending_makes_one_segment_and_opens_a_campaign_to_it(scored):
    client = client_with(*SENDS)
    (address,) = send_addresses(client, risk="high", value="top")

    # A name that is cut at the longest may end at a blank, which is not stored.
    address = address.replace("name=", "name=+", 1)
    opened = [client.post(address) for _time in range(2)]

    (segment,) = Segment.objects.all()
    addresses = {response.url for response in opened}
    assert addresses == {f"{reverse('admin:campaigns_campaign_add')}?segments={segment.code}"}
    assert segment.conditions["conditions"] == Part(RISKS["high"], "top").conditions()
    page = client.get(addresses.pop()).content.decode()
    assert re.search(rf'<input[^>]*value="{segment.code}"[^>]*\bchecked', page)


def test_a_changed_segment_of_that_name_gets_no_mail_in_its_place(scored):
    client = client_with(*SENDS)
    (address,) = send_addresses(client)
    client.post(address)
    Segment.objects.update(conditions={"match": "all", "conditions": []})

    client.post(address)

    assert Segment.objects.count() == 2


@pytest.mark.parametrize("given", ["", "[[", '{"match": "none"}', "[" * 3_000])
def test_a_refused_definition_opens_in_the_builder(db, given):
    """A link that was cut or written by hand would show the page of an error."""
    address = f"{reverse('admin:segments_segment_send')}?name=N&applies_to=both&conditions={given}"
    answer = client_with(*SENDS).post(address)
    assert answer.url.startswith(reverse("admin:segments_segment_add"))
    assert not Segment.objects.exists()


@pytest.mark.parametrize("missing", SENDS)
def test_nobody_sends_without_each_permission(scored, missing):
    (address,) = send_addresses(client_with(*SENDS))
    client = client_with(*(one for one in SENDS if one != missing))
    assert send_addresses(client) == []
    assert client.post(address).status_code == 403
    assert not Segment.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_is_accessible_and_fits(scored, visitor):
    for place in (PAGE, f"{PAGE}?risk=low&value=none"):
        visitor.open(place)
        assert [*visitor.faults(), *visitor.complaints] == []


def test_names_are_for_readers_who_may_see_members(scored):
    Customer.objects.filter(external_id="C39").update(last_name="Nobody-Else")
    assert "Nobody-Else" not in shown()
    assert AuditEntry.objects.filter(after__page="churn").count() == 1
    assert "Nobody-Else" in shown("segments.view_members")


def test_customers_come_in_the_order_that_was_asked_for(scored, make_order):
    for days, number in enumerate(["C38", "C37", "C36"]):
        customer = Customer.objects.get(external_id=number)
        make_order(customer, now() - timedelta(days=days), grand_total=days + 1)
    CustomerPrediction.objects.update(clv=None)
    CustomerPrediction.objects.filter(customer__external_id="C36").update(clv=5)

    first = [Page(shown(risk="high", order=order)).tables[-1][1] for order in ("value", "nonsense")]

    assert [row[0] for row in first] == ["C36", "C36"]
    assert first[0][2] == "€5.00"


def test_pages_follow_one_another_and_wrong_places_show_something(scored, monkeypatch):
    monkeypatch.setattr(people, "PAGE_SIZE", 4)
    seen = []
    for page in ("1", "2", "3", "4", "99", "x"):
        seen.append([row[0] for row in Page(shown(page=page)).tables[-1][1:]])
    *pages, beyond, wrong = seen
    together = [number for page in pages for number in page]
    assert len(set(together)) == len(together) == risks().counts_of(Part(RISKS["high"])).customers
    assert (beyond, wrong) == (pages[-1], pages[0])
    assert "Who they are: High risk" in shown(risk="nonsense", value="nonsense")


MAY = ("predictions.train_model", "predictions.deploy_model", "customers.import_shop")
NEEDED = "Training needs 100 customers whose first order is more than 730 days ago."


def test_without_orders_it_leads_to_the_import(db):
    html = shown(*MAY)
    assert "There are no orders yet" in html and 'href="/admin/shops/shopimport/"' in html
    assert "Compute now" not in html and "Compute the churn risks" not in html


def test_with_too_few_orders_it_says_how_many_are_needed(make_customer, make_order):
    make_order(make_customer(), now() - timedelta(days=731))
    make_order(make_customer(), now() - timedelta(days=729))
    html = shown(*MAY)
    assert f"{NEEDED} There are 1 so far." in html and 'href="/admin/shops/shopimport/"' in html
    assert "Compute now" not in html and "Compute the churn risks" not in html


def test_one_button_trains_and_deploys_the_model(make_customer, make_order, monkeypatch):
    monkeypatch.setattr(training_step, "FEWEST_BUYERS", 1)
    make_order(make_customer(), now() - timedelta(days=731))
    assert "Compute the churn risks<" not in shown("customers.import_shop")
    client = client_with(*MAY)
    html = client.get(PAGE).content.decode()
    assert NEEDED not in html and "Compute now" not in html and "Compute the churn risks<" in html

    answer = client.post(f"{INSIGHTS}train/", {"model": "churn"}, follow=True)

    assert answer.redirect_chain == [(PAGE, 302)]
    assert "The model learns from your orders." in answer.content.decode()
    (run,) = TrainingRun.objects.all()
    assert (run.model.code, run.deploys) == ("churn", True)
    assert client.post(f"{INSIGHTS}train/", {"model": "rfm"}).url == f"{INSIGHTS}value/"
    assert client.get(f"{INSIGHTS}train/").status_code == 405


def test_nobody_trains_without_the_permission(db):
    assert client_with().post(f"{INSIGHTS}train/", {"model": "churn"}).status_code == 403


def test_a_version_that_passed_its_check_is_the_next_step(make_customer, make_order):
    make_order(make_customer(), now())
    model = PredictionModel.objects.get(code="churn")
    version = ModelVersion.objects.create(
        model=model, number=1, state="candidate", gate="passed", created_at=now()
    )
    deploying = reverse("admin:predictions_predictionmodel_deploy", args=[model.pk, 1])
    assert f'href="{deploying}">Deploy version 1</a>' in shown(*MAY)
    PredictionModel.objects.update(deployed=version)
    html = shown(*MAY)
    assert "The results of all customers are being computed." in html and "Compute now" in html


def test_a_version_that_failed_its_check_says_why(make_customer, make_order, monkeypatch):
    monkeypatch.setattr(training_step, "FEWEST_BUYERS", 1)
    make_order(make_customer(), now() - timedelta(days=731))
    model = PredictionModel.objects.get(code="churn")
    ModelVersion.objects.create(
        model=model, number=1, state="candidate", gate="failed", created_at=now()
    )
    html = shown(*MAY)
    assert "Version 1 did not pass the approval check." in html
    assert "its figures are not good enough" in html and "Compute the churn risks<" in html


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (0.179, "A little: the risks are wrong by 2.7% less"),
        (0.138, "Yes: the risks are wrong by 25%"),
        (0.19, "No: a guess by the days since the last order alone is at least as good."),
    ],
)
def test_a_small_advantage_is_not_called_a_plain_yes(scored, ours, said):
    model = PredictionModel.objects.get(code="churn")
    version = ModelVersion.objects.create(
        model=model,
        number=1,
        state="deployed",
        gate="passed",
        created_at=now(),
        fitted={"window_days": 128},
        metrics=[
            {"name": name, "value": value, "baseline": "recency_only", "baseline_value": other}
            for name, value, other in (("brier", ours, 0.184), ("auc", 0.76, 0.75))
        ],
    )
    PredictionModel.objects.filter(pk=model.pk).update(deployed=version, scored_at=now())
    html = shown()
    assert said in html
    assert "name the right one 76 times out of 100, that guess 75 times" in html
    assert "buys nothing in the next 128 days" in html


def test_without_lifetime_values_it_shows_the_risks_alone(scored):
    CustomerPrediction.objects.update(clv=None, value_band="")
    html = shown()
    assert "Expected from them" not in html and "Top value" not in html
    assert "highest lifetime value first" not in html
