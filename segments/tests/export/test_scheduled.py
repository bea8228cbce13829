"""Scheduled exports: begun once when due, brought whole, changes in order, failures said."""

import asyncio
import threading

import pytest
from django.utils.translation import override

from core.text.sentences import Sentence
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.engine.members.change_log import changes_since
from segments.export.background import destinations
from segments.export.background import requests as background
from segments.export.background.destinations import NoDestination, bring, is_folder, try_out
from segments.export.background.requests import execute_export
from segments.export.background.schedule import (
    begin_due,
    begin_now,
    check_destination,
    restart_changes,
)
from segments.export.background.scheduled_exports import SCHEDULED_EXPORTS
from segments.models import Export, ScheduledExport
from segments.models.work.watermark import Watermark, Work
from segments.refresh import refresh_segment
from tests.patches import patch_import

pytestmark = pytest.mark.django_db
NOT_THERE = "The folder of the destination is not there."
TOO_MANY = Sentence(
    "An export may have at most %(limit)s rows; this segment has more members.", {"limit": 2}
)
NO_COLUMN = Sentence("There is no column %(names)s.", {"names": "“secret”"})
NOT_SET_UP = "The destination “%(name)s” is not set up."


@pytest.fixture
def place(settings, tmp_path):
    place = tmp_path / "outside"
    place.mkdir()
    settings.EXPORT_DESTINATIONS = {"archive": place.as_uri()}
    return place


@pytest.fixture
def scheduled(everybody, taker, place, clock):
    clock.set("2026-04-10T12:00:00")
    document = {
        "name": "Nightly",
        "segment": everybody.code,
        "schedule": "0 5 * * *",
        "columns": ["id"],
        "destination": "archive",
        "folder": "shop/daily",
    }
    return SCHEDULED_EXPORTS.create(document, author=taker).row


def run(clock, at):
    """Begin what is due then, and write it; return the export, None where there was none."""
    clock.set(at)
    newest = Export.objects.order_by("pk").last()
    begin_due()
    begin_due()
    export = Export.objects.order_by("pk").last()
    if export == newest:
        return None
    execute_export(export.pk)
    export.refresh_from_db()
    return export


def found(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_brought_once_whenever_its_time_has_come(scheduled, place, clock):
    assert run(clock, "2026-04-11T04:59:00") is None
    export = run(clock, "2026-04-11T05:00:30")
    assert export.state == "completed", export.error
    name = f"shop/daily/all-{scheduled.pk}-20260411T050030Z.csv"
    assert found(place) == [name]
    assert (place / name).read_bytes() == b"id\r\na\r\nb\r\nc\r\n"
    assert run(clock, "2026-04-11T23:00:00") is None
    # A missed night is made up for once.
    assert run(clock, "2026-04-14T11:00:00").state == "completed"
    assert len(found(place)) == 2
    ScheduledExport.objects.update(is_active=False)
    assert run(clock, "2026-04-20T11:00:00") is None


def test_one_waits_while_its_user_has_too_many_exports(scheduled, place, clock, settings):
    settings.EXPORTS_PER_USER = 0
    assert run(clock, "2026-04-11T05:00:30") is None
    settings.EXPORTS_PER_USER = 1
    assert run(clock, "2026-04-11T05:00:31").state == "completed"


@pytest.mark.django_db(transaction=True)
def test_changes_are_those_since_the_last_that_were_brought(
    scheduled, place, clock, taker, make_customer, monkeypatch
):
    SCHEDULED_EXPORTS.change(scheduled, {"is_delta": True}, author=taker)
    make_customer("d")
    refresh_segment(scheduled.segment)
    with monkeypatch.context() as patch:
        patch.setattr(background, "bring", lambda *args: exec("raise OSError('away')"))
        failed = run(clock, "2026-04-11T05:00:00")
    assert (failed.state, failed.error) == ("queued", "away")
    scheduled.refresh_from_db()
    assert scheduled.error == "away"
    make_customer("e")
    refresh_segment(scheduled.segment)
    # The file that is on its way comes first.
    assert run(clock, "2026-04-12T05:00:00") is None
    assert found(place) == []
    execute_export(failed.pk)
    assert run(clock, "2026-04-12T05:01:00").state == "completed"

    lines = [(place / name).read_text().splitlines()[1:] for name in found(place)]
    assert [[line.split(",")[3] for line in one] for one in lines] == [["d"], ["e"]]
    scheduled.refresh_from_db()
    assert scheduled.error == ""
    assert scheduled.cursor == changes_since(None)[-1].sequence


def test_a_place_that_stays_away_is_given_up_and_the_next_time_tries_again(
    scheduled, place, clock, caplog
):
    place.rmdir()
    export = run(clock, "2026-04-11T05:00:00")
    # What a place outside says is no error of the program's.
    (said,) = [one for one in caplog.records if one.name == background.__name__]
    assert (said.levelname, said.exc_info) == ("WARNING", None)
    assert "The folder of the destination is not there." in said.getMessage()
    while not export.outcome:
        clock.at = export.not_before
        execute_export(export.pk)
        export.refresh_from_db()
    assert export.attempts == background.ATTEMPTS_TO_BRING
    scheduled.refresh_from_db()
    assert "not there" in scheduled.error
    assert scheduled.brought_at is None
    place.mkdir()
    assert run(clock, "2026-04-12T05:00:00").state == "completed"


def test_a_place_is_tried_out_and_left_as_it_was(scheduled, place):
    assert check_destination(scheduled) is None
    assert found(place) == []
    place.joinpath("shop/daily").rmdir()
    place.joinpath("shop").rmdir()
    place.rmdir()
    assert "not there" in str(check_destination(scheduled))
    scheduled.refresh_from_db()
    assert "not there" in scheduled.error


@pytest.mark.once
@pytest.mark.parametrize(
    ("stored", "in_english"),
    [
        (NOT_THERE, NOT_THERE),
        (Sentence(NOT_SET_UP, {"name": "old"}), "The destination “old” is not set up."),
    ],
)
def test_saving_in_german_keeps_an_error_translatable(stored, in_english, scheduled, taker):
    ScheduledExport.objects.update(error=stored)
    with override("de"):
        read = ScheduledExport.objects.get()
        assert str(read.error).startswith("De")
        assert read.error != in_english
        SCHEDULED_EXPORTS.change(read, {"name": "Every night"}, author=taker)
    with override("en"):
        saved = ScheduledExport.objects.get()
        assert (saved.name, saved.error) == ("Every night", in_english)


@pytest.mark.once
def test_error_is_shown_in_the_language_of_its_reader(scheduled, settings):
    settings.EXPORT_DESTINATIONS = {}
    with override("de"):
        error = check_destination(scheduled)
        assert str(error) == "Der Zielort „archive“ ist nicht eingerichtet."
    scheduled.refresh_from_db()
    assert scheduled.error == "The destination “archive” is not set up."


@pytest.mark.once
@pytest.mark.parametrize(
    ("limit", "columns", "stored"),
    [
        (2, ["id"], TOO_MANY.stored()),
        (0, [], "Name at least one column."),
        (0, ["secret"], NO_COLUMN.stored()),
    ],
)
def test_refusal_is_stored_untranslated(limit, columns, stored, scheduled, settings, taker):
    settings.EXPORT_ROW_LIMIT = limit
    scheduled.columns = columns
    with override("de"):
        begin_now(scheduled, taker)
    scheduled.refresh_from_db()
    assert scheduled.error.stored == stored


@pytest.mark.once
def test_error_of_a_destination_is_no_sentence(scheduled, monkeypatch):
    answer = '{"text": "%(n)s", "values": {}}'

    def refuse(*_given):
        raise OSError(answer)

    monkeypatch.setitem(destinations.WAYS, "file", refuse)
    check_destination(scheduled)
    scheduled.refresh_from_db()
    assert scheduled.error == answer


def test_one_that_is_on_holds_its_segment_and_one_that_is_off_goes_with_it(scheduled, taker):
    with pytest.raises(SegmentInUse, match=r"Scheduled exports \(1\)"):
        delete_segments([scheduled.segment], author=taker)
    with pytest.raises(SegmentInUse, match="“Nightly”"):
        delete_segments([scheduled.segment])
    SCHEDULED_EXPORTS.change(scheduled, {"is_active": False}, author=taker)
    delete_segments([scheduled.segment], author=taker)
    assert not ScheduledExport.objects.exists()


def test_who_is_responsible_must_still_be_allowed(scheduled, place, clock, taker, user_with):
    taker.user_permissions.clear()
    assert run(clock, "2026-04-11T05:00:00") is None
    scheduled.refresh_from_db()
    assert "merchant" in scheduled.error
    other = user_with("export_members", username="other")
    SCHEDULED_EXPORTS.change(scheduled, {}, author=other)
    assert run(clock, "2026-04-12T05:00:00").state == "completed"


def test_deleted_changes_are_said_until_somebody_starts_anew(scheduled, clock, taker):
    SCHEDULED_EXPORTS.change(scheduled, {"is_delta": True}, author=taker)
    Watermark.objects.create(name=Work.PURGE, number=scheduled.cursor + 5)
    assert run(clock, "2026-04-11T05:00:00") is None
    scheduled.refresh_from_db()
    assert "deleted" in scheduled.error
    restart_changes(scheduled, taker)
    assert run(clock, "2026-04-12T05:00:00").state == "completed"


def test_a_file_is_never_half_there(place, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"all of it")

    def broken(source, output):
        output.write(b"all")
        raise OSError("full")

    patch_import(monkeypatch, destinations, "shutil", copyfileobj=broken)
    with pytest.raises(OSError, match="full"):
        bring(file, "x.csv", "archive", "")
    assert found(place) == []


@pytest.mark.parametrize(
    "folder", ["..", "a/../b", "/etc", ".hidden", "a//b", "a/", "a\0", "a b", "é", "a\\b"]
)
def test_folders_that_are_none(folder, place, tmp_path):
    assert not is_folder(folder)
    with pytest.raises(NoDestination):
        bring(tmp_path / "file", "x.csv", "archive", folder)


def test_a_link_does_not_lead_out_of_the_destination(place, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (place / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(NoDestination):
        bring(tmp_path / "file", "x.csv", "archive", "link")


@pytest.mark.parametrize("url", ["ftp://host/", "", "sftp://user:secret@host/"])
def test_destinations_that_are_none(url, settings, tmp_path):
    settings.EXPORT_DESTINATIONS = {"archive": url}
    for name in ("archive", "nowhere"):
        with pytest.raises(NoDestination) as refusal:
            bring(tmp_path / "file", "x.csv", name, "")
        assert "secret" not in str(refusal.value)


def test_deleting_leaves_what_was_brought(scheduled, place, clock, taker):
    run(clock, "2026-04-11T05:00:00")
    SCHEDULED_EXPORTS.delete([scheduled], author=taker)
    assert len(found(place)) == 1


def test_s3(settings, tmp_path):
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("storages")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "s/cret"}
        client = boto3.client("s3", endpoint_url=endpoint, region_name="eu-central-1", **keys)
        where = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket="lake", CreateBucketConfiguration=where)
        url = f"s3://key:s%2Fcret@lake/in/?region=eu-central-1&endpoint={endpoint}"
        settings.EXPORT_DESTINATIONS = {"lake": url, "none": url.replace("@lake", "@none")}
        (tmp_path / "file").write_bytes(b"id\r\na\r\n")
        for _twice in "12":
            bring(tmp_path / "file", "x.csv", "lake", "vip")
        (key,) = [one["Key"] for one in client.list_objects_v2(Bucket="lake")["Contents"]]
        assert key == "in/vip/x.csv"
        assert client.get_object(Bucket="lake", Key=key)["Body"].read() == b"id\r\na\r\n"
        with pytest.raises(Exception, match="NoSuchBucket|bucket"):
            bring(tmp_path / "file", "x.csv", "none", "")
        assert (try_out("lake", "vip"), "bucket" in str(try_out("none", ""))) == (None, True)
        assert len(client.list_objects_v2(Bucket="lake")["Contents"]) == 1
        client.close()
    finally:
        server.stop()


@pytest.fixture
def sftp(tmp_path):
    """Run an SFTP server for a folder; return its port, its key and the folder."""
    asyncssh = pytest.importorskip("asyncssh")
    pytest.importorskip("storages")
    root = tmp_path / "remote"
    root.mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")

    connections = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn):
            connections.append(conn)

        def begin_auth(self, username):
            return True

        def password_auth_supported(self):
            return True

        def validate_password(self, username, password):
            return (username, password) == ("shop", "s/cret")

    loop = asyncio.new_event_loop()
    started = threading.Event()
    running = []

    async def serve():
        running.append(
            await asyncssh.create_server(
                Server,
                "127.0.0.1",
                0,
                server_host_keys=[key],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
            )
        )
        started.set()

    def run_loop():
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run_loop, daemon=True)
    thread.start()
    assert started.wait(10)
    yield running[0].get_port(), key.export_public_key().decode().strip(), root

    async def stop():
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        running[0].close()
        await running[0].wait_closed()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_sftp(settings, tmp_path, sftp):
    from urllib.parse import quote

    port, key, root = sftp
    url = f"sftp://shop:s%2Fcret@127.0.0.1:{port}/?host_key="
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    settings.EXPORT_DESTINATIONS = {
        "partner": url + quote(key),
        "false": url + quote(other),
        "locked": url.replace("s%2Fcret", "wrong") + quote(key),
    }
    (tmp_path / "file").write_bytes(b"id\r\na\r\n")
    for _twice in "12":
        bring(tmp_path / "file", "x.csv", "partner", "in/vip")
    assert found(root) == ["in/vip/x.csv"]
    assert (root / "in/vip/x.csv").read_bytes() == b"id\r\na\r\n"
    for name in ("false", "locked"):
        with pytest.raises(Exception, match=r"key|Authentication"):
            bring(tmp_path / "file", "y.csv", name, "")
    assert (try_out("partner", "in"), bool(try_out("locked", ""))) == (None, True)
    assert found(root) == ["in/vip/x.csv"]
