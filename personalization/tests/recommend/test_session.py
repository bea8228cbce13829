"""Lists follow what a shopper looks at; customers without purchases get a list too."""

from datetime import timedelta
from math import sqrt

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from rest_framework.test import APIClient

from core.clock import now
from customers.models import Consent, ProductView
from personalization.lists.scored import Scored
from personalization.models import BehaviorEvent
from personalization.recommend.nightly import fit_recommendations
from personalization.recommend.session.recent import recent_skus
from personalization.recommend.session.scores import raised_by_session, session_scores
from personalization.recommend.session.views import ViewModel, fit_views
from personalization.tests.recommend.rows import AT, DAY, bought, customer, product

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nobody_is_held_out(settings):
    settings.HOLDOUT_BASIS_POINTS = 0


def say(number, state, at):
    Consent.objects.create(
        customer=customer(number), purpose="tracking", state=state, source="t", at=at
    )


def viewed(number, sku, at):
    if not customer(number).consents.exists():
        say(number, "granted", AT - 300 * DAY)
    ProductView.objects.create(customer=customer(number), product=product(sku), viewed_at=at)


def in_cart(number, sku, at, kind="cart_added"):
    BehaviorEvent.objects.create(
        customer=customer(number),
        behavior_type=kind,
        key=f"{number} {sku} {kind} {at}",
        occurred_at=at,
        received_at=at,
        data={"sku": sku},
        sku_folded=sku,
    )


def refuse_tracking(number):
    say(number, "refused", AT - DAY)


@pytest.fixture
def api(client_with):
    cache.clear()
    user = client_with().user
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="personalization"))
    client = APIClient()
    client.force_authenticate(user)
    return client


def reply(api, number, **query):
    query = {"customer_id": number, "as_of": AT.isoformat(), "types": "personal:3", **query}
    response = api.get("/api/v1/personalization/recommendations", query)
    assert response.status_code == 200, response.content
    return response.json()


# Which products ----------------------------------------------------------------------------------


def test_the_five_newest_of_a_day_count():
    for place, sku in enumerate("abcdef"):
        viewed("1", sku, AT - (10 - place) * MINUTE)
    viewed("1", "a", AT)
    viewed("1", "old", AT - DAY - MINUTE)
    viewed("1", "later", AT + MINUTE)
    assert recent_skus(customer("1"), AT) == ("a", "f", "e", "d", "c")


def test_what_was_bought_or_taken_out_again_is_no_interest():
    for sku, ago in (("a", 30), ("b", 20), ("c", 10)):
        in_cart("1", sku, AT - ago * MINUTE)
    in_cart("1", "b", AT - 5 * MINUTE, "cart_removed")
    in_cart("1", "c", AT - 10 * MINUTE, "cart_removed")
    bought("1", "a", at=AT - 2 * MINUTE)
    assert recent_skus(customer("1"), AT) == ("c",)


def test_views_need_consent_to_tracking():
    viewed("1", "a", AT - MINUTE)
    in_cart("1", "b", AT - 2 * MINUTE)
    assert recent_skus(customer("1"), AT) == ("a", "b")
    refuse_tracking("1")
    assert recent_skus(customer("1"), AT) == ("b",)


# Scores ------------------------------------------------------------------------------------------


def test_session_scores_add_views_in_one_session_and_nearness():
    for sku, price, brand in (("i", 10, "Acme"), ("j", 8, "acme"), ("k", 20, "Other")):
        product(sku, "shoes", price=price, brand=brand)
    product("x")
    viewed("1", "i", AT - 30 * DAY)
    viewed("1", "x", AT - 30 * DAY + 30 * MINUTE)
    # A minute too late for the session.
    viewed("1", "k", AT - 30 * DAY + 61 * MINUTE)
    viewed("2", "i", AT - 10 * DAY)
    # More than 90 days ago.
    viewed("2", "j", AT - 91 * DAY)
    viewed("2", "i", AT - 91 * DAY)
    viewed("3", "i", AT - 5 * DAY)
    refuse_tracking("3")
    model = ViewModel(fit_views(AT))
    found = session_scores(model, ("i",))
    scores = {sku: one.score for sku, one in found.items()}
    near = {"j": 0.1 * 2 * 0.8, "k": 0.1 * 0.5}
    assert scores == pytest.approx({"x": 1 / sqrt(2 * 1), **near})
    # The second product counts 0.8 of it, and neither is a candidate.
    both = session_scores(model, ("k", "i"))
    assert {sku: one.score for sku, one in both.items()} == pytest.approx(
        {"x": 0.8 / sqrt(2), "j": 0.1 * 0.4 + 0.8 * 0.16}
    )
    assert both["x"].owed_to == "i"


def test_the_session_weighs_half_of_the_list():
    own = [Scored("a", 4.0), Scored("b", 2.0), Scored("c", 1.0)]
    assert raised_by_session(own, {"c": 0.3, "d": 0.15}) == [
        Scored("a", 1.0), Scored("c", 0.75), Scored("b", 0.5), Scored("d", 0.25)
    ]  # fmt: skip


# Lists -------------------------------------------------------------------------------------------


@pytest.fixture
def shop():
    """Everybody bought a; shoes are worn by nobody yet."""
    for number in "12345678":
        bought(number, "a", "b" if number > "4" else "c", ago=2)
    for sku in ("s1", "s2"):
        product(sku, "shoes")
    product("b", "hats")


@pytest.mark.both
def test_the_call_after_a_view_follows_it(api, shop):
    fit_recommendations(AT)
    query = {"types": "discover:2"}

    def lists():
        address = "/api/v1/personalization/recommendations"
        return api.get(address, {"customer_id": "1", **query}).json()["lists"]

    assert [one["sku"] for one in lists()[0]["items"]] == ["b"]
    viewed("1", "s1", now())
    (items,) = (one["items"] for one in lists())
    assert [one["sku"] for one in items] == ["b", "s2"]
    assert items[1]["reasons"][-1] == {"code": "viewed", "sku": "s1", "value": "0.100000"}
    assert items[0]["score"] == "1.000000"
    # Nothing bought goes with the view, but the scores are shares of the largest all the same.
    query["types"] = "again:1"
    assert lists()[0]["items"][0]["score"] == "1.000000"


def test_a_reply_reads_each_row_once(api, shop, django_assert_max_num_queries):
    fit_recommendations(AT)
    address = "/api/v1/personalization/recommendations"
    api.get(address, {"customer_id": "1"})
    with django_assert_max_num_queries(26):
        api.get(address, {"customer_id": "1"})


def test_who_bought_nothing_is_served_by_session_interest_or_popularity(api, shop):
    customer("9")
    cold = reply(api, "9")
    assert (cold["served"], cold["lists"][0]["items"][0]["sku"]) == ("popular", "a")
    viewed("9", "b", AT - 2 * DAY)
    interested = reply(api, "9")
    assert interested["served"] == "segment"
    assert [one["sku"] for one in interested["lists"][0]["items"]] == ["b", "a", "c"]
    viewed("9", "s1", AT - MINUTE)
    found = reply(api, "9", types="personal:3,again:3")
    assert found["served"] == "session"
    first, second = found["lists"][0]["items"][:2]
    assert (first["sku"], first["wish"], first["algorithm"]) == ("s2", "discover", "session")
    assert first["reasons"] == [{"code": "viewed", "sku": "s1", "value": "0.100000"}]
    assert (second["sku"], second["algorithm"]) == ("a", "popular_30d")
    assert found["lists"][1]["items"] == []
