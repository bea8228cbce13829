"""The page on which an uplift is learned, and the page of its model."""

import pytest
from django.urls import reverse

from core.clock import now
from predictions.models import Gate, ModelVersion, PredictionModel, Touch
from predictions.tests.touching import client_with, make_campaign

pytestmark = pytest.mark.django_db

LEARN = "/admin/predictions/predictionmodel/uplift/"
SEE, TRAIN = "predictions.view_scores", "predictions.train_model"
FAILED = [
    {"name": "qini", "value": 0.0017, "baseline": "everybody_alike", "baseline_value": 0.0},
    {"name": "qini_low", "value": -0.001, "baseline": "everybody_alike", "baseline_value": 0.0},
    {"name": "qini_high", "value": 0.0042, "baseline": None, "baseline_value": None},
]


def test_the_form_offers_trials_with_a_control_and_queues_a_training(make_customer, make_order):
    """Who may not train is refused; a campaign that held nobody out is not offered."""
    assert client_with(SEE).get(LEARN).status_code == 403
    client = client_with(SEE, TRAIN)
    assert "There is nothing to learn from yet" in client.get(LEARN).content.decode()
    customer = make_customer()
    make_order(customer, now())
    make_campaign("plain")
    campaign = make_campaign("spring", name="<b>Spring</b>")
    Touch.objects.create(customer=customer, campaign=campaign, at=now(), group="held_out")
    page = client.get(LEARN).content.decode()
    assert "&lt;b&gt;Spring&lt;/b&gt; (spring)" in page and "plain" not in page
    values = {"parameter-campaign": "plain", "parameter-outcome": "visit"}
    assert "plain is not one of" in client.post(LEARN, values).content.decode()
    found = client.post(LEARN, values | {"parameter-campaign": "spring"})
    model = PredictionModel.objects.get(code="uplift.spring")
    assert found.url == reverse("admin:predictions_predictionmodel_change", args=[model.pk])
    run = model.trainings.get()
    assert run.parameters == {"campaign": "spring", "outcome": "visit", "window_days": 30}


def test_the_page_of_a_model_reads_like_the_others():
    """Score beside its baseline, the gate in plain words, what its scores are about."""
    model = PredictionModel.objects.create(code="uplift.spring", kind="uplift")
    ModelVersion.objects.create(
        model=model,
        number=1,
        gate=Gate.FAILED,
        metrics=FAILED,
        parameters={"campaign": "spring", "outcome": "visit", "window_days": 14},
        fitted={"window_days": 14, "contacted": 1_200, "held_out": 1_100, "average_uplift": 0.05},
        as_of=now(),
        created_at=now(),
    )
    client = client_with(SEE, TRAIN)
    listed = client.get(reverse("admin:predictions_predictionmodel_changelist")).content.decode()
    assert LEARN in listed and "uplift.spring" in listed
    address = reverse("admin:predictions_predictionmodel_change", args=[model.pk])
    page = client.get(address).content.decode()
    for said in (
        "Uplift: uplift.spring",
        "By how much more likely a contact makes a visit within 14 days.",
        "Failed: it is not better than the baseline.",
        "ordering at the least (Qini, 2.5 %)",
        "everybody alike",
        "Customers in the control group",
    ):
        assert said in page, said
    train = client.get(reverse("admin:predictions_predictionmodel_train", args=[model.pk]))
    assert "parameter-outcome" in train.content.decode()
    assert "parameter-campaign" not in train.content.decode()
