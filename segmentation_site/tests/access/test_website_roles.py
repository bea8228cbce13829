"""Roles limited to websites: what somebody limited to one website sees, and what is refused."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.tokens import create_token
from core.clock import now
from customers.models import (
    Customer,
    GroupWebsite,
    Store,
    TokenWebsite,
    UserWebsite,
    Website,
)
from customers.tests.rows import a_customer, an_order
from segmentation_site.tests.access.calls import asked
from segments.export.background.requests import execute_export
from segments.lookalikes import finding as lookalike_finding
from segments.models import MembershipChange, Segment, WebhookEndpoint
from segments.refresh import refresh_segment
from segments.webhooks.delivery import _wanted
from tests.factories.clients import new_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

RIGHTS = (
    *(f"campaigns.{one}_campaign" for one in ("view", "add", "change", "delete")),
    "campaigns.add_sequence",
    "predictions.view_scores",
    *(f"segments.{one}_segment" for one in ("view", "add", "change", "delete", "refresh")),
    *("segments.view_members", "segments.export_members", "conditions.preview"),
    *("customers.send_events", "customers.view_consent", "price_rules.evaluate"),
    *(f"price_rules.{one}_cartpricerule" for one in ("view", "add", "change", "delete")),
    *(f"segments.{one}_webhookendpoint" for one in ("view", "add", "change", "delete")),
)
# Links and buttons of a page that lead to the admin.
ADDRESSES = re.compile(r'(?:href|action)="(/admin/[^"#]*)"')
EVERYBODY = {"match": "all", "conditions": []}


@pytest.fixture(scope="module")
def shop(rows_for_all: None) -> None:
    """Two websites with a store each, 3 customers of `de`, 2 of `fr`, and segments of both."""
    for code in ("de", "fr"):
        website = Website.objects.create(code=code, name=code)
        Store.objects.create(code=f"{code}-shop", name=code, website=website)
    for number in range(5):
        a_customer(f"{'FR' if number > 2 else 'DE'}-{number}", email=f"c{number}@shop.example")
    for code in ("de", "fr"):
        store = Store.objects.get(code=f"{code}-shop")
        rows = Customer.objects.filter(external_id__startswith=code.upper())
        rows.update(website=store.website, store=store)
    key = create_token(User.objects.create_superuser("chief"), author=None).key
    for code, websites in (("vip", []), ("german", ["de"]), ("french", ["fr"])):
        body = {"code": code, "name": code, "conditions": EVERYBODY, "websites": websites}
        assert asked(key, "POST", "segments/", body).status_code == 201
        refresh_segment(Segment.objects.get(code=code))
    for code, websites in (("all-rule", []), ("fr-rule", ["fr"])):
        rule = {"code": code, "name": code, "action": "percent", "value": "10"}
        rule |= {"websites": websites}
        assert asked(key, "POST", "cart-price-rules/", rule).status_code == 201


@pytest.fixture
def limited(shop: None) -> Callable[..., Any]:
    """Return a function that asks as somebody limited to `de`, and returns the response."""
    user = new_user(*RIGHTS)
    UserWebsite.objects.create(user=user, website=Website.objects.get(code="de"))
    key = create_token(user, author=None).key

    def ask(method: str, address: str, body: Any = None, **more: Any) -> Any:
        return asked(key, method, address, body, **more)

    return ask


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def is_refused(answer: Any) -> bool:
    body = answer.json()
    return bool(answer.status_code == 403 and body.get("code") == "outside_websites")


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()


# Whose limit -----------------------------------------------------------------------------------


def members(user: User, **token: Any) -> int:
    key = create_token(user, author=None, **token).key
    return int(asked(key, "GET", "segments/vip/").json()["members_count"])


def test_limits_of_groups_are_united_and_cut_by_the_users(shop: None) -> None:
    german, french = (Website.objects.get(code=code) for code in ("de", "fr"))
    user = new_user(*RIGHTS)
    assert members(user) == 5
    for website in (german, french):
        group = Group.objects.create(name=website.code)
        GroupWebsite.objects.create(group=group, website=website)
        user.groups.add(group)
        assert members(user) == {german: 3, french: 5}[website]
    UserWebsite.objects.create(user=user, website=french)
    assert members(user) == 2
    # A token only takes away; of a limit outside of the user's nothing is left.
    assert members(user, websites=[french]) == 2
    key = create_token(user, author=None, websites=[german]).key
    assert asked(key, "GET", "segments/vip/members/").json()["results"] == []
    assert asked(key, "GET", "segments/german/").status_code == 404
    assert members(User.objects.get(username="chief")) == 5
    assert members(User.objects.get(username="chief"), websites=[german]) == 3


def test_user_without_limit_costs_no_query(shop: None) -> None:
    """Catches a limit that is looked up apart from the user or the token."""
    user = new_user(*RIGHTS)
    client = Client()
    client.force_login(user)
    key = create_token(user, author=None).key
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/api/v1/segments/").status_code == 200
        assert asked(key, "GET", "segments/vip/members/").status_code == 200
    limits = [one for one in queries.captured_queries if "userwebsite" in one["sql"]]
    assert len(limits) == 2
    assert all('FROM "customers_userwebsite"' in one["sql"].split("EXISTS", 1)[1] for one in limits)
    assert not [one for one in limits if one["sql"].startswith('SELECT "customers_userwebsite"')]


def test_command_limits_a_token(shop: None, capsys: Any) -> None:
    call_command("create_api_token", "chief", "--website", "de", "--name", "till")
    key = capsys.readouterr().out.strip()
    assert asked(key, "GET", "segments/vip/").json()["members_count"] == 3
    assert TokenWebsite.objects.get().website.code == "de"


# Members, counts, exports ----------------------------------------------------------------------


def test_members_counts_and_exports_are_of_the_limit(
    limited: Callable[..., Any], settings: Any, tmp_path: Any
) -> None:
    ours = ["DE-0", "DE-1", "DE-2"]
    assert limited("GET", "segments/vip/").json()["members_count"] == 3
    rows = {one["code"]: one for one in limited("GET", "segments/").json()["results"]}
    assert {code: one["members_count"] for code, one in rows.items()} == {"vip": 3, "german": 3}
    assert ids(limited("GET", "segments/vip/members/")) == ours
    exported = limited("GET", "segments/vip/members.csv")
    assert text_of(exported).count("\n") == 1 + 3
    assert exported["X-Left-Out"] == "0"
    assert "FR-" not in text_of(limited("GET", "segments/vip/members.xml"))
    changes = limited("GET", "changes/").json()["results"]
    assert {one["customer"] for one in changes} == set(ours)
    assert limited("GET", "segments/french/").status_code == 404
    assert limited("GET", "segments/french/changes/").status_code == 404
    shared = limited("POST", "segments/overlap/", {"segments": ["vip", "german"]}).json()
    assert shared["total"] == 3
    preview = limited("POST", "segments/preview/", {"conditions": EVERYBODY}).json()
    assert (preview["count"], preview["scope_count"]) == (3, 3)
    assert [one["id"] for one in preview["customers"]] == ours
    fr = {"conditions": EVERYBODY, "websites": ["fr"]}
    assert is_refused(limited("POST", "segments/preview/", fr))
    settings.EXPORT_DIR = tmp_path
    export = limited("POST", "segments/vip/exports/").json()["id"]
    execute_export(export)
    assert limited("GET", f"exports/{export}/").json()["rows"] == 3


def test_file_of_all_customers_is_not_for_a_limited_token(
    shop: None, settings: Any, tmp_path: Any
) -> None:
    settings.EXPORT_DIR = tmp_path
    chief = User.objects.get(username="chief")
    whole = create_token(chief, author=None).key
    german = create_token(chief, author=None, websites=[Website.objects.get(code="de")]).key
    export = asked(whole, "POST", "segments/vip/exports/").json()["id"]
    execute_export(export)
    address = asked(whole, "GET", f"exports/{export}/").json()["url"].split("/api/v1/")[1]
    answer = asked(whole, "GET", address)
    assert answer.status_code == 200
    answer.close()
    assert asked(german, "GET", address).status_code == 404
    assert asked(german, "GET", "exports/").json()["results"] == []


# Writing ---------------------------------------------------------------------------------------


def test_segments_are_written_within_the_limit_only(limited: Callable[..., Any]) -> None:
    assert is_refused(limited("PATCH", "segments/vip/", {"name": "Mine"}))
    assert is_refused(limited("DELETE", "segments/vip/"))
    assert is_refused(limited("POST", "segments/vip/refresh/"))
    assert is_refused(limited("PATCH", "segments/german/", {"websites": []}, version="*"))
    assert is_refused(limited("PATCH", "segments/german/", {"websites": ["de", "fr"]}, version="*"))
    assert limited("PATCH", "segments/french/", {"name": "Mine"}).status_code == 404
    made = limited("POST", "segments/", {"code": "new", "name": "N", "conditions": EVERYBODY})
    assert made.status_code == 201
    assert made.json()["websites"] == ["de"]
    body = {"name": "N", "conditions": EVERYBODY, "websites": ["fr"]}
    assert is_refused(limited("POST", "segments/", body))
    assert limited("PATCH", "segments/german/", {"name": "Ours"}, version="*").status_code == 200
    assert is_refused(limited("PUT", "segments/vip/overrides/DE-0/", {"kind": "exclude"}))
    put = limited("PUT", "segments/german/overrides/DE-0/", {"kind": "exclude"})
    assert put.status_code == 200
    assert limited("PUT", "segments/german/overrides/FR-3/", {"kind": "include"}).status_code == 404


def test_price_rules_and_webhooks_keep_to_the_limit(limited: Callable[..., Any]) -> None:
    seen = limited("GET", "cart-price-rules/").json()["results"]
    assert [one["code"] for one in seen] == ["all-rule"]
    assert limited("GET", "cart-price-rules/fr-rule/").status_code == 404
    assert is_refused(limited("PATCH", "cart-price-rules/all-rule/", {"name": "Mine"}))
    rule = {"code": "mine", "name": "Mine", "action": "percent", "value": "10"}
    assert limited("POST", "cart-price-rules/", rule).json()["websites"] == ["de"]
    assert limited("PATCH", "cart-price-rules/mine/", {"value": "5"}).status_code == 200
    hook = {"name": "Mine", "url": "https://shop.example/hook", "segments": None}
    number = limited("POST", "webhooks/", hook).json()["id"]
    told = MembershipChange.objects.filter(_wanted(WebhookEndpoint.objects.get(pk=number)))
    assert set(told.values_list("customer_external_id", flat=True)) == {"DE-0", "DE-1", "DE-2"}


def of_segment(code: str) -> dict[str, Any]:
    condition = {"attribute": "segment", "operator": "is_one_of", "value": [code]}
    return {"match": "all", "conditions": [condition]}


def test_trees_name_only_segments_that_are_seen(limited: Callable[..., Any]) -> None:
    """Catches a sentence that says the name of a segment of another website."""
    for code, is_seen in (("vip", True), ("french", False), ("nowhere", False)):
        tree = of_segment(code)
        rank = {"attribute": "lifetime.sales", "operator": "in_top", "value": 1}
        ranked = {"match": "all", "conditions": [rank | {"among": {"segment": code}}]}
        answers = [
            limited("POST", "segments/preview/", {"conditions": tree}),
            limited("POST", "segments/preview/", {"conditions": ranked}),
            limited("POST", "segments/preview/explain/", {"conditions": tree, "customer": "DE-0"}),
            limited("PATCH", "segments/german/", {"conditions": tree}, version="*"),
            limited("POST", "segments/", {"name": "N", "conditions": tree}),
        ]
        assert [is_refused(one) for one in answers] == [not is_seen] * 5, answers
        assert [one.status_code < 300 for one in answers] == [is_seen] * 5
    # What an administrator has written stays.
    Segment.objects.filter(code="german").update(conditions=of_segment("french"))
    assert limited("PATCH", "segments/german/", {"name": "G"}, version="*").status_code == 200


def test_uses_by_other_websites_are_counted_not_named(limited: Callable[..., Any]) -> None:
    Segment.objects.filter(code="french").update(conditions=of_segment("german"))
    refused = limited("DELETE", "segments/german/", version="*")
    assert refused.status_code == 409
    assert refused.json()["used_by"] == []
    assert "french" not in text_of(refused)
    Segment.objects.filter(code="french").update(conditions=EVERYBODY)
    Segment.objects.filter(code="vip").update(conditions=of_segment("german"))
    assert limited("DELETE", "segments/german/", version="*").json()["used_by"] == ["vip"]


def test_builder_offers_and_counts_what_is_seen(limited: Callable[..., Any]) -> None:
    """Catches a builder without conditions, and one that tells values of other customers."""
    Customer.objects.filter(external_id="FR-3").update(gender="rare", first_name="Rare")

    def values(attribute: str, method: str = "GET", **body: Any) -> list[str]:
        query = "" if method == "POST" else f"?attribute={attribute}"
        body = {"attribute": attribute, **body} if method == "POST" else {}
        answer = limited(method, f"conditions/values/{query}", body or None)
        assert answer.status_code == 200, answer.content
        return sorted(one["value"] for one in answer.json())

    registry = limited("GET", "conditions/").json()["attributes"]
    offered = {one["value"] for one in registry["segment"]["choices"]["options"]}
    assert offered == {"vip", "german"} == set(values("segment"))
    assert values("segment", "POST", texts=["french", "vip"]) == ["vip"]
    assert values("customer.gender") == values("customer.gender", "POST", texts=["rare"]) == []
    assert values("customer.kind") == ["guest", "registered"]
    read = limited("POST", "conditions/read/", {"text": "in the segment french"})
    assert read.status_code == 200
    named = [one["conditions"]["conditions"] for one in read.json()["readings"]]
    assert of_segment("french")["conditions"] not in named
    counted = {"attribute": "customer.kind", "values": ["registered"]}
    assert limited("POST", "conditions/values/counts/", counted).json()[0]["count"] == 3
    for code in ("fr", "nowhere"):
        other = counted | {"websites": [code]}
        assert is_refused(limited("POST", "conditions/values/counts/", other))
        preview = {"conditions": EVERYBODY, "websites": ["de", code]}
        assert limited("POST", "segments/preview/", preview).json()["count"] == 3
    hidden = {"attribute": "segment", "values": ["french"]}
    assert is_refused(limited("POST", "conditions/values/counts/", hidden))
    assert is_refused(limited("POST", "conditions/values/counts/", hidden | {"values": ["none"]}))


def test_webhook_made_before_the_limit_keeps_to_it(shop: None) -> None:
    """Catches somebody who still hears of all customers, or of segments that are not seen."""
    user = new_user(*RIGHTS)
    hook = {"name": "Early", "url": "https://shop.example/hook", "segments": None}
    number = asked(create_token(user, author=None).key, "POST", "webhooks/", hook).json()["id"]
    german = Website.objects.get(code="de")
    UserWebsite.objects.create(user=user, website=german)
    Customer.objects.filter(external_id="FR-4").update(website=german)
    told = MembershipChange.objects.filter(_wanted(WebhookEndpoint.objects.get(pk=number)))
    found = set(told.values_list("segment__code", "customer_external_id"))
    ours = {(code, f"DE-{one}") for code in ("vip", "german") for one in range(3)}
    assert found == ours | {("vip", "FR-4")}
    # Nor is the limit gone with the user.
    User.objects.get(pk=user.pk).delete()
    assert WebhookEndpoint.objects.get(pk=number).allowed_websites == {german.pk}


def test_filters_offer_only_websites_and_stores_of_the_limit(shop: None) -> None:
    rights = (*RIGHTS, "customers.view_customer", "customers.view_order")
    an_order(Customer.objects.get(external_id="DE-0"))
    limited, free = (new_user(*rights, is_staff=True) for _each in range(2))
    UserWebsite.objects.create(user=limited, website=Website.objects.get(code="de"))
    Website.objects.filter(code="fr").update(name="Frankreich")
    Store.objects.filter(code="fr-shop").update(name="Frankreich")

    def offered(user: User, page: str) -> bool:
        client = Client()
        client.force_login(user)
        return "Frankreich" in client.get(f"/admin/{page}/").content.decode()

    pages = ("segments/segment", "customers/customer", "customers/order")
    assert [offered(free, page) for page in pages] == [True] * 3
    assert [offered(limited, page) for page in pages] == [False] * 3


def test_order_of_the_list_tells_no_size(shop: None) -> None:
    """Catches a list of segments in the order of their members of all websites."""
    user = new_user(*RIGHTS, is_staff=True)
    UserWebsite.objects.create(user=user, website=Website.objects.get(code="de"))
    client = Client()
    client.force_login(user)
    pages = [client.get("/admin/segments/segment/", {"o": order}) for order in ("2", "-2", "3")]
    orders = [[one.code for one in page.context["cl"].result_list] for page in pages]
    assert orders[0] == orders[1] == orders[2] != []
    assert not {"members", "trend"} & set(pages[0].context["cl"].sortable_by)
    # Nor does what the list asks before it deletes.
    chosen = {"action": "delete_selected", "_selected_action": [Segment.objects.get(code="vip").pk]}
    confirmation = client.post("/admin/segments/segment/", chosen)
    assert 3 in dict(confirmation.context["model_count"]).values()
    assert client.post("/admin/segments/segment/", chosen | {"post": "yes"}).status_code == 403


def test_campaigns_and_rules_use_what_is_seen(limited: Callable[..., Any]) -> None:
    """Catches coupons of a rule, and members of a segment, that are of another website."""
    template, rules = (
        apps.get_model(name)._default_manager
        for name in ("campaigns.MailTemplate", "price_rules.CartPriceRule")
    )
    template.create(code="letter", name="Letter")
    rule = {"code": "ours", "name": "R", "action": "percent", "value": "10", "coupon": "generated"}
    assert limited("POST", "cart-price-rules/", rule).status_code == 201
    rules.filter(code="fr-rule").update(coupon="generated")
    campaign = {"name": "C", "template": "letter", "stores": ["de-shop"]}

    def made(code: str, **more: Any) -> Any:
        return limited("POST", "campaigns/", {**campaign, "code": code, **more})

    fine = made("fine", segments=["vip"], coupon_rule="ours")
    assert fine.status_code == 201, fine.content
    # The websites of all rows are looked up together.
    counts = []
    for more in ({"websites": ["de"]}, {}):
        with CaptureQueriesContext(connection) as queries:
            assert limited("GET", "cart-price-rules/").status_code == 200
        counts.append(len(queries))
        for number in range(3):
            rules.create(code=f"r{number}{len(more)}", name="R", action="percent", **more)
    assert counts[0] == counts[1]
    theirs: tuple[dict[str, Any], ...] = (
        {"exclude_segments": ["french"]},
        {"exclude_segments": ["nowhere"]},
        {"coupon_rule": "fr-rule"},
        {"coupon_rule": "nowhere"},
        {"coupon_rule": "all-rule"},
    )
    rules.filter(code="all-rule").update(coupon="generated")
    refusals = [is_refused(made("theirs", segments=["vip"], **more)) for more in theirs]
    assert refusals == [True] * 5
    for code in ("fr", "nowhere"):
        assert is_refused(made("theirs", stores=[f"{code}-shop"]))
        assert is_refused(limited("PATCH", "cart-price-rules/ours/", {"websites": [code]}))
    for code in ("french", "nowhere"):
        wrong = made("theirs", segments=[code], test_share=1)
        assert [one["code"] for one in wrong.json()["errors"]] == ["min_value"], wrong.json()
    steps = [{"number": 1, "delay_minutes": 60, "template": "letter", "coupon_rule": "fr-rule"}]
    sequence = {"segment": "german", "trigger": "enter", "steps": steps}
    assert is_refused(limited("POST", "sequences/", sequence))
    steps[0]["coupon_rule"] = "ours"
    assert limited("POST", "sequences/", sequence).status_code == 201
    for code in ("french", "nowhere"):
        question = {"operator": "is_one_of", "segments": [code]}
        assert is_refused(limited("PATCH", "cart-price-rules/ours/", {"segments": question}))
    # A campaign of another website may use the rule, too.
    refused = limited("DELETE", "cart-price-rules/ours/", version="*")
    assert (refused.status_code, refused.json()["used_by"]) == (409, [])


# Figures --------------------------------------------------------------------------------------


def test_audience_counts_the_limit_and_keeps_nothing(
    limited: Callable[..., Any],
) -> None:
    """Catches recipients of another website, and a projection that everybody would then read."""
    template, campaigns = (
        apps.get_model(name)._default_manager
        for name in ("campaigns.MailTemplate", "campaigns.Campaign")
    )
    campaign = campaigns.create(
        code="all",
        name="All",
        template=template.create(code="letter", name="Letter"),
        stores=["de-shop", "fr-shop"],
        segments=["vip"],
    )
    found = limited("POST", "campaigns/all/audience/")
    assert found.status_code == 200, found.content
    assert (found.json()["members"], found.json()["warnings"]) == (3, [])
    campaign.refresh_from_db()
    assert campaign.eligible_at is None
    campaigns.filter(code="all").update(stores=["fr-shop"])
    assert limited("POST", "campaigns/all/audience/").status_code == 404


def test_lookalikes_are_sought_among_customers_of_the_limit(
    limited: Callable[..., Any], monkeypatch: Any
) -> None:
    asked_of = []
    monkeypatch.setattr("segments.lookalikes.finding.FEWEST_SEEDS", 10**6)
    vectors = lookalike_finding.load_purchase_vectors
    monkeypatch.setattr(
        "segments.lookalikes.finding.load_purchase_vectors",
        lambda rows, *more: (
            asked_of.append(set(rows.values_list("external_id", flat=True))) or vectors(rows, *more)
        ),
    )
    assert limited("POST", "segments/vip/lookalikes/", {"size": 5}).status_code == 409
    assert asked_of == [{"DE-0", "DE-1", "DE-2"}]
    assert limited("POST", "segments/french/lookalikes/", {"size": 5}).status_code == 404
    fr = {"size": 5, "websites": ["fr"]}
    assert is_refused(limited("POST", "segments/vip/lookalikes/", fr))
    excluding = [
        limited("POST", "segments/vip/lookalikes/", {"size": 5, "exclude_segments": [code]})
        for code in ("french", "nowhere")
    ]
    assert [one.status_code for one in excluding] == [400, 400]
    assert [one.json()["errors"][0]["code"] for one in excluding] == ["unknown_segment"] * 2


def test_predictions_are_of_customers_of_the_limit(limited: Callable[..., Any]) -> None:
    for number in ("FR-3", "nobody"):
        answer = limited("POST", "clv/predict/", {"customers": [number]})
        assert answer.status_code == 404, answer.content
        assert number in answer.json()["detail"]
    # No model is deployed.
    ours = {"model": "next_order", "customers": ["DE-0"]}
    assert limited("POST", "ml-engine/predict/", ours).status_code == 409


def test_reports_count_customers_and_orders_of_the_limit(shop: None) -> None:
    """Catches a report that adds up all websites, or says how many members others have."""
    for number in ("DE-0", "FR-3", "FR-4"):
        customer = Customer.objects.get(external_id=number)
        an_order(customer, number=number, grand_total=10, created_at=now())
    user = new_user(*RIGHTS, "customers.view_order", is_staff=True)
    UserWebsite.objects.create(user=user, website=Website.objects.get(code="de"))
    client = Client()
    client.force_login(user)

    def rows(report: str) -> list[list[str]]:
        answer = client.get(f"/admin/segments/segment/reports/{report}.csv")
        assert answer.status_code == 200
        return [line.split(",") for line in answer.content.decode().splitlines()[1:]]

    assert [row[1] for row in rows("spread")] == ["3"]
    assert {row[0]: row[1:3] for row in rows("orders")} == {
        "All active customers of your websites": ["3", "1"],
        "german": ["3", "1"],
        "vip": ["3", "1"],
    }
    assert rows("revenue")[-1][1] == "10.0000"
    # How large a segment of all websites was, is a figure of all websites.
    assert {row[0] for row in rows("sizes")} == {"german"}
    assert {row[0] for row in rows("movers")} <= {"german"}
    assert client.get("/admin/segments/segment/reports/sizes/").status_code == 200
    assert "/segments/segment/reports/" in client.get("/admin/").content.decode()


def test_history_of_a_narrowed_segment_tells_no_other_website(shop: None) -> None:
    """Catches sizes, changes, tags and websites from when or where customers of `fr` counted."""
    segment, french = (Segment.objects.get(code=code) for code in ("vip", "french"))
    german = Website.objects.get(code="de")
    segment.websites.set([german])
    french.tags.create(tag="Bistro")
    Website.objects.filter(code="fr").update(name="Quebec")
    french.memberships.create(customer=Customer.objects.get(external_id="DE-0"), entered_at=now())
    user = new_user(*RIGHTS, is_staff=True)
    UserWebsite.objects.create(user=user, website=german)
    client = Client()
    client.force_login(user)

    def sizes() -> list[str]:
        csv = client.get("/admin/segments/segment/reports/sizes.csv").content.decode()
        return [line for line in csv.splitlines() if line.startswith("vip,")]

    history = f"/admin/segments/segment/{segment.pk}/history/"
    # Customers of `fr` are members until the refresh, which then has them leave.
    assert sizes() == [] == client.get(history).context["sizes"]
    refresh_segment(segment)
    assert sizes() == [] == client.get(history).context["sizes"]
    page = client.get(history)
    # The runs so far counted both.
    runs = client.get("/api/v1/segments/vip/runs/").json()["results"]
    assert (page.context["runs"], runs) == ([], [])
    for run in segment.runs.values_list("pk", flat=True):
        assert client.get(f"/api/v1/runs/{run}/").status_code == 404
    assert {one.customer_external_id for one in page.context["changes"]} == {"DE-0", "DE-1", "DE-2"}
    assert "FR-" not in page.content.decode()
    # The day of the last of them is not shown either; the next one is.
    others = segment.changes.filter(customer_external_id__startswith="FR-")
    others.update(at=now() - timedelta(days=2))
    Segment.objects.filter(pk=segment.pk).update(created_at=now() - timedelta(days=9))
    assert len(sizes()) == 2
    assert client.get(history).context["runs"]
    newest = segment.runs.latest("pk").pk
    assert client.get(f"/api/v1/runs/{newest}/").status_code == 200
    # A website outside of the limit is refused as an unknown website is.
    for code in ("fr", "nowhere"):
        refused = client.get(f"/api/v1/segments/?website={code}").json()
        assert [one["code"] for one in refused["errors"]] == ["unknown_choice"]
    assert client.get("/api/v1/segments/?website=de").json()["results"]
    listed = client.get("/admin/segments/segment/").content.decode()
    assert "Bistro" not in listed
    assert "Quebec" not in listed
    assert "refresh_selected" in listed
    assert "compare_selected" not in listed
    spread = client.get("/admin/segments/segment/reports/spread.csv").content.decode()
    assert spread.splitlines()[1:] == ["in 2 segments,3,1.000000"]


def test_lists_of_the_admin_have_what_is_seen_without_figures(shop: None) -> None:
    """Catches a list with rows, or with counts, of other websites, and a form that saves."""
    models = {
        name: apps.get_model(name)._default_manager
        for name in (
            *("campaigns.MailTemplate", "campaigns.Campaign", "campaigns.Sequence"),
            *("campaigns.AudienceSync", "price_rules.CartPriceRule"),
        )
    }
    template = models["campaigns.MailTemplate"].create(code="letter", name="Letter")
    for code in ("de", "fr"):
        segment = Segment.objects.get(code="german" if code == "de" else "french")
        models["campaigns.Campaign"].create(
            code=code,
            name=segment.name,
            template=template,
            stores=[f"{code}-shop"],
            eligible=4711,
            eligible_at=now(),
        )
        models["campaigns.Sequence"].create(
            segment=segment, segment_code=segment.code, trigger="enter"
        )
        models["campaigns.AudienceSync"].create(segment=segment, target="brevo", list=code)
    models["price_rules.CartPriceRule"].filter(code="all-rule").update(
        name="german", segments={"operator": "is_one_of", "segments": ["french"]}
    )
    models["price_rules.CartPriceRule"].filter(code="fr-rule").update(name="french")
    rights = [f"{name.split('.')[0]}.view_{name.split('.')[1].lower()}" for name in models]
    user = new_user(*RIGHTS, *rights, "campaigns.change_sequence", is_staff=True)
    UserWebsite.objects.create(user=user, website=Website.objects.get(code="de"))
    client = Client()
    client.force_login(user)
    for name in list(models)[1:]:
        address = f"/admin/{name.replace('.', '/').lower()}/"
        page = client.get(address)
        assert page.status_code == 200
        (row,) = page.context["cl"].result_list
        text = page.content.decode()
        assert "german" in text
        assert not [one for one in ("french", "4711") if one in text]
        own = client.get(f"{address}{row.pk}/change/")
        assert own.status_code == 200
        assert not [one for one in ("french", "4711", "_save") if one in own.content.decode()]
        assert client.post(f"{address}{row.pk}/change/", {}).status_code == 403
        other = models[name].exclude(pk=row.pk).get()
        if name == "campaigns.Sequence":
            # Nor one whose segment is gone, which may have been of another website.
            models[name].filter(pk=other.pk).update(segment=None)
        assert client.get(f"{address}{other.pk}/change/").status_code == 302
        assert client.get(f"{address}{row.pk}/history/").status_code == 403


@pytest.mark.exhaustive
def test_no_page_of_a_limited_user_leads_to_a_refusal(shop: None) -> None:
    """Catches a link or a button that ends in 403, which only who follows it finds out."""
    user = new_user(is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    UserWebsite.objects.create(user=user, website=Website.objects.get(code="de"))
    client = Client()
    client.force_login(user)
    waiting, known, refused = [("", "/admin/")], {"/admin/logout/"}, []
    while waiting:
        page, address = waiting.pop()
        response = client.get(address, follow=True)
        if response.status_code == 403:
            refused.append(f"{page} → {address}")
        if response.status_code != 200 or response.streaming:
            continue
        for found in ADDRESSES.findall(response.content.decode()):
            # One page of each kind.
            kind = re.sub(r"\d+", "1", found.partition("?")[0])
            if kind not in known:
                known.add(kind)
                waiting.append((address, unescape(found)))
    assert len(known) > 30
    assert refused == []


def test_feed_and_profile_tell_no_other_website(limited: Callable[..., Any], shop: None) -> None:
    """Catches a cursor that is refused above the newest number, and a segment that is hidden."""
    answers = [limited("GET", f"changes/?since={number}") for number in (10**6, 10**12)]
    assert [one.status_code for one in answers] == [200, 200]
    french = Segment.objects.get(code="french")
    french.memberships.create(customer=Customer.objects.get(external_id="DE-0"), entered_at=now())
    user = new_user(*RIGHTS, "customers.view_customer", "personalization.view_profile")
    UserWebsite.objects.create(user=user, website=Website.objects.get(code="de"))
    key = create_token(user, author=None).key
    profile = asked(key, "GET", "personalization/profile/DE-0/?include=segments")
    assert profile.status_code == 200, profile.content
    assert profile.json()["segments"] == ["german", "vip"]


# The till, and events ----------------------------------------------------------------------------


def test_customers_and_carts_of_other_websites_are_not_there(limited: Callable[..., Any]) -> None:
    items = [{"line": 1, "sku": "TEA", "quantity": 1, "price": "1.00"}]
    ours, theirs = ({"store": f"{code}-shop", "items": items} for code in ("de", "fr"))

    def check(**body: Any) -> int:
        return int(limited("POST", "check/", {"segments": ["vip"], **body}).status_code)

    assert [check(customer="DE-0"), check(customer="FR-3")] == [200, 404]
    assert [check(cart=ours), check(cart=theirs), check(customer="DE-0", cart=theirs)] == [
        *(200, 404, 404)
    ]
    for body in ({"cart": theirs}, {"cart": ours, "customer": "FR-3"}):
        assert limited("POST", "cart-price-rules/evaluate/", body).status_code == 404
    found = limited("POST", "cart-price-rules/evaluate/", {"cart": ours}).json()
    assert "fr-rule" not in json.dumps(found)
    assert limited("GET", "customers/FR-3/segments/").status_code == 404
    assert limited("GET", "customers/FR-3/consent/").status_code == 404
    assert limited("GET", "customers/DE-0/consent/").status_code == 200


@pytest.mark.parametrize(
    ("name", "data", "is_ours"),
    [
        ("customer.saved", {"id": "DE-0", "first_name": "Ann"}, True),
        ("customer.saved", {"id": "FR-3", "first_name": "Ann"}, False),
        ("customer.saved", {"id": "NEW", "website": "de", "store": "de-shop"}, True),
        ("customer.saved", {"id": "NEW", "website": "fr"}, False),
        # Without a website a new customer is of the first one, which is none of the limit's.
        ("customer.saved", {"id": "NEW"}, False),
        ("customer.saved", {"id": "DE-0", "website": "fr"}, False),
        ("customer.deleted", {"id": "FR-3"}, False),
        ("customer.merged", {"guest": "FR-3", "customer": "DE-0"}, False),
        ("login", {"customer": "FR-3", "logged_in_at": "2026-04-10T09:00:00Z"}, False),
        ("product.saved", {"sku": "TEA", "name": "Tea"}, False),
    ],
)
def test_event_about_another_website_stores_nothing(
    name: str, data: dict[str, Any], is_ours: bool, limited: Callable[..., Any]
) -> None:
    event = {"type": name, "id": "e1", "occurred_at": "2026-04-10T09:59:00Z", "data": data}
    before = list(Customer.objects.order_by("pk").values_list())
    answer = limited("POST", "events/", [event])
    if is_ours:
        assert answer.status_code == 202, answer.content
    else:
        assert is_refused(answer), answer.content
        assert list(Customer.objects.order_by("pk").values_list()) == before


@pytest.mark.parametrize(("store", "customer"), [("fr-shop", None), ("de-shop", "FR-3")])
def test_order_of_another_website_is_refused(
    store: str, customer: str | None, limited: Callable[..., Any]
) -> None:
    data = {"number": "1", "state": "complete", "created_at": "2026-04-10T09:00:00Z"}
    data |= {"grand_total": "1", "store": store, "customer": customer, "items": []}
    event = {"type": "order.saved", "id": "e", "occurred_at": "2026-04-10T09:59:00Z", "data": data}
    assert is_refused(limited("POST", "events/", event))
    event["data"] = {**data, "store": "de-shop", "customer": "DE-0"}
    assert limited("POST", "events/", event).status_code == 202
