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
        ({"min_margin": "2"}, "From 0 to 1."),
    ],
)
def test_what_is_wrong_stands_in_the_form(boss, values, said):
    answer = boss.post(reverse("admin:personalization_offer_add"), form(**values))
    assert (answer.status_code, said in answer.content.decode()) == (200, True)


def test_a_value_has_its_unit_and_is_typed_as_it_was(boss):
    add = reverse("admin:personalization_offer_add")
    assert boss.post(add, form(value="10.5", min_margin="0.25")).status_code == 302
    assert boss.post(add, form(code="five", kind="fixed", value="5")).status_code == 302
    shown = boss.get(reverse("admin:personalization_offer_changelist")).content.decode()
    assert ("10.5%" in shown, "€5" in shown) == (True, True)
    change = reverse("admin:personalization_offer_change", args=[Offer.objects.get(code="ten").pk])
    page = boss.get(change).content.decode()
    assert ('value="10.5"' in page, 'value="0.25"' in page) == (True, True)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"value": "1,000"}, "value"),
        ({"value": "10.12345"}, "value"),
        ({"value": "1" * 40}, "value"),
        ({"budget": "1" * 40}, "budget"),
        ({"max_per_customer": "1.5"}, "max_per_customer"),
        ({"priority": ""}, "priority"),
    ],
)
def test_a_number_is_never_guessed(boss, values, said):
    answer = boss.post(reverse("admin:personalization_offer_add"), form(**values))
    assert set(answer.context["adminform"].form.errors) == {said}


def test_the_segment_that_asks_for_what_is_protected_is_named(boss, make_segment):
    make_segment("Ladies", WOMEN["conditions"], code="ladies")
    body = form(audience_kind="is", segment_codes=["ladies"])
    answer = boss.post(reverse("admin:personalization_offer_add"), body)
    assert "Segment “ladies” asks for that." in answer.content.decode()


def test_a_code_that_is_taken_is_said_at_its_field(boss):
    add = reverse("admin:personalization_offer_add")
    assert boss.post(add, form()).status_code == 302
    assert boss.post(add, form()).context["adminform"].form.errors == {
        "code": ["This code is taken."]
    }
