"""The laws of all rows that people and programs edit, whether they have an API or not."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any, ClassVar

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, connections, models
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from lxml import html
from rest_framework import serializers

from core.api.parsing import PlainNumberField
from core.audit import AuditEntry
from core.problems import Invalid
from core.resources.fields import AmountField
from core.resources.resource import Resource
from core.resources.serializers import NAMES
from core.tests.forms import body_of

RIGHTS = ("view", "add", "change", "delete")


def codes_by_path(found: Iterable[tuple[str, str, str]]) -> dict[str, set[str]]:
    """Return the codes of findings (path, code and sentence) by their paths."""
    codes: dict[str, set[str]] = {}
    for path, code, message in found:
        assert message
        codes.setdefault(path, set()).add(code)
    return codes


class RowLaws:
    """The laws that a form and programs keep for the rows of `resource`.

    `least` is the smallest document of a new row, with its code; `change` is a change of it;
    `wrong` breaks a rule about several fields: the change, and the path and code of the finding.
    """

    resource: ClassVar[Resource]
    least: ClassVar[Mapping[str, Any]]
    change: ClassVar[Mapping[str, Any]]
    wrong: ClassVar[tuple[Mapping[str, Any], str, str]]
    # A change by which a row names all that it locks against deletion (`named`).
    naming: ClassVar[Mapping[str, Any]] = {}
    # What else somebody needs who writes such rows.
    more_rights: ClassVar[tuple[str, ...]] = ()
    methods: Any = ("GET", "POST", "PUT", "PATCH", "DELETE")
    # In whose name programs write; None is a command.
    author: Any = None

    @property
    def code_name(self) -> str:
        """What documents call the code of a row."""
        return self.resource.serializer.code_name

    @pytest.fixture(autouse=True)
    def _client(self, client_with: Any) -> None:
        self.client_with = client_with
        self.client = client_with(*map(self.right, RIGHTS), *self.more_rights)

    def right(self, action: str) -> str:
        """Return the permission to `view`, `add`, `change` or `delete` rows."""
        meta = self.resource.model._meta
        return f"{meta.app_label}.{action}_{meta.model_name}"

    def new(self) -> Any:
        """Return what a new row begins with."""
        return None

    def other(self, number: int) -> Mapping[str, Any]:
        """Return the document of another new row."""
        return {**self.least, self.code_name: f"{self.least[self.code_name]}-{number}"}

    def create(self, body: Mapping[str, Any]) -> Any:
        return self.resource.create(body, author=self.author, new=self.new()).row

    def need(self, *methods: str) -> None:
        """Skip the test of a resource without one of `methods`."""
        if not {*methods} <= {*self.methods}:
            pytest.skip(f"It has not all of {', '.join(methods)}.")

    def refused(self, body: Any) -> dict[str, set[str]]:
        """Return the codes of all findings in a new row by their paths; nothing is stored."""
        before = list(self.rows().values())
        with pytest.raises(Invalid) as error:
            self.create(body)
        assert list(self.rows().values()) == before
        return codes_by_path((one.path, one.code, one.message) for one in error.value.problems)

    def rows(self) -> Any:
        return self.resource.model._default_manager.order_by("pk")

    def audited(self) -> list[AuditEntry]:
        return list(AuditEntry.objects.filter(subject=self.resource.subject).order_by("pk"))

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a document."""
        reader = self.resource.reader
        return {name: reader.fields[name] for name in reader.document_fields}

    def write_in_all_ways(self) -> None:
        """Create a row, change it and delete it, in the name of the client's user."""
        author = self.client.user
        row = self.resource.create(self.least, author=author, new=self.new()).row
        self.resource.delete(
            [self.resource.change(row, self.change, author=author).row], author=author
        )

    # What is refused ----------------------------------------------------------------------------

    def test_another_type_in_every_field_names_every_field(self) -> None:
        body = {name: self.of_another_type(field) for name, field in self.fields.items()}
        found = self.refused({self.code_name: 7, **body})
        assert {path.partition(".")[0].partition("[")[0] for path in found} == {
            self.code_name,
            *body,
        }

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

    def test_names_that_nobody_can_read_are_refused(self) -> None:
        names = [name for name in NAMES if name in self.fields]
        if not names:
            pytest.skip("Nothing has a name.")
        for text, code in (("\u200b", "blank"), ("a\u202eb", "invalid_characters")):
            found = self.refused({**self.least, **dict.fromkeys(names, text)})
            assert found == {name: {code} for name in names}

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

    def test_programs_get_every_finding(self) -> None:
        change, path, code = self.wrong
        with pytest.raises(Invalid) as error:
            self.create({**self.least, **change, "colour": "red"})
        found = {(one.path, one.code) for one in error.value.problems}
        assert {(path, code), ("colour", "unknown_field")} <= found

    def test_the_row_is_locked_before_it_is_judged_or_deleted(
        self, admin_client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.create(self.least)
        address = self.page("change", row.pk)
        sent = body_of(admin_client.get(address).content)
        locked = self.rows_locked(monkeypatch)
        found: list[bool] = []
        for judge, name in self.judges():
            work = getattr(judge, name)

            def work_on(held: Any, *given: Any, work: Any = work, **more: Any) -> Any:
                found.append(self.lock_of(held) in locked)
                return work(held, *given, **more)

            monkeypatch.setattr(judge, name, work_on)
        for write in (
            lambda: admin_client.post(address, sent),
            lambda: self.resource.change(row, self.change, author=self.author),
            lambda: self.resource.delete([row], author=self.author),
        ):
            write()
            assert found and all(found)
            found.clear()
            locked.clear()

    def judges(self) -> list[tuple[Any, str]]:
        """Return the functions that judge or delete a locked row, each with its owner."""
        return [(self.resource, "checked"), (self.resource, "delete_locked")]

    def lock_of(self, row: Any) -> Any:
        """Return what is locked to keep other writers of `row` out."""
        return row

    def test_rows_that_a_row_names_are_read_with_a_lock(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A row that is not locked can be deleted between the check and the write that names it."""
        row = self.create(self.least)
        named = self.named()
        if not named:
            pytest.skip("It names nothing that it locks.")
        locked = self.rows_locked(monkeypatch)
        self.resource.change(row, self.naming, author=self.author)
        assert [one for one in named if one not in locked] == []

    def named(self) -> list[Any]:
        """Return the rows that a row names after the change `naming`, and that it locks."""
        return []

    def rows_locked(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """Return a list of the rows that are read with a lock from now on, on every database."""
        locked: list[Any] = []
        fetch = QuerySet._fetch_all

        def fetch_all(rows: Any) -> None:
            fetch(rows)
            if rows.query.select_for_update:
                locked.extend(rows._result_cache)

        monkeypatch.setattr(QuerySet, "_fetch_all", fetch_all)
        return locked

    # Audit and transaction ----------------------------------------------------------------------

    def test_created_changed_and_deleted_are_audited(self) -> None:
        self.need("PATCH", "DELETE")
        self.write_in_all_ways()
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
        self.create(self.least)
        self.break_saving(monkeypatch)
        for body, code in ((self.other(1), None), (self.change, "*")):
            with pytest.raises(Failure):
                if code is None:
                    self.create(body)
                else:
                    self.resource.change(self.rows().get(), body, author=self.author)
        assert [row.version for row in self.rows()] == [1]
        assert len(self.audited()) == 1

    # The admin ----------------------------------------------------------------------------------

    def test_a_form_sent_back_as_shown_changes_nothing(self) -> None:
        columns = self.resource.model._meta.fields
        texts = {one.name for one in columns if isinstance(one, models.TextField)}
        # Programs store spaces that a form would strip, and lines that a browser ends with CRLF.
        more = dict.fromkeys(texts & self.fields.keys(), " a\nb ")
        changed = self.resource.change(
            self.create({**self.least, **more}), self.change, author=self.author
        ).row
        audited = len(self.audited())
        self.client.user.is_staff = True
        self.client.user.save()
        address = self.page("change", changed.pk)
        sent = body_of(self.client.get(address).content)
        assert self.client.post(address, sent).status_code == 302
        row = self.rows().get()
        assert self.resource.document_of(row) == self.resource.document_of(changed)
        assert (row.version, len(self.audited())) == (2, audited)

    def test_a_form_opened_before_another_change_is_refused_once(self, admin_client: Any) -> None:
        row = self.create(self.least)
        address = self.page("change", row.pk)
        opened = body_of(admin_client.get(address).content)
        self.resource.change(row, self.change, author=self.author)
        again = admin_client.post(address, opened)
        assert again.status_code == 200
        assert "version 2" in again.content.decode()
        assert admin_client.post(address, body_of(again.content)).status_code == 302
        row.refresh_from_db()
        assert row.version == 3

    @pytest.mark.exhaustive
    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer.")
    @pytest.mark.django_db(transaction=True)
    def test_of_two_forms_sent_at_once_one_is_refused(
        self, admin_client: Any, admin_user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.create(self.least)
        address = self.page("change", row.pk)
        self.resource.change(row, self.change, author=self.author)
        sent = body_of(admin_client.get(address).content)
        # Both writers want `change` and have opened the row as it is now.
        self.resource.save(row, self.least, author=self.author)
        sent["opened_version"] = ["3"]
        page = type(admin.site.get_model_admin(self.resource.model))
        save = page.save_model

        def save_later(*given: Any) -> None:
            # The other writer comes while this one, which has checked, has yet to write.
            sleep(0.2)
            save(*given)

        monkeypatch.setattr(page, "save_model", save_later)
        clients, start = [Client(), Client()], Barrier(2)
        for client in clients:
            client.force_login(admin_user)

        def write(client: Client) -> int:
            start.wait(60)
            try:
                return client.post(address, sent).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(write, clients)) == [200, 302]
        assert self.rows().get().version == 4

    def test_who_may_only_view_changes_nothing(self, client: Any) -> None:
        row = self.create(self.least)
        self.client.user.is_staff = True
        self.client.user.save()
        viewer = self.client_with(self.right("view"))
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
        if not self.resource.has_versions:
            pytest.skip("Nothing is kept of what a row said before.")
        row = self.create(self.least)
        self.resource.change(row, self.change, author=self.author)
        page = admin_client.get(self.page("history", row.pk)).content.decode()
        for name in self.change:
            assert str(self.fields[name].label) in page
        opened = {"version": "1", "opened_version": "1"}
        refused = admin_client.post(self.page("restore", row.pk), opened, follow=True)
        assert "version 2" in str(next(iter(refused.context["messages"])))
        assert self.rows().get().version == 2
        [form] = [one for one in html.fromstring(page).forms if "version" in one.fields]
        restored = admin_client.post(self.page("restore", row.pk), dict(form.form_values()))
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
            used.setattr(self.resource, "users", lambda _row: ["a campaign"])
            kept = admin_client.post(address, {"post": "yes"}, follow=True)
            assert "a campaign" in kept.content.decode()
            assert self.rows().count() == 1
        admin_client.post(address, {"post": "yes"})
        assert not self.rows().exists()
        assert self.audited()[-1].action == "deleted"

    def test_a_row_that_vanishes_while_it_is_deleted_is_gone(
        self, admin_client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.need("DELETE")
        row = self.create(self.least)
        address = self.page("delete", row.pk)
        page = type(admin.site.get_model_admin(self.resource.model))
        get_object, delete_model = page.get_object, page.delete_model
        self.resource.delete([row], author=self.author)
        found_before = [row]

        def get_deleted(pages: Any, *given: Any) -> Any:
            return found_before[0] if found_before else get_object(pages, *given)

        def delete(pages: Any, *given: Any) -> None:
            found_before.clear()
            delete_model(pages, *given)

        monkeypatch.setattr(page, "get_object", get_deleted)
        monkeypatch.setattr(page, "delete_model", delete)
        gone = admin_client.post(address, {"post": "yes"}, follow=True)
        assert gone.status_code == 200
        [message] = gone.context["messages"]
        assert "deleted" in str(message)
        assert message.level_tag == "warning"

    def break_saving(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have every save fail once the row is stored."""
        monkeypatch.setattr(self.resource, "after_save", fail)

    def page(self, name: str, *arguments: Any) -> str:
        meta = self.resource.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=arguments)


class Failure(Exception):
    """What breaks a save."""


def fail(*_given: Any, **_more: Any) -> None:
    raise Failure
