"""Files that are refused: every problem with its file and line, and nothing is written."""

import os

import pytest

from customers.models import Website
from segments.models import Segment

pytestmark = pytest.mark.once


def test_all_problems_of_all_files_are_named_with_their_lines(definitions):
    """An author mends a directory in one go; a save alone would stop at the first file."""
    Website.objects.create(code="base", name="Base")
    definitions.write(
        "a",
        "code: a\nname: A\nconditions:\n  match: all\n  conditions:\n"
        "  - attribute: lifetime.sale\n    operator: gte\n    value: 1\n",
    )
    definitions.write("b", "code: b\nname: B\ncolour: red\npriority: high\n")
    definitions.write("c", "code: c\nname: C\nwebsites: [base, moon]\ntags:\n- ok\n- 'a,b'\n")
    definitions.write("d", "code: d\nname: D\nis_active: no\n")

    code, said = definitions.apply()

    assert code == 1
    assert [": ".join(line.split(": ")[:2]) for line in said.splitlines()] == [
        "segments/a.yaml:6: conditions[0].attribute",
        "segments/b.yaml:3: colour",
        "segments/b.yaml:4: priority",
        "segments/c.yaml:3: websites[1]",
        "segments/c.yaml:6: tags[1]",
        "segments/d.yaml:3: is_active",
    ]
    assert "“lifetime.sale” is not an attribute (near: lifetime.sales" in definitions.plan()[1]
    assert not Segment.objects.exists()


def test_all_problems_of_one_file_are_named_at_once(definitions):
    """An author mended the form of a file, then its fields, and only then read of its conditions.

    What follows from a named problem is not named.
    """
    definitions.write(
        "a",
        "code: a\nname: A\nname: B\npriority: high\nrefresh_mode: lists\nconditions:\n"
        "  match: all\n  conditions:\n"
        "  - attribute: lifetime.sale\n    operator: &x gte\n    value: 1\n"
        "websites: [moon]\n",
    )
    definitions.write("copy", "code: other\nname: Copy\nwebsites: [mars]\n")
    definitions.write("d", "code: d\ndescription: 5\nconditions: 7\ntags: ['a,b']\n")

    code, said = definitions.plan()

    assert code == 1
    assert [line.split(": ")[0].removeprefix("segments/") for line in said.splitlines()] == [
        *("a.yaml:3", "a.yaml:4", "a.yaml:5", "a.yaml:9", "a.yaml:10", "a.yaml:12"),
        *("copy.yaml:1", "copy.yaml:3"),
        *("d.yaml:1", "d.yaml:2", "d.yaml:3", "d.yaml:4"),
    ]
    assert not Segment.objects.exists()


def test_the_file_is_called_as_the_code(definitions):
    """A file that was copied and renamed would otherwise change the segment of the old name."""
    definitions.write("copy", "name: Vip\ncode: vip\n")
    assert definitions.plan() == (
        1,
        "segments/copy.yaml:2: code: The file of the segment “vip” is called segments/vip.yaml.",
    )


def test_links_and_other_endings_are_refused(definitions, tmp_path):
    """A file that is passed over would look like one that is to be deleted."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("code: vip\nname: Vip\n")
    folder = definitions.path / "segments"
    (folder / "vip.yaml").symlink_to(outside)
    (folder / "other.yml").write_text("code: other\nname: Other\n")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "README.md").write_text("Not a definition.")

    code, said = definitions.plan()

    assert code == 1
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        "segments/other.yml",
        "segments/pipe.yaml",
        "segments/vip.yaml",
    ]


def test_a_directory_without_a_project_is_refused(definitions):
    for text in ("version: 2\nproject: shop-eu\n", "version: 1\nproject: Shop EU\n", ""):
        (definitions.path / "tranche.yaml").write_text(text)
        code, said = definitions.plan()
        assert (code, said.partition(":")[0]) == (1, "tranche.yaml")
    (definitions.path / "tranche.yaml").unlink()
    assert definitions.apply()[0] == 1


def test_a_folder_without_files_has_nothing_to_do(definitions):
    assert definitions.plan()[0] == 0
    (definitions.path / "segments").rmdir()
    assert definitions.plan()[0] == 0


def test_a_reference_to_a_refused_file_is_no_second_problem(definitions):
    """The author would look for a segment that is there but for its own problem."""
    asks = "{match: all, conditions: [{attribute: segment, operator: is_one_of, value: [%s]}]}"
    definitions.write("base", websites="[moon]")
    definitions.write("above", conditions=asks % "base")
    code, said = definitions.plan()
    assert (code, len(said.splitlines())) == (1, 1), said
    definitions.write("above", conditions=asks % "nowhere")
    assert "segments/above.yaml:3: conditions[0].value" in definitions.plan()[1]


def test_a_circle_is_refused_and_named(definitions):
    """Neither of two new segments can be saved first; the save would call the other unknown."""
    asks = "{match: all, conditions: [{attribute: segment, operator: is_one_of, value: [%s]}]}"
    definitions.write("one", conditions=asks % "two")
    definitions.write("two", conditions=asks % "one")
    code, said = definitions.plan()
    assert code == 1
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        "segments/one.yaml",
        "segments/two.yaml",
    ]
    assert "one → two" in said or "two → one" in said
