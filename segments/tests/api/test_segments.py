"""Segments by the API: definitions, versions, decisions by hand, members, overlap, runs."""

import pytest

from customers.models import AuditEntry, CustomerGroup, Website
from segments.editing.overrides import set_override
from segments.engine.execution import execute_run
from segments.models import Membership, RefreshRun, Segment
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

AT_SHOP = {"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}
TREE = {"match": "all", "conditions": [AT_SHOP]}
ALL = [
    "segments.view_segment",
    "segments.add_segment",
    "segments.change_segment",
    "segments.delete_segment",
    "segments.refresh_segment",
    "segments.view_members",
    "conditions.preview",
    "customers.view_personal_data",
]


@pytest.fixture
def client(client_with):
    return client_with(*ALL)


def paths(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return [one["path"] for one in answer.json()["errors"]]


def test_a_segment_is_created_read_changed_and_deleted(client):
    created = client.send("POST", "segments/", {"name": "At the shop", "conditions": TREE})
    assert created.status_code == 201, created.content
    assert created["Location"] == "/api/v1/segments/at-the-shop/"
    address = created["Location"].removeprefix("/api/v1/")

    read = client.send("GET", address)
    body = read.json()
    assert (body["code"], body["version"], body["conditions"]) == ("at-the-shop", 1, TREE)
    assert (body["status"], body["members_count"], body["is_stale"]) == ("queued", 0, True)
    assert body["sentence"]
    assert read["ETag"] == created["ETag"]

    changed = client.send(
        "PUT", address, body | {"name": "Shop", "priority": 3}, **{"If-Match": read["ETag"]}
    )
    assert changed.status_code == 200, changed.content
    assert (changed.json()["name"], changed.json()["version"]) == ("Shop", 2)

    patched = client.send(
        "PATCH", address, {"is_active": False}, **{"If-Match": changed["ETag"]}
    ).json()
    assert (patched["name"], patched["priority"], patched["is_active"]) == ("Shop", 3, False)

    again = client.send("GET", address)["ETag"]
    assert client.send("DELETE", address, **{"If-Match": again}).status_code == 204
    assert client.send("GET", address).status_code == 404


def test_a_stale_version_is_refused_and_none_as_well(client, make_segment):
    make_segment(name="Shop", code="shop", conditions=[AT_SHOP])
    old = client.send("GET", "segments/shop/")["ETag"]
    client.send("PATCH", "segments/shop/", {"name": "New"}, **{"If-Match": old})

    for method, body in (("PUT", {"name": "Mine"}), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        stale = client.send(method, "segments/shop/", body, **{"If-Match": old})
        missing = client.send(method, "segments/shop/", body)
        assert (stale.status_code, missing.status_code) == (412, 428)

    assert Segment.objects.get().name == "New"
    assert (
        client.send("PATCH", "segments/shop/", {"name": "Mine"}, **{"If-Match": '"x", *'}).json()[
            "name"
        ]
        == "Mine"
    )


def test_what_others_refer_to_is_not_deleted(client, make_segment):
    make_segment(name="Used", code="used")
    make_segment(
        name="User",
        code="user",
        conditions=[{"attribute": "segment", "operator": "is", "value": "used"}],
    )

    answer = client.send("DELETE", "segments/used/", **{"If-Match": "*"})

    assert (answer.status_code, answer.json()["used_by"]) == (409, ["user"])
    assert "User" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "x", "colour": 1, "priority": "high"}, ["priority", "colour"]),
        ({"name": "x", "conditions": {"match": "all"}}, ["conditions"]),
        ({"name": "x", "conditions": TREE, "websites": ["mars"]}, ["websites[0]"]),
        ({"name": "x", "code": "No Good"}, ["code"]),
        ({"name": "x", "applies_to": "martians"}, ["applies_to"]),
        ({"name": "x", "refresh_mode": "never"}, ["refresh_mode"]),
        ({"name": "x", "priority": 2**31}, ["priority"]),
        ({"name": "nul\0"}, ["name"]),
    ],
)
def test_a_definition_that_is_not_valid_is_not_stored(client, body, wrong):
    answer = client.send("POST", "segments/", body)

    assert (answer.status_code, paths(answer)) == (400, wrong)
    assert not Segment.objects.exists()


def test_a_code_that_is_taken_or_changed_is_refused(client, make_segment):
    make_segment(name="Shop", code="shop")

    taken = client.send("POST", "segments/", {"name": "Another", "code": "shop"})
    changed = client.send("PATCH", "segments/shop/", {"code": "else"}, **{"If-Match": "*"})

    assert (taken.status_code, paths(taken)) == (400, ["code"])
    assert (changed.status_code, paths(changed)) == (400, ["code"])


def test_the_list_is_filtered_and_paged(client, make_segment):
    website = Website.objects.create(code="de", name="Deutschland")
    make_segment(name="Ärzte", code="one", websites=("de",))
    make_segment(name="Two", code="two", handling={"refresh_mode": "manual"})
    make_segment(name="Three", code="three", websites=("default",), handling={"is_active": False})
    refresh_segment(Segment.objects.get(code="two"))

    def codes(query):
        return [one["code"] for one in client.send("GET", f"segments/?{query}").json()["results"]]

    assert codes("") == ["one", "two", "three"]
    assert codes("search=%C3%A4rz") == ["one"]
    assert codes("search=THR") == ["three"]
    assert codes("is_active=false") == ["three"]
    assert codes("refresh_mode=manual") == codes("status=completed") == ["two"]
    assert codes(f"website={website.code}") == ["one", "two"]
    first = client.send("GET", "segments/?limit=2").json()
    following = first["next"].split("/api/v1/")[1]
    rest = client.send("GET", following).json()
    assert [one["code"] for one in first["results"] + rest["results"]] == ["one", "two", "three"]
    assert rest["next"] is None
    for query, path in (
        ("limit=1001", "limit"),
        ("is_active=maybe", "is_active"),
        ("website=mars", "website"),
        ("colour=red", "colour"),
    ):
        assert paths(client.send("GET", f"segments/?{query}")) == [path]


def test_an_old_version_becomes_the_newest_again(client, make_segment):
    segment = make_segment(name="First", code="one", conditions=[AT_SHOP])
    client.send("PATCH", "segments/one/", {"name": "Second"}, **{"If-Match": "*"})

    assert client.send("POST", "segments/one/versions/1/restore/").status_code == 428
    newest = {"If-Match": client.send("GET", "segments/one/")["ETag"]}
    restored = client.send("POST", "segments/one/versions/1/restore/", **newest)
    versions = client.send("GET", "segments/one/versions/").json()["results"]

    assert (restored.json()["name"], restored.json()["version"]) == ("First", 3)
    assert [(one["number"], one["name"]) for one in versions] == [
        (1, "First"),
        (2, "Second"),
        (3, "First"),
    ]
    assert versions[2]["author"] == client.user.username
    nowhere = client.send("POST", "segments/one/versions/9/restore/", **{"If-Match": "*"})
    assert nowhere.status_code == 404
    stale = client.send("POST", "segments/one/versions/2/restore/", **{"If-Match": '"1"'})
    assert stale.status_code == 412
    assert segment.versions.count() == 3


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
    assert paths(why("nobody")) == ["customer"]
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


def test_a_refresh_is_asked_for_joined_followed_and_cancelled(client, make_segment, make_customer):
    make_customer(email="a@shop.example")
    make_segment(name="Shop", code="shop", conditions=[AT_SHOP])

    asked = client.send("POST", "segments/shop/refresh/")
    joined = client.send("POST", "segments/shop/refresh/", {})

    assert (asked.status_code, joined.status_code) == (202, 202)
    number = asked.json()["id"]
    assert joined.json()["id"] == number
    assert asked["Location"] == f"/api/v1/runs/{number}/"
    assert client.send("GET", f"runs/{number}/").json()["state"] == "queued"

    execute_run(RefreshRun.objects.get())
    done = client.send("GET", f"runs/{number}/").json()
    assert (done["state"], done["entered"], done["left"], done["error"]) == ("completed", 1, 0, "")
    assert done["requested_by"] == client.user.username
    assert client.send("POST", f"runs/{number}/cancel/").json()["state"] == "completed"

    second = client.send("POST", "segments/shop/refresh/").json()["id"]
    cancelled = client.send("POST", f"runs/{second}/cancel/")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    listed = client.send("GET", "segments/shop/runs/").json()["results"]
    assert [one["id"] for one in listed] == [second, number]
    assert client.send("GET", f"runs/{10**30}/").status_code == 404
    assert paths(client.send("POST", "segments/shop/refresh/", {"now": True})) == ["now"]


def test_an_inactive_segment_is_not_refreshed(client, make_segment):
    make_segment(name="Off", code="off", handling={"is_active": False})

    assert client.send("POST", "segments/off/refresh/").status_code == 409
    assert not RefreshRun.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "segments/", ["segments.view_segment"]),
        ("POST", "segments/", ["segments.add_segment"]),
        ("GET", "segments/shop/", ["segments.view_segment"]),
        ("PUT", "segments/shop/", ["segments.change_segment"]),
        ("PATCH", "segments/shop/", ["segments.change_segment"]),
        ("DELETE", "segments/shop/", ["segments.delete_segment"]),
        ("GET", "segments/shop/members/", ["segments.view_members"]),
        ("GET", "segments/shop/overrides/", ["segments.view_members"]),
        ("PUT", "segments/shop/overrides/a/", ["segments.change_segment"]),
        ("DELETE", "segments/shop/overrides/a/", ["segments.change_segment"]),
        ("GET", "segments/shop/versions/", ["segments.view_segment"]),
        ("POST", "segments/shop/versions/1/restore/", ["segments.change_segment"]),
        ("POST", "segments/shop/refresh/", ["segments.refresh_segment"]),
        ("GET", "segments/shop/runs/", ["segments.view_segment"]),
        ("GET", "runs/1/", ["segments.view_segment"]),
        ("POST", "runs/1/cancel/", ["segments.refresh_segment"]),
        ("POST", "segments/overlap/", ["segments.view_segment"]),
        ("GET", "customers/a/segments/", ["segments.view_members"]),
        ("GET", "customers/a/segments/shop/", ["segments.view_members"]),
        ("GET", "conditions/", ["conditions.preview"]),
        ("GET", "conditions/values/", ["conditions.preview"]),
        ("POST", "conditions/values/", ["conditions.preview"]),
        ("POST", "segments/preview/", ["conditions.preview"]),
        ("DELETE", "segments/preview/page/", ["conditions.preview"]),
        ("POST", "segments/preview/explain/", ["conditions.preview", "segments.view_members"]),
    ],
)
def test_each_call_needs_its_permissions(
    client_with, anonymous, make_segment, make_customer, method, path, needed
):
    make_segment(name="Shop", code="shop")
    make_customer("a")
    body = {} if method in {"POST", "PUT", "PATCH"} else None

    for missing in needed:
        others = [name for name in ALL if name != missing]
        assert client_with(*others).send(method, path, body).status_code == 403
    assert anonymous.send(method, path, body).status_code == 401
    assert client_with(*needed).send(method, path, body).status_code not in {401, 403, 405, 500}
