"""Exports by address: streamed, or in the background with a link for one person."""

import hashlib

import pytest
from django.contrib.auth.models import Group, Permission, User

from segments.database.concurrency_limit import DOWNLOADS, turn
from segments.export.background import files
from segments.export.background.requests import execute_export
from segments.export.members import export_members
from segments.models import Export, ExportAudit, MembershipChange
from segments.models.work.watermark import Watermark, Work
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db
EXPORT = "segments.export_members"
RAW = "segments.export_raw_members"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"
    return settings.EXPORT_DIR


@pytest.fixture
def segment(people, make_segment):
    segment = make_segment("All", code="all")
    refresh_segment(segment)
    return segment


@pytest.fixture
def client(client_with):
    return client_with(EXPORT)


def text(response):
    return b"".join(response.streaming_content).decode()


def paths(response):
    assert response.status_code == 400, response.content
    return [problem["path"] for problem in response.json()["errors"]]


def made(client, **body):
    """Return an export that was asked for and written."""
    asked = client.send("POST", "segments/all/exports/", body)
    assert asked.status_code == 202, asked.content
    execute_export(asked.json()["id"])
    return client.send("GET", f"exports/{asked.json()['id']}/").json()


class TestByAddress:
    def test_csv(self, client, segment):
        response = client.send("GET", "segments/all/members.csv", accept="text/csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["X-Left-Out"] == "0"
        lines = text(response).splitlines()
        assert lines[0] == "id,email,first_name,last_name,customer_group,website,entered_at"
        assert [line.split(",")[0] for line in lines[1:]] == ["a", "b", "c", "d"]

    def test_xml(self, client, segment):
        response = client.send("GET", "segments/all/members.xml?columns=id,email")
        assert response["Content-Type"] == "application/xml; charset=utf-8"
        assert text(response).endswith("<count>4</count>\n</segment>\n")

    def test_columns_bom_and_raw(self, client_with, segment):
        client = client_with(EXPORT, RAW)
        address = "segments/all/members.csv?columns=email,id&bom=1&raw=1"
        assert text(client.send("GET", address)).startswith("\ufeffemail,id\r\na@shop.example,a")
        assert ExportAudit.objects.get().raw
        assert ExportAudit.objects.get().rows == 4

    @pytest.mark.parametrize(
        ("asked", "wrong"),
        [
            ("columns=id,password", ["columns"]),
            ("columns=id,id", ["columns"]),
            ("columns=", ["columns"]),
            ("column=id", ["column"]),
            ("bom=yes", ["bom"]),
            ("target=excel", ["target"]),
            ("target=brevo&columns=id", ["columns"]),
            ("target=brevo&bom=1", ["bom"]),
            ("columns=%00", ["columns"]),
            ("columns=id&columns=email", ["columns"]),
        ],
    )
    def test_what_is_wrong_is_named(self, client, segment, asked, wrong):
        assert paths(client.send("GET", f"segments/all/members.csv?{asked}")) == wrong
        assert not ExportAudit.objects.exists()

    @pytest.mark.parametrize("asked", ["bom=1", "target=brevo"])
    def test_only_a_csv_has_these(self, client, segment, asked):
        assert paths(client.send("GET", f"segments/all/members.xml?{asked}"))

    def test_who_may_not(self, client_with, anonymous, client, segment, settings):
        for address in ("segments/all/members.csv", "segments/all/members.xml"):
            assert anonymous.send("GET", address).status_code == 401
            assert client_with("segments.view_members").send("GET", address).status_code == 403
        assert client.send("GET", "segments/all/members.csv?raw=1").status_code == 403
        private = "segments/all/members.csv?columns=gender"
        assert client.send("GET", private).status_code == 403
        assert client.send("GET", "segments/none/members.csv").status_code == 404
        settings.EXPORT_GROUPS = ["Marketing"]
        assert client.send("GET", "segments/all/members.csv").status_code == 403
        client.user.groups.add(Group.objects.create(name="Marketing"))
        assert text(client.send("GET", "segments/all/members.csv"))

    def test_more_rows_than_the_shop_allows(self, client, segment, settings):
        settings.EXPORT_ROW_LIMIT = 3
        assert client.send("GET", "segments/all/members.csv").status_code == 409
        assert client.send("POST", "segments/all/exports/", {}).status_code == 409

    def test_more_at_once_than_may_have_to_ask_again(self, client, segment, settings):
        settings.DOWNLOADS_PER_USER = 0
        response = client.send("GET", "segments/all/members.csv")
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0
        assert not ExportAudit.objects.exists()

    def test_a_download_that_is_over_leaves_its_turn(self, client, segment, settings):
        settings.DOWNLOADS_PER_USER = settings.DOWNLOADS_AT_ONCE = 1
        text(client.send("GET", "segments/all/members.csv"))
        # What a server does when somebody goes away in the middle.
        stream = export_members(segment, "csv", user=client.user)
        stream.begin()
        stream.close()
        with turn(client.user, kind=DOWNLOADS):
            pass

    def test_those_left_out_are_counted(self, client, segment, settings, people):
        people[0].accepts_marketing = True
        people[0].save()
        settings.EXPORT_ONLY_ACCEPTING_MARKETING = True
        response = client.send("GET", "segments/all/members.csv")
        assert response["X-Left-Out"] == "3"
        assert text(response).count("\n") == 2
        assert ExportAudit.objects.get().left_out == 3


class TestInTheBackground:
    def test_a_link_to_the_file_with_its_sum(self, client, segment, folder):
        export = made(client, columns=["id"], bom=True)
        assert (export["state"], export["rows"], export["left_out"]) == ("completed", 4, 0)
        assert export["done"] == export["total"] == 4
        response = client.get(export["url"])
        content = b"".join(response.streaming_content)
        assert content == b"\xef\xbb\xbfid\r\na\r\nb\r\nc\r\nd\r\n"
        assert export["sha256"] == hashlib.sha256(content).hexdigest()
        assert export["size"] == len(content)
        assert 'filename="all.csv"' in response["Content-Disposition"]
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        audit = ExportAudit.objects.get()
        assert (audit.user, audit.rows) == (client.user, 4)

    def test_queued_before_with_a_message_to_a_worker(
        self, client, segment, sent, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            asked = client.send("POST", "segments/all/exports/", {"format": "xml"})
        export = asked.json()
        assert (export["state"], export["url"], export["sha256"]) == ("queued", None, None)
        assert asked["Location"] == f"/api/v1/exports/{export['id']}/"
        assert sent == [("segments.write_export", [export["id"]])]

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({"format": "pdf"}, ["format"]),
            ({"columns": ["nope"]}, ["columns"]),
            ({"columns": []}, ["columns"]),
            ({"columns": "id"}, ["columns"]),
            ({"columns": ["id"] * 1001}, ["columns"]),
            ({"columns": ["\ud800"]}, ["columns[0]"]),
            ({"target": "excel"}, ["target"]),
            ({"target": "brevo", "columns": ["id"]}, ["columns"]),
            ({"target": "brevo", "format": "xml"}, ["target"]),
            ({"target": "brevo", "since": 0}, ["target"]),
            ({"raw": "yes"}, ["raw"]),
            ({"since": 10**30}, ["since"]),
            ({"since": -1}, ["since"]),
            ({"since": "x"}, ["since"]),
            ({"since": True}, ["since"]),
            ({"since": 2**62}, ["since"]),
            ({"since": 0, "columns": ["entered_at"]}, ["columns"]),
            ({"to": "me"}, ["to"]),
        ],
    )
    def test_what_is_wrong_is_named(self, client, segment, body, wrong):
        assert paths(client.send("POST", "segments/all/exports/", body)) == wrong
        assert not Export.objects.exists()

    def test_an_xml_file_is_what_the_description_says(self, client, segment):
        response = client.get(made(client, format="xml", columns=["id"])["url"])
        assert response["Content-Type"].startswith("application/xml")
        assert b"<count>4</count>" in b"".join(response.streaming_content)

    def test_nobody_else_sees_it_or_has_the_file(self, client, client_with, anonymous, segment):
        export = made(client)
        boss = client_with(EXPORT)
        User.objects.filter(pk=boss.user.pk).update(is_superuser=True)
        for other in (client_with(EXPORT), boss):
            assert other.send("GET", f"exports/{export['id']}/").status_code == 404
            assert other.send("POST", f"exports/{export['id']}/cancel/").status_code == 404
            assert other.get(export["url"]).status_code == 404
            assert other.send("GET", "exports/").json()["results"] == []
        assert anonymous.get(export["url"]).status_code == 401
        assert client.get(export["url"].replace("files/", "files/x")).status_code == 404

    def test_whoever_may_no_longer_export_has_it_no_more(self, client, segment):
        export = made(client)
        client.user.user_permissions.clear()
        assert client.get(export["url"]).status_code == 403

    def test_nor_who_may_no_longer_see_what_is_in_it(self, client_with, segment):
        client = client_with(EXPORT, "customers.view_personal_data")
        plain, private = made(client), made(client, columns=["gender"])
        client.user.user_permissions.remove(Permission.objects.get(codename="view_personal_data"))
        assert text(client.get(plain["url"]))
        assert client.get(private["url"]).status_code == 403

    def test_a_link_expires_and_the_purge_deletes_the_file(
        self, client, segment, folder, clock, settings
    ):
        export = made(client)
        clock.advance(hours=settings.EXPORT_KEEP_HOURS, seconds=1)
        assert client.get(export["url"]).status_code == 410
        files.purge_files()
        assert list(folder.iterdir()) == []
        assert client.send("GET", f"exports/{export['id']}/").json()["url"] is None
        assert client.get(export["url"]).status_code == 410

    def test_cancelling(self, client, segment, folder):
        export = client.send("POST", "segments/all/exports/", {}).json()
        cancelled = client.send("POST", f"exports/{export['id']}/cancel/")
        assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
        execute_export(export["id"])
        assert Export.objects.get().state == "cancelled"
        assert not folder.exists() or list(folder.iterdir()) == []
        done = made(client)
        again = client.send("POST", f"exports/{done['id']}/cancel/").json()
        assert again["state"] == "completed"

    def test_so_many_of_one_person_at_once(self, client, segment, settings):
        settings.EXPORTS_PER_USER = 1
        assert client.send("POST", "segments/all/exports/", {}).status_code == 202
        response = client.send("POST", "segments/all/exports/", {})
        assert response.status_code == 429
        assert "Retry-After" in response

    def test_ones_own_are_listed(self, client, segment):
        first, second = made(client), made(client)
        listed = client.send("GET", "exports/?limit=1").json()
        assert [one["id"] for one in listed["results"]] == [second["id"]]
        rest = client.get(listed["next"]).json()["results"]
        assert [one["id"] for one in rest] == [first["id"]]

    # What is written is settled when its transaction has ended.
    @pytest.mark.django_db(transaction=True)
    def test_changes_since_a_cursor(self, client, segment, people):
        full = made(client)
        assert made(client, since=full["cursor"])["rows"] == 0
        people[0].delete()
        refresh_segment(segment)
        delta = made(client, since=full["cursor"], columns=["id"])
        (last,) = MembershipChange.objects.filter(kind="left").values_list("sequence", "at")
        lines = b"".join(client.get(delta["url"]).streaming_content).decode().splitlines()
        assert lines[0] == "sequence,kind,at,id"
        assert lines[1].startswith(f"{last[0]},left,")
        assert (delta["rows"], delta["cursor"]) == (1, str(last[0]))

    def test_a_cursor_that_is_too_old(self, client, segment):
        Watermark.objects.create(name=Work.PURGE, number=2)
        assert client.send("POST", "segments/all/exports/", {"since": 1}).status_code == 410
        assert client.send("POST", "segments/all/exports/", {"since": 2}).status_code == 202

    def test_numbers_that_are_none(self, client, segment):
        assert client.send("GET", f"exports/{2**63}/").status_code == 404
        assert client.send("GET", "exports/0/").status_code == 404
