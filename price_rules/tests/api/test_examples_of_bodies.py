"""The bodies that the API's page offers to try are taken as they stand."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command

from core.api.openapi.documents import schema_in
from core.clock import now
from customers.models import Customer, CustomerGroup, Store
from price_rules.resource import PRICE_RULES
from segments.editing.saving import create_segment
from segments.models import Membership, Segment
from segments.rules.definition import Definition as SegmentDefinition
from segments.rules.definition import Handling
from tests.factories.clients import ApiClient

pytestmark = pytest.mark.django_db

# What stands in the addresses; else whatever the examples before have made.
PLACES = {
    "/api/v1/segments/{code}/": {"code": "good-customers"},
    "/api/v1/segments/{code}/list/": {"code": "picked"},
    "/api/v1/segments/{code}/lookalikes/": {"code": "in"},
    "/api/v1/segments/{code}/alerts/": {"code": "in"},
    "/api/v1/segments/{code}/exports/": {"code": "best-customers"},
    "/api/v1/segments/{code}/overrides/{number}/": {"code": "best-customers", "number": "C-1001"},
    "/api/v1/cart-price-rules/{code}/": {"code": "ten-off"},
    "/api/v1/cart-price-rules/{code}/coupons/": {"code": "generated"},
    "/api/v1/coupons/{code}/redeem/": {"code": "SPRING"},
    "/api/v1/customers/{number}/consent/": {"number": "C-1001"},
    "/api/v1/customers/{number}/erase/": {"number": "C-1001"},
    "/api/v1/campaigns/{code}/": {"code": "spring"},
    "/api/v1/campaigns/{code}/send/": {"code": "spring"},
    "/api/v1/mail-senders/{store}/": {"store": "default"},
    "/api/v1/mail-templates/{code}/": {"code": "welcome"},
    "/api/v1/mail-templates/{code}/preview/": {"code": "welcome"},
    "/api/v1/mail-templates/{code}/test/": {"code": "welcome"},
    "/api/v1/priority-lists/{code}/": {"code": "offers"},
    "/api/v1/personalization/consent/{number}/": {"number": "C-1001"},
    "/api/v1/personalization/content/{code}/": {"code": "gifts"},
    "/api/v1/personalization/experiments/{code}/": {"code": "recommending"},
    "/api/v1/personalization/models/{number}/promote/": {"number": 1},
    "/api/v1/personalization/offers/{code}/": {"code": "thanks"},
    "/api/v1/personalization/offers/{code}/redeem/": {"code": "thanks"},
    "/api/v1/personalization/placements/{code}/": {"code": "home-hero"},
    "/api/v1/personalization/placements/{code}/variants/": {"code": "home-hero"},
    "/api/v1/personalization/placements/{code}/variants/{variant}/": {
        "code": "home-hero", "variant": "best-hero",
    },
    "/api/v1/personalization/recommendations/rules/{code}/": {"code": "not-again"},
    "/api/v1/personalization/behavior-properties/{key}/": {"key": "score"},
}  # fmt: skip
# Few have bought here, and look-alikes are found by what many have bought.
REFUSED = {"/api/v1/segments/{code}/lookalikes/": "too_few_seeds"}
FIRST, LAST = "/api/v1/events/", "/api/v1/customers/{number}/erase/"
JSON = "application/json"


def with_bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """Return the address, the method and the bodies of each operation that takes one as JSON.

    Without those that pages of storefronts and mail servers send, which have no log-in.
    """
    found = [
        (address, method, operation["requestBody"]["content"])
        for address, operations in schema_in("en")["paths"].items()
        for method, operation in operations.items()
        if JSON in operation.get("requestBody", {}).get("content", {}) and "security" in operation
    ]
    return sorted(found, key=lambda one: (one[0] != FIRST, one[0] == LAST, one[0].count("{")))


def example_of(content: dict[str, Any]) -> Any:
    (example,) = content[JSON]["examples"].values()
    return example["value"]


VALUE = {"horizon_days": 365, "discount": 0.1, "margin": 1.0}
# What was fitted of two models, as plain as may be.
FITTED = {
    "next_order": {"median_gap": 30, "ratios": [[1, 2], [2, 1]]},
    "clv": {
        "family": "mbg_nbd",
        "r": 0.5,
        "alpha": 6.2,
        "a": 0.9,
        "b": 1.6,
        "log_likelihood": -1.0,
        "p": 6.2,
        "q": 3.7,
        "v": 15.4,
        "customers": 946,
        "mean_value": 35.1,
        "frequency_value_correlation": 0.1,
        "health": [],
        "medians": {
            "purchase_days": 5,
            "recency_days": 90,
            "age_days": 300,
            "mean_repeat_value": 40,
        },
    },
}


def trained_models() -> None:
    """Have two versions of each, which were deployed one after the other."""
    models = apps.get_model("predictions", "PredictionModel").objects
    versions = apps.get_model("predictions", "ModelVersion").objects
    for code, fitted in FITTED.items():
        for number in (1, 2):
            versions.create(
                model=models.get(code=code),
                number=number,
                gate="passed",
                fitted=fitted,
                parameters={
                    "horizon_days": 365,
                    "discount": 0.1,
                    "margin": 1.0,
                    "holdout_days": 91,
                },
                created_at=now(),
            )
            call_command("deploy_model", code, str(number))


@pytest.fixture
def boss(settings: Any, tmp_path: Any) -> ApiClient:
    settings.DATA_DIR = tmp_path
    settings.EXPORT_DIR = tmp_path
    call_command("create_starter_segments")
    create_segment(
        SegmentDefinition("Picked"), Handling(refresh_mode="list"), code="picked", author=None
    )
    for coupon, code in (("generated", ""), ("specific", "SPRING")):
        gives = {"action": "none", "free_shipping": True, "coupon": coupon, "coupon_code": code}
        PRICE_RULES.create({"code": coupon, "name": coupon, **gives}, author=None)
    trained_models()
    # A plan reads what was scored by it, and scores nobody.
    churn = apps.get_model("predictions", "PredictionModel").objects.get(code="churn")
    churn.versions.create(number=1, gate="passed", fitted={"window_days": 90}, created_at=now())
    call_command("deploy_model", "churn", "1")
    figure = {"ndcg": 0.1, "hit": 0.2}
    figures = {"repeats": figure, "new": figure}
    recommending = apps.get_app_config("personalization").get_model
    fit = recommending("RecommendationFit")._default_manager.create(
        as_of=now(), created_at=now(), customers=1, skus=1
    )
    recommending("RecommendationVersion")._default_manager.create(
        number=1, fit=fit, algorithm="cosine", gate="failed", figures=figures
    )
    client = ApiClient()
    client.force_login(User.objects.create_superuser("boss"))
    _mail(client, settings)
    return client


def _mail(client: ApiClient, settings: Any) -> None:
    """Have a template, a sender and a message that is perhaps sent."""
    settings.PUBLIC_URL, settings.EMAIL_URL = "https://mail.example", "memory://"
    store = Store.objects.get(code="default")
    customer = Customer.objects.create(
        external_id="M-1",
        email="m@shop.example",
        store=store,
        website=store.website,
        group=CustomerGroup.objects.get(code="general"),
    )
    customer.subscriptions.create(store=store, status="subscribed", status_changed_at=now())
    sender = {"from_email": "news@shop.example", "postal_address": "1 Main Street"}
    client.send("PUT", "mail-senders/default/", sender)
    letter = {"code": "letter", "name": "Letter", "subject": "Hello"}
    client.send("POST", "mail-templates/", letter)
    campaign = {"code": "sent", "name": "Sent", "template": "letter", "stores": ["default"]}
    client.send("POST", "campaigns/", campaign)
    client.send("POST", "campaigns/sent/send/", {})
    messages = apps.get_model("campaigns", "Message").objects
    messages.update(state="uncertain", claimed_at=now())
    everybody = {"match": "all", "conditions": []}
    client.send("POST", "segments/", {"code": "in", "name": "In", "conditions": everybody})
    entered = {"segment": "in", "trigger": "enter", "is_active": True}
    sequence = client.send("POST", "sequences/", entered).json()["id"]
    PLACES["/api/v1/sequences/{number}/start-for-members/"] = {"number": sequence}
    segment = Segment.objects.get(code="in")
    Membership.objects.create(segment=segment, customer=customer, entered_at=now())
    alert = apps.get_model("alerts", "Alert")._default_manager.create(
        key="empty:in", kind="empty", segment=segment, at=now()
    )
    PLACES["/api/v1/alerts/{number}/resolve/"] = {"number": alert.pk}
    address = client.send("POST", "suppressions/", {"address": "x@shop.example"}).json()["id"]
    PLACES["/api/v1/messages/{number}/resolve/"] = {"number": messages.get().pk}
    PLACES["/api/v1/suppressions/{number}/lift/"] = {"number": address}


# What is there already, so that a change names its version.
VERSIONED = (
    *("{code}/", "{key}/", "{variant}/", "sequences/{number}/", "audience-syncs/{number}/"),
    "mail-senders/{store}/",
)


def test_each_body_has_an_example_that_is_taken(boss: ApiClient) -> None:
    made: dict[str, str] = {}
    for address, method, content in with_bodies():
        assert "examples" in content[JSON], f"{method} {address} has no example"
        places = PLACES.get(address, {"number": made.get(address.partition("{")[0], "")})
        path = address.format(**places).removeprefix("/api/v1/")
        headers = {}
        if address.endswith(VERSIONED) and method in {"put", "patch"}:
            headers["If-Match"] = boss.send("GET", path)["ETag"]
        answer = boss.send(method.upper(), path, example_of(content), **headers)
        if address in REFUSED:
            assert REFUSED[address] in answer.content.decode()
            continue
        assert answer.status_code < 300, f"{method} {address}: {answer.content.decode()}"
        made[address] = str(answer.json().get("id")) if isinstance(answer.json(), dict) else ""


def test_csv_that_is_offered_is_taken(boss: ApiClient) -> None:
    bodies = {(method, address): content for address, method, content in with_bodies()}
    boss.send("POST", "events/", example_of(bodies["post", FIRST]))
    taken = 0
    for (method, address), content in bodies.items():
        if "text/csv" in content:
            (text,) = content["text/csv"]["schema"]["examples"]
            path = address.format(**PLACES[address])
            answer = boss.generic(method.upper(), path, text, content_type="text/csv")
            assert answer.status_code < 300, answer.content.decode()
            taken += 1
    assert taken == 2
