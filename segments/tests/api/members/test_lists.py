"""PUT, POST and DELETE segments/{code}/list/."""

import pytest

from core.api import csv_body
from customers.imports.named import named_customers
from customers.models import Customer
from segments.models import ListedCustomer, Segment
from segments.tests.api.bodies import ALL, AT_SHOP, paths, tree

pytestmark = pytest.mark.django_db

URL = "segments/picked/list/"
DEFINITION = {"name": "Picked", "code": "picked", "refresh_mode": "list"}


@pytest.fixture
def client(client_with):
    return client_with(*ALL)


@pytest.fixture
def picked(client, people):
    answer = client.send("POST", "segments/", DEFINITION)
    assert answer.status_code == 201, answer.content
    return Segment.objects.get()


@pytest.fixture
def upload(client):
    def upload(text, method="PUT", query="", **headers):
        content = text.encode() if isinstance(text, str) else text
        path = f"/api/v1/{URL}{query}"
        media = "text/csv; charset=utf-8"
        return client.generic(method, path, content, content_type=media, headers=headers)

    return upload


def codes(answer):
    return [(one["path"], one["code"]) for one in answer.json()["errors"]]


def listed():
    return list(
        ListedCustomer.objects.order_by("customer").values_list("customer__external_id", flat=True)
    )


def test_a_new_list_is_shown_as_one(client, picked):
    shown = client.send("GET", "segments/picked/").json()
    assert shown["refresh_mode"] == "list"
    assert shown["conditions"] == {"match": "all", "conditions": []}
    assert (shown["status"], shown["is_stale"], shown["members_count"]) == ("completed", False, 0)
    assert shown["sentence"] == "Everybody on the list."


def test_conditions_are_refused(client, people):
    answer = client.send("POST", "segments/", DEFINITION | {"conditions": tree(AT_SHOP)})
    assert (answer.status_code, codes(answer)) == (400, [("conditions", "list_has_no_rules")])


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", {"refresh_mode": "auto"}),
        ("PATCH", {"refresh_mode": "manual"}),
        # What a PUT leaves out gets its default.
        ("PUT", {"name": "Picked"}),
    ],
)
def test_the_mode_stays(client, picked, method, body):
    etag = client.send("GET", "segments/picked/")["ETag"]
    answer = client.send(method, "segments/picked/", body, **{"If-Match": etag})
    assert (answer.status_code, codes(answer)) == (400, [("refresh_mode", "mode")])


def test_no_other_segment_becomes_a_list(client, make_segment):
    segment = make_segment(conditions=[AT_SHOP])
    url = f"segments/{segment.code}/"
    etag = client.send("GET", url)["ETag"]
    answer = client.send("PATCH", url, {"refresh_mode": "list"}, **{"If-Match": etag})
    assert (answer.status_code, codes(answer)) == (400, [("refresh_mode", "mode")])


def test_put_replaces_post_adds_delete_takes_out(client, picked):
    answer = client.send("PUT", URL, {"ids": ["a", "b"]})
    assert answer.status_code == 200
    assert answer.json() == {
        "added": 2,
        "removed": 0,
        "unchanged": 0,
        "unknown": 0,
        "members_count": 2,
    }
    assert client.send("POST", URL, {"emails": ["C@shop.example"]}).json()["members_count"] == 3
    assert client.send("DELETE", URL, {"ids": ["a", "d"]}).json() == {
        "added": 0,
        "removed": 1,
        "unchanged": 1,
        "unknown": 0,
        "members_count": 2,
    }
    members = client.send("GET", "segments/picked/members/").json()["results"]
    assert [one["id"] for one in members] == ["b", "c"]


def test_unknown_ones_are_refused_with_their_paths(client, picked):
    answer = client.send("PUT", URL, {"ids": ["a", "nobody", "x" * 200]})
    assert answer.status_code == 400
    assert codes(answer) == [("ids[1]", "unknown_customer"), ("ids[2]", "unknown_customer")]
    assert listed() == []
    answer = client.send("PUT", URL, {"emails": ["nobody@shop.example"]})
    assert codes(answer) == [("emails[0]", "unknown_customer")]


def test_unknown_ones_are_left_out_where_that_is_asked_for(client, picked):
    answer = client.send("PUT", f"{URL}?unknown=skip", {"ids": ["a", "nobody"]})
    assert (answer.status_code, answer.json()["unknown"], listed()) == (200, 1, ["a"])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"ids": ["a"], "emails": ["a@shop.example"]}, ""),
        ({"ids": "a"}, "ids"),
        ({"ids": [1]}, "ids[0]"),
        ({"ids": ["a", None]}, "ids[1]"),
        ({"ids": ["a", ""]}, "ids[1]"),
        ({"ids": ["a\0"]}, "ids[0]"),
        ({"ids": ["a"] * 10_001}, "ids"),
        ({"numbers": ["a"]}, "numbers"),
        ('{"ids": ["\\ud800"]}', "ids[0]"),
        ("[]", ""),
    ],
)
def test_what_is_no_list_of_names_is_refused(client, picked, body, path):
    answer = client.send("PUT", URL, body)
    assert answer.status_code == 400, answer.content
    assert path in paths(answer)
    assert listed() == []


def test_an_unknown_way_with_unknown_ones_is_refused(client, picked):
    answer = client.send("PUT", f"{URL}?unknown=ignore", {"ids": ["a"]})
    assert (answer.status_code, paths(answer)) == (400, ["unknown"])


def test_csv_is_read_by_its_column(upload, picked):
    answer = upload("\ufeffid,name\r\na,Ann\r\n\r\nb,Bea\r\n")
    assert (answer.status_code, answer.json()["added"]) == (200, 2)
    answer = upload("first,email\nC,c@SHOP.example\n", "POST")
    assert (answer.status_code, listed()) == (200, ["a", "b", "c"])
    assert upload("email,id\nnobody@shop.example,b\n", "DELETE").json()["removed"] == 1


@pytest.mark.parametrize(
    ("content", "on_it"),
    [
        ('name;id\n"Ann; once";a\n', ["a"]),
        ('"id";"name"\n"b";"B"\n', ["b"]),
        ("name\tid\nBea\tb\nA\ta\n", ["a", "b"]),
        # Commas go before: the other signs are part of a name, then.
        ("id,a;email\na,x;y\n", ["a"]),
        # In any case, and as programs write it; Excel says the separator in a line of its own.
        ("Name, ID \nA,a\n", ["a"]),
        ("Name;E-Mail\nA;a@shop.example\n", ["a"]),
        ("e-mail\na@shop.example\n", ["a"]),
        ("sep=;\r\nid,x;ID\r\nq;a\r\n", ["a"]),
        ("Email Address,First Name,Tags\na@shop.example,A,x\n", ["a"]),
        ("Emailadresse,Vorname\nb@shop.example,B\n", ["b"]),
        ("EMAIL,EXT_ID\nnobody@shop.example,b\n", ["b"]),
        ('\ufeff"SEP=\t"\nname\tid\nA,a\tb\n', ["b"]),
    ],
)
def test_csv_may_have_semicolons_or_tabs(upload, picked, content, on_it):
    assert (upload(content).status_code, listed()) == (200, on_it)


def test_a_row_that_names_two_customers_is_refused(upload, picked):
    answer = upload("id,email\na,A@shop.example\nb,c@shop.example\nc,\na,x@shop.example\n")
    assert codes(answer) == [("line 3", "two_customers")]
    assert listed() == []


def test_two_columns_of_numbers_are_refused(upload, picked):
    (one,) = upload("ID,EXT_ID\na,b\n").json()["errors"]
    assert (one["path"], one["code"]) == ("line 1", "name_columns")
    assert one["message"].startswith("“ID”, “EXT_ID” all say who is meant")


@pytest.mark.parametrize(
    ("stored", "given"),
    [("info@bäcker.example", "info@xn--bcker-gra.example"), ("'=a@x.example", "''=a@x.example")],
)
def test_a_list_finds_addresses_as_files_write_them(upload, picked, stored, given):
    Customer.objects.filter(external_id="a").update(email=stored)
    for written in (given, stored if "@b" in stored else given):
        assert upload(f"email\n{written}\n").status_code == 200, written
        assert listed() == ["a"]


def test_csv_with_a_header_alone_names_nobody(upload, picked):
    upload("id\na\n")
    assert upload("id\n", "POST").json()["added"] == 0
    assert upload("id\n").json()["removed"] == 1


def test_problems_of_csv_are_named_by_line_and_nothing_is_written(upload, picked):
    answer = upload(b"id,name\na,A\nnobody,N\nb\n\xff,X\n,E\n")
    assert answer.status_code == 400
    assert codes(answer) == [
        ("line 3", "unknown_customer"),
        ("line 4", "short_row"),
        ("line 5", "encoding"),
        ("line 6", "missing"),
    ]
    assert answer.json()["errors"][0]["message"] == '"nobody" is not known'
    assert listed() == []


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", ""),
        (b"name\nA\n", "line 1"),
        (b'"name";"town"\nA;B\n', "line 1"),
        (b"id;id\na;a\n", "line 1"),
        (b"id,id\na,a\n", "line 1"),
        (b'id\na\n"b\n', "line 3"),
        (b"\x00\n", "line 1"),
        (b"email,E-Mail\na,a\n", "line 1"),
        (b"sep=;\nname;town\nA;B\n", "line 2"),
        (b"\xff\xfe\x00", "line 1"),
    ],
)
def test_what_is_no_such_csv_is_refused(upload, picked, content, place):
    answer = upload(content)
    assert answer.status_code == 400, answer.content
    assert paths(answer) == [place]


def test_what_is_wrong_with_a_file_is_said_with_advice(upload, picked):
    (one,) = upload("id\nä\n".encode("cp1252")).json()["errors"]
    assert (one["path"], one["code"]) == ("line 2", "encoding")
    assert "save it in Excel as “CSV UTF-8”" in one["message"]
    (one,) = upload("Name;Town\nA;B\n").json()["errors"]
    assert one["message"].startswith(
        "The heading needs a column “id” or “email”; it has “Name”, “Town”."
    )


def test_a_body_that_is_too_large_is_refused(upload, picked, monkeypatch):
    monkeypatch.setattr(csv_body, "MOST_BYTES", 100)
    assert upload("id\n" + "a\n" * 100).status_code == 413


def test_too_many_rows_are_refused(upload, picked, monkeypatch):
    monkeypatch.setattr(named_customers, "MOST", 3)
    answer = upload("id\na\na\nb\nb\n")
    assert (answer.status_code, codes(answer)) == (400, [("", "list_too_long")])


def test_a_segment_with_conditions_has_no_list(client, make_segment):
    segment = make_segment()
    answer = client.send("PUT", f"segments/{segment.code}/list/", {"ids": []})
    assert answer.status_code == 409
    assert client.send("PUT", "segments/nothing/list/", {"ids": []}).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_who_may_change_segments_may_change_the_list(client_with, picked, method):
    reader = client_with("segments.view_segment", "segments.view_members")
    assert reader.send(method, URL, {"ids": []}).status_code == 403
    changer = client_with("segments.change_segment")
    assert changer.send(method, URL, {"ids": ["a"]}).status_code == 200


def test_by_e_mail_only_whoever_may_see_them(client_with, picked, upload):
    changer = client_with("segments.change_segment")
    assert changer.send("POST", URL, {"emails": ["a@shop.example"]}).status_code == 403
    answer = changer.generic(
        "PUT", f"/api/v1/{URL}", "email\na@shop.example\n", content_type="text/csv"
    )
    assert answer.status_code == 403


def test_a_list_tells_nobody_who_has_an_address(client_with, picked):
    changer = client_with("segments.change_segment")
    answer = changer.generic(
        "PUT", f"/api/v1/{URL}", "id,email\na,c@shop.example\n", content_type="text/csv"
    )
    assert (answer.status_code, listed()) == (200, ["a"])


def test_the_definition_keeps_its_version(client, picked):
    before = client.send("GET", "segments/picked/")["ETag"]
    client.send("PUT", URL, {"ids": ["a"]})
    assert client.send("GET", "segments/picked/")["ETag"] == before


def test_it_is_explained_and_referred_to_like_any_other(client, picked):
    client.send("PUT", URL, {"ids": ["a"]})
    explained = client.send("GET", "customers/a/segments/picked/").json()
    assert explained["member"] is True
    assert explained["explanation"] == {"match": "all", "conditions": [], "holds": True}
    others = tree({"attribute": "segment", "operator": "is_not", "value": "picked"})
    found = client.send("POST", "segments/preview/", {"conditions": others}).json()
    assert found["count"] == Customer.objects.count() - 1


def test_a_preview_of_it_has_no_conditions(client, picked):
    client.send("PUT", URL, {"ids": ["a", "b"]})
    body = {"conditions": tree(), "segment": "picked"}
    assert client.send("POST", "segments/preview/", body).json()["count"] == 2
    body["conditions"] = tree(AT_SHOP)
    answer = client.send("POST", "segments/preview/", body)
    assert (answer.status_code, codes(answer)) == (400, [("conditions", "list_has_no_rules")])


def test_a_repeated_upload_too_large_for_memory_adds_once(client, picked, upload):
    text = "email\n" + "a@shop.example\n" * 200_000
    first, again = (upload(text, "POST", **{"Idempotency-Key": "k"}) for _try in range(2))
    assert (first.json()["added"], again.content) == (1, first.content)
    assert [one.get("Idempotency-Replayed") for one in (first, again)] == [None, "true"]
