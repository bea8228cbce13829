"""The house rules that no linter knows: docstrings, names, one clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests import lazy

APPS = (
    *("segmentation_site", "price_rules", "predictions", "personalization"),
    *("mcp_server", "alerts", "segments", "conditions", "customers", "core"),
)
VAGUE = {"utils", "util", "helpers", "helper", "managers", "manager", "services", "service"} | {
    "common",
    "misc",
}
CLOCK = Path("core/clock.py")
JAVASCRIPT_COLUMNS = 120


def modules() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            yield path.relative_to(settings.BASE_DIR)


def source(module: Path) -> str:
    return (settings.BASE_DIR / module).read_text(encoding="utf-8")


def nodes(module: Path, *words: str) -> Iterator[ast.AST]:
    """Yield a module's syntax tree node by node; nothing where none of the words stands in it."""
    text = source(module)
    if any(word in text for word in words):
        yield from ast.walk(ast.parse(text))


def has_docstring(module: Path) -> bool:
    text = source(module)
    # Almost every module begins with its docstring; parsing all of them takes seconds.
    return text.startswith('"""') or bool(ast.get_docstring(ast.parse(text)))


def is_empty_or_migration(module: Path) -> bool:
    return not source(module).strip() or module.parent.name == "migrations"


def test_every_module_says_first_what_is_found_there() -> None:
    silent = [
        str(module)
        for module in modules()
        if not is_empty_or_migration(module) and not has_docstring(module)
    ]
    assert silent == []


def test_modules_are_named_for_what_they_do() -> None:
    assert [str(module) for module in modules() if VAGUE & set(module.with_suffix("").parts)] == []


def test_only_the_clock_reads_the_current_time() -> None:
    readers = [
        f"{module}:{node.lineno}"
        for module in modules()
        if module != CLOCK and "tests" not in module.parts and module.parent.name != "migrations"
        for node in nodes(module, ".now", ".utcnow", ".today", "time.time")
        if reads_the_time(node)
    ]
    assert readers == []


@pytest.mark.parametrize(
    "line",
    ["timezone.now()", "datetime.now(UTC)", "datetime.utcnow()", "date.today()", "time.time()"],
)
def test_every_way_to_read_the_time_is_noticed(line: str) -> None:
    assert any(reads_the_time(node) for node in ast.walk(ast.parse(line)))


def reads_the_time(node: ast.AST) -> bool:
    """Return whether `node` names a clock; `time.monotonic` measures and does not tell the time."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr)
        in {
            ("timezone", "now"),
            ("datetime", "now"),
            ("datetime", "utcnow"),
            ("datetime", "today"),
            ("date", "today"),
            ("time", "time"),
        }
    )


def test_lines_of_javascript_can_be_read_without_scrolling() -> None:
    scripts = [
        path
        for folder in ("static", *APPS)
        for path in sorted((settings.BASE_DIR / folder).rglob("*.js"))
    ]
    assert scripts
    long = [
        f"{path.relative_to(settings.BASE_DIR)}:{number}: {len(line)} columns"
        for path in scripts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > JAVASCRIPT_COLUMNS
    ]
    assert long == []


def test_nothing_is_pickled() -> None:
    importers = [
        str(module)
        for module in modules()
        for node in nodes(module, "pickle")
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "pickle" in {getattr(node, "module", ""), *(alias.name for alias in node.names)}
    ]
    assert importers == []


# Threads that other tests left, such as those of a driver, use these at any moment.
USED_BY_ANY_THREAD = "os|random|shutil|socket|subprocess|threading|time"
PATCH_OF_THE_PROCESS = re.compile(
    rf'\bsetattr\(\s*(?:(?:\w+\.)*(?:{USED_BY_ANY_THREAD}),|"(?:\w+\.)+(?:{USED_BY_ANY_THREAD})\.)'
)


def test_tests_patch_no_module_that_threads_of_other_tests_use() -> None:
    """Use tests.patches.patch_import, which patches for one module alone."""
    patching = [
        str(path.relative_to(settings.BASE_DIR))
        for path in sorted(settings.BASE_DIR.glob("[!.]*/**/tests/**/*.py"))
        if PATCH_OF_THE_PROCESS.search(path.read_text(encoding="utf-8"))
    ]
    assert patching == []


@pytest.mark.parametrize(
    "given", ['time, "sleep", x', 'a.socket, "create_connection", x', '"a.time.sleep", x']
)
def test_every_patch_of_the_process_is_noticed(given: str) -> None:
    assert PATCH_OF_THE_PROCESS.search(f"patch.setattr({given})")


def test_collecting_imports_no_heavy_library() -> None:
    """Catch an import of scikit-learn and the like at the top of a test module or below it.

    Each process of a run would pay for the import. Use tests.lazy.
    """
    assert lazy.loaded_by == {}
