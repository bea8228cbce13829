"""Evaluating, questions about segments, and coupons by the API."""

import csv
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from core.clock import now
from customers.models import Website
from customers.tests.rows import an_order
from price_rules.coupons.issuing import issue_coupon
from price_rules.models import Coupon, CouponBatch
from price_rules.tasks import make_missing_coupons
from price_rules.tests.conftest import items

pytestmark = pytest.mark.django_db
CART = {"items": items(("A", 2, "10.00"), ("B", 1, "30.00"))}


def evaluated(client, **body):
    answer = client.send("POST", "cart-price-rules/evaluate/", {"cart": CART} | body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_reply_of_the_contract(till, make_rule, clock):
    make_rule("r1", priority=1, label={"en": "Ten off"})
    make_rule("r2", priority=2, action="fixed_cart", value=5)
    make_rule("r3", priority=3, is_active=False)

    assert evaluated(till, as_of="2026-04-10T12:00:00+02:00") == {
        "as_of": "2026-04-10T10:00:00Z",
        "currency": "EUR",
        "subtotal": "50.00",
        "discount": "10.00",
        "shipping_discount": "0.00",
        "free_shipping": False,
        "grand_total": "40.00",
        "lines": [
            {
                "line": 1,
                "sku": "A",
                "row_total": "20.00",
                "discount": "4.00",
                "rules": [{"code": "r1", "amount": "2.00"}, {"code": "r2", "amount": "2.00"}],
            },
            {
                "line": 2,
                "sku": "B",
                "row_total": "30.00",
                "discount": "6.00",
                "rules": [{"code": "r1", "amount": "3.00"}, {"code": "r2", "amount": "3.00"}],
            },
        ],
        "applied": [
            {"code": "r1", "label": "Ten off", "amount": "5.00", "stopped": False},
            {"code": "r2", "label": "r2", "amount": "5.00", "stopped": False},
        ],
        "not_applied": [{"code": "r3", "reason": "inactive"}],
        "coupon": {"code": None, "status": None},
    }


def test_details_where_they_are_asked_for(till, make_rule):
    make_rule("r1", priority=0, min_subtotal=60)
    make_rule("r2", priority=1, stop_further_rules=True)
    make_rule("r3", priority=2)
    first, second = evaluated(till, explain=True)["not_applied"]

    assert first == {
        "code": "r1",
        "reason": "min_subtotal",
        "detail": "The subtotal is €50; the rule needs €60.",
    }
    assert (second["reason"], second["rule"]) == ("stopped", "r2")
    assert "r2" in second["detail"]


@pytest.fixture
def reader(client_with):
    """Somebody who evaluates and may see segments."""
    return client_with("price_rules.evaluate", "segments.view_segment")


def test_refusals_name_segments_and_queries_do_not_grow_with_them(
    reader, make_rule, make_segment, make_customer
):
    make_segment("Best customers", code="vip")
    make_customer("1")
    numbers = []
    for code in ("r1", "r2", "r3"):
        make_rule(code, segments={"operator": "is_not", "segments": ["vip"]})
        with CaptureQueriesContext(connection) as queries:
            refused = evaluated(reader, explain=True, customer="1")["not_applied"]
        numbers.append(len(queries))
    details = [one["detail"] for one in refused]
    assert details == ["The customer is in “Best customers”."] * 3
    assert numbers[1] == numbers[2]


def test_refusals_name_no_segment_that_the_reader_may_not_see(
    till, reader, make_rule, make_segment, make_customer
):
    base, other = make_customer("1").website, Website.objects.create(code="o", name="O")
    make_segment("Of all", code="all")
    make_segment("Elsewhere", code="elsewhere").websites.set([other])
    asked = ["all", "elsewhere"]
    make_rule("r1", segments={"operator": "is_not_one_of", "segments": asked}, websites=[base.code])

    def detail(client):
        (refused,) = evaluated(client, explain=True, customer="1")["not_applied"]
        return refused["detail"]

    assert detail(till) == "The customer is in one of “all”, “elsewhere”."
    assert detail(reader) == "The customer is in one of “Of all”, “Elsewhere”."
    reader.user.website_limits.create(website=base)
    assert detail(reader) == "The customer is in one of “Of all”, “elsewhere”."


def test_nothing_is_written(till, make_rule, make_customer, django_assert_num_queries):
    make_rule("r1", coupon="specific", coupon_code="A", uses_total=1)
    make_customer("1")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        evaluated(till, customer="1", cart=CART | {"coupon_code": "a"})
    assert all(one["sql"].startswith(("SELECT", "SAVEPOINT")) for one in asked.captured_queries)


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"cart": {"colour": 1}}, "cart.colour", "unknown_key"),
        ({"cart": {"shipping_amount": "x"}}, "cart.shipping_amount", "not_a_number"),
        ({"cart": 1}, "cart", "not_a_dict"),
        ({"cart": {"store": "gone"}}, "cart.store", "unknown_choice"),
        ({"rules": ["r1", "gone"]}, "rules[1]", "unknown_rule"),
        ({"as_of": "2026-04-10T12:00:00"}, "as_of", "no_offset"),
        ({"as_of": "0001-01-01T00:00:00+14:00"}, "as_of", None),
        ({"basket": {}}, "basket", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(till, make_rule, body, path, code):
    make_rule("r1")
    answer = till.send("POST", "cart-price-rules/evaluate/", {"cart": CART} | body)
    assert answer.status_code == 400, answer.content
    found = {one["path"]: one["code"] for one in answer.json()["errors"]}
    assert found[path] == code or code is None


def test_an_unknown_customer_is_named(till, make_customer):
    make_customer("1")
    for number in ("nobody", " 1"):
        body = {"cart": CART, "customer": number}
        for path, more in (("evaluate/", {}), ("satisfies/", {"questions": [IS]})):
            answer = till.send("POST", f"cart-price-rules/{path}", body | more)
            assert (answer.status_code, f"“{number}”" in answer.json()["detail"]) == (404, True)


IS = {"operator": "is", "segments": ["all"]}
IS_NOT = {"operator": "is_not", "segments": ["gone"]}


def test_questions_about_segments(till, make_segment, make_customer):
    make_segment("All", code="all")
    make_customer("1")

    def answers(**body):
        body |= {"questions": [IS, IS_NOT]}
        answer = till.send("POST", "cart-price-rules/satisfies/", body)
        assert answer.status_code == 200, answer.content
        assert parse_datetime(answer.json()["as_of"]).tzinfo is not None
        return answer.json()["answers"]

    assert answers(customer="1") == answers(customer="1", cart=CART) == [True, True]
    assert answers(cart=CART) == answers() == [False, False]


@pytest.mark.parametrize(
    ("questions", "path"),
    [
        ([], "questions"),
        ([IS] * 51, "questions"),
        ([IS, {"operator": "has", "segments": []}], "questions[1].operator"),
        ([{"operator": "is"}], "questions[0].segments"),
    ],
)
def test_questions_that_are_none(till, questions, path):
    answer = till.send("POST", "cart-price-rules/satisfies/", {"questions": questions})
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == [path]


def test_a_few_coupons_at_once(till, make_rule):
    make_rule("r1", coupon="generated")
    body = {"count": 3, "prefix": "AB", "expires_at": "2126-12-24T00:00:00Z"}
    answer = till.send("POST", "cart-price-rules/r1/coupons/", body)

    assert answer.status_code == 201
    found = answer.json()["coupons"]
    assert len({one["code"] for one in found}) == 3
    assert found[0]["expires_at"] == "2126-12-24T00:00:00Z"
    assert (found[0]["customer"], found[0]["code"][:2]) == (None, "AB")


def test_many_coupons_in_the_background(
    till, make_rule, monkeypatch, django_capture_on_commit_callbacks
):
    make_rule("r1", coupon="generated")
    asked = []
    monkeypatch.setattr(make_missing_coupons, "delay", lambda: asked.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        answer = till.send("POST", "cart-price-rules/r1/coupons/", {"count": 1001})
    batch = CouponBatch.objects.get()
    assert (answer.status_code, asked) == (202, [True])
    path = f"cart-price-rules/r1/coupons/{batch.pk}/"
    running = {"id": batch.pk, "state": "running", "done": 0, "total": 1001}
    assert answer.json() == till.send("GET", path).json() == running
    assert till.send("GET", "coupons/?rule=r1").json()["results"] == []

    make_missing_coupons()
    assert till.send("GET", path).json() == running | {"state": "completed", "done": 1001}
    assert len(till.send("GET", "coupons/?rule=r1&limit=1000").json()["results"]) == 1000


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({}, "count", "required"),
        ({"count": 100_001}, "count", "max_value"),
        ({"count": 1, "length": 8, "alphabet": "AB"}, "length", "too_short"),
        ({"count": 1, "expires_at": "2026-12-24"}, "expires_at", "no_offset"),
    ],
)
def test_coupons_that_cannot_be_made(till, make_rule, body, path, code):
    make_rule("r1", coupon="generated")
    answer = till.send("POST", "cart-price-rules/r1/coupons/", body)
    assert answer.status_code == 400, answer.content
    assert [(one["path"], one["code"]) for one in answer.json()["errors"]] == [(path, code)]


def test_lists_and_files_of_coupons(till, make_rule, make_customer):
    rule = make_rule("r1", coupon="generated")
    make_rule("r2", coupon="specific", coupon_code='=cmd,"1"')
    code = issue_coupon(rule, make_customer("7"), now()).code

    def codes(query=""):
        found = till.send("GET", f"coupons/{query}").json()["results"]
        return [(one["rule"], one["code"], one["customer"], one["uses"]) for one in found]

    own, everybodys = ("r1", code, "7", 1), ("r2", '=cmd,"1"', None, 0)
    assert sorted(codes()) == [own, everybodys]
    assert codes("?rule=r1") == codes("?customer=7") == [own]
    for query in ("?rule=gone", "?customer=gone", "?customer=%207"):
        assert till.send("GET", f"coupons/{query}").status_code == 400
    answer = till.send("GET", "coupons.csv?rule=r2")
    text = b"".join(answer.streaming_content).decode()
    assert list(csv.reader(StringIO(text))) == [
        ["code", "rule", "customer", "uses", "expires_at"],
        ['\'=cmd,"1"', "r2", "", "0", ""],
    ]


def test_redeeming_and_giving_back(till, make_rule, make_customer, clock):
    make_rule("r1", coupon="specific", coupon_code="Save/10", uses_total=1)
    make_customer("7")
    path = "coupons/sAVE%2F10/redeem/"
    first = till.send("POST", path, {"order": "O/1", "customer": "7"})
    assert first.status_code == 200
    assert first.json() == {
        "code": "Save/10",
        "order": "O/1",
        "expires_at": "2026-04-10T13:00:00Z",
    }
    clock.advance(minutes=1)
    assert till.send("POST", path, {"order": "O/1"}).json() == first.json()
    second = till.send("POST", path, {"order": "O2"})
    assert second.status_code == 409
    assert second.json()["errors"][0]["code"] == "used_up"
    assert till.send("DELETE", f"{path}O%2F1/").status_code == 204
    assert till.send("DELETE", f"{path}O%2F1/").status_code == 404
    assert till.send("POST", path, {"order": "O2"}).status_code == 200


def test_redeeming_what_is_not_there(till, make_rule, make_customer):
    make_rule("r1", coupon="specific", coupon_code="A")
    assert till.send("POST", "coupons/gone/redeem/", {"order": "1"}).status_code == 404
    make_customer("1")
    for number in ("gone", "1 "):
        body = {"order": "1", "customer": number}
        assert till.send("POST", "coupons/A/redeem/", body).status_code == 404
    # Orders' numbers too are the shop's own.
    assert till.send("POST", "coupons/A/redeem/", {"order": " 1"}).json()["order"] == " 1"
    assert till.send("POST", "coupons/A/redeem/", {}).status_code == 400
    assert till.send("POST", "coupons/A/redeem/", {"order": "x" * 65}).status_code == 400


def test_the_arrival_of_the_order_makes_it_a_use(till, make_rule, clock):
    make_rule("r1", coupon="specific", coupon_code="A", uses_total=1)
    till.send("POST", "coupons/A/redeem/", {"order": "O1"})
    order = an_order(None, "O1", coupon_code="a")
    clock.advance(hours=2)
    assert till.send("POST", "coupons/A/redeem/", {"order": "O2"}).status_code == 409
    order.state = "canceled"
    order.save()
    assert till.send("POST", "coupons/A/redeem/", {"order": "O2"}).status_code == 200
    assert Coupon.objects.count() == 1
