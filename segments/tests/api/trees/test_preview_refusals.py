"""POST segments/preview/: whatever is refused is a problem that says where it is."""

import pytest
from django.db import connection

from customers.models import Order
from segments.api.trees import previews
from segments.tests.api.bodies import PREVIEWING, tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with(*PREVIEWING)


def test_whoever_may_not_preview_is_told_so(client_with, anonymous):
    for client, status in ((client_with("segments.view_segment"), 403), (anonymous, 401)):
        answer = client.send("POST", "segments/preview/", {"conditions": tree()})
        assert answer.status_code == answer.json()["status"] == status
        assert answer["Content-Type"] == "application/problem+json"


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
