"""docs/architecture.md and docs/glossary.md name what there is: rooms, layers, walks, words."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
APPS = (
    *("core", "customers", "conditions", "segments"),
    *("price_rules", "predictions", "personalization", "campaigns", "alerts"),
    "mcp_server",
    "segmentation_site",
)
# No rooms, but what every app of Django's has.
USUAL = {"migrations", "tests", "apps.py", "__init__.py"}


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rooms(app: str) -> set[str]:
    """Return the packages and modules right below an app."""
    found = {
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / app).iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    return {name for name in found if name.rstrip("/") not in USUAL}


def test_every_room_of_the_table_is_there() -> None:
    named = re.findall(r"`([a-z_/.]+)`", re.sub(r"\|[^|]*\|$", "|", section("Rooms"), flags=re.M))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_room_of_segments_is_in_the_table() -> None:
    assert sorted(room for room in rooms("segments") if f"`segments/{room}`" not in PAGE) == []


def test_the_layers_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = [
        contract["layers"]
        for contract in contracts["contracts"]
        if contract.get("containers") == ["segments"]
    ]
    shown = re.search(r"```text\n(.*?)\n```", section("Dependencies between rooms"), re.DOTALL)
    assert shown is not None
    assert shown[1].split("\n") == layers


def names_in(path: Path) -> set[str]:
    """Return what a file defines: classes, functions, constants, fields, with those inside."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return set(re.findall(r"export (?:async )?(?:class|function|const) (\w+)", text))
    return {name for node in ast.walk(ast.parse(text)) for name in _defined(node)}


def _defined(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


STEPS = re.findall(r"`([\w/]+\.(?:py|js))` `(\w+)`", PAGE)


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_each_step_of_a_walk_is_where_the_page_says(file: str, name: str) -> None:
    assert name in names_in(ROOT / file)


def test_each_walk_names_its_files() -> None:
    for title in (
        "From JSON to SQL, and to a verdict",
        "A changed customer, from the trigger to the member",
        "A click in the builder, to a count",
    ):
        steps = re.findall(r"^\d+\. (.*)$", section(title), re.MULTILINE)
        assert len(steps) >= 5
        assert [step for step in steps if not re.match(r"`[\w/]+\.(py|js)` `\w+`", step)] == []


def test_every_word_of_the_glossary_has_one_meaning_and_its_names_exist() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in GLOSSARY.splitlines()
        if line.startswith("| ") and "---" not in line
    ][1:]
    words = [row[0] for row in rows]
    assert len(words) >= 30
    assert len(words) == len(set(words))
    known = {
        name
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts
        for name in names_in(path)
    }
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row[2])}
    assert sorted(named - known) == []
    assert [row[0] for row in rows if not re.search(r"`\w+`", row[2])] == []
