"""Pages of models with deep models: what one was compared with, and a sentence without torch."""

import pytest
from django.urls import reverse

from predictions.models import Gate, ModelVersion, PredictionModel
from predictions.tests.churning import AS_OF

pytestmark = pytest.mark.once
ADDRESS = "admin:predictions_predictionmodel_change"


@pytest.fixture
def page_of(admin_client):
    def page(code):
        key = PredictionModel.objects.get(code=code).pk
        return admin_client.get(reverse(ADDRESS, args=[key])).content.decode()

    return page


def store_version(code, **fitted):
    ModelVersion.objects.create(
        model=PredictionModel.objects.get(code=code),
        number=1,
        gate=Gate.PASSED,
        as_of=AS_OF,
        parameters={"algorithm": "gru", "window_days": 30, "seed": 0},
        fitted={"window_days": 30, **fitted},
        created_at=AS_OF,
    )


@pytest.mark.django_db
def test_page_names_device_time_and_rival(page_of, settings):
    settings.DEEP_WORKERS = True
    deep = {"device": "cpu", "epochs": [9], "seconds": 12.34, "against": "logistic"}
    deep |= {"difference": -0.02, "interval": [-0.03, -0.01]}
    store_version("churn", algorithm="gru", deep=deep)
    page = page_of("churn")
    assert "on the device “cpu”; seconds: 12.3." in page
    assert "“logistic regression”" in page and "-0.03" in page and "to -0.01" in page
    assert "not installed" not in page


@pytest.mark.django_db
def test_page_says_that_deep_models_are_not_installed(page_of, monkeypatch):
    monkeypatch.setattr("predictions.deep.availability.find_spec", lambda name: None)
    assert "requirements-deep.txt" in page_of("churn")
    assert "requirements-deep.txt" in page_of("clusters")
    assert "requirements-deep.txt" not in page_of("next_order")
