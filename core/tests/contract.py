"""The laws of every resource; an app names its declaration, the least document, and a change.

A subclass `Test...` of `ResourceLaws` in the app's tests runs all of them for one resource.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any, ClassVar

import pytest
from django.db import connection, connections
from django.urls import reverse

from core.resources.api import Api
from core.resources.resource import Resource
from core.tests.row_laws import RIGHTS, RowLaws, codes_by_path


class ResourceLaws(RowLaws):
    """All laws for the resource behind `api`: those of its rows, and those of its addresses."""

    api: ClassVar[Api]
    # The codes in the address before the row's.
    above: ClassVar[tuple[str, ...]] = ()
    # What only the answer to a new row shows.
    shown_once: ClassVar[tuple[str, ...]] = ()

    @property
    def resource(self) -> Resource:  # type: ignore[override]
        return self.api.resource

    @property
    def methods(self) -> Any:
        return self.api.methods

    @property
    def path(self) -> str:
        """The address of all rows."""
        return self.address(self.api.names[0])

    @property
    def identity(self) -> str:
        """What a row is named by in an answer."""
        names = (self.code_name, "id")
        return next((name for name in names if name in self.api.serializer.Meta.fields), "")

    @property
    def row_path(self) -> str:
        """The address of the first row."""
        first = self.rows().values_list("pk", flat=True).first()
        return self.address(self.api.names[1], self.least.get(self.code_name, first or 1))

    @property
    def versioned(self) -> list[str]:
        """The fields that a version keeps: of a segment not how it is treated."""
        return [name for name in self.fields if name in self.api.version_serializer().fields]

    def tag(self, version: int) -> str:
        """The ETag of a row in its version, as long as only `least` and `change` are written."""
        return f'"{version}"'

    def address(self, name: str, *codes: Any) -> str:
        path = reverse(f"api:{name}", args=[*self.above, *codes])
        return path.removeprefix("/api/v1/")

    # What the laws ask ------------------------------------------------------------------------

    def send(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        return self.client.send(method, path, body, **headers)

    def make(self, body: Any = None) -> Any:
        answer = self.send("POST", self.path, body or self.least)
        assert answer.status_code == 201, answer.content
        return answer

    def refused(self, body: Any, method: str = "", **headers: Any) -> dict[str, set[str]]:
        """Return the codes of all findings by their paths; nothing is stored.

        Without a method it is what makes a row.
        """
        method = method or ("POST" if "POST" in self.api.methods else "PUT")
        before = list(self.rows().values())
        path = self.path if method == "POST" else self.row_path
        answer = self.send(method, path, body, **headers)
        assert answer.status_code == 400, answer.content
        assert list(self.rows().values()) == before
        errors = answer.json()["errors"]
        return codes_by_path((one["path"], one["code"], one["message"]) for one in errors)

    def write_in_all_ways(self) -> None:
        self.make()
        self.send("PATCH", self.row_path, self.change, if_match=self.tag(1))
        assert self.send("DELETE", self.row_path, if_match=self.tag(2)).status_code == 204

    def document(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return of an answer what may be written."""
        return {name: body[name] for name in self.fields}

    # Reading and writing ----------------------------------------------------------------------

    def test_a_new_row_is_answered_as_it_is_read(self) -> None:
        self.need("POST")
        made = self.make()
        assert made["Location"] == f"/api/v1/{self.row_path}"
        assert made["ETag"] == self.tag(1)
        read = self.send("GET", self.row_path)
        assert read["ETag"] == made["ETag"]
        body = made.json()
        for name in ("warnings", *self.shown_once):
            body.pop(name)
        assert read.json() == body
        head = self.send("HEAD", self.row_path)
        assert (head.status_code, head["ETag"], head.content) == (200, self.tag(1), b"")

    def test_what_is_read_may_be_put_back_and_changes_nothing(self) -> None:
        made = self.make().json()
        for name in self.shown_once:
            made.pop(name)
        for body in (self.send("GET", self.row_path).json(), made):
            put = self.send("PUT", self.row_path, body, if_match=self.tag(1))
            assert (put.status_code, put["ETag"]) == (200, self.tag(1)), put.content
        assert len(self.audited()) == 1

    def test_put_replaces_all_and_patch_what_it_names(self) -> None:
        self.need("PATCH")
        first = self.make().json()
        for name in self.shown_once:
            first.pop(name)
        patched = self.send("PATCH", self.row_path, self.change, if_match=self.tag(1)).json()
        assert patched["version"] == 2
        differs = {name for name in self.document(first) if first[name] != patched[name]}
        assert differs == {*self.change}
        same = self.send("PATCH", self.row_path, {}, if_match=self.tag(2))
        assert (same["ETag"], same.json()) == (self.tag(2), patched)
        put = self.send("PUT", self.row_path, self.least, if_match=self.tag(2)).json()
        assert put == first | {"version": 3}

    def test_what_is_no_object_or_no_parameter_is_refused(self) -> None:
        self.need("POST", "PATCH")
        self.make()
        for body in ([], '"text"', 1, "null"):
            assert self.refused(body, "PATCH", if_match="*")
            assert self.refused(body)
        for name in ("colour", "format"):
            assert self.send("GET", f"{self.path}?{name}=red").status_code == 400, name

    # Versions ---------------------------------------------------------------------------------

    def test_a_change_names_the_version_that_it_is_about(self) -> None:
        self.need("PATCH", "DELETE")
        self.make()
        writes = [("PUT", self.row_path, self.least), ("PATCH", self.row_path, self.change)]
        writes += [("DELETE", self.row_path, None)]
        if self.resource.has_versions:
            writes.append(("POST", f"{self.row_path}versions/1/restore/", None))
        for method, path, body in writes:
            if self.api.needs_version:
                assert self.send(method, path, body).status_code == 428, method
            for other in (self.tag(7), f"W/{self.tag(1)}", '"7,*,8"', '*, "7"', ""):
                answer = self.send(method, path, body, if_match=other)
                assert answer.status_code == 412, (method, other)
        assert self.rows().get().version == 1
        assert self.send("PATCH", self.row_path, self.change, if_match="*").status_code == 200
        assert self.send("PUT", self.row_path, self.least, if_match=self.tag(1)).status_code == 412

    @pytest.mark.exhaustive
    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer.")
    @pytest.mark.django_db(transaction=True)
    def test_of_two_writers_at_once_one_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.need("PATCH")
        self.make()
        judge = self.resource.checked

        def checked(*given: Any, **more: Any) -> Any:
            # The other writer comes while this one, which has read the row, has yet to write.
            sleep(0.2)
            return judge(*given, **more)

        monkeypatch.setattr(self.resource, "checked", checked)
        rights = [*map(self.right, RIGHTS), *self.more_rights]
        clients, start = [self.client_with(*rights) for _ in range(2)], Barrier(2)
        path, tag = self.row_path, self.tag(1)

        def write(client: Any) -> int:
            start.wait(60)
            try:
                answer = client.send("PATCH", path, self.change, if_match=tag)
                return int(answer.status_code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(write, clients)) == [200, 412]
        assert self.rows().get().version == 2

    def test_each_change_is_one_whole_version_that_can_be_restored(self) -> None:
        if not self.resource.has_versions:
            pytest.skip("Nothing is kept of what a row said before.")
        self.make()
        self.send("PATCH", self.row_path, self.change, if_match=self.tag(1))
        versions = self.send("GET", f"{self.row_path}versions/").json()["results"]
        assert [one["number"] for one in versions] == [1, 2]
        assert [one["author"] for one in versions] == [self.client.user.username] * 2
        restore = f"{self.row_path}versions/1/restore/"
        restored = self.send("POST", restore, if_match=self.tag(2)).json()
        assert restored["version"] == 3
        for name in self.versioned:
            assert restored[name] == versions[0][name], name
        missing = self.send("POST", f"{self.row_path}versions/9/restore/", if_match="*")
        assert missing.status_code == 404

    def test_a_version_has_the_fields_of_today(self, admin_client: Any) -> None:
        """Fields that are newer have their default, fields that are gone are left out."""
        if not self.resource.has_versions:
            pytest.skip("Nothing is kept of what a row said before.")
        first = self.make().json()
        self.send("PATCH", self.row_path, self.change, if_match=self.tag(1))
        row, newer = self.rows().get(), set(self.versioned) - set(self.least)
        for version in row.versions.all():
            left_out = newer if version.number == 1 else ()
            kept = {one: value for one, value in version.definition.items() if one not in left_out}
            version.definition = {**kept, "colour": version.number}
            version.save()
        assert admin_client.get(self.page("history", row.pk)).status_code == 200
        shown = self.send("GET", f"{self.row_path}versions/").json()["results"][0]
        assert "colour" not in shown
        restored = self.send("POST", f"{self.row_path}versions/1/restore/", if_match="*").json()
        for name in self.versioned:
            assert shown[name] == restored[name] == first[name], name

    # What is refused --------------------------------------------------------------------------

    def test_every_finding_stands_in_one_answer(self) -> None:
        self.need("POST", "PATCH")
        change, path, code = self.wrong
        body = {**self.least, **change, "colour": "red", self.code_name: 7}
        found = self.refused(body)
        assert found["colour"] == {"unknown_field"}
        assert self.code_name in found
        assert code in found[path]
        self.make()
        for method in ("PUT", "PATCH"):
            found = self.refused(
                {**body, self.code_name: self.least.get(self.code_name)}, method, if_match="*"
            )
            assert (found["colour"], code in found[path]) == ({"unknown_field"}, True)

    def test_a_new_row_needs_a_code(self) -> None:
        name = self.code_name
        if name not in self.least:
            pytest.skip("It has a number instead.")
        without = {one: value for one, value in self.least.items() if one != name}
        assert self.refused(without) == {name: {"required"}}

    def test_the_code_is_checked(self) -> None:
        name = self.code_name
        if name not in self.least:
            pytest.skip("It has a number instead.")
        without = {one: value for one, value in self.least.items() if one != name}
        assert self.refused({**self.least, name: "Ill spelled"}) == {name: {"invalid"}}
        for reserved in self.resource.serializer.reserved_codes:
            assert self.refused({**self.least, name: reserved}) == {name: {"reserved"}}
        self.make()
        assert self.refused(self.least) == {name: {"unique"}}
        other = {name: "another"}
        assert self.refused(other, "PATCH", if_match="*") == {name: {"read_only"}}
        assert self.refused({**self.least, **other}, "PUT", if_match="*") == {name: {"read_only"}}
        assert self.send("PUT", self.row_path, without, if_match="*").status_code == 200

    def test_a_code_that_is_taken_between_check_and_save_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = self.code_name
        if name not in self.least:
            pytest.skip("It has a number instead.")
        resource = self.resource
        judge, found_before = resource.checked, [resource.checked(None, self.least, new=self.new())]
        self.make()

        def checked(*given: Any, **more: Any) -> Any:
            return found_before.pop() if found_before else judge(*given, **more)

        monkeypatch.setattr(resource, "checked", checked)
        assert self.refused(self.least) == {name: {"unique"}}
        assert found_before == []

    # Who may, what stays ----------------------------------------------------------------------

    def test_each_call_asks_for_its_permission_alone(self, anonymous: Any) -> None:
        calls = [("GET", self.path, "view"), ("POST", self.path, "add")]
        calls += [("GET", self.row_path, "view"), ("PUT", self.row_path, "change")]
        calls += [("PATCH", self.row_path, "change"), ("DELETE", self.row_path, "delete")]
        if self.resource.has_versions:
            calls.append(("GET", f"{self.row_path}versions/", "view"))
            calls.append(("POST", f"{self.row_path}versions/1/restore/", "change"))
        clients = {right: self.client_with(self.right(right)) for right in RIGHTS}
        others = {
            right: self.client_with(*(self.right(one) for one in RIGHTS if one != right))
            for right in RIGHTS
        }
        for method, path, right in calls:
            if method not in self.api.methods:
                continue
            assert anonymous.send(method, path, {}).status_code == 401
            assert others[right].send(method, path, {}).status_code == 403
            assert clients[right].send(method, path, {}).status_code not in {401, 403}

    def test_what_is_in_use_is_not_deleted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.need("DELETE")
        self.make()
        names = [f"user {number}" for number in range(22)]
        monkeypatch.setattr(self.resource, "users", lambda _row: names)
        answer = self.send("DELETE", self.row_path, if_match=self.tag(1))
        assert answer.status_code == 409
        assert answer.json()["used_by"] == names[:20]
        assert answer.json()["errors"][0]["code"] == "in_use"
        assert "2 more" in answer.json()["detail"]
        assert self.rows().count() == 1

    def test_what_is_not_there_is_not_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        nothing = 999 if self.identity == "id" else "nothing"
        for method in {*self.api.methods} - {"POST"}:
            answer = self.send(method, f"{self.path}{nothing}/", {}, if_match="*")
            assert answer.status_code == 404, method
        if "POST" not in self.api.methods:
            # PUT makes it again.
            return
        self.make()
        # It is deleted between the look-up and the lock.
        row = self.rows().get()
        monkeypatch.setattr(Api, "row_at", lambda *_given, **_more: row)
        self.rows().filter(pk=row.pk).delete()
        for method in ("PUT", "PATCH", "DELETE"):
            body = None if method == "DELETE" else self.least
            assert self.send(method, self.row_path, body, if_match="*").status_code == 404, method

    def test_a_list_has_pages(self) -> None:
        self.need("POST")
        codes = [self.make(self.other(number)).json()[self.identity] for number in range(3)]
        first = self.send("GET", f"{self.path}?limit=2").json()
        assert [one[self.identity] for one in first["results"]] == codes[:2]
        assert first["previous"] is None
        second = self.client.get(first["next"]).json()
        assert [one[self.identity] for one in second["results"]] == codes[2:]
        assert second["next"] is None
        assert self.client.get(second["previous"]).json()["results"] == first["results"]
