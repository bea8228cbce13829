"""Calls about recommendations: lists with reasons, business rules, versions, rules of the shop."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import override_settings
from rest_framework.test import APIClient

from customers.models import (
    AuditEntry,
    Consent,
    Customer,
    CustomerAttribute,
    Product,
    ProductView,
    Website,
)
from personalization import recommend
from personalization.api import throttles
from personalization.assignment import bucket
from personalization.models import (
    ListInUse,
    PersonalizationRule,
    RecommendationPromotion,
    RecommendationVersion,
)
from personalization.profiles.computed import brand_shares
from personalization.recommend.nightly import fit_recommendations, list_gate
from personalization.recommend.nightly.promotion import promote
from personalization.tests.recommend.rows import AT, DAY, bought, customer, product
from predictions.figures.single_computation import turn
from segments.models import Segment

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/personalization/recommendations"
RULES = f"{ADDRESS}/rules/"
MODELS = "/api/v1/personalization/models/"


@pytest.fixture
def api(client_with):
    user = client_with().user
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="personalization"))
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture(autouse=True)
def no_calls_before():
    cache.clear()


@pytest.fixture(autouse=True)
def nobody_is_held_out(settings):
    settings.HOLDOUT_BASIS_POINTS = 0


@pytest.fixture
def shop():
    """Everybody has bought a; half of them b, c, d with it, lately."""
    for number in "12345678":
        bought(number, "a", *("bcd" if int(number) % 2 else ""))
    bought("8", "e", ago=3)


def asked(api, **query):
    query.setdefault("as_of", AT.isoformat())
    response = api.get(ADDRESS, query)
    assert response.status_code == 200, response.content
    return response.json()


def skus(reply):
    return {one["type"]: [item["sku"] for item in one["items"]] for one in reply["lists"]}


def errors(response):
    assert response.status_code == 400, response.content
    return [(one["path"], one["code"]) for one in response.json()["errors"]]


# Lists --------------------------------------------------------------------------------------------


@pytest.mark.both
def test_a_customer_gets_lists_with_scores_and_reasons(api, shop):
    reply = asked(api, customer_id="2", types="again:2,discover:2,popular:2")
    assert (reply["served"], reply["warnings"]) == ("personal", [])
    assert (
        reply["model"]
        == reply["models"]["again"]
        == {
            "version": None,
            "algorithm": "personal_frequency",
            "fitted_at": "2026-03-15T12:00:00Z",
        }
    )
    (first,) = reply["lists"][0]["items"]
    assert first == {
        "sku": "a",
        "name": "The a",
        "price": "10.0000",
        "score": "1.000001",
        "rank": 1,
        "wish": "again",
        "algorithm": "personal_frequency",
        "reasons": [{"code": "similar_to", "sku": "a", "value": "1.000001"}],
    }
    new = reply["lists"][1]["items"][0]
    assert (new["wish"], new["algorithm"], new["score"]) == ("discover", "popular_30d", "4.000000")
    assert new["reasons"] == [{"code": "popular", "value": "4.000000"}]
    assert skus(reply) == {"again": ["a"], "discover": ["b", "c"], "popular": ["d", "e"]}


def test_an_algorithm_counts_for_the_list_whose_candidate_it_is(api, shop):
    query = {"customer_id": "2", "types": "again:1,discover:2"}
    reply = asked(api, **query, algorithms="cosine:1")
    made = [[one["algorithm"] for one in some["items"]] for some in reply["lists"]]
    assert made == [["personal_frequency"], ["cosine", "cosine"]]
    assert reply["lists"][1]["items"][0]["reasons"][0]["sku"] == "a"
    old = asked(api, **query, algorithms="hybrid_neural:1")
    assert old["warnings"] == ["replaced_algorithm"]
    assert {one["algorithm"] for one in old["lists"][1]["items"]} == {"popular_30d"}


def test_a_personal_list_mixes_by_place_and_rule(api, shop):
    """The shop sold nothing twice: its own share is 0."""
    bought("2", "f", ago=2)
    assert asked(api, customer_id="2", types="personal:3")["lists"][0]["items"][0]["sku"] == "b"
    rule(api, again_share="0.4")
    reply = asked(api, customer_id="2", types="personal:5")
    assert [one["wish"] for one in reply["lists"][0]["items"]] == [
        *("discover", "again", "discover", "again", "discover")
    ]
    assert skus(reply) == {"personal": ["b", "a", "c", "f", "d"]}
    for wrong in ("-0.1", "1.1"):
        body = {"code": "x", "name": "X", "again_share": wrong}
        assert errors(api.post(RULES, body, format="json")) == [("again_share", "out_of_range")]


@pytest.mark.both
def test_which_lists_there_are_follows_from_the_question(api, shop):
    assert list(skus(asked(api))) == ["personal", "trending"]
    with_sku = asked(api, sku="a", cart="b")
    assert list(skus(with_sku)) == ["similar", "complementary", "personal", "trending"]
    assert list(skus(asked(api, cart="a,b"))) == ["complementary", "personal", "trending"]


def test_reasons_name_what_is_behind_them(api, shop):
    reply = asked(api, cart="a,b", types="complementary:1,trending:1")
    (together,), (trend,) = (one["items"] for one in reply["lists"])
    assert together["reasons"] == [
        {"code": "bought_together", "sku": "b", "value": together["score"]}
    ]
    assert trend["reasons"] == [{"code": "trending", "value": trend["score"]}]


@pytest.mark.both
def test_what_was_viewed_is_a_reason_where_it_is_asked_for(api, shop):
    for ago in (-1, 1, 2):
        ProductView.objects.create(
            customer=customer("2"), product=product("b"), viewed_at=AT - ago * DAY
        )
    reply = asked(api, customer_id="2", types="personal:2", explain="1")
    viewed = {"code": "viewed", "sku": "b", "value": "2.000000"}
    assert viewed in reply["lists"][0]["items"][0]["reasons"]


@pytest.mark.parametrize("number", ["", "nobody", "9"])
def test_who_is_not_known_or_new_gets_what_is_popular(api, shop, number):
    if number == "9":
        customer("9")
    reply = asked(api, customer_id=number, types="personal:2")
    assert (reply["served"], skus(reply)) == ("popular", {"personal": ["a", "b"]})


def test_who_refuses_or_is_held_out_gets_what_is_popular(api, shop, settings):
    assert asked(api, customer_id="2")["served"] == "personal"
    settings.HOLDOUT_BASIS_POINTS = bucket("holdout", "2") + 1
    assert asked(api, customer_id="2")["served"] == "popular"
    settings.HOLDOUT_BASIS_POINTS = 0
    Consent.objects.create(
        customer=customer("2"), purpose="personalization", state="refused", source="t", at=AT
    )
    assert asked(api, customer_id="2")["served"] == "popular"


def test_an_empty_catalogue_has_empty_lists(api):
    reply = asked(api, sku="a", cart="b")
    assert list(skus(reply).values()) == [[], [], [], []]
    assert reply["dropped"] == {}


def test_what_comes_later_leaves_the_reply_as_it_was(api, shop):
    query = {"customer_id": "2", "sku": "a", "cart": "b", "as_of": AT.isoformat(), "explain": "1"}
    before = api.get(ADDRESS, query).content
    bought("2", "e", "f", at=AT)
    ProductView.objects.create(customer=customer("2"), product=product("b"), viewed_at=AT + DAY)
    assert api.get(ADDRESS, query).content == before


def test_weights_fuse_algorithms(api, shop):
    weights = "cosine:0.5,collaborative_filtering:0.5"
    reply = asked(api, customer_id="2", types="personal:1", algorithms=weights)
    # Of those who bought all but one SKU BM25 learns nothing: it has e alone, cosine has it last.
    first = reply["lists"][0]["items"][0]
    assert (first["sku"], first["score"]) == ("e", f"{0.5 / 61 + 0.5 / 64:.6f}")


def test_a_body_asks_the_same_and_may_have_commas_in_skus(api, shop):
    bought("7", "x,y", ago=2)
    body = {"customer_id": "7", "types": ["popular:9"], "exclude": ["x,y"], "as_of": AT.isoformat()}
    reply = api.post(ADDRESS, body, format="json")
    assert reply.status_code == 200
    assert reply.json()["dropped"] == {"excluded": 1}


def test_lists_are_asked_by_names_that_others_may_replace(api, shop, monkeypatch):
    found = [recommend.Scored("e", 7.0)]
    monkeypatch.setattr(recommend, "popular", lambda *, n=10, as_of=None: found[:n])
    assert skus(asked(api, types="popular:3")) == {"popular": ["e"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"types": "similar:0"}, ("types", "count")),
        ({"types": "similar:101"}, ("types", "count")),
        ({"types": "similar:٣"}, ("types", "count")),
        ({"types": "similar"}, ("types", "pair")),
        ({"types": "magic:3"}, ("types", "unknown_choice")),
        ({"types": "similar:1,similar:2"}, ("types", "repeated")),
        ({"algorithms": "magic:1"}, ("algorithms", "unknown_choice")),
        ({"algorithms": "cosine:0.5"}, ("algorithms", "weights")),
        ({"algorithms": "cosine:1.5,content_based:-0.5"}, ("algorithms", "weights")),
        ({"algorithms": "cosine:nan"}, ("algorithms", "weights")),
        ({"algorithms": "cosine:1e99999"}, ("algorithms", "weights")),
        ({"context": "moon"}, ("context", "invalid_choice")),
        ({"category": "none"}, ("category", "unknown_choice")),
        ({"website": "none"}, ("website", "unknown_choice")),
        ({"cart": "a,,b"}, ("cart", "max_length")),
        ({"cart": "a\0"}, ("cart", "nul")),
        ({"sku": "x" * 256}, ("sku", "max_length")),
        ({"as_of": "2026-01-01"}, ("as_of", "no_offset")),
        ({"as_of": "0001-01-01T00:00:00Z"}, ("as_of", "out_of_range")),
        ({"wish": "1"}, ("wish", "unknown_field")),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(api, query, found):
    assert errors(api.get(ADDRESS, query)) == [found]


def test_a_body_is_refused_likewise(api):
    wrong = {"types": 3, "cart": ["a", True], "sku": 7, "wish": 1}
    response = api.post(ADDRESS, wrong, format="json")
    assert sorted(path for path, _code in errors(response)) == ["cart", "sku", "types", "wish"]


def test_the_permission_is_needed(api):
    other = APIClient()
    other.force_authenticate(User.objects.create_user("other"))
    for address in (ADDRESS, MODELS, RULES):
        assert other.get(address).status_code == 403
    assert other.post(f"{MODELS}1/promote/", {}).status_code == 403
    assert APIClient().get(ADDRESS).status_code == 401


def test_too_many_calls_are_held_up(api, settings, monkeypatch):
    settings.SERVE_RATE = 1
    monkeypatch.setattr(throttles, "PATIENCE", 60.0)
    assert api.get(ADDRESS).status_code == 200
    assert api.get(ADDRESS).status_code == 429


def test_one_history_is_computed_at_a_time(api, shop):
    with turn():
        refused = api.get(ADDRESS, {"as_of": AT.isoformat()})
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        fit_recommendations(AT)
        assert api.get(ADDRESS).status_code == 200


def test_half_a_character_is_nobodys_number(api, shop):
    content = b'{"customer_id": "\\ud800", "sku": "\\ud800"}'
    response = api.generic("POST", ADDRESS, content, content_type="application/json")
    assert response.status_code in {200, 400}


# Business rules -----------------------------------------------------------------------------------


def rule(api, **said):
    said = {"code": f"r{PersonalizationRule.objects.count()}", "name": "Rule", **said}
    response = api.post(RULES, said, format="json")
    assert response.status_code == 201, response.content
    return response


def test_what_is_gone_a_service_or_out_of_stock_is_not_shown(api, shop):
    Product.objects.filter(sku="a").update(product_type="service")
    product("b", stock=0)
    product("c", stock=-1)
    product("d", stock=1)
    reply = asked(api, types="popular:2")
    assert skus(reply) == {"popular": ["d", "e"]}
    assert reply["dropped"] == {"not_sold": 1, "out_of_stock": 2}


def test_what_is_asked_about_is_not_shown(api, shop):
    reply = asked(api, sku="a", cart="b", exclude="c", types="popular:9,trending:9")
    assert skus(reply) == {"popular": ["d", "e"], "trending": []}
    assert reply["dropped"] == {"in_context": 4, "excluded": 2, "duplicate": 1}


def test_what_was_just_bought_is_left_out_of_personal_lists_alone(api, shop):
    rule(api, bought_recently_days=2)
    reply = asked(api, customer_id="8", types="again:1,popular:1")
    assert skus(reply) == {"again": ["e"], "popular": ["a"]}
    assert reply["dropped"] == {"bought_recently": 1}


def test_only_some_brands_and_categories(api, shop):
    for sku, brand in (("a", "Acme"), ("b", "ACME"), ("c", "Other")):
        product(sku, "shoes" if sku != "b" else "hats", brand=brand)
    rule(api, brands=["acme"], categories=["shoes"])
    reply = asked(api, types="popular:9")
    assert skus(reply) == {"popular": ["a"]}
    assert reply["dropped"] == {"not_in_brand": 3, "not_in_category": 1}


def test_margins_are_kept_and_preferred(api, shop):
    product("a", cost=9)
    product("b", cost=4)
    product("c", cost=1)
    rule(api, min_margin="0.5")
    reply = asked(api, types="popular:9")
    assert skus(reply) == {"popular": ["b", "c", "d", "e"]}
    assert reply["dropped"] == {"no_margin": 1}
    rule(api, prefer_high_margin=True)
    first = asked(api, types="popular:9")["lists"][0]["items"][0]
    assert (first["sku"], first["score"]) == ("c", "4.720000")
    assert {"code": "margin", "value": "0.900000"} in first["reasons"]


def test_brands_that_the_customer_prefers_come_first(api, shop):
    for sku, brand in (("a", "Other"), ("b", "Acme")):
        product(sku, brand=brand)
    rule(api, respect_brand_preferences=True)
    share = brand_shares(customer("1"), AT)
    plain = {one["sku"]: one for one in asked(api, types="popular:9")["lists"][0]["items"]}
    assert {one["code"] for item in plain.values() for one in item["reasons"]} == {"popular"}
    reply = asked(api, types="popular:9", customer_id="1")["lists"][0]["items"]
    for item in reply:
        brand = {"a": "Other", "b": "Acme"}.get(item["sku"])
        raised = float(plain[item["sku"]]["score"]) * (1 + 0.2 * share.get(brand, 0))
        assert item["score"] == f"{raised:.6f}"
        given = [one["value"] for one in item["reasons"] if one["code"] == "brand"]
        assert given == ([f"{share[brand]:.6f}"] if brand in share else [])
    assert share


def test_three_of_a_category_unless_the_list_would_stay_short(api, shop):
    for sku in "abcd":
        product(sku, "shoes")
    reply = asked(api, types="popular:4")
    assert skus(reply) == {"popular": ["a", "b", "c", "e"]}
    assert reply["dropped"] == {"diversity": 1}
    reply = asked(api, types="popular:5")
    assert skus(reply) == {"popular": ["a", "b", "c", "d", "e"]}
    assert reply["dropped"] == {}


@pytest.mark.both
def test_a_rule_holds_where_when_and_for_whom_it_says(api, shop):
    def is_heard(**query):
        return asked(api, types="popular:1", **query)["dropped"] == {"excluded": 1}

    Segment.objects.create(code="vip", name="VIP")
    rule(api, exclude=["a"])
    assert is_heard()
    address = f"{RULES}r0/"
    for change, query, heard in (
        ({"contexts": ["cart"]}, {}, False),
        ({"contexts": ["cart"]}, {"context": "cart"}, True),
        ({"contexts": []}, {}, True),
        ({"starts_at": AT.isoformat()}, {}, True),
        ({"starts_at": (AT + DAY).isoformat()}, {}, False),
        ({"starts_at": None, "ends_at": AT.isoformat()}, {}, False),
        ({"ends_at": None, "website": "default"}, {}, True),
        ({"audience": {"operator": "is", "segments": ["vip"]}}, {"customer_id": "2"}, False),
        ({"audience": {"operator": "is_not", "segments": ["vip"]}}, {"customer_id": "2"}, True),
        ({"audience": {"operator": "is_not", "segments": ["vip"]}}, {}, False),
        ({"audience": None, "is_active": False}, {}, False),
    ):
        changed = api.patch(address, change, format="json", HTTP_IF_MATCH="*")
        assert changed.status_code == 200, changed.content
        assert is_heard(**query) is heard, (change, query)


def test_of_several_rules_the_first_that_says_anything_counts(api, shop):
    for sku in "abcd":
        product(sku, "shoes")
    rule(api, priority=2, max_per_category=1, exclude=["e"])
    rule(api, priority=1, max_per_category=2, exclude=["d"])
    assert asked(api, types="popular:2")["dropped"] == {}
    reply = asked(api, types="popular:3")
    assert (skus(reply), reply["dropped"]) == (
        {"popular": ["a", "b", "c"]},
        {"excluded": 2},
    )


# Rules of the shop --------------------------------------------------------------------------------


def test_a_product_is_left_out_once(api):
    assert rule(api, exclude=["a", "b", "a"]).json()["exclude"] == ["a", "b"]


def test_what_is_gone_since_is_warned_of_and_kept(api):
    """A rule can still be switched off when its website or a condition of its tree is gone."""
    website = Website.objects.create(code="old", name="Old")
    attribute = CustomerAttribute.objects.create(code="size", type="text", label="Size")
    condition = {"attribute": "customer.attributes.size", "operator": "is", "value": "L"}
    tree = {"match": "all", "conditions": [condition]}
    rule(api, website="old", audience=tree)
    website.delete()
    attribute.delete()
    change = {"is_active": False}
    changed = api.patch(f"{RULES}r0/", change, format="json", HTTP_IF_MATCH="*")
    assert (changed.status_code, changed.json()["audience"]) == (200, tree), changed.content
    warned = [one["path"] for one in changed.json()["warnings"]]
    assert warned == ["website", "audience.conditions[0].attribute"]
    other = {"audience": {**tree, "match": "any"}}
    assert api.patch(f"{RULES}r0/", other, format="json", HTTP_IF_MATCH="*").status_code == 400


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        ({"website": "none"}, "website", "unknown_choice"),
        ({"contexts": ["moon"]}, "contexts[0]", "unknown_choice"),
        ({"categories": ["none"]}, "categories[0]", "unknown_choice"),
        ({"exclude": ["x" * 256]}, "exclude[0]", "max_length"),
        ({"exclude": ["x"] * 1_001}, "exclude", "max_length"),
        ({"exclude": [True]}, "exclude[0]", "invalid"),
        ({"bought_recently_days": 3_651}, "bought_recently_days", "max_value"),
        ({"min_margin": "1.1"}, "min_margin", "out_of_range"),
        ({"max_per_category": 0}, "max_per_category", "min_value"),
        ({"max_per_category": 1_001}, "max_per_category", "max_value"),
        ({"audience": {"operator": "are", "segments": ["a"]}}, "audience.operator",
         "unknown_choice"),
        ({"audience": {"operator": "is", "segments": ["a"]}}, "audience.segments[0]",
         "unknown_segment"),
        ({"audience": {"combinator": "all"}}, "audience", "not_a_group"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(api, wrong, path, code):
    response = api.post(RULES, {"code": "one", "name": "One", **wrong}, format="json")
    assert (path, code) in errors(response)
    assert not PersonalizationRule.objects.exists()


# Versions -----------------------------------------------------------------------------------------


def test_where_nothing_can_be_measured_nothing_is_promoted(api, shop):
    fit_recommendations(AT)
    assert {row.version for row in ListInUse.objects.all()} == {None}
    assert {one["gate"] for one in api.get(MODELS).json()["results"]} == {"not_evaluated"}


def test_old_fits_lose_their_files_and_a_changed_file_is_not_used(shop):
    fits = [fit_recommendations(AT) for _night in range(3)]
    contents = [type(fit).objects.get(pk=fit.pk).content is None for fit in fits]
    assert contents == [True, False, False]
    type(fits[2]).objects.filter(pk=fits[2].pk).update(content=b"changed")
    bought("9", "z", at=AT + DAY)
    assert "z" in [one.sku for one in recommend.popular(as_of=AT + 2 * DAY)]


# From here on these customers are there for every test: tests of other shops stand above.
@pytest.fixture(scope="module")
def fitted(rows_for_all):
    """Groups of customers who buy three products of their own; most buy the third one lately."""
    for number in range(120):
        group = [f"s{number % 20:02}{letter}" for letter in "abc"]
        third = group.pop(number // 20 % 3)
        for ago in (60, 50, 40):
            bought(str(number), *group, ago=ago)
        if number % 10 != 9:
            bought(str(number), third, group[0], ago=10)
    with override_settings(HOLDOUT_BASIS_POINTS=0):
        return fit_recommendations(AT)


@pytest.mark.both
def test_the_best_version_is_promoted_and_used(api, fitted):
    versions = api.get(MODELS).json()["results"]
    assert [one["version"] for one in versions] == [6, 5, 4, 3, 2, 1]
    again, used = sorted((one for one in versions if one["is_promoted"]), key=lambda x: x["wish"])
    assert (used["gate"], used["wish"], used["scope"]) == ("passed", "discover", "")
    figures = used["figures"]
    assert (figures["users"], figures["wish"]) == (108, "discover")
    assert figures["interval"][0] > 0
    assert {one["baseline"] for one in figures["against"]} == {"popular", "popular_30d"}
    assert set(figures["chosen"]) == {"e", "beta"}
    assert (again["algorithm"], again["wish"]) == ("next_basket", "again")
    assert len(again["figures"]["against"]) == 3
    reply = api.get(ADDRESS, {"customer_id": "9", "types": "again:2,discover:1"}).json()
    assert reply["models"]["discover"]["version"] == used["version"]
    assert reply["models"]["again"]["version"] == again["version"]
    assert skus(reply) == {"again": ["s09b", "s09c"], "discover": ["s09a"]}
    (item,) = reply["lists"][1]["items"]
    assert item["algorithm"] == used["algorithm"]
    assert item["reasons"][0]["sku"] in {"s09b", "s09c"}


@pytest.mark.both
def test_a_version_that_has_not_passed_needs_a_reason(api, fitted):
    used = ListInUse.objects.get(wish="discover").version
    version = RecommendationVersion.objects.filter(wish="discover").exclude(pk=used.pk).first()
    RecommendationVersion.objects.filter(pk=version.pk).update(gate="failed")
    address = f"{MODELS}{version.number}/promote/"
    refused = api.post(address, {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_failed")
    assert errors(api.post(address, {"reason": "short"}, format="json")) == [
        ("reason", "bad_reason")
    ]
    promoted = api.post(address, {"reason": "We want to see it ourselves."}, format="json")
    assert promoted.json()["is_promoted"] is True
    entry = AuditEntry.objects.filter(action="promoted").latest("pk")
    assert entry.after["reason"] == "We want to see it ourselves."
    back = api.post(f"{MODELS}rollback/")
    assert back.json()["is_promoted"] is True
    assert back.json()["version"] == used.number
    assert api.post(f"{MODELS}rollback/").status_code == 409
    assert api.post(f"{MODELS}999/promote/", {}, format="json").status_code == 404


def test_the_next_night_renews_what_is_in_use(fitted):
    before = ListInUse.objects.get(wish="discover").version
    fit_recommendations(AT)
    after = ListInUse.objects.get(wish="discover").version
    assert (after.algorithm, after.number) == (before.algorithm, before.number + 6)
    assert RecommendationPromotion.objects.count() == 2


def test_what_falls_below_a_counter_is_replaced_at_once(fitted):
    """Descriptions say nothing here, which a person promoted all the same."""
    worse = RecommendationVersion.objects.get(wish="discover", algorithm="content_based")
    promote(worse, reason="We like how it looks on the page.")
    for number in range(120):
        bought(f"x{number}", f"s{number % 20:02}a", ago=12)
    row = ListInUse.objects.get(wish="discover")
    assert row.version == worse
    fit_recommendations(AT)
    row.refresh_from_db()
    assert row.version.algorithm != "content_based"
    assert AuditEntry.objects.filter(action="below_baseline", name="content_based").exists()


def test_a_website_with_enough_customers_has_its_own_gate(fitted, monkeypatch):
    other = Website.objects.create(code="other", name="Other")
    Customer.objects.filter(pk__in=Customer.objects.order_by("pk")[:60]).update(website=other)
    monkeypatch.setattr(list_gate, "OWN_USERS", 50)
    monkeypatch.setattr(list_gate, "FEWEST_USERS", 50)
    fit_recommendations(AT)
    found = {(row.wish, row.scope): row.version for row in ListInUse.objects.all()}
    scopes = {scope for _wish, scope in found}
    assert {"", "other"} <= scopes
    assert found["discover", "other"].scope == "other"
    assert found["discover", "other"].figures["users"] < found["discover", ""].figures["users"]
    monkeypatch.undo()
    fit_recommendations(AT)
    assert set(ListInUse.objects.values_list("scope", flat=True)) == {""}
