"""Offers of their own for the tests, and somebody who may do everything about them."""

from decimal import Decimal

import pytest

from customers.models import CustomerAttribute
from personalization.models import Offer
from personalization.offers.definition import OfferSays
from personalization.offers.saving import save_offer
from personalization.tests.conftest import doing
from personalization.tests.experiences.conftest import join, nobody_held_out, say
from segments.tests.api.conftest import client_with
from segments.tests.conftest import clock, make_customer, make_segment, sent

__all__ = [
    "client_with",
    "clock",
    "doing",
    "join",
    "make_customer",
    "make_segment",
    "nobody_held_out",
    "say",
    "sent",
]

BASIS = "Art. 6 (1) f GDPR"
OFFERS = "personalization/offers/"
TEN = {"kind": "percent", "value": "10", "legal_basis": BASIS}


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


@pytest.fixture
def make_offer(db):
    def make(code="ten", kind="percent", value="10", **values):
        says = OfferSays(
            kind=kind,
            value=None if value is None else Decimal(value),
            legal_basis=BASIS,
            **{name: Decimal(one) if name in ("budget", "min_margin") else one
               for name, one in values.items()},
        )  # fmt: skip
        return save_offer(Offer(code=code), says, author=None).row

    return make


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
