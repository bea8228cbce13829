"""The API as it is called: each address, a shop in which something stands at it, who asks."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings

from core.access.tokens import codename, create_token
from core.api.routes.addresses import addresses
from customers.models import Customer, Erasure
from customers.tests.rows import AT, a_customer
from segmentation_site.tests.access.contract import NEEDED
from segments.export.background.requests import execute_export
from segments.models import Export, WebhookDelivery

# Mail goes nowhere.
MAIL = {"PUBLIC_URL": "https://mail.example", "EMAIL_URL": "memory://"}
# Of recommendations that nobody could measure.
FIGURES = {part: {"ndcg": None, "hit": None} for part in ("repeats", "new")}


def routes() -> dict[str, Any]:
    """Return the views of all addresses, by their patterns as the contract writes them."""
    found = {}
    for one in addresses():
        if one.name is not None:
            found[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.route)] = one.view
    return found


def granted(*wanted: str) -> list[Permission]:
    """Return these permissions, "app.codename" each."""
    names = [one.partition(".")[2] for one in wanted]
    rows = Permission.objects.filter(codename__in=names).select_related("content_type")
    found = [one for one in rows if codename(one) in wanted]
    assert len(found) == len(set(wanted))
    return found


def key_of(user: User, *limits: str) -> str:
    """Return the key of a new token of the user's, limited to these permissions."""
    return create_token(user, author=None, permissions=granted(*limits)).key


def asked(
    key: str | None, method: str, address: str, body: Any = None, *, version: str = '"1"'
) -> Any:
    """Ask for real, and return the answer as it is; `version` is the one that may be changed."""
    headers = {} if key is None else {"Authorization": f"Token {key}"}
    if method in {"PUT", "PATCH", "DELETE"} or address.endswith("/restore/"):
        headers["If-Match"] = version
    content = "" if method in {"GET", "HEAD"} else json.dumps({} if body is None else body)
    return Client().generic(
        method, f"/api/v1/{address}", content, content_type="application/json", headers=headers
    )


def told(key: str, method: str, address: str, body: Any) -> Any:
    """Ask for real, whatever the version is, and return what a good answer says."""
    answer = asked(key, method, address, body, version="*")
    assert answer.status_code < 300, (method, address, answer.content)
    return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def boss(rows_for_all: None) -> str:
    """The key of somebody who may everything."""
    return key_of(User.objects.create_superuser("boss"))


@pytest.fixture(scope="module")
def places(boss: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of something that is there, by its pattern; what is one's own is the boss's."""

    def make(address: str, /, **body: Any) -> Any:
        answer = asked(boss, "POST", address, body)
        assert answer.status_code in {200, 201, 202}, answer.content
        return answer.json()

    folder = tmp_path_factory.mktemp("exports")
    with override_settings(EXPORT_DIR=folder, ML_TRAIN_RATE=0, ML_PREDICT_RATE=0, **MAIL):
        a_customer("C1")
        everybody = {"match": "all", "conditions": []}
        make("segments/", name="All", code="all", conditions=everybody)
        run = make("segments/all/refresh/")["id"]
        override = {"kind": "include"}
        assert asked(boss, "PUT", "segments/all/overrides/C1/", override).status_code < 300
        export = make("segments/all/exports/")["id"]
        execute_export(export)
        link = Export.objects.get(pk=export).token
        webhook = make("webhooks/", name="Shop", url="https://shop.example/hook", segments=None)
        told = WebhookDelivery.objects.create(
            endpoint_id=webhook["id"], message_id="msg_1", sequences=[1], created_at=AT
        )
        make("priority-lists/", code="first", name="First", segments=["all"])
        rule = {"name": "Ten", "action": "percent", "value": "10", "coupon": "generated"}
        make("cart-price-rules/", code="ten", **rule)
        (made,) = make("cart-price-rules/ten/coupons/", count=1)["coupons"]
        coupon = made["code"]
        make(f"coupons/{coupon}/redeem/", order="on-its-way")
        make("personalization/placements/", code="hero", page_type="home")
        shown = {"type": "text", "text": "Hello"}
        make("personalization/placements/hero/variants/", code="hello", content=shown)
        make("personalization/content/", code="film", type="video")
        tried = {"name": "E", "variants": {"a": {}, "b": {}}, "planned_size": 10}
        for code in ("exp", "running"):
            make("personalization/experiments/", code=code, **tried)
        make("personalization/experiments/running/start/")
        make("personalization/offers/", code="ship", kind="free_shipping", legal_basis="law")
        chat = {"name": "Chat", "kind": "chat", "url": "https://chat.example/in"}
        channel = make("alert-channels/", **chat)["id"]
        alert = apps.get_model("alerts", "Alert").objects.create(
            key="stale:1:", kind="stale", segment=Export.objects.get(pk=export).segment, at=AT
        )
        batch = apps.get_model("price_rules", "CouponBatch").objects.latest("pk").pk
        erasure = Erasure.objects.create(
            orders="anonymize", requested_at=AT, next_at=AT, completed_at=AT
        ).pk
        models = apps.get_model("predictions", "PredictionModel").objects
        training = apps.get_model("predictions", "TrainingRun").objects.create(
            model=models.get(code="rfm"), as_of=AT, created_at=AT, outcome="completed"
        )
        make("personalization/recommendations/rules/", code="not-again", name="Not again")
        make("personalization/behavior-properties/", key="score", label="S", type="number")
        message, suppressed, sequence = _mail(make, boss)
        list_of = {"segment": "all", "target": "brevo", "key_variable": "SYNC_KEY_X"}
        sync = make("audience-syncs/", list="7", **list_of)["id"]
        numbers = {
            "personalization/models/": _fitted(),
            "audience-syncs/": sync, "alerts/": alert.pk,
            "alert-channels/": channel,
            "messages/": message, "suppressions/": suppressed, "mail-templates/": 1,
            "sequences/": sequence,
            "ml-engine/runs/": training.pk, "ml-engine/models/": 1, "clv/calculate/": "C1",
            "personalization/consent/": "C1",
            "personalization/profile/": "C1", "personalization/insights/": "C1",
            "runs/": run, "exports/": export, "webhooks/": webhook["id"], "erasures/": erasure,
            "segments/{code}/versions": 1, "cart-price-rules/{code}/versions": 1,
            "priority-lists/{code}/versions": 1,
            "personalization/recommendations/rules/{code}/versions": 1,
            "cart-price-rules/{code}/coupons": batch, "customers/": "C1",
            "segments/{code}/overrides": "C1",
        }  # fmt: skip
        codes = {"segments/": "all", "customers/": "all", "cart-price": "ten", "coupons": coupon}
        codes |= {"ml-engine/models/": "rfm", "mail-templates/": "hello", "campaigns/": "news"}
        codes |= {"personalization/placements/": "hero", "personalization/content/": "film"}
        codes |= {"personalization/experiments/": "exp", "priority-lists/": "first"}
        codes |= {"personalization/offers/": "ship", "personalization/": "not-again"}

        def place(route: str) -> str:
            number = next((v for k, v in numbers.items() if route.startswith(k)), None)
            code = next((v for k, v in codes.items() if route.startswith(k)), None)
            return route.format(
                number=number, code=code, client="page", token=link, message=told.message_id,
                order="on-its-way", variant="hello", store="default",
                key="score",
            )  # fmt: skip

        yield {route: place(route) for route in NEEDED}


def _mail(make: Any, boss: str) -> tuple[int, int, int]:
    """Have campaigns, one with a message; return that, a suppressed address and a sequence."""
    customer = Customer.objects.get(external_id="C1")
    customer.subscriptions.create(store=customer.store, status="subscribed", status_changed_at=AT)
    Customer.objects.filter(pk=customer.pk).update(email="c1@shop.example")
    sender = {"from_email": "news@shop.example", "postal_address": "1 Main Street"}
    sent = asked(boss, "PUT", "mail-senders/default/", sender, version="*")
    assert sent.status_code == 200
    make("mail-templates/", code="hello", name="Hello", subject="Hello", html="<p>Hello</p>")
    campaign = {"name": "News", "template": "hello", "stores": ["default"]}
    for code in ("news", "sent"):
        make("campaigns/", code=code, **campaign)
    make("campaigns/sent/send/")
    address = make("suppressions/", address="nobody@shop.example")["id"]
    message = apps.get_model("campaigns", "Message").objects.latest("pk")
    message.template = message.campaign.frozen_template
    message.message_id, message.token_hash = "1.a@shop.example", sha256(b"token").hexdigest()
    message.save()
    sequence = make("sequences/", segment="all", trigger="enter", is_active=False)["id"]
    return message.pk, address, sequence


def _fitted() -> int:
    """Have two versions of recommendations, the first promoted, and return the second's number."""
    model = apps.get_app_config("personalization").get_model
    fit = model("RecommendationFit").objects.create(as_of=AT, created_at=AT, customers=0, skus=0)
    first, second = (
        model("RecommendationVersion").objects.create(
            number=number, fit=fit, algorithm="cosine", gate="passed", figures=FIGURES
        )
        for number in (1, 2)
    )
    model("RecommendationUse").objects.create(pk=1, fit=fit)
    model("ListInUse").objects.create(wish="discover", version=first)
    for version in (first, second):
        model("RecommendationPromotion").objects.create(version=version, at=AT)
    return int(second.number)
