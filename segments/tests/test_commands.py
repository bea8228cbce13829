"""The commands: what they print, and exit status 1 where something went wrong."""

import json

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

    assert capsys.readouterr().out == "two: 1 members, 1 entered, 0 left\n"
    assert Segment.objects.get(code="one").status == "never"


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
    "arguments", [[], ["some", "--all"], ["some", "--as-of", "tomorrow"]], ids=str
)
def test_refresh_segments_refuses_what_it_cannot_understand(arguments):
    with pytest.raises(CommandError):
        call_command("refresh_segments", *arguments)


def test_an_inactive_segment_named_is_an_error(make_segment):
    make_segment(code="off", handling={"is_active": False})
    with pytest.raises(CommandError, match="off"):
        call_command("refresh_segments", "off")


def test_a_preview_prints_sentence_and_count(make_customer, tmp_path, capsys):
    make_customer()
    file = tmp_path / "tree.json"
    file.write_text(json.dumps({"match": "all", "conditions": []}))

    call_command("preview_segment", str(file))

    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "1 customers"
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

    call_command("export_segment", "all", "--format", "csv", "--columns", "id")

    assert capfdbinary.readouterr().out == b"id\r\n"


def test_an_export_of_an_unknown_column_is_refused(make_segment):
    make_segment(code="all")
    with pytest.raises(CommandError, match="password"):
        call_command("export_segment", "all", "--format", "csv", "--columns", "password")
