"""Segments by the API: definitions, versions, lists, runs, and who may call what."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import CustomerAttribute, CustomerGroup, CustomerTag, Website
from segments.engine.refreshes.execution import execute_run
from segments.models import PriorityList, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.tests.api.bodies import ALL, AT_SHOP, TREE, paths

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with(*ALL)


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


def test_name_can_be_read(client, admin_client, make_segment):
    make_segment(name="Old", code="old")
    for name, code in (("\u200b", "blank"), ("V\u202eIP", "invalid_characters")):
        refused = client.send("POST", "segments/", {"name": name})
        assert [(one["path"], one["code"]) for one in refused.json()["errors"]] == [("name", code)]
        page = admin_client.post(reverse("admin:segments_segment_add"), {"name": name})
        assert page.context["adminform"].form.errors["name"]
    # A name from before does not keep the segment from being changed.
    Segment.objects.update(name="V\u202eIP")
    tag = client.send("GET", "segments/old/")["ETag"]
    changed = client.send("PATCH", "segments/old/", {"priority": 3}, **{"If-Match": tag})
    assert changed.status_code == 200


def test_a_stale_version_is_refused_and_none_as_well(client, make_segment):
    make_segment(name="Shop", code="shop", conditions=[AT_SHOP])
    old = client.send("GET", "segments/shop/")["ETag"]
    client.send("PATCH", "segments/shop/", {"name": "New"}, **{"If-Match": old})

    for method, body in (("PUT", {"name": "Mine"}), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        stale = client.send(method, "segments/shop/", body, **{"If-Match": old})
        missing = client.send(method, "segments/shop/", body)
        assert (stale.status_code, missing.status_code) == (412, 428)

    assert Segment.objects.get().name == "New"
    either = f'"x", {client.send("GET", "segments/shop/")["ETag"]}'
    saved = client.send("PATCH", "segments/shop/", {"name": "Mine"}, **{"If-Match": either})
    assert saved.json()["name"] == "Mine"


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

    assert codes("") == ["one", "three", "two"]
    assert codes("search=%C3%A4rz") == ["one"]
    assert codes("search=THR") == ["three"]
    assert codes("is_active=false") == ["three"]
    assert codes("refresh_mode=manual") == codes("status=completed") == ["two"]
    assert codes(f"website={website.code}") == ["one", "two"]
    first = client.send("GET", "segments/?limit=2").json()
    following = first["next"].split("/api/v1/")[1]
    rest = client.send("GET", following).json()
    assert [one["code"] for one in first["results"] + rest["results"]] == ["one", "three", "two"]
    assert rest["next"] is None
    for query, path in (
        ("limit=1001", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=none", "cursor"),
        ("is_active=maybe", "is_active"),
        ("website=mars", "website"),
        ("colour=red", "colour"),
    ):
        assert paths(client.send("GET", f"segments/?{query}")) == [path]


def test_the_list_is_in_the_order_of_priority_then_code(client, make_segment):
    for code, priority in (("b", 0), ("a", 0), ("last", 2**31 - 1), ("c", 7), ("first", -(2**31))):
        make_segment(name=code, code=code, handling={"priority": priority})
    found, following = [], "segments/?limit=2"
    while following:
        page = client.send("GET", following).json()
        found += [one["code"] for one in page["results"]]
        following = page["next"] and page["next"].split("/api/v1/")[1]
    assert found == ["first", "a", "b", "c", "last"]


def _make_segments_naming_rows(numbers, make_customer, make_segment):
    for number in numbers:
        one = f"n{number}"
        CustomerTag.objects.create(customer=make_customer(), tag=one)
        CustomerGroup.objects.create(code=one, name=f"Group {one}")
        CustomerAttribute.objects.create(code=one, label=f"Attribute {one}", type="text")
        make_segment(one, [{"attribute": "customer.tags", "operator": "has", "value": one}])
        PriorityList.objects.create(code=one, name=f"List {one}", segments=[one])
        conditions = [
            {"attribute": "customer.group", "operator": "is", "value": one},
            {"attribute": f"customer.attributes.{one}", "operator": "is", "value": "x"},
            {"attribute": "segment", "operator": "is", "value": one},
            {"attribute": f"priority_list.{one}", "operator": "is", "value": one},
        ]
        make_segment(f"User of {one}", conditions)


@pytest.mark.parametrize(
    "address", ["/api/v1/segments/?limit=1000", "/admin/segments/segment/?all="]
)
def test_sentences_of_a_list_cost_the_same_for_many_segments(
    admin_client, make_customer, make_segment, address
):
    _make_segments_naming_rows(range(2), make_customer, make_segment)
    admin_client.get(address)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(address)

    _make_segments_naming_rows(range(2, 12), make_customer, make_segment)
    with CaptureQueriesContext(connection) as many:
        shown = admin_client.get(address).content.decode()

    assert len(many) == len(few)
    assert all(f"Group n{number}" in shown for number in range(12))


def test_tags_are_written_kept_filtered_by_and_part_of_the_etag(client, make_segment):
    make_segment(name="Other", code="other")
    created = client.send("POST", "segments/", {"name": "One", "tags": ["vip", "Black Friday"]})
    assert created.json()["tags"] == ["Black Friday", "vip"]

    renamed = client.send(
        "PATCH", "segments/one/", {"name": "New"}, **{"If-Match": created["ETag"]}
    )
    assert renamed.json()["tags"] == ["Black Friday", "vip"]
    retagged = client.send(
        "PATCH", "segments/one/", {"tags": ["vip"]}, **{"If-Match": renamed["ETag"]}
    )
    assert (retagged.json()["tags"], retagged.json()["version"]) == (["vip"], 2)
    assert retagged["ETag"] != renamed["ETag"]
    found = client.send("GET", "segments/?tag=VIP").json()["results"]
    assert [one["code"] for one in found] == ["one"]

    wrong = client.send(
        "PATCH", "segments/one/", {"tags": ["a|b"]}, **{"If-Match": retagged["ETag"]}
    )
    assert (wrong.status_code, paths(wrong)) == (400, ["tags[0]"])
    left_out = client.send("PUT", "segments/one/", {"name": "X"}, **{"If-Match": retagged["ETag"]})
    assert left_out.json()["tags"] == []


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


def test_versions_are_read_with_queries_that_do_not_grow(client, admin_client, make_segment):
    def members_of(code):
        return {"attribute": "segment", "operator": "is", "value": code}

    others = [make_segment(name=f"Other {number}").code for number in range(4)]
    segment = make_segment(name="First", code="one", conditions=[members_of(others[0])])
    page = reverse("admin:segments_segment_history", args=[segment.pk])

    def count_queries():
        counts = []
        for sender, path in ((client, "/api/v1/segments/one/versions/"), (admin_client, page)):
            sender.get(path)
            with CaptureQueriesContext(connection) as asked:
                assert sender.get(path).status_code == 200
            counts.append(len(asked))
        return counts

    few = count_queries()
    for code in others[1:]:
        changed = {"conditions": {"match": "all", "conditions": [members_of(code)]}}
        client.send("PATCH", "segments/one/", changed, **{"If-Match": "*"})
    assert count_queries() == few


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
    assert (done["engine"], done["requested_by"]) == ("", client.user.username)
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
