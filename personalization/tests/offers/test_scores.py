"""How well an offer fits a customer, and what that orders."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import now
from personalization.engagement import engagement
from personalization.models import Offer
from personalization.offers.scoring.formula import Parts, score_of, season_part
from personalization.tasks import write_profiles
from personalization.tests.conftest import say
from personalization.tests.offers.conftest import OFFERS, codes, faults, given
from personalization.tests.test_profile import put_into
from predictions.models import ModelVersion, PredictionModel

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bought(doing, make_customer):
    """Store a shop where C1 bought 2 lines of 5 in shoes and 1 of acme, C2 5 lines elsewhere."""
    put_into(doing.product("shoe"), "shoes", brand="acme")
    put_into(doing.product("boot"), "shoes")
    put_into(doing.product("hat"), "hats", brand="acme")
    for sku in ("tea", "mug"):
        doing.product(sku)
    one, other = make_customer("C1"), make_customer("C2")
    doing.order(one, now() - 40 * DAY, ["boot", "boot", "tea", "mug", "hat"])
    doing.order(other, now() - 40 * DAY, ["tea", "mug", "hat", "hat", "hat"])
    return one


def score(client, number="C1", **body):
    return {one["code"]: one["personalization_score"] for one in given(client, number, **body)}


def test_score_is_the_weighted_sum_of_its_parts():
    parts = Parts(purchase=0.8, engagement=0.421, season=season_part(1.5), brand=0.5)
    assert score_of(parts) == Decimal("0.6163")
    assert score_of(parts, {"season": 1.0}) == Decimal("0.6000")


def test_shares_are_compared_with_those_of_the_shop(shop, bought, make_offer):
    make_offer("plain")
    make_offer("shoes", categories=["shoes"])
    make_offer("goods", products=["tea", "hat"], brands=["acme"])
    engaged = float(engagement(bought).score) / 100
    found = {code: float(one) for code, one in score(shop).items()}
    rest = 0.3 * engaged + 0.2 * 0.5
    # Of the lines of C1 and of the shop: shoes 2/5, 2/10; tea and hat 2/5, 6/10; acme 1/5, 4/10.
    assert found == {
        "goods": pytest.approx(0.4 * 0.4 + rest + 0.1 / 3, abs=1e-4),
        "plain": pytest.approx(0.4 * 0.5 + rest + 0.1 * 0.5, abs=1e-4),
        "shoes": pytest.approx(0.4 * 2 / 3 + rest + 0.1 * 0.5, abs=1e-4),
    }
    assert score(shop, weights={"purchase": 0.75, "brand": 0.25})["shoes"] == "0.6250"
    # The shop's shares are stored: they follow every night, or when the offer changes.
    Offer.objects.update(named_share=0.0)
    assert score(shop, weights={"purchase": 1})["shoes"] == "1.0000"
    write_profiles()
    assert score(shop, weights={"purchase": 1})["shoes"] == "0.6667"
    before = (now() - 41 * DAY).isoformat()
    assert score(shop, weights={"purchase": 1}, as_of=before)["shoes"] == "0.5000"


def test_season_is_that_of_the_deployed_lifetime_value(shop, make_customer, make_offer):
    make_customer("C1")
    make_offer("ten")
    model = PredictionModel.objects.get(code="clv")
    index = {str(month): 1.0 for month in range(1, 13)} | {"12": 3.0}
    model.deployed = ModelVersion.objects.create(
        model=model,
        number=1,
        as_of=now(),
        created_at=now(),
        parameters={},
        fitted={"season": index},
    )
    model.save()
    asked = {"weights": {"season": 1}}
    assert score(shop, as_of="2026-12-24T12:00:00Z", **asked) == {"ten": "0.7500"}
    assert score(shop, as_of="2026-11-24T12:00:00Z", **asked) == {"ten": "0.5000"}


def test_score_orders_only_with_the_setting(shop, bought, make_offer, settings):
    for code in "abcde":
        make_offer(code, categories=["hats"])
    make_offer("first", priority=-1, categories=["hats"])
    make_offer("shoes", categories=["shoes"])
    assert codes(shop) == ["first", "a", "b", "c", "d"]
    settings.OFFERS_BY_SCORE = True
    assert codes(shop) == ["first", "shoes", "a", "b", "c"]
    assert codes(shop, "nobody") == ["first", "a", "b", "c", "d"]


def test_strangers_and_refusing_customers_have_no_score(shop, bought, make_offer):
    make_offer("ten")
    assert score(shop, "nobody") == {"ten": None}
    say(bought, "refused", ["personalization"])
    assert score(shop) == {"ten": None}


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"purchase": 0.9}, "weights"),
        ({"purchase": 1.5, "brand": -0.5}, "weights"),
        ({"trend": 1}, "unknown_choice"),
        ({"purchase": "1"}, "invalid"),
        ([1], "invalid"),
        ({}, "weights"),
    ],
)
def test_weights_that_are_none_are_refused(shop, make_customer, weights, code):
    make_customer("C1")
    body = {"customer_id": "C1", "weights": weights}
    assert faults(shop.send("POST", f"{OFFERS}evaluate/", body)) == [("weights", code)]
