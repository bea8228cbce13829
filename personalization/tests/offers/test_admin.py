"""Offers in the admin: list and form."""

import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from personalization.models import Offer
from personalization.tests.offers.test_offers import WOMEN

pytestmark = pytest.mark.django_db
EMPTY = {"match": "all", "conditions": []}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def form(**values):
    return {
        "code": "ten", "kind": "percent", "value": "10", "legal_basis": "law", "is_active": "on",
        "priority": "0", "audience_kind": "", "conditions": json.dumps(EMPTY), **values,
    }  # fmt: skip


def test_an_offer_is_made_and_changed(boss, make_segment):
    make_segment("VIP", code="vip")
    add = reverse("admin:personalization_offer_add")
    assert boss.get(add).status_code == 200
    body = form(audience_kind="is", segment_codes=["vip"], budget="100")
    answer = boss.post(add, body)
    assert answer.status_code == 302, answer.content
    offer = Offer.objects.get()
    assert (offer.audience, offer.budget) == ({"operator": "is", "segments": ["vip"]}, 100)
    change = reverse("admin:personalization_offer_change", args=[offer.pk])
    assert boss.get(change).status_code == 200
    body = form(audience_kind="conditions", conditions=json.dumps(WOMEN), opened_version="1")
    assert "Offers may not be by gender" in boss.post(change, body).content.decode()
    assert boss.post(change, form(value="5", opened_version="1")).status_code == 302
    offer.refresh_from_db()
    assert (offer.value, offer.audience, offer.version) == (5, None, 2)
    shown = boss.get(reverse("admin:personalization_offer_changelist")).content.decode()
    assert "everybody" in shown


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"value": "31"}, "An offer takes off at most 30 %."),
        ({"legal_basis": ""}, "This field is required."),
        ({"code": "evaluate"}, "is an address of the API"),
        ({"min_margin": "2"}, "A share from 0 to 1 is needed here."),
    ],
)
def test_what_is_wrong_stands_in_the_form(boss, values, said):
    answer = boss.post(reverse("admin:personalization_offer_add"), form(**values))
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
