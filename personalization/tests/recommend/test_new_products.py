"""Products that nobody has bought yet get one of five places in `discover`."""

from datetime import timedelta

import pytest

from customers.models import Product
from personalization.recommend.nightly import fit_recommendations
from personalization.tests.recommend.rows import AT, DAY, bought, customer, product
from personalization.tests.recommend.test_session import api, nobody_is_held_out, reply

__all__ = ["api", "nobody_is_held_out"]

pytestmark = pytest.mark.django_db
OTHERS = [f"other {number}" for number in range(12)]


@pytest.fixture
def shop():
    """One customer of `tea pot`; twelve products that others buy; three that nobody has bought."""
    bought("1", "tea pot", ago=40)
    for place, sku in enumerate(OTHERS):
        for number in range(place + 2):
            bought(f"buyer {number}", sku, ago=3)
    for sku, ago in (("tea pot blue", 0), ("tea pot red", 29), ("tea pot old", 30)):
        product(sku)
        Product.objects.filter(sku=sku).update(created_at=AT - ago * DAY)
    product("tea pot of nobody knows when")


def discovered(api, n, **query):
    (found,) = reply(api, "1", types=f"discover:{n}", **query)["lists"]
    return found["items"]


def unsold(items):
    return [
        (item["rank"], item["sku"])
        for item in items
        if [one["code"] for one in item["reasons"]] == ["new_product"]
    ]


@pytest.mark.both
def test_one_of_five_to_discover_is_new(api, shop):
    items = discovered(api, 11)
    assert [item["rank"] for item in items] == list(range(1, 12))
    assert unsold(items) == [(5, "tea pot blue"), (10, "tea pot red")]
    assert {items[4]["algorithm"], items[9]["algorithm"]} == {"content_based"}
    assert (items[4]["wish"], float(items[4]["score"]) > 0) == ("discover", True)
    assert unsold(discovered(api, 4)) == []
    assert len(unsold(discovered(api, 5))) == 1
    for kind in ("personal", "again", "popular"):
        (found,) = reply(api, "1", types=f"{kind}:12")["lists"]
        assert unsold(found["items"]) == []


def test_rules_and_sales_keep_new_products_out(api, shop):
    assert unsold(discovered(api, 5, exclude="tea pot blue")) == [(5, "tea pot red")]
    bought("buyer 1", "tea pot blue", ago=0, at=AT - timedelta(hours=1))
    assert unsold(discovered(api, 11)) == [(5, "tea pot red")]
    # Nothing of the kind was bought by this customer.
    customer("nobody")
    (found,) = reply(api, "nobody", types="discover:11")["lists"]
    assert unsold(found["items"]) == []


def test_the_nightly_fit_knows_the_new_products(api, shop):
    fit_recommendations(AT)
    # Without `as_of` the fit answers, as of when it was made.
    items = api.get(
        "/api/v1/personalization/recommendations", {"customer_id": "1", "types": "discover:11"}
    ).json()["lists"][0]["items"]
    assert unsold(items) == [(5, "tea pot blue"), (10, "tea pot red")]
    # Bought since the fit: no longer to be discovered.
    bought("1", "tea pot blue", at=AT - timedelta(hours=1))
    items = api.get(
        "/api/v1/personalization/recommendations", {"customer_id": "1", "types": "discover:11"}
    ).json()["lists"][0]["items"]
    assert unsold(items) == [(5, "tea pot red")]
