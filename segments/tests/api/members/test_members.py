"""Members by the API: lists, decisions by hand, explanations, overlap."""

import pytest

from customers.models import AuditEntry, CustomerGroup, CustomerMerge
from customers.tests.rows import AT
from segments.editing.overrides import set_override
from segments.models import Membership, Segment
from segments.refresh import refresh_segment
from segments.tests.api.bodies import ALL, AT_SHOP, TREE, paths

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with(*ALL)


def test_decisions_by_hand_are_effective_at_once(client, make_segment, make_customer):
    segment = make_segment(name="Shop", code="shop", conditions=[AT_SHOP])
    make_customer("a/1", email="a@elsewhere.example")

    put = client.send(
        "PUT", "segments/shop/overrides/a/1/", {"kind": "include", "reason": "friend"}
    )
    listed = client.send("GET", "segments/shop/overrides/").json()["results"]

    assert put.status_code == 200, put.content
    assert [(one["customer"], one["kind"], one["reason"]) for one in listed] == [
        ("a/1", "include", "friend")
    ]
    assert Membership.objects.filter(segment=segment).count() == 1
    assert client.send("DELETE", "segments/shop/overrides/a/1/").status_code == 204
    assert not Membership.objects.exists()
    assert client.send("DELETE", "segments/shop/overrides/a/1/").status_code == 404
    assert client.send("PUT", "segments/shop/overrides/b/", {"kind": "include"}).status_code == 404
    assert paths(client.send("PUT", "segments/shop/overrides/a/1/", {"kind": "maybe"})) == ["kind"]


def test_members_are_listed_by_pages_and_the_look_is_noted(client, make_segment, make_customer):
    for number in "bac":
        make_customer(number, email=f"{number}@shop.example", first_name="Ann", last_name=number)
    refresh_segment(make_segment(name="Shop", code="shop", conditions=[AT_SHOP]))

    first = client.send("GET", "segments/shop/members/?limit=2").json()
    rest = client.send("GET", first["next"].split("/api/v1/")[1]).json()

    members = first["results"] + rest["results"]
    assert [one["id"] for one in members] == ["b", "a", "c"]
    assert set(members[0]) == {"id", "email", "name", "entered_at"}
    assert members[0]["name"] == "Ann b"
    seen = AuditEntry.objects.filter(subject="segment", action="viewed").order_by("pk")
    assert [one.after["customers"] for one in seen] == [["b", "a"], ["c"]]


def test_a_customers_segments_are_the_active_ones_they_are_in(client, make_segment, make_customer):
    customer = make_customer("a/1")
    for code, active in (("one", True), ("two", False)):
        segment = make_segment(name=code, code=code)
        refresh_segment(segment)
        Segment.objects.filter(pk=segment.pk).update(is_active=active)
    make_segment(name="not yet", code="three")

    found = client.send("GET", f"customers/{customer.external_id}/segments/").json()["results"]

    assert [(one["code"], one["name"]) for one in found] == [("one", "one")]
    assert found[0]["entered_at"]
    assert client.send("GET", "customers/nobody/segments/").status_code == 404


def test_why_a_customer_is_in_a_segment_or_not(client, make_segment, make_customer):
    customer = make_customer("a", email="a@shop.example")
    other = make_customer("b", email="b@elsewhere.example")
    segment = make_segment(name="Shop", code="shop", conditions=[AT_SHOP])

    def why(number):
        return client.send("GET", f"customers/{number}/segments/shop/").json()

    is_in, is_not = why("a"), why("b")
    assert (is_in["member"], is_not["member"]) == (True, False)
    node = is_not["explanation"]["conditions"][0]
    assert (node["holds"], node["actual"]) == (False, "b@elsewhere.example")
    assert is_in["as_of"]

    set_override(segment, other, "include", author=None)
    included = why("b")
    assert (included["member"], included["override"]) == (True, "include")
    assert included["explanation"]["holds"] is False

    Segment.objects.filter(pk=segment.pk).update(is_active=False)
    assert why("a")["member"] is False
    Segment.objects.filter(pk=segment.pk).update(conditions={"match": "sometimes"})
    assert (why("a")["member"], why("a")["explanation"]) == (False, None)
    customer.is_active = False
    customer.save()
    assert client.send("GET", "customers/a/segments/nowhere/").status_code == 404


def test_a_tree_that_is_not_saved_is_explained_too(client, make_customer):
    make_customer("a", email="Ann@shop.example")
    guest = make_customer("g", email="ann@shop.example", kind="guest")
    group = CustomerGroup.objects.create(code="vip", name="VIP")

    def why(called, **more):
        body = {"conditions": TREE, "customer": called, **more}
        return client.send("POST", "segments/preview/explain/", body)

    found = why("ANN@shop.example", as_of="2026-01-01T00:00:00Z").json()
    assert found["customer"]["id"] == "a"
    assert (found["member"], found["in_scope"], found["as_of"]) == (
        True,
        True,
        "2026-01-01T00:00:00Z",
    )
    outside = why("a", customer_groups=[group.code]).json()
    assert (outside["member"], outside["in_scope"], outside["explanation"]["holds"]) == (
        False,
        False,
        True,
    )
    assert why("g", applies_to="both").json()["customer"]["id"] == guest.external_id
    CustomerMerge.objects.create(guest_external_id="former", customer=guest, at=AT)
    assert why("former", applies_to="both").json()["customer"]["id"] == guest.external_id
    assert why(" ann@shop.example ").json()["customer"]["id"] == "a"
    make_customer(" a")
    assert why(" a").json()["customer"]["id"] == " a"
    for called in ("nobody", "a ", " "):
        assert paths(why(called)) == ["customer"]
    assert paths(why("")) == ["customer"]


def test_values_in_an_explanation_need_the_permission_to_see_them(client_with, make_customer):
    make_customer("a", email="a@shop.example")
    client = client_with("conditions.preview", "segments.view_members")
    body = {"conditions": TREE, "customer": "a"}

    found = client.send("POST", "segments/preview/explain/", body).json()

    assert found["explanation"]["conditions"] == [AT_SHOP | {"holds": True}]


def test_overlaps_are_counted(client, make_segment, make_customer):
    make_customer("a", email="a@shop.example")
    make_customer("b")
    refresh_segment(make_segment(name="All", code="all"))
    refresh_segment(make_segment(name="Shop", code="shop", conditions=[AT_SHOP]))

    found = client.send("POST", "segments/overlap/", {"segments": ["all", "shop"]}).json()

    assert found == {
        "total": 2,
        "intersections": [
            {"segments": ["all"], "count": 2, "only": 1},
            {"segments": ["shop"], "count": 1, "only": 0},
            {"segments": ["all", "shop"], "count": 1, "only": 1},
        ],
    }
    for codes, path in (
        (["all"], "segments"),
        (["all"] * 2, "segments"),
        (["all", "mars"], "segments[1]"),
        ("all", "segments"),
        ([str(n) for n in range(7)], "segments"),
    ):
        assert paths(client.send("POST", "segments/overlap/", {"segments": codes})) == [path]
