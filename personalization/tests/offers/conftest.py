"""Offers of their own for the tests, and somebody who may do everything about them."""

import pytest

from customers.models import CustomerAttribute
from tests.factories.experiences import BASIS

OFFERS = "personalization/offers/"
TEN = {"kind": "percent", "value": "10", "legal_basis": BASIS}


@pytest.fixture(autouse=True)
def served_to_everybody(nobody_held_out):
    """Serve experiences to all customers in the tests of this folder."""


@pytest.fixture
def shop(client_with):
    """Somebody who may do everything about offers, and about segments."""
    rights = [
        f"{app}_{model}"
        for model in ("offer", "segment")
        for app in ("view", "add", "change", "delete")
    ]
    apps = {"offer": "personalization", "segment": "segments"}
    names = [f"{apps[right.rpartition('_')[2]]}.{right}" for right in rights]
    more = ("personalization.serve_experience", "personalization.redeem_offer")
    return client_with(*more, *names)


def given(client, number="C1", **body):
    """Return the offers that a customer is given."""
    answer = client.send("POST", f"{OFFERS}evaluate/", {"customer_id": number, **body})
    assert answer.status_code == 200, answer.content
    return answer.json()["offers"]


def codes(client, number="C1", **body):
    return [one["code"] for one in given(client, number, **body)]


def faults(answer, status=400):
    """Return the paths and codes of what is refused."""
    assert answer.status_code == status, answer.content
    return [(one["path"], one["code"]) for one in answer.json()["errors"]]


@pytest.fixture
def make_attribute(db):
    """Return a function that makes an attribute of customers, a text."""

    def make(code):
        return CustomerAttribute.objects.create(code=code, label=code.title(), type="text")

    return make
