"""The laws of every resource; an app names its declaration, the least document, and a change.

A subclass `Test...` of `ResourceLaws` in the app's tests runs all of them for one resource.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework import serializers

from core.api.parsing import PlainNumberField
from core.audit import AuditEntry
from core.problems import Invalid
from core.resources.api import Api
from core.resources.fields import AmountField
from core.tests.forms import body_of

RIGHTS = ("view", "add", "change", "delete")


class ResourceLaws:
    """All laws for the resource behind `api`.

    `least` is the smallest document of a new row, with its code; `change` is a change of it;
    `wrong` breaks a rule about several fields: the change, and the path and code of the finding.
    """

    api: ClassVar[Api]
    least: ClassVar[Mapping[str, Any]]
    change: ClassVar[Mapping[str, Any]]
    wrong: ClassVar[tuple[Mapping[str, Any], str, str]]
    # The codes in the address before the row's.
    above: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture(autouse=True)
    def _client(self, client_with: Any) -> None:
        self.client_with = client_with
        self.client = client_with(*map(self.api.permission, RIGHTS))
        self.path = self.address(self.api.names[0])

    def new(self) -> Any:
        """Return what a new row begins with."""
        return None

    def other(self, number: int) -> Mapping[str, Any]:
        """Return the document of another new row."""
        return {**self.least, "code": f"{self.least['code']}-{number}"}

    @property
    def identity(self) -> str:
        """What a row is named by in an answer."""
        return next((name for name in ("code", "id") if name in self.api.shape.Meta.fields), "")

    @property
    def row_path(self) -> str:
        """The address of the first row."""
        first = self.rows().values_list("pk", flat=True).first()
        return self.address(self.api.names[1], self.least.get("code", first or 1))

    def address(self, name: str, *codes: Any) -> str:
        path = reverse(f"api:{name}", args=[*self.above, *codes])
        return path.removeprefix("/api/v1/")

    def create(self, body: Mapping[str, Any]) -> Any:
        return self.api.resource.create(body, author=None, new=self.new()).row

    # What the laws ask ------------------------------------------------------------------------

    def need(self, *methods: str) -> None:
        """Skip the test of a resource without one of `methods`."""
        if not {*methods} <= {*self.api.methods}:
            pytest.skip(f"It has not all of {', '.join(methods)}.")

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
        found: dict[str, set[str]] = {}
        for one in answer.json()["errors"]:
            assert one["message"]
            found.setdefault(one["path"], set()).add(one["code"])
        return found

    def rows(self) -> Any:
        return self.api.resource.model._default_manager.order_by("pk")

    def audited(self) -> list[AuditEntry]:
        return list(AuditEntry.objects.filter(subject=self.api.resource.subject).order_by("pk"))

    def document(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return of an answer what may be written."""
        return {name: body[name] for name in self.fields}

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a document."""
        reader = self.api.resource.reader
        return {name: reader.fields[name] for name in reader.document_fields}

    # Reading and writing ----------------------------------------------------------------------

    def test_a_new_row_is_answered_as_it_is_read(self) -> None:
        self.need("POST")
        made = self.make()
        assert made["Location"] == f"/api/v1/{self.row_path}"
        assert made["ETag"] == '"1"'
        read = self.send("GET", self.row_path)
        assert read["ETag"] == made["ETag"]
        body = made.json()
        body.pop("warnings")
        assert read.json() == body
        head = self.send("HEAD", self.row_path)
        assert (head.status_code, head["ETag"], head.content) == (200, '"1"', b"")

    def test_what_is_read_may_be_put_back_and_changes_nothing(self) -> None:
        made = self.make()
        for body in (self.send("GET", self.row_path).json(), made.json()):
            put = self.send("PUT", self.row_path, body, if_match='"1"')
            assert (put.status_code, put["ETag"]) == (200, '"1"'), put.content
        assert len(self.audited()) == 1

    def test_put_replaces_all_and_patch_what_it_names(self) -> None:
        self.need("PATCH")
        first = self.make().json()
        patched = self.send("PATCH", self.row_path, self.change, if_match='"1"').json()
        assert patched["version"] == 2
        differs = {name for name in self.document(first) if first[name] != patched[name]}
        assert differs == {*self.change}
        same = self.send("PATCH", self.row_path, {}, if_match='"2"')
        assert (same["ETag"], same.json()) == ('"2"', patched)
        put = self.send("PUT", self.row_path, self.least, if_match='"2"').json()
        assert put == first | {"version": 3}

    def test_what_is_no_object_or_no_parameter_is_refused(self) -> None:
        self.need("POST", "PATCH")
        self.make()
        for body in ([], '"text"', 1, "null"):
            assert self.refused(body, "PATCH", if_match="*")
            assert self.refused(body)
        assert self.send("GET", f"{self.path}?colour=red").status_code == 400

    # Versions ---------------------------------------------------------------------------------

    def test_a_change_names_the_version_that_it_is_about(self) -> None:
        self.need("PATCH", "DELETE")
        self.make()
        writes = [("PUT", self.row_path, self.least), ("PATCH", self.row_path, self.change)]
        writes += [("DELETE", self.row_path, None)]
        if self.api.resource.has_versions:
            writes.append(("POST", f"{self.row_path}versions/1/restore/", None))
        for method, path, body in writes:
            assert self.send(method, path, body).status_code == 428, method
            assert self.send(method, path, body, if_match='"7"').status_code == 412, method
        assert self.rows().get().version == 1
        assert self.send("PATCH", self.row_path, self.change, if_match="*").status_code == 200
        assert self.send("PUT", self.row_path, self.least, if_match='"1"').status_code == 412

    def test_each_change_is_one_whole_version_that_can_be_restored(self) -> None:
        if not self.api.resource.has_versions:
            pytest.skip("Nothing is kept of what a row said before.")
        self.make()
        self.send("PATCH", self.row_path, self.change, if_match='"1"')
        versions = self.send("GET", f"{self.row_path}versions/").json()["results"]
        assert [one["number"] for one in versions] == [1, 2]
        assert [one["author"] for one in versions] == [self.client.user.username] * 2
        assert {*self.fields} <= versions[0].keys()
        restored = self.send("POST", f"{self.row_path}versions/1/restore/", if_match='"2"').json()
        assert restored["version"] == 3
        assert self.document(restored) == self.document(versions[0])
        missing = self.send("POST", f"{self.row_path}versions/9/restore/", if_match="*")
        assert missing.status_code == 404

    def test_a_version_from_before_a_field_has_its_default(self) -> None:
        if not self.api.resource.has_versions:
            pytest.skip("Nothing is kept of what a row said before.")
        first = self.make().json()
        self.send("PATCH", self.row_path, self.change, if_match='"1"')
        version = self.rows().get().versions.get(number=1)
        left_out = set(self.fields) - set(self.least)
        version.definition = {
            name: value for name, value in version.definition.items() if name not in left_out
        }
        version.save()
        shown = self.send("GET", f"{self.row_path}versions/").json()["results"][0]
        restored = self.send("POST", f"{self.row_path}versions/1/restore/", if_match="*").json()
        for name in self.fields:
            assert shown[name] == restored[name] == first[name], name

    # What is refused --------------------------------------------------------------------------

    def test_another_type_in_every_field_names_every_field(self) -> None:
        body = {name: self.of_another_type(field) for name, field in self.fields.items()}
        found = self.refused({"code": 7, **body})
        assert {path.partition(".")[0].partition("[")[0] for path in found} == {"code", *body}

    def of_another_type(self, field: Any) -> Any:
        if isinstance(field, serializers.BooleanField):
            return "true"
        if isinstance(field, serializers.IntegerField):
            return 1.5
        if isinstance(field, serializers.ListField):
            return {"a": 1}
        if isinstance(field, AmountField):
            return [1]
        if isinstance(field, PlainNumberField):
            return "1"
        return 7

    def test_null_is_refused_in_every_field_that_has_a_value(self) -> None:
        names = [name for name, field in self.fields.items() if not field.allow_null]
        found = self.refused({**self.least, **dict.fromkeys(names)})
        assert found == {name: {"null"} for name in names}

    def test_texts_that_no_database_takes_are_refused(self) -> None:
        texts = {
            name: field
            for name, field in self.fields.items()
            if isinstance(field, serializers.CharField)
        }
        if not texts:
            pytest.skip("There are no texts.")
        for letter, code in (("\0", "null_characters_not_allowed"), ("\ud800", "surrogate")):
            found = self.refused({**self.least, **dict.fromkeys(texts, f"a{letter}b")})
            assert {*texts} <= found.keys()
            for name in texts:
                assert any(code in one for one in found[name]), name
        long = {name: "x" * (one.max_length + 1) for name, one in texts.items() if one.max_length}
        found = self.refused({**self.least, **long})
        assert all("max_length" in found[name] for name in long)

    def test_numbers_beyond_their_range_are_refused(self) -> None:
        for sign in (1, -1):
            numbers = {
                name: sign * 2**63
                for name, field in self.fields.items()
                if isinstance(field, serializers.IntegerField)
            }
            amounts = {
                name: sign * 10**10
                for name, field in self.fields.items()
                if isinstance(field, AmountField)
            }
            if not numbers | amounts:
                pytest.skip("There are no numbers.")
            found = self.refused({**self.least, **numbers, **amounts})
            code = "max_value" if sign == 1 else "min_value"
            for name in numbers:
                assert code in found[name], name
            for name in amounts:
                assert "out_of_range" in found[name], name

    def test_every_finding_stands_in_one_answer(self) -> None:
        self.need("POST", "PATCH")
        change, path, code = self.wrong
        body = {**self.least, **change, "colour": "red", "code": 7}
        found = self.refused(body)
        assert found["colour"] == {"unknown_field"}
        assert "code" in found
        assert code in found[path]
        self.make()
        for method in ("PUT", "PATCH"):
            found = self.refused({**body, "code": self.least.get("code")}, method, if_match="*")
            assert (found["colour"], code in found[path]) == ({"unknown_field"}, True)

    def test_a_new_row_needs_a_code(self) -> None:
        if "code" not in self.least:
            pytest.skip("It has a number instead.")
        without = {name: value for name, value in self.least.items() if name != "code"}
        assert self.refused(without) == {"code": {"required"}}

    def test_the_code_is_checked(self) -> None:
        if "code" not in self.least:
            pytest.skip("It has a number instead.")
        without = {name: value for name, value in self.least.items() if name != "code"}
        assert self.refused({**self.least, "code": "Ill spelled"}) == {"code": {"invalid"}}
        for reserved in self.api.resource.serializer.reserved_codes:
            assert self.refused({**self.least, "code": reserved}) == {"code": {"reserved"}}
        self.make()
        assert self.refused(self.least) == {"code": {"unique"}}
        other = {"code": "another"}
        assert self.refused(other, "PATCH", if_match="*") == {"code": {"read_only"}}
        assert self.refused({**self.least, **other}, "PUT", if_match="*") == {"code": {"read_only"}}
        assert self.send("PUT", self.row_path, without, if_match="*").status_code == 200

    def test_a_code_that_is_taken_between_check_and_save_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if "code" not in self.least:
            pytest.skip("It has a number instead.")
        resource = self.api.resource
        judge, found_before = resource.checked, [resource.checked(None, self.least, new=self.new())]
        self.make()

        def checked(*given: Any, **more: Any) -> Any:
            return found_before.pop() if found_before else judge(*given, **more)

        monkeypatch.setattr(resource, "checked", checked)
        assert self.refused(self.least) == {"code": {"unique"}}
        assert found_before == []

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file.")
    def test_the_row_is_locked_before_it_is_judged(self, admin_client: Any) -> None:
        self.need("PATCH")
        self.make()
        with CaptureQueriesContext(connection) as asked:
            self.send("PATCH", self.row_path, self.change, if_match="*")
        assert self.is_locked_first(asked)
        address = self.page("change", self.rows().get().pk)
        sent = body_of(admin_client.get(address).content)
        with CaptureQueriesContext(connection) as asked:
            admin_client.post(address, sent)
        assert self.is_locked_first(asked)

    def is_locked_first(self, asked: CaptureQueriesContext) -> bool:
        """Return whether the row was read under a lock."""
        table = self.api.resource.model._meta.db_table
        looks = [
            one["sql"]
            for one in asked
            if f'FROM "{table}"' in one["sql"] and f'WHERE "{table}"."id"' in one["sql"]
        ]
        return any("FOR NO KEY UPDATE" in one for one in looks)

    # Audit and transaction --------------------------------------------------------------------

    def test_created_changed_and_deleted_are_audited(self) -> None:
        self.need("PATCH", "DELETE")
        self.make()
        self.send("PATCH", self.row_path, self.change, if_match='"1"')
        assert self.send("DELETE", self.row_path, if_match='"2"').status_code == 204
        created, changed, deleted = self.audited()
        assert [one.action for one in (created, changed, deleted)] == [
            "created",
            "changed",
            "deleted",
        ]
        assert {one.username for one in (created, changed, deleted)} == {self.client.user.username}
        assert changed.before.keys() == changed.after.keys() == self.change.keys()
        assert deleted.before == created.after | changed.after

    def test_what_fails_behind_the_save_leaves_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.need("POST")
        self.make()
        monkeypatch.setattr(self.api.resource, "after_save", _fail)
        for body, code in ((self.other(1), None), (self.change, "*")):
            with pytest.raises(_Failure):
                if code is None:
                    self.create(body)
                else:
                    self.api.resource.change(self.rows().get(), body, author=None)
        assert [row.version for row in self.rows()] == [1]
        assert len(self.audited()) == 1

    def test_programs_get_every_finding(self) -> None:
        change, path, code = self.wrong
        with pytest.raises(Invalid) as error:
            self.create({**self.least, **change})
        assert (path, code) in {(one.path, one.code) for one in error.value.problems}

    # Who may, what stays ----------------------------------------------------------------------

    def test_each_call_asks_for_its_permission_alone(self, anonymous: Any) -> None:
        calls = [("GET", self.path, "view"), ("POST", self.path, "add")]
        calls += [("GET", self.row_path, "view"), ("PUT", self.row_path, "change")]
        calls += [("PATCH", self.row_path, "change"), ("DELETE", self.row_path, "delete")]
        if self.api.resource.has_versions:
            calls.append(("GET", f"{self.row_path}versions/", "view"))
            calls.append(("POST", f"{self.row_path}versions/1/restore/", "change"))
        clients = {right: self.client_with(self.api.permission(right)) for right in RIGHTS}
        others = {
            right: self.client_with(*(self.api.permission(one) for one in RIGHTS if one != right))
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
        monkeypatch.setattr(self.api.resource, "users", lambda _row: names)
        answer = self.send("DELETE", self.row_path, if_match='"1"')
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
        monkeypatch.setattr(Api, "row_at", lambda *_given: row)
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

    # The admin --------------------------------------------------------------------------------

    def test_a_form_opened_before_another_change_is_refused_once(self, admin_client: Any) -> None:
        row = self.create(self.least)
        address = self.page("change", row.pk)
        opened = body_of(admin_client.get(address).content)
        self.api.resource.change(row, self.change, author=None)
        again = admin_client.post(address, opened)
        assert again.status_code == 200
        assert "version 2" in again.content.decode()
        assert admin_client.post(address, body_of(again.content)).status_code == 302
        row.refresh_from_db()
        assert row.version == 3

    def test_who_may_only_view_changes_nothing(self, client: Any) -> None:
        row = self.create(self.least)
        self.client.user.is_staff = True
        self.client.user.save()
        viewer = self.client_with(self.api.permission("view"))
        viewer.user.is_staff = True
        viewer.user.save()
        address = self.page("change", row.pk)
        sent = body_of(self.client.get(address).content)
        assert sent
        shown = viewer.get(address)
        assert (shown.status_code, body_of(shown.content)) == (200, {})
        assert viewer.post(address, sent).status_code == 403
        assert viewer.post(self.page("delete", row.pk), {"post": "yes"}).status_code == 403
        row.refresh_from_db()
        assert row.version == 1

    def test_history_names_changes_and_restores(self, admin_client: Any) -> None:
        if not self.api.resource.has_versions:
            pytest.skip("Nothing is kept of what a row said before.")
        row = self.create(self.least)
        self.api.resource.change(row, self.change, author=None)
        page = admin_client.get(self.page("history", row.pk)).content.decode()
        for name in self.change:
            assert str(self.fields[name].label) in page
        restored = admin_client.post(self.page("restore", row.pk), {"version": "1"})
        assert restored.status_code == 302
        row.refresh_from_db()
        assert row.version == 3
        assert admin_client.post(self.page("restore", row.pk), {"version": "9"}).status_code == 404

    def test_the_admin_deletes_what_is_not_in_use(
        self, admin_client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.need("DELETE")
        row = self.create(self.least)
        address = self.page("delete", row.pk)
        with monkeypatch.context() as used:
            used.setattr(self.api.resource, "users", lambda _row: ["a campaign"])
            kept = admin_client.post(address, {"post": "yes"}, follow=True)
            assert "a campaign" in kept.content.decode()
            assert self.rows().count() == 1
        admin_client.post(address, {"post": "yes"})
        assert not self.rows().exists()
        assert self.audited()[-1].action == "deleted"

    def page(self, name: str, *arguments: Any) -> str:
        meta = self.api.resource.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=arguments)


class _Failure(Exception):
    pass


def _fail(_row: Any) -> None:
    raise _Failure
