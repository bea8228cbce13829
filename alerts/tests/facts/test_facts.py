"""Facts of the shop explain a change by the entries of the change log that they account for."""

from datetime import timedelta

import pytest

from alerts.facts.changes import SizeChange
from alerts.facts.explaining import explain_changes
from alerts.failures.drift import find_drift
from alerts.models import NoticedImport
from campaigns.models import Message
from customers.models import Login, Store
from predictions.models import DriftReading, ModelVersion, PredictionModel
from price_rules.models import CartPriceRule, Coupon
from segments.models import ChangeKind, MembershipChange

pytestmark = pytest.mark.django_db


def entered(segment, customers, at, reason="event"):
    MembershipChange.objects.bulk_create(
        MembershipChange(
            segment=segment,
            customer_id=one.pk,
            customer_external_id=one.external_id,
            kind=ChangeKind.ENTERED,
            reason=reason,
            at=at,
        )
        for one in customers
    )


def explained(segment, at):
    change = SizeChange(segment.pk, segment.code, True, at - timedelta(days=1), at)
    return explain_changes([change])[segment.pk].explanation


def test_import_mail_and_price_rules(make_segment, make_customer, make_order, clock):
    segment = make_segment("VIP")
    customers = [make_customer(f"F{number}") for number in range(10)]
    entered(segment, customers, clock.at - timedelta(minutes=30))
    assert explained(segment, clock.at).cause == "unknown"
    rule = CartPriceRule.objects.create(
        code="ten", name="Ten", action="none", starts_on=clock.at.date()
    )
    Coupon.objects.create(rule=rule, code="TEN", created_at=clock.at)
    for one in customers[:6]:
        make_order(one, coupon_code="TEN", at=clock.at - timedelta(hours=1))
    assert explained(segment, clock.at).cause == "price_rule"
    for one in customers[:8]:
        Message.objects.create(
            kind="campaign",
            customer=one,
            store=Store.objects.first(),
            state="sent",
            due_at=clock.at,
            sent_at=clock.at - timedelta(hours=70),
        )
    found = explained(segment, clock.at)
    assert (found.cause, found.also) == ("mail", ("price_rule",))
    NoticedImport.objects.create(at=clock.at - timedelta(minutes=50))
    assert explained(segment, clock.at).cause == "import"


def test_missing_rows_are_the_cause(make_segment, make_customer, clock, monkeypatch):
    customer = make_customer("F1")
    Login.objects.bulk_create(
        Login(customer=customer, logged_in_at=clock.at - timedelta(days=back, minutes=number))
        for back in range(2, 55)
        for number in range(50)
    )
    segment = make_segment("VIP")
    monkeypatch.setattr(
        "alerts.facts.missing_rows.ColumnsRead.of",
        lambda self, tree: {("customers_login", None)},
    )
    assert explained(segment, clock.at).cause == "source_missing"


def test_drifting_model_is_found(clock):
    model = PredictionModel.objects.get(code="rfm")
    version = ModelVersion.objects.create(
        model=model, number=99, gate="passed", created_at=clock.at, parameters={}
    )
    PredictionModel.objects.filter(pk=model.pk).update(deployed=version, is_active=True)
    DriftReading.objects.create(version=version, at=clock.at, status="alarm")
    assert [one.details for one in find_drift(clock.at)] == [{"name": "rfm"}]
    DriftReading.objects.create(version=version, at=clock.at, status="ok")
    assert list(find_drift(clock.at)) == []
