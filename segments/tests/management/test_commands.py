"""The commands: what they print, and exit status 1 where something went wrong."""

import io
import json
import os

import pytest
from django.core.management import CommandError, call_command

from segments.models import ExportAudit, Segment
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


def test_segments_are_refreshed_by_code(make_customer, make_segment, capsys):
    make_customer()
    make_segment(code="one")
    make_segment(code="two")

    call_command("refresh_segments", "two")

    assert capsys.readouterr().out == "two: 1 member, 1 entered, 0 left\n"
    assert Segment.objects.get(code="one").status == "queued"


def test_all_active_ones_are_refreshed_whatever_their_mode(make_segment, capsys):
    make_segment(code="automatic")
    make_segment(code="by-hand", handling={"refresh_mode": "manual"})
    make_segment(code="off", handling={"is_active": False})

    call_command("refresh_segments", "--all", "--as-of", "2026-04-10T12:00:00+02:00")

    assert sorted(line.split(":")[0] for line in capsys.readouterr().out.splitlines()) == [
        "automatic",
        "by-hand",
    ]
    assert Segment.objects.get(code="by-hand").as_of.isoformat() == "2026-04-10T10:00:00+00:00"


def test_one_that_fails_stops_no_other_and_the_status_is_1(make_segment, capsys):
    make_segment(code="a-broken")
    make_segment(code="b-right")
    Segment.objects.filter(code="a-broken").update(conditions=BROKEN)

    with pytest.raises(CommandError, match="a-broken"):
        call_command("refresh_segments", "--all")

    captured = capsys.readouterr()
    assert "b-right: 0 members" in captured.out
    assert "conditions[0].attribute" in captured.err


@pytest.mark.parametrize(
    "arguments",
    [["refresh_segments", "nowhere"], ["export_segment", "nowhere", "--format", "csv"]],
)
def test_an_unknown_code_is_named(arguments):
    with pytest.raises(CommandError, match="nowhere"):
        call_command(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["some", "--all"],
        ["some", "--as-of", "tomorrow"],
        # Two people in two zones would mean two instants by it.
        ["some", "--as-of", "2026-04-10T12:00:00"],
        ["some", "--as-of", "0001-01-01T00:00:00+14:00"],
        ["some", "--as-of", "9999-12-31T23:59:59Z"],
    ],
    ids=str,
)
def test_refresh_segments_refuses_what_it_cannot_understand(make_segment, arguments):
    make_segment(code="some")
    with pytest.raises(CommandError):
        call_command("refresh_segments", *arguments)


def test_an_inactive_segment_named_is_an_error(make_segment):
    make_segment(code="off", handling={"is_active": False})
    with pytest.raises(CommandError, match="off"):
        call_command("refresh_segments", "off")


def test_a_preview_prints_sentence_and_count(make_customer, tmp_path, capsys):
    make_customer()
    file = tmp_path / "tree.json"
    file.write_text(json.dumps({"match": "all", "conditions": []}), encoding="utf-8-sig")

    call_command("preview_segment", str(file))

    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "1 customer"
    assert "Warning" in captured.err


def test_a_preview_of_a_broken_tree_lists_its_problems(tmp_path):
    file = tmp_path / "tree.json"
    file.write_text(json.dumps(BROKEN))

    with pytest.raises(CommandError, match=r"conditions\[0\]\.attribute"):
        call_command("preview_segment", str(file))
    with pytest.raises(CommandError, match=r"missing\.json"):
        call_command("preview_segment", str(tmp_path / "missing.json"))


def test_an_export_is_written_to_a_file_whole(make_customer, make_segment, tmp_path):
    make_customer("a")
    refresh_segment(make_segment(code="all"))
    file = tmp_path / "members.csv"

    call_command(
        "export_segment", "all", "--format", "csv", "--columns", "id", "--output", str(file)
    )

    assert file.read_bytes() == b"id\r\na\r\n"
    assert list(tmp_path.iterdir()) == [file]
    assert ExportAudit.objects.get().username == ""


def test_an_export_goes_to_standard_output(make_segment, capfdbinary):
    make_segment(code="all")
    arguments = ("export_segment", "all", "--format", "csv", "--columns", "id")

    call_command(*arguments)
    call_command(*arguments, stdout=(caught := io.StringIO()))

    assert capfdbinary.readouterr().out == b"id\r\n"
    assert caught.getvalue() == "id\r\n"


def test_an_export_to_what_is_no_plain_file_leaves_that_in_place(make_segment, tmp_path):
    make_segment(code="all")
    pipe, link, target = tmp_path / "pipe", tmp_path / "link", tmp_path / "target"
    os.mkfifo(pipe)
    link.symlink_to(target)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    for output in (pipe, link):
        call_command(
            "export_segment", "all", "--format", "csv", "--columns", "id", "--output", str(output)
        )

    assert (pipe.is_fifo(), os.read(reader, 100)) == (True, b"id\r\n")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"id\r\n")
    os.close(reader)
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("export_segment", "all", "--format", "csv", "--output", str(tmp_path))


def test_an_export_whose_reader_has_seen_enough_ends_quietly(make_segment, monkeypatch):
    make_segment(code="all")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken:
        call_command("export_segment", "all", "--format", "csv", stdout=broken)
    assert ExportAudit.objects.get().rows == 0


def test_an_export_of_an_unknown_column_is_refused(make_segment):
    make_segment(code="all")
    with pytest.raises(CommandError, match="password"):
        call_command("export_segment", "all", "--format", "csv", "--columns", "password")
