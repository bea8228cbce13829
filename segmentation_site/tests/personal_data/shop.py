"""A shop in which every personal column has a value that is found nowhere else."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db.models import DateField, Field, Model
from django.test import Client
from django.urls import reverse

from core.access.personal import kind_of
from core.database.fields import ExactDecimalField, FoldedTextField
from customers.models import (
    Address,
    ApiToken,
    AttributeType,
    Category,
    Consent,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerTag,
    Erasure,
    Login,
    Order,
    ProductAttribute,
    ProductView,
    Wishlist,
)
from customers.tests.admin.test_admin_pages import posted
from customers.tests.rows import AT, a_cart, a_customer, a_line, a_product, a_refund, an_order
from price_rules.models import CartPriceRule, Coupon
from segmentation_site.tests.personal_data import decided
from segments.editing.overrides import set_override
from segments.editing.saving import create_segment
from segments.export.background.requests import execute_export, request_export
from segments.export.contents import Contents
from segments.export.members import export_members
from segments.models import (
    OverrideKind,
    PriorityList,
    ScheduledExport,
    Segment,
    WebhookEndpoint,
)
from segments.refresh import refresh_segment
from segments.rules.definition import Definition


def columns() -> Iterator[tuple[type[Model], Field]]:
    for app in decided.APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                yield model, field


def personal_columns() -> list[tuple[type[Model], Field]]:
    return [(model, field) for model, field in columns() if kind_of(model, field.name)]


@pytest.fixture(scope="module")
def secrets() -> dict[tuple[str, str], str]:
    """The value of each personal column as it is looked for, by model and column."""
    found = {}
    for number, (model, field) in enumerate(personal_columns()):
        if isinstance(field, FoldedTextField):
            continue
        key = (model.__name__, field.name)
        if isinstance(field, DateField):
            found[key] = str(1831 + number)
        elif isinstance(field, ExactDecimalField):
            found[key] = f"915.{8200 + number}"
        elif field.get_internal_type() != "BooleanField":  # Two values are found everywhere.
            found[key] = f"zq{number}secret"
    return found


def stored(field: Field, secret: str) -> Any:
    if isinstance(field, DateField):
        return date(int(secret), 3, 7)
    return Decimal(secret) if isinstance(field, ExactDecimalField) else secret


@pytest.fixture(scope="module")
def segment(rows_for_all: None, secrets: dict[tuple[str, str], str]) -> Segment:
    """A segment whose member has all of them, with what people have done to both."""
    admin_user = User.objects.create_superuser("admin")
    customer = a_customer("C1")
    address = Address.objects.create(customer=customer, country="France")
    order = an_order(customer, "O1", shipping_country="France")
    rows = {Customer: customer, Address: address, Order: order}
    for name in ("BehaviorEvent", "FactDetails"):
        model = apps.get_model("personalization", name)
        rows[model] = model(customer=customer, occurred_at=AT)
    rows[apps.get_model("personalization", "BehaviorEvent")].received_at = AT
    for model, row in rows.items():
        for (name, column), secret in secrets.items():
            if name == model.__name__:
                setattr(row, column, stored(model._meta.get_field(column), secret))
        row.save()
    for kind in AttributeType.values:
        options = [secrets["CustomerAttributeValue", kind]] if kind == "choice" else []
        attribute = CustomerAttribute.objects.create(
            code=f"my_{kind}", label=f"My {kind}", type=kind, options=options
        )
        field = CustomerAttributeValue._meta.get_field(kind)
        if secret := secrets.get(("CustomerAttributeValue", kind)):
            CustomerAttributeValue.objects.create(
                customer=customer, attribute=attribute, **{kind: stored(field, secret)}
            )
    CustomerTag.objects.create(customer=customer, tag="vip")
    Login.objects.create(customer=customer, logged_in_at=order.created_at)
    ProductView.objects.create(customer=customer, product=a_product(), viewed_at=order.created_at)
    Wishlist.objects.create(customer=customer)
    a_cart(customer)
    a_refund(customer, order)
    a_line(order)
    at = order.created_at
    Erasure.objects.create(orders="anonymize", requested_at=at, next_at=at, completed_at=at)
    Category.objects.create(code="shoes", name="Shoes")
    ProductAttribute.objects.create(code="size", label="Size", type="text")
    Group.objects.create(name="Clerks")
    conditions = [
        {"attribute": attribute, "operator": "is_not_empty"}
        for attribute in ("customer.email", "customer.gender", "customer.date_of_birth")
    ] + [{"attribute": "address.street", "operator": "is_not_empty"}]
    definition = Definition("All", conditions={"match": "all", "conditions": conditions})
    segment = create_segment(definition, code="all", author=None).segment
    set_override(segment, customer, OverrideKind.INCLUDE, author=None)
    refresh_segment(segment)
    b"".join(export_members(segment, "csv", user=None))
    execute_export(request_export(segment, Contents(), admin_user).pk)
    ScheduledExport.objects.create(
        name="Nightly",
        segment=segment,
        responsible=admin_user,
        schedule="0 5 * * *",
        destination="archive",
        cursor=0,
        created_at=order.created_at,
    )
    apps.get_model("alerts", "Alert")._default_manager.create(
        key="stale:1:", kind="stale", segment=segment, at=order.created_at
    )
    apps.get_model("alerts", "AlertChannel")._default_manager.create(
        name="Chat", kind="chat", created_at=order.created_at
    )
    WebhookEndpoint.objects.create(name="Shop", cursor=0, created_at=order.created_at)
    PriorityList.objects.create(code="first", name="First", segments=[segment.code])
    apps.get_model("shops", "ShopImport")._default_manager.create(
        created_at=order.created_at, finished_at=order.created_at, outcome="completed"
    )
    rule = CartPriceRule.objects.create(code="ten", name="Ten", action="none", coupon="generated")
    Coupon.objects.create(rule=rule, code="TEN", customer=customer, created_at=order.created_at)
    apps.get_model("predictions", "Strategy")._default_manager.create(
        name="Spring", strategy="win_back", created_at=order.created_at
    )
    apps.get_model("predictions", "CustomerPrediction")._default_manager.create(
        customer=customer, churn_risk="0.9"
    )
    _mail(customer, secrets["Message", "address"], at)
    shown = {"type": "text", "text": "Hello"}
    models = {one.__name__: one for one in apps.get_app_config("personalization").get_models()}
    placement = models["Placement"]._default_manager.create(
        code="hero", page_type="home", default_content=shown
    )
    models["ExperienceVariant"]._default_manager.create(
        placement=placement, code="hello", content=shown
    )
    models["Experiment"]._default_manager.create(
        code="try", name="Try", placement=placement, variants=[]
    )
    models["AttributedConversion"]._default_manager.create(
        order_id=order.pk, number="O1", customer=customer, customer_number="C1", at=AT, revenue=1,
        model="last_touch", contribution=1, attributed_at=AT,
    )  # fmt: skip
    models["BehaviorProperty"]._default_manager.create(key="sizes", label="Sizes", type="text")
    models["PersonalizationRule"]._default_manager.create(code="not-again", name="Not again")
    models["InterestShare"]._default_manager.create(subject="brand", code="acme", share=1)
    models["Offer"]._default_manager.create(code="ship", kind="free_shipping", legal_basis="law")
    Consent.objects.create(
        customer=customer, purpose="tracking", state="granted", source="api", at=AT
    )
    models["ContentItem"]._default_manager.create(code="film", type="video", published_at=AT)
    customer.subscriptions.create(
        store=customer.store, status="subscribed", status_changed_at=order.created_at
    )
    edited_by(admin_user, customer)
    ApiToken.objects.create(user=admin_user, key_hash="0" * 64, created_at=order.created_at)
    # The options of a choice are no customer's: here they only stand in the way.
    CustomerAttribute.objects.filter(type="choice").update(options=["silver"])
    return segment


def _mail(customer: Customer, address: str, at: datetime) -> None:
    """Have one of everything about mail, and a namesake of the customer who may get it."""
    other = a_customer("C9", email="c9@example.com", first_name=customer.first_name)
    other.subscriptions.create(store=other.store, status="subscribed", status_changed_at=at)
    mail = {
        one.__name__: one._default_manager for one in apps.get_app_config("campaigns").get_models()
    }
    template = mail["MailTemplate"].create(code="hello", name="Hello", subject="Hello", version=1)
    version = mail["MailTemplateVersion"].create(
        template=template,
        number=1,
        definition={"name": "Hello", "subject": "Hello", "html": "<p>Hello</p>"},
        created_at=at,
    )
    mail["MailSender"].create(store=customer.store, from_email="news@shop.example")
    campaign = mail["Campaign"].create(
        code="news", name="News", template=template, stores=["default"]
    )
    mail["Message"].create(
        kind="campaign",
        campaign=campaign,
        customer=customer,
        store=customer.store,
        address=address,
        template=version,
        state="sent",
        due_at=at,
        sent_at=at,
    )
    sequence = mail["Sequence"].create(segment_code="gone", trigger="enter")
    mail["Step"].create(sequence=sequence, number=1, delay_minutes=1, template=template)
    mail["Run"].create(
        sequence=sequence, customer=customer, change=1, state="not_eligible", started_at=at
    )
    mail["HeldOut"].create(campaign=campaign, customer=customer)
    mail["Suppression"].create(address_hash="0" * 64, reason="by_hand", at=at)
    sync = mail["AudienceSync"].create(
        segment=Segment.objects.get(code="all"), target="brevo", list="7", key_variable="SYNC_KEY_X"
    )
    mail["SyncMember"].create(
        sync=sync, customer=customer, address_hash="0" * 64, state="refused", changed_at=at
    )


def edited_by(user: User, customer: Customer) -> None:
    """Change the customer and an address in the admin, so that there is a history."""
    client = Client()
    client.force_login(user)
    page = reverse("admin:customers_customer_change", args=[customer.pk])
    changes = {"accepts_marketing": "true", "addresses-0-is_default_billing": "on"}
    response = posted(client, page, **changes)
    assert response.status_code == 302, response.context["errors"]
    assert Address.objects.get().is_default_billing


def someone_without(*permissions: str) -> User:
    """Return somebody who holds every permission but these; the latest deeds are theirs."""
    user, _is_new = User.objects.get_or_create(username="clerk", is_staff=True)
    user.user_permissions.set(
        [
            one
            for one in Permission.objects.select_related("content_type")
            if f"{one.content_type.app_label}.{one.codename}" not in permissions
        ]
    )
    LogEntry.objects.update(user=user)
    return user
