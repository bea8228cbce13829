"""What is asked of each page and call, of a shop with so many of everything, and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from segmentation_site.tests.access.calls import asked, routes
from segmentation_site.tests.personal_data.asking import addresses, model_of
from segmentation_site.tests.queries.shop import first_of
from segments.models import Segment
from segments.reports.catalogue import REPORTS
from tests.factories.rows import undone

# How many of everything there are in a small shop, and in one with more.
FEW, MORE = 2, 5


@dataclass(frozen=True)
class Cost:
    """What was answered, and which queries that took."""

    status: int
    queries: tuple[str, ...]


# Pages ----------------------------------------------------------------------------------------
ALERT_CHANNEL = {"name": "Chat", "kind": "chat", "url": "https://chat.example/in"}
EXPERIMENT = {"name": "New", "variants": {"a": {}, "b": {}}, "planned_size": 10}
SYNC = {"segment": "all", "target": "brevo", "list": "7", "key_variable": "SYNC_KEY_X"}
MAIL_TEMPLATE = {"name": "New", "subject": "New"}
DECLARED = {"label": "Score", "type": "number"}
OFFER = {"kind": "free_shipping", "legal_basis": "law"}


def pages() -> dict[str, tuple[str, list[str]]]:
    """Return every page of the admin, by what it is called in the table: name and arguments.

    A report has its key behind it, since each is a page of its own.
    """
    found = {}
    for name, arguments in addresses():
        if name.startswith("api:") or name.endswith(":None"):
            continue
        if arguments == ["key"]:
            found |= {f"{name} {report.key}": (name, arguments) for report in REPORTS}
        else:
            found[" ".join([name, *(one for one in arguments if one == "format")])] = (
                name,
                arguments,
            )
    return found


def page_address(called: str) -> str:
    """Return where the page is, about the rows that the shop has from the beginning."""
    name, arguments = pages()[called]
    known = {"key": called.partition(" ")[2], "format": "csv", "app_label": "customers"}
    known |= {"code": "best-customers", "number": 1, "content_type_id": 1, "token": "token"}
    known |= {"esp": "postmark", "provider": "sso"}
    model = model_of(name)
    row = first_of(model) if model else None
    if model is not None and model.__name__ == "PredictionModel":
        row = model._default_manager.get(code="next_order")
    if model is not None and name.endswith("_sequence_start"):
        row = model._default_manager.filter(is_active=True).earliest("pk")
    if name.endswith("_segment_list"):
        row = Segment.objects.get(code="hand")
    known |= dict.fromkeys(("object_id", "id", "pk"), row.pk if row else 1)
    address = reverse(name, kwargs={one: known[one] for one in arguments})
    if name == "admin:autocomplete":
        what = "app_label=segments&model_name=scheduledexport&field_name=segment"
        return f"{address}?{what}"
    more = {"segments_segment_overlaps": "segments=all&segments=s0"}
    more |= {"predictions_predictionmodel_compare": "one=1&other=2", "search": "q=all"}
    asked_for = more.get(name.removeprefix("admin:"))
    return f"{address}?{asked_for}" if asked_for else address


def visitor() -> Client:
    """Return somebody who is logged in and may see everything."""
    client = Client()
    client.force_login(User.objects.get(username="boss"))
    return client


# Calls ----------------------------------------------------------------------------------------


def calls() -> dict[str, tuple[str, str]]:
    """Return every call of the API, by what it is called in the table: its method and route."""
    return {
        f"{method} {route}": (method, route)
        for route, view in routes().items()
        for method in (getattr(view, "operations", None) or {"GET": None})
    }


def tree(many: int) -> dict[str, Any]:
    """Return a tree whose conditions name so many values each."""
    values = {"customer.group": "g", "customer.website": "w", "address.city": "City "}
    conditions = [
        {
            "attribute": attribute,
            "operator": "is_one_of",
            "value": [f"{beginning}{number}" for number in range(many)],
        }
        for attribute, beginning in values.items()
    ]
    return {"match": "any", "conditions": conditions}


def body(called: str, many: int) -> Any:
    """Return what is sent with a call: as many of everything as there are."""
    people = [f"Q{number}" for number in range(many)]
    segments = [f"s{number}" for number in range(many)]
    items = [
        {"line": number, "sku": f"SKU{number}", "quantity": 2, "price": "60.00"}
        for number in range(many)
    ]
    cart = {"store": "default", "items": items}
    shown = {"type": "text", "text": "Hello"}
    rule = {"name": "Rule", "action": "percent", "value": "10"}
    rule |= {"segments": {"operator": "is_one_of", "segments": segments}}
    about = {"conditions": tree(many)}
    campaign = {"name": "New", "template": "hello", "stores": ["default"], "segments": ["all"]}
    sequence = {
        "segment": "all",
        "steps": [
            {"number": 1 + place, "delay_minutes": 60, "template": "hello"} for place in range(many)
        ],
    }
    countries = {"attribute": "address.city", "values": [f"City {n}" for n in range(many)]}
    events = [
        {
            "type": "customer.saved", "id": f"event-{number}",
            "occurred_at": "2026-04-10T09:59:00Z",
            "data": {"id": f"Q{number}", "first_name": "Ann"},
        }
        for number in range(many)
    ]  # fmt: skip
    recommending = {"name": "Rule", "audience": rule["segments"]}
    instance = {"recency_days": 12, "gap_days": 30.5}
    bodies: dict[str, Any] = {
        "POST segments/": {"code": "new", "name": "New", **about},
        "PUT segments/{code}/": {"name": "New", **about},
        "PATCH segments/{code}/": about,
        "POST segments/preview/": {**about, "counts": True, "figures": True},
        "POST segments/preview/explain/": {**about, "customer": "C1"},
        "POST segments/overlap/": {"segments": segments},
        "POST segments/{code}/lookalikes/": {"size": many},
        "PUT segments/{code}/overrides/{number}/": {"kind": "exclude"},
        "PUT segments/{code}/list/": {"ids": people},
        "POST segments/{code}/list/": {"ids": [*people, "C1"]},
        "DELETE segments/{code}/list/": {"ids": people},
        "POST check/": {"customer": "C1", "segments": segments, "cart": cart},
        "POST conditions/read/": {"text": "never ordered, in France or Germany"},
        "POST conditions/values/": {
            "attribute": "address.city", "texts": countries["values"],
        },
        "POST conditions/values/counts/": countries,
        "POST events/": events,
        "POST personalization/track-behavior/": [
            {"behavior_type": kind, "customer_id": one, "data": {"sku": f"NEW-{one}", "query": "a"}}
            for one in people
            for kind in ("search", "product_viewed", "wishlist_added", "login")
        ],
        "PUT personalization/consent/{number}/": {"tracking": "granted"},
        "PUT customers/{number}/consent/": {"tracking": "granted", "evidence": "so"},
        "POST customers/{number}/erase/": {"confirm": "C1", "orders": "anonymize"},
        "POST alert-channels/": {**ALERT_CHANNEL, "segments": segments},
        "PUT alert-channels/{number}/": {**ALERT_CHANNEL, "name": "New"},
        "PATCH alert-channels/{number}/": {"segments": segments},
        "POST alerts/{number}/resolve/": {"as": "noted"},
        "PUT segments/{code}/alerts/": {"alerts_muted_until": "2026-05-02T08:00:00Z"},
        "POST webhooks/": {"name": "New", "url": "https://shop.example/", "segments": segments},
        "PUT webhooks/{number}/": {"name": "New", "url": "https://shop.example/"},
        "PATCH webhooks/{number}/": {"segments": segments},
        "POST priority-lists/": {"code": "new", "name": "New", "segments": segments},
        "PUT priority-lists/{code}/": {"name": "New", "segments": segments},
        "PATCH priority-lists/{code}/": {"segments": segments},
        "POST cart-price-rules/": {"code": "new", **rule},
        "POST personalization/experience/": {"page_type": "home"},
        "POST personalization/placements/": {"code": "new", "page_type": "home"},
        "PUT personalization/placements/{code}/": {"page_type": "home"},
        "POST personalization/placements/{code}/variants/": {"code": "new", "content": shown},
        "PUT personalization/placements/{code}/variants/{variant}/": {"content": shown},
        "POST personalization/content/": {"code": "new", "type": "video"},
        "PUT personalization/content/{code}/": {"type": "video"},
        "POST personalization/experiments/": {"code": "new", **EXPERIMENT},
        "PUT personalization/experiments/{code}/": EXPERIMENT,
        "PATCH personalization/experiments/{code}/": EXPERIMENT,
        "POST personalization/experiments/power/": {"p1": 0.05, "p2": 0.06},
        "POST personalization/offers/": {"code": "new", **OFFER},
        "PUT personalization/offers/{code}/": OFFER,
        "POST personalization/offers/evaluate/": {"customer_id": "C1"},
        "POST personalization/offers/{code}/redeem/": {"order": "O1", "amount": 1},
        "POST mail-templates/": {"code": "new", **MAIL_TEMPLATE},
        "PUT mail-templates/{code}/": MAIL_TEMPLATE,
        "PATCH mail-templates/{code}/": MAIL_TEMPLATE,
        "POST mail-templates/{code}/preview/": {"customer": "C1"},
        "POST mail-templates/{code}/test/": {"to": ["you@shop.example"]},
        "POST campaigns/": {"code": "new", **campaign},
        "PUT campaigns/{code}/": campaign,
        "PATCH campaigns/{code}/": campaign,
        "POST sequences/": {"trigger": "exit", **sequence},
        "PUT sequences/{number}/": {"trigger": "enter", **sequence},
        "PATCH sequences/{number}/": {"reentry": "always"},
        "POST sequences/{number}/start-for-members/": {"expected": 0},
        "POST messages/{number}/resolve/": {"as": "sent"},
        "POST suppressions/": {"address": "you@shop.example"},
        "POST suppressions/{number}/lift/": {"reason": "It was asked for."},
        "PUT mail-senders/{store}/": {"from_name": "Shop"},
        "POST audience-syncs/": {**SYNC, "list": "8"},
        "PUT audience-syncs/{number}/": SYNC,
        "PATCH audience-syncs/{number}/": {"key_variable": "SYNC_KEY_NEW"},
        "PUT cart-price-rules/{code}/": rule,
        "PATCH cart-price-rules/{code}/": rule,
        "POST cart-price-rules/evaluate/": {
            "cart": cart, "customer": "C1", "explain": True,
        },
        "POST cart-price-rules/satisfies/": {
            "cart": cart,
            "customer": "C1",
            "questions": [{"operator": "is_one_of", "segments": [one]} for one in segments],
        },
        "POST cart-price-rules/{code}/coupons/": {"count": many},
        "POST coupons/{code}/redeem/": {"order": "new", "customer": "C1"},
        "POST ml-engine/train/": {"model": "next_order", "parameters": {"holdout_days": 91}},
        "POST ml-engine/predict/": {"model": "next_order", "instances": [instance] * many},
        "POST ml-engine/evaluate/": {"model": "next_order", "version": 1},
        "PUT ml-engine/deploy/": {
            "model": "next_order", "version": 1, "override_reason": "It was asked for.",
        },
        "POST ml-engine/rollback/": {"model": "next_order"},
        "POST clv/predict/": {"customers": people},
        "POST clv/optimize/": {"strategy": "win_back", "assumptions": {"uplift": 1}},
        "POST personalization/recommendations/": {
            "customer_id": "C1", "cart": [one["sku"] for one in items],
        },
        "POST personalization/behavior-properties/": {"key": "new", **DECLARED},
        "PUT personalization/behavior-properties/{key}/": DECLARED,
        "PATCH personalization/behavior-properties/{key}/": {"label": "Points"},
        "POST personalization/recommendations/rules/": {"code": "new", **recommending},
        "PUT personalization/recommendations/rules/{code}/": recommending,
        "PATCH personalization/recommendations/rules/{code}/": recommending,
    }  # fmt: skip
    return bodies.get(called, {})


# What is asked of something else than the tests of access ask, by route or call.
PLACES = {
    "segments/{code}/list/": "segments/hand/list/",
    "ml-engine/models/{code}/": "ml-engine/models/next_order/",
    "ml-engine/models/{code}/versions/": "ml-engine/models/next_order/versions/",
    "ml-engine/models/{code}/versions/{number}/": "ml-engine/models/next_order/versions/1/",
    "DELETE segments/{code}/": "segments/other/",
    "DELETE mail-templates/{code}/": "mail-templates/unused/",
    "DELETE cart-price-rules/{code}/": "cart-price-rules/r1/",
    "POST campaigns/{code}/pause/": "campaigns/sent/pause/",
    "POST coupons/{code}/redeem/": "coupons/CODE1/redeem/",
    "POST campaigns/{code}/resume/": "campaigns/paused/resume/",
    "GET campaigns/{code}/report/": "campaigns/sent/report/",
    "clv/analytics/": "clv/analytics/?view=rfm",
    "GET personalization/recommendations/": (
        "personalization/recommendations/?customer_id=C1&sku=SKU&explain=1"
    ),
    "GET personalization/experiments/results/": (
        "personalization/experiments/results/?codes=exp,grown1&segments=all,s1"
    ),
    "GET personalization/experiments/{code}/results/": (
        "personalization/experiments/grown1/results/?segments=all,s1"
    ),
    "GET personalization/experiments/{code}/results.csv": (
        "personalization/experiments/grown1/results.csv?segments=all,s1"
    ),
    "POST personalization/experiments/{code}/stop/": "personalization/experiments/running/stop/",
    "GET conditions/values/": "conditions/values/?attribute=address.city&q=city",
}


def call(called: str, places: dict[str, str], key: str, many: int) -> Any:
    """Call it for real and return the answer."""
    method, route = calls()[called]
    address = PLACES.get(called, PLACES.get(route, places.get(route, route)))
    return asked(key, method, address, body(called, many), version="*")


# Costs ----------------------------------------------------------------------------------------


def cost(ask: Callable[[], Any], expected: int | None) -> Cost:
    """Return what it costs to ask once everything is cached; what was done is undone.

    The first time a process reads rules, kinds of content and the like, which it keeps. Where the
    first request asks other than `expected` queries, a second one is counted.
    """
    queries: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    for _time in range(2):
        queries.clear()
        with undone(), connection.execute_wrapper(note):
            answer = ask()
            # What is streamed is asked for while it is read.
            if answer.streaming:
                b"".join(answer)
        if len(queries) == expected:
            break
    return Cost(answer.status_code, tuple(queries))


def costs(
    places: dict[str, str], key: str, many: int, expected: Callable[[str], int | None]
) -> dict[str, Cost]:
    """Return what every page and call costs in a shop with so many of everything.

    `expected`: how many queries a page or call asks, by its name in the table.
    """
    client = visitor()
    asks = {one: partial(client.get, page_address(one)) for one in pages()}
    asks |= {one: partial(call, one, places, key, many) for one in calls()}
    return {one: cost(ask, expected(one)) for one, ask in asks.items()}
