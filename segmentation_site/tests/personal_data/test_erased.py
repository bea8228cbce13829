"""Of somebody who is erased nothing is found any more: in no table, in no file."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import CharField, ForeignKey, JSONField, Model, TextField
from django.urls import reverse

from core.database.fields import FoldedTextField
from core.tracing.stored_context import ContextKind, keep_contexts
from customers.merging import merge_guest
from customers.models import (
    AuditEntry,
    Category,
    CustomerRollup,
    DirtyCustomer,
    Erasure,
    EventVersion,
    Orders,
)
from customers.privacy.erasing import go_on, request_erasure
from customers.privacy.holdings import HOLDINGS, Holding, person_of
from customers.privacy.shop_data import PLACES
from customers.tests.rows import ROWS, a_customer
from predictions.models import (
    CustomerPrediction,
    PredictionModel,
    RiskHistory,
    Touch,
    TouchCampaign,
    UpliftScore,
    WaitingCustomer,
)
from price_rules.models import CartPriceRule, Coupon, Reservation
from segmentation_site.tests.personal_data.shop import edited_by
from segments.editing.overrides import set_override
from segments.editing.saving import create_segment
from segments.engine.live_changes.changed_customers import process_changes
from segments.models import (
    ChangedSinceSnapshot,
    ListedCustomer,
    Membership,
    MembershipChange,
    OverrideKind,
    Segment,
    WantedMember,
)
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db

TOKEN = "zqtoken"
# What stays of orders: their own words.
KEPT = {"Order", "OrderItem", "Refund", "RefundItem"}
# Columns that cannot have any text in them, and words for what somebody was shown.
FIXED = {"kind", "external_id", "guest_external_id", "variant"}
# Of another tool's mails, which are deleted as a whole.
FIXED |= {"external_campaign", "external_sequence"}


def fill(row: Model, start: int) -> int:
    """Put a token of its own into each text column of a row; return how many there are by now."""
    names = PLACES if type(row).__name__ == "Order" else None
    if type(row).__name__ in KEPT and names is None:
        return start
    for field in row._meta.concrete_fields:
        if (
            isinstance(field, CharField | TextField)
            and not isinstance(field, FoldedTextField | ForeignKey | JSONField)
            and not field.choices
            and not field.primary_key
            and field.name not in FIXED
            and (names is None or field.name in names)
        ):
            start += 1
            setattr(row, field.attname, f"{TOKEN}{start}")
    row.save()
    return start


def dump() -> Iterator[tuple[str, str]]:
    """Yield every row of every table as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, " ".join(map(str, row)).lower()


def found() -> set[str]:
    """The tables in which a token stands, and the files."""
    files = [path for path in settings.DATA_DIR.rglob("*") if path.is_file()]
    return {table for table, text in dump() if TOKEN in text} | {
        str(path) for path in files if TOKEN.encode() in path.read_bytes().lower()
    }


@pytest.fixture
def segment(db) -> Segment:
    definition = Definition("All", applies_to="both", conditions={"match": "all", "conditions": []})
    return create_segment(definition, code="all", author=None).segment


def everything_about(segment: Segment, user: User) -> Any:
    """A customer with a token in each column of each table that can have one."""
    customer = a_customer(f"{TOKEN}0", email=f"{TOKEN}@example.com")
    guest = a_customer(f"{TOKEN}guest", kind="guest")
    ROWS[apps.get_model("customers.Address")][0](customer)
    edited_by(user, customer)
    refresh_segment(segment)
    merge_guest(guest, customer)
    count = fill(customer, 0)
    for model, (make, _other) in ROWS.items():
        if model.__name__ not in {"Wishlist", "CustomerMerge"}:
            count = fill(make(customer), count)
    set_override(segment, customer, OverrideKind.INCLUDE, reason="asked", author=user)
    run = refresh_segment(segment)
    WantedMember.objects.create(run_id=run.pk, customer_id=customer.pk)
    ChangedSinceSnapshot.objects.create(customer_id=customer.pk, at=segment.created_at)
    keep_contexts(ContextKind.MARKED, [(customer.pk, "00-1-1-01")], segment.created_at)
    ListedCustomer.objects.create(segment=segment, customer=customer)
    rule = CartPriceRule.objects.create(code="rule", name="Rule", action="percent")
    at = segment.created_at
    coupon = Coupon.objects.create(rule=rule, code="C", customer=customer, created_at=at)
    Reservation.objects.create(coupon=coupon, order="o", customer=customer, expires_at=at)
    CustomerPrediction.objects.create(customer=customer, rfm_segment="champions")
    RiskHistory.objects.create(customer=customer, at=at, churn_risk="0.5", version=1)
    model = PredictionModel.objects.create(code="uplift.spring", kind="uplift")
    UpliftScore.objects.create(customer=customer, model=model, uplift="0.1", as_of=at, version=1)
    WaitingCustomer.objects.update_or_create(customer_id=customer.pk, defaults={"at": at})
    campaign = TouchCampaign.objects.create(code="spring", name="Spring", cost=1)
    fill(Touch.objects.create(customer=customer, campaign=campaign, at=at), count)
    behavior = {"customer": customer, "behavior_type": "search", "occurred_at": at}
    event, details = (
        apps.get_model("personalization", name)._default_manager
        for name in ("BehaviorEvent", "FactDetails")
    )
    fill(event.create(**behavior, key="k", received_at=at), count)
    fill(details.create(**behavior), count)
    _known_of(customer, at, count)
    message = apps.get_model("campaigns", "Message")._default_manager
    fill(message.create(kind="test", customer=customer, store=customer.store, due_at=at), count)
    mail = {one.__name__: one._default_manager for one in _models_of_mail()}
    sequence = mail["Sequence"].create(segment=segment, segment_code="all", trigger="enter")
    run = {"sequence": sequence, "customer": customer, "state": "started", "started_at": at}
    fill(mail["Run"].create(**run), count)
    template = mail["MailTemplate"].create(code="hello", name="Hello", subject="Hello")
    campaign = mail["Campaign"].create(code="news", name="News", template=template)
    mail["HeldOut"].create(campaign=campaign, customer=customer)
    sync = apps.get_model("campaigns", "AudienceSync")._default_manager.create(
        segment=segment, target="brevo", list="7", key_variable="SYNC_KEY_X"
    )
    member = apps.get_model("campaigns", "SyncMember")._default_manager
    # Removed from the list before: nobody is asked.
    fill(member.create(sync=sync, customer=customer, state="gone", changed_at=at), count)
    EventVersion.objects.create(kind="customer", key=f"{TOKEN}0", occurred_at=segment.created_at)
    seen = {"customers": [f"{TOKEN}0", f"{TOKEN}guest"]}
    AuditEntry.objects.create(
        at=segment.created_at, action="viewed", subject="segment", name="all", after=seen
    )
    return customer


def _models_of_mail() -> Iterator[Any]:
    yield from apps.get_app_config("campaigns").get_models()


def _known_of(customer: Any, at: Any, count: int) -> None:
    """Write what personalization knows of the customer."""
    kept = {
        name: apps.get_model("personalization", name)._default_manager
        for name in (
            *("CustomerProfile", "CustomerInterest", "CustomerBrand", "WaitingProfile"),
            "CustomerValueShare",
            *("AttributedConversion", "WaitingConversion", "ExploredExposure"),
            *("Recalculation", "SequenceFit", "StoredCandidates"),
            *("Exposure", "Experiment", "Assignment", "Offer", "OfferRedemption"),
        )
    }
    kept["CustomerProfile"].update_or_create(customer=customer, defaults={"updated_at": at})
    category = Category.objects.create(code="shoes", name="Shoes")
    kept["CustomerInterest"].create(customer=customer, category=category, place=1)
    kept["CustomerBrand"].create(customer=customer, brand="acme", place=1)
    kept["CustomerValueShare"].create(customer=customer, code="organic", share=1)
    for name in ("WaitingProfile", "WaitingConversion"):
        kept[name].update_or_create(customer_id=customer.pk, defaults={"at": at})
    kept["Recalculation"].create(
        customer=customer, behavior_type="product_viewed", significance=1, at=at
    )
    fit = kept["SequenceFit"].create(as_of=at, started_at=at)
    kept["StoredCandidates"].create(fit=fit, customer=customer, wish="again", items=[["A", 0.5]])
    kept["ExploredExposure"].create(customer=customer, element="hero", variant="b", at=at)
    kept["AttributedConversion"].create(
        order_id=customer.pk, number="A1", customer=customer, customer_number=customer.external_id,
        at=at, revenue=1, model="last_touch", contribution=1, attributed_at=at,
    )  # fmt: skip
    experiment = kept["Experiment"].create(code="tried", name="Tried")
    assigned = {"experiment": experiment, "variant": "b", "arm": "tried:b", "assigned_at": at}
    kept["Assignment"].create(customer=customer, segments=["all"], **assigned)
    offer = kept["Offer"].create(code="ship", kind="free_shipping", legal_basis="law")
    kept["OfferRedemption"].create(
        offer=offer, code="ship", order="o", customer=customer, amount=1, redeemed_at=at
    )
    shown = {"served_id": "01J", "element": "hero", "variant": "b", "why": "audience"}
    fill(kept["Exposure"].create(customer=customer, at=at, **shown), count)


def test_nothing_is_found_in_any_table_or_file(segment, admin_user, client) -> None:
    customer = everything_about(segment, admin_user)
    person = person_of(customer)
    empty = [one.name for one in HOLDINGS if not one.rows_of(person).exists()]
    assert empty == ["customers.erasure"]  # Tables that this test does not fill.
    client.force_login(admin_user)
    client.get(reverse("admin:customers_customer_change", args=[customer.pk]))
    before = found()
    assert {"customers_order", "segments_membershipchange", "django_admin_log"} <= before

    erasure = request_erasure(customer, Orders.ANONYMIZE, author=admin_user)
    go_on(erasure.pk)
    process_changes()

    assert found() == set()
    assert Erasure.objects.get().state == "completed"
    assert not Membership.objects.exists()
    assert not CustomerRollup.objects.exists()
    assert not DirtyCustomer.objects.filter(external_id__gt="").exists()
    changes = list(
        MembershipChange.objects.order_by("sequence").values_list("customer_id", "kind", "reason")
    )
    assert changes[-1] == (None, "left", "event")
    assert [one for one in changes if one[0] is not None] == []
    segment.refresh_from_db()
    assert segment.members_count == 0


def test_its_document_has_every_table(segment, admin_user, client) -> None:
    customer = everything_about(segment, admin_user)
    client.force_login(admin_user)
    reply = client.get(f"/api/v1/customers/{customer.external_id}/data/")
    tables = json.loads(b"".join(reply))["tables"]
    holdings: list[Holding] = list(HOLDINGS)
    assert list(tables) == [one.name for one in holdings]
    assert [name for name, rows in tables.items() if not rows] == ["customers.erasure"]
