"""The answer comes in time, whatever hangs; what was ready by then stands in it."""

import threading

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection

from personalization.api import throttles
from personalization.api.recommendations.deadline import recommended_in_time
from personalization.experiences.gauges import deadlines
from personalization.models import ExposureCount, PersonalizationRule
from personalization.recommend.replies.question import Question
from personalization.tests.experiences.conftest import Scored, ask
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
# In memory SQLite has one writer: a thread that hangs in its transaction would hold up the others.
in_threads = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
PERSONAL = {"type": "product_recommendations", "types": "personal:2"}


@pytest.fixture
def hanging():
    """Something that hangs until the test is over."""
    over = threading.Event()

    def hang(*args, **kwargs):
        over.wait(60)
        return []

    yield hang
    over.set()


def skus(element):
    return [[item["sku"] for item in found["items"]] for found in element["content"]["lists"]]


def test_recommendations_are_products_that_are_sold(
    page, recommender, make_customer, make_product, make_placement, make_variant
):
    make_customer("C1")
    for sku in ("a", "b", "c"):
        make_product(sku)
    make_product("help", product_type="service")
    recommender.found |= {
        "personal": [("gone", 5), ("help", 4), ("a", 3), ("b", 2), ("c", 1)],
        "trending": [("a", 2), ("c", 1)],
    }
    make_variant(make_placement(), "r", PERSONAL | {"types": "personal:2,trending:2"})
    (element,) = ask(page, customer_id="C1")["elements"]
    assert skus(element) == [["a", "b"], ["c"]]
    assert element["content"]["lists"][0]["items"][0] == {
        "sku": "a",
        "name": "A",
        "price": "10.0000",
        "score": "3.000000",
        "rank": 1,
    }


def test_what_is_out_of_stock_is_not_shown(
    page, recommender, make_product, make_placement, make_variant
):
    from customers.models import ProductAttribute, ProductAttributeValue

    stock = ProductAttribute.objects.create(code="stock", label="Stock", type="number")
    for sku, number in (("a", 0), ("b", 1), ("c", None)):
        ProductAttributeValue.objects.create(
            product=make_product(sku), attribute=stock, number=number
        )
    recommender.found["popular"] = [("a", 3), ("b", 2), ("c", 1)]
    make_variant(make_placement(), "r", PERSONAL | {"types": "personal:5"})
    (element,) = ask(page)["elements"]
    assert skus(element) == [["b", "c"]]


@in_threads
@pytest.mark.django_db(transaction=True)
def test_a_recommender_that_hangs_is_not_waited_for(
    page, recommender, hanging, make_customer, make_placement, make_variant
):
    make_customer("C1")
    recommender.found["personal"] = hanging
    place = make_placement("a")
    make_variant(place, "r", PERSONAL)
    make_variant(make_placement("b"), "quick")
    answer = ask(page, customer_id="C1", deadline_ms=50)
    assert answer["served"] == "deadline"
    late, quick = answer["elements"]
    assert (late["variant"], late["why"]["code"]) == (None, "deadline")
    assert late["content"] == text("Hello")
    assert quick["variant"] == "quick"
    assert list(deadlines()) == [("a", 1)]
    assert ExposureCount.objects.get(element="a").variant == ""


@in_threads
@pytest.mark.django_db(transaction=True)
def test_what_is_ready_before_another_hangs_is_shown(
    page, recommender, hanging, make_product, make_placement, make_variant
):
    make_product("a")
    recommender.found |= {"popular": lambda: [Scored("a", 1)], "trending": hanging}
    make_variant(make_placement("a"), "r", PERSONAL)
    make_variant(make_placement("b"), "r", PERSONAL | {"types": "trending:2"})
    ready, late = ask(page, deadline_ms=3_000)["elements"]
    assert skus(ready) == [["a"]]
    assert late["why"]["code"] == "deadline"


@in_threads
@pytest.mark.django_db(transaction=True)
def test_a_default_that_is_late_itself_has_empty_lists(page, recommender, hanging, make_placement):
    recommender.found["trending"] = hanging
    make_placement(default=PERSONAL | {"types": "trending:2"})
    (element,) = ask(page, deadline_ms=50)["elements"]
    assert element["content"]["lists"] == [{"type": "trending", "items": []}]
    assert element["why"]["code"] == "deadline"


@in_threads
@pytest.mark.django_db(transaction=True)
def test_more_hang_than_there_are_threads(page, recommender, hanging, make_placement, make_variant):
    recommender.found["popular"] = hanging
    make_variant(make_placement(), "r", PERSONAL)
    assert {ask(page, deadline_ms=10)["served"] for _call in range(12)} == {"deadline"}


def test_a_recommender_that_fails_leaves_the_default(
    page, recommender, make_placement, make_variant
):
    recommender.found["popular"] = lambda: 1 / 0
    make_variant(make_placement(), "r", PERSONAL)
    (element,) = ask(page)["elements"]
    assert (element["content"], element["why"]["code"]) == (text("Hello"), "deadline")


def test_who_is_held_out_or_refuses_gets_nothing_personal(
    page, settings, say, recommender, make_customer, make_product, make_placement
):
    make_product("a")
    recommender.found |= {"personal": [("b", 1)], "popular": [("a", 1)]}
    make_placement(default=PERSONAL)
    make_customer("C1")
    say(make_customer("C2"), "personalization", "refused")
    settings.HOLDOUT_BASIS_POINTS = 10_000
    for number in ("C1", "C2"):
        (element,) = ask(page, customer_id=number)["elements"]
        assert skus(element) == [["a"]]
    assert {name for name, _args, _more in recommender.asked} == {"popular"}


def test_rules_of_the_shop_hold_in_experiences(
    page, recommender, make_product, make_placement, make_variant
):
    for sku in "abcd":
        make_product(sku)
    PersonalizationRule.objects.create(code="r", name="R", exclude=["a"], contexts=["home"])
    PersonalizationRule.objects.create(code="s", name="S", exclude=["b"], contexts=["cart"])
    recommender.found["popular"] = [("a", 4), ("b", 3), ("c", 2), ("d", 1)]
    make_variant(make_placement(), "r", PERSONAL | {"types": "popular:2"})
    (element,) = ask(page)["elements"]
    assert skus(element) == [["b", "c"]]


@in_threads
@pytest.mark.django_db(transaction=True)
def test_recommendations_that_hang_are_answered_by_what_is_ready(
    settings, monkeypatch, recommender, hanging, make_product, client_with
):
    settings.RECOMMENDATION_DEADLINE_MS = 3_000
    make_product("a")
    recommender.found |= {"popular": lambda: [Scored("a", 1)], "trending": hanging}
    reply = recommended_in_time(Question(types=(("popular", 1), ("trending", 1))))
    assert reply["served"] == "deadline"
    assert [(one["type"], len(one["items"])) for one in reply["lists"]] == [
        ("popular", 1),
        ("trending", 0),
    ]


def test_a_cache_that_hangs_holds_nobody_up(page, settings, monkeypatch, hanging, make_placement):
    settings.SERVE_RATE = 1
    monkeypatch.setattr(LocMemCache, "get", hanging)
    make_placement()
    assert {ask(page)["served"] for _call in range(3)} == {"default"}


def test_calls_are_counted(page, settings, monkeypatch, make_placement):
    settings.SERVE_RATE = 2
    monkeypatch.setattr(throttles, "PATIENCE", 60.0)
    cache.clear()
    body = {"page_type": "home"}
    path = "personalization/experience"
    codes = [page.send("POST", path, body).status_code for _call in range(3)]
    assert codes == [200, 200, 429]
