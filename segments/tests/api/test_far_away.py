"""Numbers, clocks and addresses that nothing can have: refused with their place."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from segments.models import Segment

pytestmark = pytest.mark.django_db

RIGHTS = [
    *("conditions.preview", "segments.view_segment", "segments.add_segment"),
    *("segments.change_segment", "segments.view_members", "segments.delete_segment"),
    *("segments.view_membershipoverride", "segments.change_membershipoverride"),
    *("segments.add_membershipoverride", "segments.delete_membershipoverride"),
]
FAR = "1e99999999999"
TREE = (
    '{"match": "all", "conditions":'
    f' [{{"attribute": "lifetime.sales", "operator": "gte", "value": {FAR}}}]}}'
)
HOURS = (
    '{"match": "all", "conditions":'
    ' [{"attribute": "order.created_at", "operator": "in_last_hours", "value": 87600}]}'
)


@pytest.fixture
def client(client_with):
    client = client_with()
    client.force_login(User.objects.create_superuser("boss"))
    client.raise_request_exception = False
    return client


def paths(answer):
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    return [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("POST", "segments/preview/", f'{{"conditions": {TREE}}}'),
        ("POST", "segments/preview/explain/", f'{{"conditions": {TREE}, "customer": "C1"}}'),
        ("POST", "segments/", f'{{"name": "New", "conditions": {TREE}}}'),
        ("PATCH", "segments/all/", f'{{"conditions": {TREE}}}'),
    ],
)
def test_a_number_that_overflows_is_named(
    client, make_customer, make_segment, method, address, body
):
    make_customer("C1")
    make_segment(code="all")
    tag = client.send("GET", "segments/all/")["ETag"]
    answer = client.send(method, address, body, **{"If-Match": tag})
    (path,) = paths(answer)
    assert path.endswith("conditions[0].value")


@pytest.mark.parametrize("field", ["limit", "seq", "as_of"])
def test_so_is_one_beside_the_tree(client, field):
    body = f'{{"conditions": {HOURS}, "client": "c", "seq": 1, "{field}": {FAR}}}'
    body = body.replace('"seq": 1, "seq"', '"seq"')
    assert paths(client.send("POST", "segments/preview/", body)) == [field]


@pytest.mark.parametrize(
    "at",
    [
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0005-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00", "9900-01-01T00:00:00Z"),
    ],
)
@pytest.mark.parametrize("address", ["segments/preview/", "segments/preview/explain/"])
def test_a_clock_that_is_too_far_away_is_refused(client, make_customer, address, at):
    make_customer("C1")
    body = f'{{"conditions": {HOURS}, "as_of": "{at}", "customer": "C1"}}'
    if "explain" not in address:
        body = body.replace(', "customer": "C1"', "")
    assert paths(client.send("POST", address, body)) == ["as_of"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "customers/C%001/segments/"),
        ("GET", "customers/C%001/segments/all/"),
        ("GET", "customers/C1/segments/a%00/"),
        ("PUT", "segments/all/overrides/%00/"),
        ("DELETE", "segments/all/overrides/%00/"),
        ("GET", "segments/%00/"),
        ("GET", "segments/%00/members/"),
        ("DELETE", "segments/preview/%00/"),
        ("GET", f"runs/{2**63}/"),
        ("GET", f"runs/{'9' * 5_000}/"),
        ("POST", f"segments/all/versions/{2**63}/restore/"),
    ],
)
def test_nothing_is_at_an_address_that_nothing_can_have(
    client, make_customer, make_segment, method, address
):
    make_customer("C1")
    make_segment(code="all")
    body = '{"kind": "include"}' if method == "PUT" else None
    tag = client.send("GET", "segments/all/")["ETag"]
    answer = client.send(method, address, body, **{"If-Match": tag})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("segments/?search=%00", "search"),
        ("segments/?website=a%00", "website"),
        ("segments/?cursor=%00", "cursor"),
        (f"segments/?limit={'9' * 5_000}", "limit"),
        ("segments/?limit=%C2%B2", "limit"),
        (f"segments/all/members/?limit={2**63}", "limit"),
        ("conditions/values/?attribute=customer.email&q=%00", "q"),
        ("conditions/values/?attribute=customer.tags&q=%00", "q"),
        ("conditions/values/?attribute=customer.id&q=a%00b", "q"),
    ],
)
def test_a_parameter_that_nothing_can_be_is_named(client, make_segment, address, path):
    make_segment(code="all")
    assert paths(client.send("GET", address)) == [path]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5_000, "²", "-1", "%00"])
def test_pages_do_not_break_by_a_key_that_no_row_has(client, make_segment, number):
    segment = make_segment(code="all")
    for model in ("customer", "order", "cart", "store"):
        for filtered in ("store__id__exact", "group__id__exact", "website__id__exact"):
            address = reverse(f"admin:customers_{model}_changelist")
            assert client.get(f"{address}?{filtered}={number}").status_code < 500
    address = reverse("admin:segments_segment_overrides", args=[segment.pk])
    assert client.get(f"{address}?page={number}").status_code < 500
    assert client.post(f"{address}remove/", {"override": number}).status_code == 404


def test_no_client_has_a_name_that_is_too_long(client):
    assert client.send("DELETE", f"segments/preview/{'c' * 64}/").status_code == 204
    assert client.send("DELETE", f"segments/preview/{'c' * 65}/").status_code == 404


def test_a_decision_about_a_segment_that_is_being_deleted(
    client, make_segment, make_customer, monkeypatch
):
    make_segment(code="gone")
    make_customer("ann")

    def gone(*args, **kwargs):
        raise Segment.DoesNotExist

    monkeypatch.setattr("segments.api.members.overrides.set_override", gone)
    put = client.send("PUT", "segments/gone/overrides/ann/", {"kind": "include"})
    assert put.status_code == 404
