"""Fixtures that several apps share come from the plugins in tests/factories, by their names."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = tuple(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())


def is_fixture(node: ast.AST) -> bool:
    """Return whether a function is decorated with `pytest.fixture`."""
    decorators = getattr(node, "decorator_list", [])
    return any("pytest.fixture" in ast.unparse(one) for one in decorators)


@cache
def fixtures_in(module: str) -> set[str]:
    """Return the names of the fixtures that a conftest defines, and of what it imports itself."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    imported = {one.asname or one.name for node in imports for one in node.names}
    return imported | {node.name for node in tree.body if is_fixture(node)}


def refused_imports(text: str, app: str) -> list[str]:
    """Return what a module of this app's tests may not import from a conftest."""
    refused = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules = {(one.name, "*") for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from app.tests import conftest` imports all of it, as `import` does.
            modules = {(f"{node.module}.{one.name}", "*") for one in node.names}
            modules |= {(node.module, one.name) for one in node.names}
        else:
            continue
        for module, name in modules:
            if module.rpartition(".")[2] != "conftest":
                continue
            is_own = module.partition(".")[0] == app
            if not is_own or name == "*" or name in fixtures_in(module):
                refused.append(f"{module}.{name}")
    return sorted(refused)


@pytest.mark.parametrize("app", APPS)
def test_no_module_imports_fixtures_of_a_conftest(app):
    found = {}
    for path in (ROOT / app).rglob("*.py"):
        name, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        if "tests/" in name and "conftest" in text and (refused := refused_imports(text, app)):
            found[name] = refused
    assert found == {}
