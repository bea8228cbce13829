"""A shop that grows by one of everything at a time: rows of each kind, of customers and of people.

What the pages are asked about is there from the beginning: customer C1, segment `all`, rule `ten`
(`access/calls.py`). Each step adds what they show, and what lists show beside them.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from celery import current_app
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.models import Model

from core.access.tokens import create_token
from core.database.lease import RunState
from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Category,
    Consent,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerMerge,
    CustomerTag,
    Erasure,
    Login,
    NewsletterSubscription,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
    ProductView,
    RefundItem,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)
from customers.tests.rows import AT, a_cart, a_customer, a_line, a_product, a_refund, an_order
from integrations.shops.models import ImportState, ShopImport, ShopSource, SourceRow
from price_rules.tests.api.test_examples_of_bodies import trained_models
from segmentation_site.tests.access.calls import FIGURES
from segmentation_site.tests.personal_data import decided
from segments.export.background.requests import execute_export
from segments.models import (
    ExportAudit,
    ManagedSegment,
    RefreshRun,
    SavedFilter,
    ScheduledExport,
    Segment,
    SegmentSize,
    SegmentTag,
    WebhookDelivery,
    WebhookEndpoint,
)
from segments.refresh import refresh_segment

Ask = Callable[..., Any]


def begin(ask: Ask) -> None:
    """Add to the shop that the API is asked about what only grows: a list, trained models."""
    for code in ("hand", "other"):
        ask("POST", "segments/", {"code": code, "name": code, "refresh_mode": "list"})
    trained_models()


def grow(number: int, ask: Ask) -> None:
    """Add one of everything; `ask` calls the API for what no row alone is."""
    _in_shop(number)
    for customer in (a_customer(f"Q{number}", email=f"q{number}@example.com"), _first()):
        _of_customer(customer, number)
    _segments(number, ask)
    _exports(number, ask)
    _alerts(number, ask)
    _sources(number)
    _rules(number, ask)
    _predictions(number)
    _personalization(number)
    _recommendations(number, ask)
    _experiences(number, ask)
    _mail(number, ask)
    _people(number)


def first_of(model: Any) -> Any:
    """Return the row that the pages of the model are asked about, whatever else there is."""
    return model._default_manager.order_by("pk").first()


def _first() -> Customer:
    return Customer.objects.get(external_id="C1")


def _in_shop(number: int) -> None:
    website = Website.objects.create(code=f"w{number}", name=f"Website {number}")
    apps.get_model("personalization", "TrackingSite")._default_manager.create(
        website=website, key=f"key{number}", created_at=AT
    )
    for of in (website, first_of(Website)):
        Store.objects.create(code=f"s{of.pk}-{number}", name="Store", website=of)
    CustomerGroup.objects.create(code=f"g{number}", name=f"Group {number}")
    top = first_of(Category)
    category = Category.objects.create(code=f"c{number}", name=f"Category {number}", parent=top)
    attributes: tuple[Any, ...] = (ProductAttribute, CustomerAttribute)
    for model in attributes:
        model.objects.create(code=f"a{number}", label=f"Attribute {number}", type="text")
    for product in (a_product("SKU"), a_product(f"SKU{number}")):
        ProductCategory.objects.create(product=product, category=category)
        ProductAttributeValue.objects.create(
            product=product, attribute=ProductAttribute.objects.latest("pk"), text="x"
        )


def _of_customer(customer: Customer, number: int) -> None:
    """Give the customer one more of everything; what they have once, its rows."""
    at = AT + timedelta(days=number)
    product, store = a_product(f"SKU{number}"), Store.objects.latest("pk")
    Address.objects.create(customer=customer, city=f"City {number}", country="DE")
    CustomerTag.objects.create(customer=customer, tag=f"tag{number}")
    Login.objects.create(customer=customer, logged_in_at=at)
    ProductView.objects.create(customer=customer, product=product, viewed_at=at)
    CustomerAttributeValue.objects.create(
        customer=customer, attribute=CustomerAttribute.objects.latest("pk"), text="x"
    )
    Consent.objects.create(
        customer=customer, purpose="tracking", state="granted", source="test", at=at
    )
    guest = f"guest {customer.pk} {number}"
    CustomerMerge.objects.create(customer=customer, guest_external_id=guest, at=at)
    NewsletterSubscription.objects.create(
        customer=customer, store=store, status="subscribed", status_changed_at=at
    )
    behavior = {"customer": customer, "behavior_type": "search", "occurred_at": at}
    key = f"{customer.pk} {number}"
    apps.get_model("personalization", "BehaviorEvent")._default_manager.create(
        **behavior, key=key, received_at=at
    )
    apps.get_model("personalization", "FactDetails")._default_manager.create(**behavior)
    wishlist, _new = Wishlist.objects.get_or_create(customer=customer)
    # The first order, cart and refund of the shop grow as well: each has a page of its own.
    order, cart, refund = an_order(customer, created_at=at), a_cart(customer), a_refund(customer)
    WishlistItem.objects.create(wishlist=wishlist, product=product, added_at=at)
    for line, of in ((f"{customer.pk}-{number}", one) for one in {order, first_of(type(order))}):
        a_line(of, line, product.sku)
    for one in {cart, first_of(Cart)}:
        line = f"{customer.pk}-{number}"
        AppliedRule.objects.create(cart=one, rule=line)
        CartItem.objects.create(
            cart=one, line=line, product=product, sku=product.sku, quantity=1, added_at=at,
            updated_at=at,
        )  # fmt: skip
    for one in {refund, first_of(type(refund))}:
        RefundItem.objects.create(
            refund=one, line=f"{customer.pk}-{number}", product=product, sku=product.sku,
            quantity=1, row_total=1,
        )  # fmt: skip


def _segments(number: int, ask: Ask) -> None:
    code = f"s{number}"
    everybody = {"match": "all", "conditions": []}
    ask(
        "POST",
        "segments/",
        {
            "code": code, "name": f"Segment {number}", "conditions": everybody,
            "websites": ["default", f"w{number}"], "customer_groups": ["general", f"g{number}"],
        },
    )  # fmt: skip
    ask("PATCH", "segments/all/", {"description": f"The {number}th"})
    ask("PUT", f"segments/all/overrides/Q{number}/", {"kind": "include", "reason": "so"})
    ask("POST", "segments/hand/list/", {"ids": [f"Q{number}"]})
    made = Segment.objects.get(code=code)
    ManagedSegment.objects.create(segment=made, project="shop", version=made.version)
    for segment in Segment.objects.filter(code__in=[code, "all", "hand"]):
        refresh_segment(segment)
        SegmentTag.objects.create(segment=segment, tag=f"tag{number}")
        for days in range(9):
            SegmentSize.objects.create(
                segment=segment, day=(AT - timedelta(days=number * 9 + days)).date(),
                members_count=number,
            )  # fmt: skip
    failed = Segment.objects.get(code=code)
    RefreshRun.objects.create(
        segment=failed, outcome=RunState.FAILED, error="so", created_at=AT, finished_at=AT
    )
    boss = User.objects.get(username="boss")
    SavedFilter.objects.create(user=boss, name=f"Filter {number}", query=f"q={number}")


def _exports(number: int, ask: Ask) -> None:
    boss, segment = User.objects.get(username="boss"), Segment.objects.get(code="all")
    execute_export(ask("POST", "segments/all/exports/", {})["id"])
    ExportAudit.objects.create(
        user=boss, username="boss", at=AT, segment_code="all", format="csv", columns=["id"]
    )
    ScheduledExport.objects.create(
        name=f"Nightly {number}", segment=segment, responsible=boss, schedule="0 5 * * *",
        destination="archive", cursor=0, created_at=AT,
    )  # fmt: skip
    body = {
        "name": f"Shop {number}",
        "url": "https://shop.example/hook",
        "segments": [f"s{number}"],
    }
    ask("POST", "webhooks/", body)
    firsts = {"code": f"l{number}", "name": f"List {number}", "segments": ["all", f"s{number}"]}
    ask("POST", "priority-lists/", firsts)
    ask("PATCH", "priority-lists/first/", {"name": f"Firsts {number}"})
    first = first_of(WebhookEndpoint)
    first.segments.add(Segment.objects.get(code=f"s{number}"))
    WebhookDelivery.objects.create(
        endpoint=first, message_id=f"msg_q{number}", sequences=[1], created_at=AT
    )


def _alerts(number: int, ask: Ask) -> None:
    models = {one.__name__: one for one in apps.get_app_config("alerts").get_models()}
    boss = User.objects.get(username="boss")
    for segment in Segment.objects.filter(code__in=[f"s{number}", "all"]):
        models["Alert"]._default_manager.create(
            key=f"stale:{segment.pk}:{number}", kind="stale", segment=segment, at=AT,
            resolved_by=boss,
        )  # fmt: skip
        models["JudgedSize"]._default_manager.create(
            segment=segment, day=AT.date() - timedelta(days=number), members=number, at=AT
        )
    muted = Segment.objects.get(code=f"s{number}")
    models["MutedSegment"]._default_manager.create(segment=muted, until=AT)
    models["NoticedImport"]._default_manager.create(at=AT)
    chat = {"name": f"Chat {number}", "kind": "chat", "url": "https://chat.example/in"}
    made = ask("POST", "alert-channels/", {**chat, "segments": ["all", f"s{number}"]})
    ask("POST", f"alert-channels/{made['id']}/test/", None)


def _sources(number: int) -> None:
    name, boss = f"source{number}", User.objects.get(username="boss")
    source = ShopSource.objects.create(name=name, first_import_at=AT, last_import_at=AT)
    SourceRow.objects.create(source=source, kind="customer", row=number)
    ShopImport.objects.create(
        source=name, requested_by=boss, created_at=AT, finished_at=AT, is_started=True,
        outcome=ImportState.DONE, files=["orders.csv"],
    )  # fmt: skip


def _rules(number: int, ask: Ask) -> None:
    holds = {"operator": "is_one_of", "segments": ["all", f"s{number}"]}
    ask(
        "POST",
        "cart-price-rules/",
        {
            "code": f"r{number}", "name": f"Rule {number}", "action": "percent", "value": "1",
            "segments": holds, "coupon": "specific", "coupon_code": f"CODE{number}",
        },
    )  # fmt: skip
    ask("PATCH", "cart-price-rules/ten/", {"description": f"The {number}th"})
    (made,) = ask("POST", "cart-price-rules/ten/coupons/", {"count": 1})["coupons"]
    ask("POST", f"coupons/{made['code']}/redeem/", {"order": f"R{number}", "customer": "C1"})


def _predictions(number: int) -> None:
    models = {model.__name__: model for model in apps.get_app_config("predictions").get_models()}
    trained = models["PredictionModel"]._default_manager.get(code="next_order")
    versions = models["ModelVersion"]._default_manager
    latest = versions.filter(model=trained).latest("number")
    version = versions.create(
        model=trained, number=latest.number + 1, gate="passed", fitted=latest.fitted,
        parameters=latest.parameters, created_at=AT,
    )  # fmt: skip
    models["DriftReading"]._default_manager.create(version=version, at=AT, status="alarm", psi=1)
    models["Notice"]._default_manager.create(
        model=trained, day=AT.date() + timedelta(days=number), kind="drift"
    )
    models["Evaluation"]._default_manager.create(version=version, as_of=AT, gate="passed", at=AT)
    models["TrainingRun"]._default_manager.create(
        model=trained, as_of=AT, created_at=AT, outcome="completed", version=version
    )
    models["ClusterName"]._default_manager.create(model=trained, label=str(number), name="Fans")
    models["Strategy"]._default_manager.create(
        name=f"Plan {number}", strategy="win_back", created_at=AT
    )
    models["Benchmark"]._default_manager.create(
        metric="sales", period="2025", source=f"Survey {number}", value=number, imported_at=AT
    )
    call_command("deploy_model", "next_order", str(version.number))
    call_command("score_customers", verbosity=0)
    run = models["ScoringRun"]._default_manager.latest("pk")
    current_app.loader.import_default_modules()
    current_app.tasks["predictions.keep_views"](run.pk)
    for customer in Customer.objects.all():
        models["RiskHistory"]._default_manager.create(
            customer=customer, at=AT + timedelta(days=number), churn_risk=number, version=1
        )
    uplift, _is_new = models["PredictionModel"]._default_manager.get_or_create(
        code="uplift.spring", defaults={"kind": "uplift", "as_of": AT}
    )
    models["UpliftScore"]._default_manager.bulk_create(
        models["UpliftScore"](customer=one, model=uplift, uplift="0.1", as_of=AT, version=1)
        for one in Customer.objects.filter(uplift_scores=None)
    )
    models["CustomerPrediction"]._default_manager.update(churn_risk="0.9")
    campaign = models["TouchCampaign"]._default_manager.create(
        code=f"campaign{number}", name=f"Campaign {number}", channel="email", cost=number
    )
    for customer in Customer.objects.all():
        models["Touch"]._default_manager.create(
            customer=customer, campaign=campaign, at=AT, group="held_out"
        )


def _personalization(number: int) -> None:
    brand, _made = ProductAttribute.objects.get_or_create(
        code="brand", defaults={"label": "Brand", "type": "text"}
    )
    ProductAttributeValue.objects.create(
        product=a_product(f"SKU{number}"), attribute=brand, text=f"Brand {number}"
    )
    events = apps.get_model("personalization", "BehaviorEvent")._default_manager
    for customer in Customer.objects.all():
        events.create(
            customer=customer, behavior_type="search", key=f"search {number} {customer.pk}",
            occurred_at=AT + timedelta(days=number), received_at=AT, search_query=f"Shoe {number}",
        )  # fmt: skip
    current_app.loader.import_default_modules()
    current_app.tasks["personalization.write_profiles"]()


def _recommendations(number: int, ask: Ask) -> None:
    models = {one.__name__: one for one in apps.get_app_config("personalization").get_models()}
    fit = models["RecommendationFit"]._default_manager.create(
        as_of=AT, created_at=AT, customers=number, skus=number
    )
    version = models["RecommendationVersion"]._default_manager.create(
        number=number + 3, fit=fit, algorithm="cosine", gate="passed", figures=FIGURES
    )
    models["RecommendationPromotion"]._default_manager.create(version=version, at=AT)
    trained = models["SequenceFit"]._default_manager.create(as_of=AT, started_at=AT, finished_at=AT)
    models["StoredCandidates"]._default_manager.create(
        fit=trained, customer=Customer.objects.earliest("pk"), wish="again", items=[["SKU1", 0.5]]
    )
    audience = {"operator": "is_one_of", "segments": ["all", f"s{number}"]}
    ask(
        "POST",
        "personalization/recommendations/rules/",
        {"code": f"r{number}", "name": f"Rule {number}", "audience": audience},
    )
    declared = {"key": f"p{number}", "label": f"Property {number}", "type": "number"}
    ask("POST", "personalization/behavior-properties/", declared)
    change = {"exclude": [f"SKU{one}" for one in range(number)]}
    ask("PATCH", "personalization/recommendations/rules/not-again/", change)


def _experiences(number: int, ask: Ask) -> None:
    shown = {"type": "text", "text": "Hello {first_name|you}"}
    page = "personalization/placements/"
    ask("POST", page, {"code": f"p{number}", "page_type": "home", "default_content": shown})
    for placement in ("hero", f"p{number}"):
        variant = {"code": f"v{number}", "content": shown}
        ask("POST", f"{page}{placement}/variants/", variant)
    film = {"code": f"film{number}", "type": "video", "categories": [f"c{number}"]}
    ask("POST", "personalization/content/", film)
    offer = {"kind": "free_shipping", "legal_basis": "law"}
    ask("POST", "personalization/offers/", {"code": f"offer{number}", **offer})
    models = {one.__name__: one for one in apps.get_app_config("personalization").get_models()}
    models["OfferRedemption"]._default_manager.create(
        offer=models["Offer"]._default_manager.get(code=f"offer{number}"), code=f"offer{number}",
        order=f"N{number}", amount=1, redeemed_at=AT,
    )  # fmt: skip
    for customer in Customer.objects.all():
        models["CustomerValueShare"]._default_manager.create(
            customer=customer, code=f"value{number}", share=1
        )
        models["Exposure"]._default_manager.create(
            served_id=f"{number} {customer.pk}", element="hero", variant=f"v{number}",
            customer=customer, at=AT, why="everybody",
        )  # fmt: skip
        models["ExploredExposure"]._default_manager.create(
            element=f"p{number}", variant=f"v{number}", customer=customer, at=AT
        )
    for customer in Customer.objects.all():
        models["AttributedConversion"]._default_manager.create(
            order_id=number * 10_000 + customer.pk, number=f"N{number}", customer=customer,
            customer_number=customer.external_id, at=AT, revenue=1, model="last_touch",
            contribution=1, placements=" hero ", attributed_at=AT,
        )  # fmt: skip
    tried = {"variants": {"a": {}, "b": {}}, "planned_size": 10, "placement": f"p{number}"}
    ask("POST", "personalization/experiments/", {"code": f"grown{number}", "name": "G", **tried})
    experiment = models["Experiment"]._default_manager.get(code=f"grown{number}")
    for customer in Customer.objects.all():
        models["Assignment"]._default_manager.create(
            experiment=experiment, customer=customer, variant="b", arm=f"grown{number}:b",
            assigned_at=AT, segments=["all"],
        )  # fmt: skip
    models["BanditBatch"]._default_manager.create(
        experiment=experiment, number=number, start=AT, weights=[5000, 5000], successes=[0, 0],
        units=[0, 0],
    )  # fmt: skip
    models["EngagementMetric"]._default_manager.create(
        website=first_of(Website), day=AT.date() + timedelta(days=number), customers=number,
        sessions=number, activities=1, score=1,
    )  # fmt: skip
    row = {"element": "hero", "variant": f"v{number}"}
    models["ExposureCount"]._default_manager.create(**row, day=AT.date(), shown=number)
    models["VariantCounter"]._default_manager.create(**row, exposures=number, counted_at=AT)


def _mail(number: int, ask: Ask) -> None:
    models = {model.__name__: model for model in apps.get_app_config("campaigns").get_models()}
    says = {"name": f"Mail {number}", "subject": "Hello", "html": "<p>Hello</p>"}
    ask("POST", "mail-templates/", {"code": f"mail{number}", **says})
    store = Store.objects.order_by("-pk")[0]
    sender = {"from_email": "news@shop.example", "postal_address": "1 Main Street"}
    ask("PUT", f"mail-senders/{store.code}/", sender)
    ask("POST", "suppressions/", {"address": f"gone{number}@shop.example"})
    stores, segments = {"stores": ["default", store.code]}, {"segments": [f"s{number}"]}
    tried = {"variants": {"a": {}, "b": {"subject": "B"}}, "planned_size": 10}
    ask("POST", "personalization/experiments/", {"code": f"mail{number}", "name": "M", **tried})
    campaign = {"name": f"News {number}", "template": f"mail{number}", **stores, **segments}
    campaign["experiment"] = f"mail{number}"
    ask("POST", "campaigns/", {"code": f"news{number}", **campaign})
    if number == 1:
        paused = {"name": "Paused", "template": "hello", "stores": ["default"]}
        ask("POST", "mail-templates/", {"code": "unused", **says})
        ask("POST", "campaigns/", {"code": "paused", **paused})
        for deed in ("send", "pause"):
            ask("POST", f"campaigns/paused/{deed}/", {})
        models["Message"]._default_manager.update(state="uncertain", claimed_at=AT)
    sent = models["Campaign"]._default_manager.get(code="sent")
    models["Message"]._default_manager.create(
        kind="campaign", campaign=sent, store=store, due_at=AT, state="failed", reason="refused",
        customer=Customer.objects.get(external_id=f"Q{number}"),
    )  # fmt: skip
    models["CampaignVariant"]._default_manager.create(
        campaign=sent, code=f"v{number}", template_version=sent.frozen_template
    )
    _sequence(number, ask, models, store)
    models["HeldOut"]._default_manager.create(
        campaign=sent, customer=Customer.objects.get(external_id=f"Q{number}")
    )
    sync = models["AudienceSync"]._default_manager.create(
        segment=Segment.objects.get(code=f"s{number}"), target="klaviyo", list=f"L{number}",
        key_variable="SYNC_KEY_X", is_active=number > 1,
    )  # fmt: skip
    for one in (sync, models["AudienceSync"]._default_manager.order_by("pk")[0]):
        models["SyncMember"]._default_manager.create(
            sync=one, customer=Customer.objects.get(external_id=f"Q{number}"), changed_at=AT,
            address_hash=str(number), state="refused", error="no",
        )  # fmt: skip
    models["HandOver"]._default_manager.create(at=AT)
    models["ReportedEvent"]._default_manager.create(hash=str(number), at=AT)
    models["SoftBounce"]._default_manager.create(address_hash=str(number), at=AT)


def _sequence(number: int, ask: Ask, models: Mapping[str, type[Model]], store: Store) -> None:
    step = {"number": 1, "delay_minutes": 60, "template": f"mail{number}"}
    steps = [step, step | {"number": 2, "template": "hello"}]
    body = {"segment": f"s{number}", "trigger": "enter", "is_active": True, "steps": steps}
    ask("POST", "sequences/", body)
    customer = Customer.objects.get(external_id=f"Q{number}")
    for sequence in models["Sequence"]._default_manager.all():
        run = models["Run"]._default_manager.create(
            sequence=sequence, customer=customer, state="started", started_at=AT
        )
        models["Message"]._default_manager.create(
            kind="sequence", sequence=sequence, run=run, step=1, of_step=sequence.steps.first(),
            customer=customer, store=store, due_at=AT, state="failed", reason="refused",
        )  # fmt: skip


def _people(number: int) -> None:
    user = User.objects.create_user(f"clerk{number}", is_staff=True)
    group = Group.objects.create(name=f"Clerks {number}")
    for one in (user, User.objects.order_by("pk").first()):
        one.groups.add(group)
    create_token(user, author=None, permissions=Permission.objects.all()[:3])
    Erasure.objects.create(orders="anonymize", requested_at=AT, next_at=AT, completed_at=AT)
    boss = User.objects.get(username="boss")
    for model in admin.site._registry:
        row = first_of(model)
        LogEntry.objects.create(
            user=boss, content_type=ContentType.objects.get_for_model(model), object_id=row.pk,
            object_repr=str(row), action_flag=CHANGE, change_message=f"The {number}th",
        )  # fmt: skip


def rows_by_model() -> dict[str, int]:
    """Return how many rows of each of our models there are."""
    tables = set(connection.introspection.table_names())
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in decided.APPS and model._meta.db_table in tables
    }
