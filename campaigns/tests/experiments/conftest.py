"""Experiments that try mails, and campaigns that have one."""

import pytest

from customers.models import Consent
from personalization.experiments.resource import EXPERIMENTS
from personalization.experiments.running import start

CONTROL = {"code": "usual", "weight": 5000}
OTHER = {"code": "loud", "weight": 5000, "subject": "SALE, {{ customer.first_name|default:'you' }}"}


@pytest.fixture(autouse=True)
def everybody_tracked(settings):
    settings.TRACKING_CONSENT = "opt_out"
    settings.HOLDOUT_BASIS_POINTS = 0


@pytest.fixture
def make_experiment(db):
    """Return a function that stores an experiment of mail, a draft or a running one."""

    def make(code="loudness", *, running=True, variants=(CONTROL, OTHER), **values):
        document = {"code": code, "name": code.title(), "planned_size": 10}
        document |= {"variants": list(variants), **values}
        row = EXPERIMENTS.create(document, author=None).row
        return start(row, author=None) if running else row

    return make


@pytest.fixture
def refuse(db):
    """Return a function that has a customer refuse a purpose."""

    def refuse(customer, purpose, at):
        Consent.objects.create(
            customer=customer, purpose=purpose, state="refused", source="test", at=at
        )

    return refuse
