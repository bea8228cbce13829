"""What merchants see of scores: the page of a customer, and columns of exports."""

import csv
import io
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from core.clock import now
from customers.models import Consent, ConsentState, Customer, Purpose
from predictions.admin.customer import LABELS, attributes_of
from predictions.conditions.exports import columns
from predictions.kinds.journey import JOURNEY
from predictions.kinds.rfm import RFM
from predictions.scoring.runs import score
from segments.editing.saving import create_segment
from segments.export.members import export_members
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from tests.factories.clients import new_user

VIEWERS = ("customers.view_customer", "predictions.view_scores", "segments.view_members")


def client_with(*permissions):
    """Return a client of a new member of staff, who is its `user`."""
    client = Client()
    client.user = new_user(*permissions, is_staff=True)
    client.force_login(client.user)
    return client


def page_of(customer):
    return reverse("admin:customers_customer_scores", args=[customer.pk])


def html_of(customer):
    return client_with(*VIEWERS).get(page_of(customer)).content.decode()


@pytest.fixture
def customer(db, make_customer, make_order):
    made = make_customer("A")
    for days in (50, 10):
        make_order(made, now() - timedelta(days=days), coupon_code="X" * (days == 10))
    return made


def test_every_score_stands_there_with_its_time(customer):
    score()
    html = html_of(customer)
    for kind in (RFM, JOURNEY):
        for attribute in attributes_of(kind):
            assert str(LABELS.get(attribute.column, attribute.label)) in html
    # Half of the orders had a coupon; the gap is 40 days, and so is the shop's.
    for cell in ("<td>Bought again</td>", "<td>50%</td>", "<td>40</td>", "<td>0.25</td>"):
        assert cell in html
    assert "Not scored yet" not in html


def test_states_in_which_there_is_nothing_are_said(customer, make_customer):
    assert "Not scored yet" in html_of(customer)
    User.objects.all().delete()
    visitor = make_customer("B")
    score()
    html = html_of(visitor)
    assert "has not bought anything yet" in html and "<td>Registered</td>" in html
    User.objects.all().delete()
    Consent.objects.create(
        customer=customer,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=now(),
    )
    html = html_of(customer)
    # At once, though the row goes within a minute only.
    assert "refuses personalization" in html and "Bought again" not in html


@pytest.mark.parametrize(
    ("is_active", "minutes", "said"),
    [
        (True, 5, "Scores are computed within a few minutes, and every night."),
        (True, 0, "Not scored yet. Scores are computed every night."),
        (False, 5, "This customer is inactive: only active customers are scored."),
    ],
)
def test_when_somebody_is_scored_is_said(db, make_customer, settings, is_active, minutes, said):
    settings.PREDICTIONS_LIVE_MINUTES = minutes
    assert said in html_of(make_customer("A", is_active=is_active))


@pytest.mark.parametrize("lacking", VIEWERS)
def test_who_lacks_a_permission_sees_neither_page_nor_link(customer, lacking):
    score()
    client = client_with(*(one for one in VIEWERS if one != lacking))
    assert client.get(page_of(customer)).status_code == 403
    profile = reverse("admin:customers_customer_change", args=[customer.pk])
    assert page_of(customer) not in client.get(profile).content.decode()


def test_who_may_see_scores_of_customers_has_the_link(customer):
    profile = reverse("admin:customers_customer_change", args=[customer.pk])
    assert page_of(customer) in client_with(*VIEWERS).get(profile).content.decode()


def test_exports_have_them_as_columns(customer, make_customer):
    score()
    make_customer("B")
    definition = Definition("Everybody", conditions={"match": "all", "conditions": []})
    segment = create_segment(definition, author=None).segment
    refresh_segment(segment)
    names = ["id", *(column.name for column in columns())]
    chunks = export_members(segment, "csv", user=None, columns=names)
    first, second = csv.DictReader(io.StringIO(b"".join(chunks).decode(), newline=""))
    assert (first["id"], first["prediction.journey_stage"]) == ("A", "repeat")
    assert (first["rfm.segment"], first["habits.discount_share"]) == ("hibernating", "0.5")
    assert set(second.values()) == {"B", ""}


@pytest.mark.parametrize("lacking", ["view_scores", "view_members", None])
def test_they_are_exported_by_who_may_see_them(customer, lacking):
    score()
    definition = Definition("Everybody", conditions={"match": "all", "conditions": []})
    segment = create_segment(definition, author=None).segment
    refresh_segment(segment)
    exporter = User.objects.create_user("exporter")
    needed = {"view_segment", "export_members", "view_scores", "view_members"} - {lacking}
    exporter.user_permissions.set(Permission.objects.filter(codename__in=needed))
    assert b"".join(export_members(segment, "csv", user=exporter, columns=["id"]))
    for column in columns():
        with pytest.raises(PermissionDenied) if lacking else nullcontext():
            export_members(segment, "csv", user=exporter, columns=["id", column.name])


def test_a_segment_asks_for_what_the_page_shows(customer):
    score()
    assert Customer.objects.filter(prediction__journey_stage="repeat").get() == customer
