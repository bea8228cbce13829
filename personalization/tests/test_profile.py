"""The profile: each block from the rows, who may see what, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core import clock
from customers.models import (
    Address,
    AuditEntry,
    Category,
    Consent,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
    ProductView,
    Refund,
)
from personalization.models import HourShare, InterestShare, Subject
from personalization.profiles import interest_baseline
from personalization.profiles.affinity import affinities
from personalization.profiles.computed import Profile
from personalization.profiles.send_time import send_time
from personalization.tests.conftest import behavior
from predictions.models import CustomerPrediction
from predictions.scores import scores_of
from segments.models import Membership

pytestmark = pytest.mark.django_db

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SEE = ("personalization.view_profile",)
ALL = (*SEE, "predictions.view_scores", "segments.view_members", "customers.view_personal_data")


def put_into(product, *codes, brand=""):
    for code in codes:
        category, _made = Category.objects.get_or_create(code=code, defaults={"name": code.title()})
        ProductCategory.objects.create(product=product, category=category)
    if brand:
        attribute, _made = ProductAttribute.objects.get_or_create(
            code="brand", defaults={"label": "Brand", "type": "text"}
        )
        ProductAttributeValue.objects.create(product=product, attribute=attribute, text=brand)


@pytest.fixture
def catalogue(doing):
    """Shoes and hats, and a cap that is in two categories."""
    put_into(doing.product("shoe", price="50"), "shoes", brand="acme")
    put_into(doing.product("boot", price="100"), "shoes", brand="best")
    put_into(doing.product("hat", price="10"), "hats")
    put_into(doing.product("cap", price=None), "caps", "hats", brand="acme")


def get(client, customer, asked=""):
    reply = client.send("GET", f"personalization/profile/{customer.external_id}{asked}")
    assert reply.status_code == 200, reply.content
    return reply.json()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_profile_has_every_block(doing, make_customer, client_with, make_segment, slash):
    customer = make_customer("A/1", date_of_birth=date(1990, 5, 1), gender="female", email="a@b.c")
    Address.objects.create(customer=customer, country="FR", is_default_billing=True)
    attribute = CustomerAttribute.objects.create(code="style", label="Style", type="text")
    CustomerAttributeValue.objects.create(customer=customer, attribute=attribute, text="plain")
    segment = make_segment("VIP", code="vip")
    Membership.objects.update_or_create(
        segment=segment, customer=customer, defaults={"entered_at": NOON}
    )
    doing.view(customer, NOON)

    found = get(client_with(*ALL), customer, f"{slash}?as_of=2024-03-10T12:00:00Z")

    assert set(found) == {
        *("customer", "as_of", "updated_at", "engagement", "sessions", "behavior", "purchases"),
        *("interests", "brands", "price", "predictions", "send_time", "segments"),
        *("experiments", "consent", "lifestyle"),
        "insights",
    }
    assert found["customer"] == {
        "id": "A/1",
        "kind": "registered",
        "website": "default",
        "registered_at": None,
        "name": "",
        "email": "a@b.c",
        "age_group": "25-34",
        "gender": "female",
        "country": "FR",
        "attributes": {"style": "plain"},
    }
    assert found["as_of"] == "2024-03-10T12:00:00Z"
    assert found["segments"] == ["vip"]
    assert found["consent"] == {"tracking": "unknown", "personalization": "unknown"}
    assert set(found["predictions"]) == set(scores_of(customer))


def test_sessions_and_engagement_are_those_of_the_functions(doing, make_customer, client_with):
    customer = make_customer()
    for seconds in (0, 100, 1900, 9000, 9001):
        doing.view(customer, NOON - 14 * DAY + timedelta(seconds=seconds))

    found = get(client_with(*SEE), customer, "?as_of=2024-03-10T12:00:00Z")

    assert found["sessions"] == {
        "count": 2,
        "last_started_at": "2024-02-25T14:30:00Z",
        "last_ended_at": "2024-02-25T14:30:01Z",
        "average_seconds": 951,
        "average_activities": "2.5",
    }
    assert found["engagement"]["score"] == "11.1"
    assert found["engagement"]["parts"][0]["type"] == "product_viewed"
    assert found["engagement"]["parts"][0]["count"] == 5


def test_without_activity_there_is_nothing_and_no_error(make_customer, client_with):
    found = get(client_with(*SEE), make_customer(kind="guest"))

    assert found["sessions"]["count"] == 0
    assert found["engagement"] == {"score": "0.0", "raw": "0.000000", "parts": []}
    assert (found["interests"], found["brands"]) == ([], [])
    assert found["price"] == {"discount_share": None, "position": None}
    assert [one["code"] for one in found["insights"]] == ["not_enough"]


def test_behavior_shows_the_newest_each_once(doing, make_customer, client_with):
    customer = make_customer()
    for number in range(12):
        doing.view(customer, NOON - 31 * DAY + number * HOUR, sku=f"p{number}")
    doing.view(customer, NOON - HOUR, sku="p0")
    for number, query in enumerate(["a", "b", "a", "c", "d", "e", "f", "f"]):
        doing.behave(
            customer,
            NOON - DAY + number * HOUR,
            "search",
            search_query=query,
            channel="app",
            context={"device": "mobile"} if number % 2 else {},
        )
    doing.behave(customer, NOON - 91 * DAY, "page_viewed", context={"device": "desktop"})
    doing.behave(customer, NOON + DAY, "search", search_query="later")

    found = get(client_with(*SEE), customer, "?as_of=2024-03-10T12:00:00Z")["behavior"]

    assert found == {
        "product_views_30d": 1,
        "last_viewed": ["p0", *(f"p{number}" for number in range(11, 2, -1))],
        "searches": ["f", "e", "d", "c", "a"],
        "channels": {"app": 8, "web": 13},
        "devices": {"mobile": 4},
    }


@pytest.mark.both
def test_channels_and_devices_are_of_views_wishes_and_log_ins_too(track, consenting, client_with):
    customer = consenting()
    more = {"channel": "app", "context": {"device": "tablet"}}
    view = behavior("product_viewed", data={"sku": "TEA"}, **more)
    track([view, behavior("login", **more), behavior("wishlist_added", data={"sku": "TEA"})])

    found = get(client_with(*SEE), customer)["behavior"]

    assert (found["channels"], found["devices"]) == ({"app": 2, "web": 1}, {"tablet": 2})
    ProductView.objects.all().delete()
    found = get(client_with(*SEE), customer)["behavior"]
    assert (found["channels"], found["devices"]) == ({"app": 1, "web": 1}, {"tablet": 1})


def test_purchases_mean_what_conditions_call_so(doing, make_customer, client_with):
    customer = make_customer()
    doing.order(customer, NOON - 9 * DAY, grand_total="70", coupon_code="X")
    doing.order(customer, NOON - 5 * DAY, grand_total="50.005")
    doing.order(customer, NOON - 4 * DAY, grand_total="9", state="closed")
    doing.order(customer, NOON - 1 * DAY, grand_total="9", state="canceled")
    doing.order(customer, NOON + DAY, grand_total="1000")
    Refund.objects.create(number="R", customer=customer, created_at=NOON - DAY, amount="3")

    found = get(client_with(*SEE), customer, "?as_of=2024-03-10T12:00:00Z")

    assert found["purchases"] == {
        "orders": 2,
        "sales": "120.0050",
        "average_order_value": "60.0025",
        "last_order_at": "2024-03-06T12:00:00Z",
        "days_since_last_order": 4,
    }
    assert found["price"]["discount_share"] == "0.5000"


def test_interests_are_shares_drawn_to_those_of_all(doing, make_customer, client_with, catalogue):
    customer, other = make_customer(), make_customer()
    doing.view(customer, NOON, sku="shoe")
    doing.view(customer, NOON - 90 * DAY, sku="cap")
    doing.order(customer, NOON - 90 * DAY, skus=["boot"])
    doing.order(customer, NOON, skus=["hat"], state="canceled")
    doing.put_in_cart(other, NOON, sku="hat")
    interest_baseline.keep(interest_baseline.compute(NOON), NOON)
    # Of the customer: shoes 1 + 5, caps 0.25, hats 0.25; of the other: hats 4.
    g_shoes, g_hats, g_caps = (amount / 10.5 for amount in (6, 4.25, 0.25))

    found = get(client_with(*SEE), customer, "?as_of=2024-03-10T12:00:00Z")

    def told(amount, usual):
        share = (amount + 10 * usual) / (6.5 + 10)
        return {"share": f"{share:.4f}", "lift": f"{share / usual:.4f}"}

    assert found["interests"] == [
        {"category": "caps", **told(0.25, g_caps)},
        {"category": "shoes", **told(6, g_shoes)},
        {"category": "hats", **told(0.25, g_hats)},
    ]
    assert [one["brand"] for one in found["brands"]] == ["acme", "best"]


def test_shares_of_all_leave_out_who_refuses_and_have_an_address(
    doing, make_customer, client_with, catalogue
):
    customer, refusing = make_customer(), make_customer()
    doing.view(customer, NOON, sku="shoe")
    doing.view(customer, NOON, sku="hat")
    doing.view(refusing, NOON, sku="boot")
    refuse(refusing)

    reply = client_with(*SEE).send("GET", "personalization/interests")

    assert reply.json()["categories"] == [
        {"category": "hats", "name": "Hats", "share": "0.5000"},
        {"category": "shoes", "name": "Shoes", "share": "0.5000"},
    ]
    assert reply.json()["brands"] == [{"brand": "acme", "share": "1.0000"}]


def test_equal_lifts_stand_by_code_and_there_are_ten_at_most(doing, make_customer, client_with):
    customer = make_customer()
    for number in range(12):
        sku = f"p{number:02}"
        put_into(doing.product(sku), f"c{number:02}")
        doing.view(customer, NOON, sku=sku)

    found = get(client_with(*SEE), customer)["interests"]

    assert [one["category"] for one in found] == [f"c{number:02}" for number in range(10)]


def test_what_nobody_was_interested_in_last_night_is_no_interest_yet():
    assert affinities({"new": 3.0}, {}) == []


def test_the_price_position_is_the_mean_over_lines(doing, make_customer, client_with, catalogue):
    customer = make_customer()
    doing.order(customer, NOON, skus=["shoe"], price="60")  # 1 of 2 in shoes
    doing.order(customer, NOON, skus=["boot"], price="100")  # 2 of 2
    doing.order(customer, NOON, skus=["cap"], price="100")  # caps has no priced product
    doing.order(customer, NOON, skus=["nowhere"], price="1")
    doing.order(customer, NOON, skus=["hat"], price=None)
    doing.order(customer, NOON, skus=["shoe"], price="1", state="closed")

    found = get(client_with(*SEE), customer)["price"]

    assert found["position"] == "0.7500"


def test_the_send_time_is_the_earliest_of_the_largest_shares():
    nobody = [1 / 24] * 24
    assert send_time([0] * 24, nobody).hour == 0
    counts = [0] * 24
    counts[19], counts[7] = 3, 3
    found = send_time(counts, nobody)
    assert found.hour == 7
    assert round(found.confidence, 6) == round((3 + 10 / 24) / 16, 6)


def test_the_send_time_is_in_the_hours_of_the_website(doing, make_customer, client_with):
    customer = make_customer()
    customer.website.timezone = "Europe/Berlin"
    customer.website.save()
    for days in (1, 2, 200):
        doing.view(customer, NOON - days * DAY)
    doing.behave(customer, NOON - HOUR, "email_opened")
    interest_baseline.keep(interest_baseline.compute(NOON), NOON)

    found = get(client_with(*SEE), customer, "?as_of=2024-03-10T12:00:00Z")["send_time"]

    assert found == {"hour": 13, "confidence": "1.00"}
    assert HourShare.objects.get(hour=13).share == 1


def test_shares_are_replaced_each_night(doing, make_customer, catalogue):
    doing.view(make_customer(), NOON, sku="shoe")
    for _ in range(2):
        interest_baseline.keep(interest_baseline.compute(NOON), NOON)

    rows = InterestShare.objects.filter(subject=Subject.CATEGORY)
    assert list(rows.values_list("code", "share")) == [("shoes", 1.0)]
    assert HourShare.objects.count() == 24


def refuse(customer, state="refused"):
    Consent.objects.create(
        customer=customer, purpose="personalization", state=state, source="api", at=clock.now()
    )


@pytest.mark.parametrize("page", ["profile", "insights"])
def test_who_refuses_personalization_has_none(make_customer, client_with, page):
    customer = make_customer()
    refuse(customer)
    client = client_with(*SEE)

    reply = client.send("GET", f"personalization/{page}/{customer.external_id}/")
    assert (reply.status_code, reply.json()["code"]) == (403, "no_consent")

    refuse(customer, "granted")
    assert get(client, customer)["consent"]["personalization"] == "granted"


def test_where_consent_is_opt_in_nobody_has_a_profile_by_default(
    make_customer, client_with, settings
):
    settings.PERSONALIZATION_CONSENT = "opt_in"
    reply = client_with(*SEE).send("GET", f"personalization/profile/{make_customer().external_id}/")
    assert reply.status_code == 403


def test_without_permissions_blocks_and_names_are_left_out(make_customer, client_with):
    customer = make_customer(email="a@b.c", gender="female", date_of_birth=date(1990, 5, 1))

    found = get(client_with(*SEE), customer)

    assert "predictions" not in found
    assert "segments" not in found
    assert "email" not in found["customer"]
    assert (found["customer"]["gender"], found["customer"]["age_group"]) == (None, None)
    refused = client_with("segments.view_members").send(
        "GET", f"personalization/profile/{customer.external_id}/"
    )
    assert refused.status_code == 403


def test_only_the_blocks_that_are_asked_for(make_customer, client_with):
    customer = make_customer()

    found = get(client_with(*ALL), customer, "/?include=interests,segments")
    assert set(found) == {"customer", "as_of", "updated_at", "interests", "brands", "segments"}

    reply = client_with(*ALL).send(
        "GET", f"personalization/profile/{customer.external_id}/?include=behavior,nonsense"
    )
    assert reply.status_code == 400
    assert [(one["path"], one["code"]) for one in reply.json()["errors"]] == [
        ("include", "unknown_choice")
    ]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("as_of=2024-03-10T12:00:00", "as_of"),
        ("as_of=0001-01-01T00:00:00Z", "as_of"),
        ("as_of=9999-12-31T00:00:00Z", "as_of"),
        ("as_of=%00", "as_of"),
        ("nonsense=1", "nonsense"),
        ("include=", "include"),
    ],
)
def test_what_is_wrong_is_named(make_customer, client_with, asked, path):
    number = make_customer().external_id
    reply = client_with(*SEE).send("GET", f"personalization/profile/{number}/?{asked}")
    assert reply.status_code == 400
    assert [one["path"] for one in reply.json()["errors"]] == [path]


def test_an_unknown_customer_is_404_and_a_look_is_noted(make_customer, client_with):
    client = client_with(*SEE)
    assert client.send("GET", "personalization/profile/nobody/").status_code == 404

    get(client, make_customer("C17"))

    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.name, entry.after) == ("viewed", "C17", {"page": "profile"})


@pytest.mark.parametrize(
    ("born", "group"),
    [
        (date(2006, 3, 11), "under-18"),
        (date(2006, 3, 10), "18-24"),
        (date(1959, 3, 11), "55-64"),
        (date(1959, 3, 10), "65+"),
        (date(2030, 1, 1), "under-18"),
        (None, None),
    ],
)
def test_age_groups_begin_on_birthdays(make_customer, born, group):
    assert Profile(make_customer(date_of_birth=born), NOON).age_group == group


# Insights -----------------------------------------------------------------------------------------


def insights(client_with, customer, at=NOON):
    reply = client_with(*SEE).send(
        "GET", f"personalization/insights/{customer.external_id}?as_of={at:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert reply.status_code == 200, reply.content
    return {one["code"]: one for one in reply.json()["insights"]}


def test_of_whom_little_is_known_that_alone_is_said(doing, make_customer, client_with, catalogue):
    customer = make_customer()
    doing.view(customer, NOON)
    doing.view(customer, NOON)
    doing.behave(customer, NOON, "email_opened")
    assert insights(client_with, customer)["not_enough"]["figures"] == {"count": 2, "needed": 3}

    doing.login(customer, NOON)
    assert "not_enough" not in insights(client_with, customer)


def test_insights_stand_in_the_order_of_their_codes(doing, make_customer, client_with, catalogue):
    customer = make_customer()
    for number in range(5):
        doing.order(customer, NOON - number * DAY, skus=["shoe"], coupon_code="X" if number else "")
    for _ in range(60):
        doing.view(make_customer(), NOON, sku="hat")
    CustomerPrediction.objects.create(customer=customer, overdue_ratio=Decimal("2.5"))

    found = insights(client_with, customer)

    assert list(found) == [
        *("engagement_up", "new_interest", "overdue", "price_sensitive", "top_interest"),
    ]
    assert found["overdue"]["figures"] == {"overdue_ratio": "2.5000", "purchase_days": 5}
    assert found["price_sensitive"]["figures"] == {"discount_share": "0.8000", "orders": 5}
    assert found["new_interest"]["figures"] == {"categories": ["shoes"]}
    assert found["top_interest"]["figures"]["category"] == "shoes"
    assert "shoes" in found["top_interest"]["sentence"]
    assert "engagement_down" in insights(client_with, customer, NOON + 30 * DAY)
    assert Customer.objects.count() == 61
