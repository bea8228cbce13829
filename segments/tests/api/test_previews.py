"""POST segments/preview/: counts, the first customers, per-node counts, refusals."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from conditions.matching import matching_customers
from customers.models import AuditEntry, Order
from segments.api import previews
from segments.editing.overrides import set_override
from segments.insight import preview as preview_module
from segments.membership import is_member
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

AT_SHOP = {"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}
MALE = {"attribute": "customer.gender", "operator": "is", "value": "male"}
FEMALE = {"attribute": "customer.gender", "operator": "is", "value": "female"}


def tree(*conditions, match="all"):
    return {"match": match, "conditions": list(conditions)}


@pytest.fixture
def client(client_with):
    return client_with("conditions.preview", "segments.view_members")


@pytest.fixture
def ask(client):
    """Return a function that asks for a preview and returns its body, which must be a 200."""

    def ask(conditions, **body):
        answer = client.send("POST", "segments/preview/", {"conditions": conditions, **body})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


@pytest.fixture
def make_order():
    def make(customer, **values):
        values = {"state": "complete", "grand_total": 10, "store": customer.store, **values}
        at = values.pop("at", "2026-01-01T00:00:00Z")
        return Order.objects.create(
            customer=customer,
            number=f"O{Order.objects.count()}",
            created_at=at,
            updated_at=at,
            **values,
        )

    return make


@pytest.fixture
def people(make_customer):
    """Four customers, three of them at the shop."""
    return [
        make_customer("a", email="a@shop.example", gender="male", first_name="Ann", last_name="A"),
        make_customer("b", email="b@shop.example", gender="female"),
        make_customer("c", email="c@shop.example"),
        make_customer("d", email="d@elsewhere.example", gender="male"),
    ]


def test_it_answers_as_the_contract_says(ask, people):
    found = ask(tree(AT_SHOP), limit=1, as_of="2026-04-10T12:00:00+02:00")

    assert found.pop("elapsed_ms") >= 0
    assert found == {
        "count": 3,
        "exact": True,
        "estimate": None,
        "scope_count": 4,
        "as_of": "2026-04-10T10:00:00Z",
        "customers": [{"id": "a", "email": "a@shop.example", "name": "Ann A"}],
        "sentence": "Email ends with “@shop.example”.",
        "warnings": [],
    }


def test_the_scope_is_part_of_it(ask, make_customer):
    make_customer(kind="guest")
    make_customer()

    assert ask(tree(), applies_to="guest")["scope_count"] == 1
    assert ask(tree(), applies_to="both", websites=["default"])["count"] == 2
    assert ask(tree())["warnings"][0]["path"] == ""


def test_for_a_segment_it_counts_members(ask, people, make_segment):
    segment = make_segment(conditions=[AT_SHOP])
    set_override(segment, people[0], "exclude", author=None)
    set_override(segment, people[3], "include", author=None)

    members = ask(tree(AT_SHOP), segment=segment.code)

    assert members["count"] == 3
    assert [one["id"] for one in members["customers"]] == ["b", "c", "d"]
    assert refresh_segment(segment).total == 3


def test_customers_are_shown_to_those_who_may_see_members(client_with, people):
    found = client_with("conditions.preview").send(
        "POST", "segments/preview/", {"conditions": tree(AT_SHOP)}
    )

    assert (found.json()["count"], found.json()["customers"]) == (3, [])


def test_whoever_may_not_preview_is_told_so(client_with, anonymous):
    for client, status in ((client_with("segments.view_segment"), 403), (anonymous, 401)):
        answer = client.send("POST", "segments/preview/", {"conditions": tree()})
        assert answer.status_code == answer.json()["status"] == status
        assert answer["Content-Type"] == "application/problem+json"


def counted(found):
    return {one["path"]: (one["alone"], one["remaining"]) for one in found["counts"]}


def test_each_node_is_counted_alone_and_as_the_end_of_the_tree(ask, people):
    found = ask(tree(AT_SHOP, tree(MALE, FEMALE, match="any")), counts=True)

    assert counted(found) == {
        "": (2, 2),
        "conditions[0]": (3, 3),
        "conditions[1]": (3, 2),
        "conditions[1].conditions[0]": (2, 1),
        "conditions[1].conditions[1]": (1, 2),
    }
    assert [one["path"] for one in found["counts"]] == list(counted(found))


@pytest.mark.parametrize(
    ("match", "remaining"),
    [("all", [2, 1]), ("any", [2, 4]), ("none", [2, 0]), ("not_all", [2, 3])],
)
def test_every_match_is_counted(ask, people, match, remaining):
    found = counted(ask(tree(MALE, AT_SHOP, match=match), counts=True))

    assert [found[f"conditions[{index}]"][1] for index in (0, 1)] == remaining
    assert found[""] == (remaining[1], remaining[1])


def test_below_a_relation_group_customers_with_such_rows_are_counted(ask, people, make_order):
    ann, bea, cleo, _dan = people
    make_order(ann, grand_total=50, coupon_code="X")
    make_order(ann, grand_total=500)
    make_order(bea, grand_total=500, coupon_code="X")
    make_order(cleo, grand_total=5)
    big = {"attribute": "order.grand_total", "operator": "gte", "value": 100}
    no_coupon = {"attribute": "order.coupon_code", "operator": "is_empty"}

    found = ask(
        tree(AT_SHOP, {"relation": "orders", "match": "all", "conditions": [big, no_coupon]}),
        counts=True,
    )

    assert counted(found) == {
        "": (1, 1),
        "conditions[0]": (3, 3),
        "conditions[1]": (1, 1),
        "conditions[1].conditions[0]": (2, 2),
        "conditions[1].conditions[1]": (2, 1),
    }


def test_nested_rows_are_counted_by_their_customers(ask, people, make_order):
    make_order(people[0], grand_total=50)
    lines = {"relation": "order_items", "aggregate": "not_exists"}
    found = ask(
        tree({"relation": "sales", "aggregate": "count", "operator": "gte", "value": 1,
              "match": "any", "conditions": [tree(lines)]}),
        counts=True,
    )  # fmt: skip

    assert counted(found)["conditions[0].conditions[0].conditions[0]"] == (1, 1)


def test_what_remains_after_each_node_is_the_count_of_the_tree_that_ends_there(ask, people):
    conditions = [AT_SHOP, tree(MALE, tree(FEMALE, MALE, match="none"), match="not_all"), FEMALE]
    found = counted(ask(tree(*conditions), counts=True))

    for length in (1, 2, 3):
        cut = tree(*conditions[:length])
        assert found[f"conditions[{length - 1}]"] == (
            matching_customers(tree(conditions[length - 1])).count(),
            matching_customers(cut).count(),
        )


@pytest.mark.parametrize(("match", "count"), [("all", 4), ("none", 4), ("any", 0), ("not_all", 0)])
def test_an_empty_tree_is_counted_too(ask, people, match, count):
    found = ask(tree(match=match), counts=True)

    assert counted(found) == {"": (count, count)}
    assert found["count"] == count


def test_the_largest_tree_is_counted(ask, people, settings):
    settings.PREVIEW_TIMEOUT_SECONDS = 60
    deep = AT_SHOP
    for _ in range(8):
        deep = tree(deep)
    found = ask(tree(deep, *[MALE, FEMALE] * 95), counts=True)

    assert len(found["counts"]) == 200
    assert counted(found)["conditions[1]"] == (2, 1)


def test_past_the_time_limit_there_is_no_count(ask, people, settings):
    settings.PREVIEW_TIMEOUT_SECONDS = 0

    found = ask(tree(AT_SHOP), counts=True)

    assert (found["count"], found["exact"], found["customers"]) == (None, False, [])
    assert isinstance(found["estimate"], int) == (connection.vendor == "postgresql")
    assert counted(found) == {"": (None, None), "conditions[0]": (None, None)}


def test_the_count_does_not_wait_for_those_of_the_nodes(ask, people, settings, monkeypatch):
    settings.PREVIEW_TIMEOUT_SECONDS = 1

    def endless(*_):
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 7 FROM n) "
                "SELECT count(*) FROM n"
            )

    monkeypatch.setattr(preview_module, "node_counts", endless)

    found = ask(tree(AT_SHOP), counts=True)

    assert (found["count"], found["exact"], len(found["customers"])) == (3, True, 3)
    assert counted(found)[""] == (None, None)


def test_what_the_database_cannot_work_out_is_said(client, people, make_order):
    for _ in range(2):
        Order.objects.filter(pk=make_order(people[0]).pk).update(grand_total=1_000_000_000)
    huge = {"attribute": "lifetime.sales", "operator": "gte", "value": 1}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_order SET grand_total = 9000000000000000000")

    answer = client.send("POST", "segments/preview/", {"conditions": tree(huge)})

    assert (answer.status_code, answer.json()["status"]) == (422, 422)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "conditions"),
        ({"conditions": []}, "conditions"),
        ({"conditions": "{}"}, "conditions"),
        ({"conditions": tree({"attribute": "customer.shoe"})}, "conditions[0].attribute"),
        ({"conditions": tree(), "colour": "red"}, "colour"),
        ({"conditions": tree(), "websites": ["default", "mars"]}, "websites[1]"),
        ({"conditions": tree(), "websites": "default"}, "websites"),
        ({"conditions": tree(), "customer_groups": [1]}, "customer_groups[0]"),
        ({"conditions": tree(), "applies_to": "martians"}, "applies_to"),
        ({"conditions": tree(), "segment": "nowhere"}, "segment"),
        ({"conditions": tree(), "as_of": "2026-04-10T12:00:00"}, "as_of"),
        ({"conditions": tree(), "as_of": "0001-01-01T00:00:00+12:00"}, "as_of"),
        ({"conditions": tree(), "as_of": 5}, "as_of"),
        ({"conditions": tree(), "limit": 1001}, "limit"),
        ({"conditions": tree(), "limit": "5"}, "limit"),
        ({"conditions": tree(), "limit": True}, "limit"),
        ({"conditions": tree(), "counts": "yes"}, "counts"),
        ({"conditions": tree(), "client": "page"}, "seq"),
        ({"conditions": tree(), "seq": 1}, "client"),
        ({"conditions": tree(), "client": "page", "seq": 2**63}, "seq"),
    ],
)
def test_what_is_not_valid_is_refused_with_its_path(client, body, path):
    answer = client.send("POST", "segments/preview/", body)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert [problem[key] for key in ("type", "title", "status")] == [
        "about:blank",
        "Bad Request",
        400,
    ]
    assert [one["path"] for one in problem["errors"]] == [path]
    assert all(one["message"] and one["code"] for one in problem["errors"])


@pytest.mark.parametrize(
    "text",
    ["{", "", "[]", '"text"', '{"conditions": 1, "conditions": 2}', '{"limit": NaN}', "\ud800"],
)
def test_what_is_no_json_object_is_refused(client, text):
    answer = client.generic(
        "POST", "/api/v1/segments/preview/", text.encode(errors="surrogatepass"), "application/json"
    )

    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_numbers_are_read_as_decimals(client):
    body = (
        '{"conditions": {"match": "all", "conditions": [{"attribute": "lifetime.sales",'
        ' "operator": "gte", "value": 0.10000000000000000001}]}}'
    )

    answer = client.send("POST", "segments/preview/", body)

    assert answer.json()["errors"][0]["code"] == "too_many_decimals"


def test_another_method_another_type_and_another_address_are_problems_too(client, anonymous):
    wrong_type = client.generic("POST", "/api/v1/segments/preview/", "<a/>", "application/xml")
    for answer, status in (
        (client.send("GET", "segments/preview/"), 405),
        (wrong_type, 415),
        (client.send("GET", "nowhere/"), 404),
        (anonymous.send("GET", "nowhere/"), 404),
    ):
        assert answer.status_code == answer.json()["status"] == status
        assert answer["Content-Type"] == "application/problem+json"


def test_without_the_token_against_forged_requests_nothing_is_done(client_with):
    client = client_with("conditions.preview", enforce_csrf_checks=True)

    answer = client.send("POST", "segments/preview/", {"conditions": tree()})

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_what_nobody_expected_is_a_problem_too(client_with, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("The text of which is nobody's business.")

    monkeypatch.setattr(previews, "preview", fail)
    client = client_with("conditions.preview", raise_request_exception=False)

    answer = client.send("POST", "segments/preview/", {"conditions": tree()})

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["status"] == 500
    assert b"nobody" not in answer.content


def test_a_request_that_is_too_large_is_refused(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = client.send("POST", "segments/preview/", {"conditions": tree(), "x": "y" * 1000})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_large")


def test_preview_members_and_live_membership_agree(ask, people, make_segment, member_numbers):
    conditions = [AT_SHOP, MALE]
    segment = make_segment(conditions=conditions)
    refresh_segment(segment)

    found = ask(tree(*conditions), segment=segment.code)

    shown = [one["id"] for one in found["customers"]]
    assert shown == member_numbers(segment)
    assert shown == [one.external_id for one in people if is_member(one, segment)]
    assert found["count"] == len(shown)


def test_who_sees_customers_in_a_preview_is_noted_once_an_hour(
    client, ask, people, make_segment, clock
):
    segment = make_segment()
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    for minutes in (0, 59, 61):
        clock.at = noon + timedelta(minutes=minutes)
        ask(tree(AT_SHOP), segment=segment.code)
    ask(tree(AT_SHOP))
    ask(tree(AT_SHOP), limit=0)

    looks = AuditEntry.objects.filter(action="viewed").order_by("pk")
    assert [(look.username, look.name, look.after) for look in looks] == [
        (client.user.username, segment.code, {"page": "preview"}),
        (client.user.username, segment.code, {"page": "preview"}),
        (client.user.username, "–", {"page": "preview"}),
    ]


def test_who_may_see_nobody_sees_nobody_and_nothing_is_noted(client_with, people):
    client = client_with("conditions.preview")
    body = client.send("POST", "segments/preview/", {"conditions": tree(AT_SHOP)}).json()

    assert (body["count"], body["customers"]) == (3, [])
    assert not AuditEntry.objects.exists()


def test_whose_look_cannot_be_noted_gets_the_count_alone(ask, people, monkeypatch):
    def locked(*_arguments):
        raise OperationalError("database is locked")

    monkeypatch.setattr(previews, "record_looks", locked)
    found = ask(tree(AT_SHOP))

    assert (found["count"], found["customers"]) == (3, [])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's way")
def test_on_sqlite_the_note_waits_for_no_writer(ask, people, monkeypatch):
    def timeout():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    waited = []
    monkeypatch.setattr(previews, "record_looks", lambda *_arguments: waited.append(timeout()))
    usual = timeout()
    ask(tree(AT_SHOP))

    assert usual > 0
    assert (waited, timeout()) == ([0], usual)
