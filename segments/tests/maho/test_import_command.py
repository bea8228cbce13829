"""The command that imports Maho's segments: what it reports, prints and refuses."""

import json

import pytest
from django.core.management import CommandError, call_command

from segments.models import Segment
from segments.tests.maho.rules_in_short import BIG, COUPON, GONE, MAPS, row

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a file of rows."""

    def write(*rows, **more):
        path = tmp_path / "maho.json"
        path.write_text(json.dumps({"maps": MAPS, "segments": list(rows), **more}))
        return path

    return write


def test_the_command_reports_what_became_of_each(file, tmp_path, capsys):
    report = tmp_path / "report.json"
    path = file(row(BIG, name="Big"), row(COUPON, name="Coupon"), row(GONE, name="Göne"))

    with pytest.raises(CommandError, match="1 of 3"):
        call_command("import_maho_segments", str(path), "--report", str(report))

    told = json.loads(report.read_text(encoding="utf-8"))["segments"]
    message = told[1]["changes"][0].pop("message")
    error = told[2]["errors"][0].pop("message")
    assert "Coupon code" in message and "gone" in error
    assert told == [
        {"name": "Big", "code": "big", "status": "imported", "changes": [], "errors": []},
        {
            "name": "Coupon",
            "code": "coupon",
            "status": "changed",
            "changes": [{"path": "conditions[0]"}],
            "errors": [],
        },
        {
            "name": "Göne",
            "code": "",
            "status": "refused",
            "changes": [],
            "errors": [{"path": "conditions[0].value", "code": "unknown_choice"}],
        },
    ]
    printed = capsys.readouterr().out
    assert "Big (big): imported\n" in printed
    assert "Göne: refused\n  conditions[0].value: " in printed
    assert sorted(one.name for one in tmp_path.iterdir()) == ["maho.json", "report.json"]


def test_the_command_succeeds_where_nothing_is_refused(file, capsys):
    call_command("import_maho_segments", str(file(row(COUPON))), "--negatives=any-row")

    assert capsys.readouterr().out == (
        "Imported (imported): imported\n"
        "  Customers who have placed an order in any state not with coupon code “X”, with a coupon "
        "code.\n"
    )
    assert Segment.objects.get().conditions["conditions"][0]["relation"] == "orders"


def test_the_command_s_dry_run_reports_and_writes_no_segment(file, tmp_path, capsys):
    report = tmp_path / "report.json"
    call_command("import_maho_segments", str(file(row(BIG))), "--dry-run", "--report", str(report))

    assert json.loads(report.read_text())["segments"][0]["code"] == "imported"
    assert "nothing was written" in capsys.readouterr().out
    assert not Segment.objects.exists()


def test_warnings_are_printed(file, capsys):
    call_command("import_maho_segments", str(file(row())))
    assert "Warning: " in capsys.readouterr().out


def test_a_name_that_cannot_be_written_is_shown_escaped(file, tmp_path):
    report = tmp_path / "report.json"
    with pytest.raises(CommandError):
        call_command(
            "import_maho_segments", str(file(row(BIG, name="\ud800"))), "--report", str(report)
        )
    assert json.loads(report.read_text())["segments"][0]["name"] == "\\ud800"


def test_a_report_that_cannot_be_written_is_found_before_anything_is_imported(file, tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        call_command(
            "import_maho_segments",
            str(file(row(BIG))),
            "--report",
            str(tmp_path / "nowhere" / "report.json"),
        )
    assert not Segment.objects.exists()


@pytest.mark.parametrize("arguments", [["missing.json"], [], ["x", "--negatives=some"]], ids=str)
def test_the_command_refuses_what_it_cannot_understand(arguments):
    with pytest.raises(CommandError):
        call_command("import_maho_segments", *arguments)
