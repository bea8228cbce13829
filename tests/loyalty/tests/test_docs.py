"""docs/extending.md shows this app's code, and every hook that there is."""

import ast
import importlib
import inspect
import pkgutil
import re
from types import FunctionType

import pytest
from django.conf import settings

import conditions
import core
import customers
import segments
from core.registries import Registry
from tests.loyalty import hooks

PAGE = (settings.BASE_DIR / "docs" / "extending.md").read_text(encoding="utf-8")
EXAMPLE = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted((settings.BASE_DIR / "tests" / "loyalty").glob("*.py"))
)
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
# Rows of the table: the hook, what is written, where it shows.
ROWS = re.findall(r"^\| (.+?) \| `(.+?)` \| (.+) \|$", PAGE, re.MULTILINE)
# What the functions of the example are shown to get.
SIGNATURES = re.findall(r"^\| `(\w+)\((.*?)\)`", PAGE, re.MULTILINE)


def pairs():
    """Yield each module that the tables name, with the names that are to be found there."""
    for hook, code, _where in ROWS:
        module = re.search(r"`([a-z_.]+)`$", hook)[1]
        called = re.findall(r"(?<![.\w])(\w+)\(", code) + re.findall(r"(\w+)\.", code)[:1]
        for name in called:
            if name not in ("_", module.rpartition(".")[2]):
                yield module, name
    for module, names in re.findall(r"`([a-z_.]+)`: ((?:`\w+`(?:, )?)+)", PAGE):
        for name in re.findall(r"\w+", names):
            yield module, name


PAIRS = set(pairs())


def test_its_code_is_this_apps_code():
    assert BLOCKS
    assert [block for block in BLOCKS if block not in EXAMPLE] == []
    assert len(ROWS) > 10
    assert [code for _hook, code, _where in ROWS if code not in EXAMPLE] == []


def test_every_registry_of_the_product_is_on_it_by_its_place():
    found = {id(value) for module in modules() for value in vars(module).values() if is_one(value)}
    at = [getattr(importlib.import_module(module), name, None) for module, name in PAIRS]
    named = {id(value) for value in at if is_one(value)}
    assert len(named) == 39
    assert found == named


@pytest.mark.parametrize(("module", "name"), sorted(PAIRS))
def test_every_name_is_imported_from_where_the_page_says(module, name):
    assert hasattr(importlib.import_module(module), name)


def test_whatever_the_shown_code_takes_from_the_product_has_its_place_on_the_page():
    used = {one.id for block in BLOCKS for one in ast.walk(ast.parse(block)) if is_name(one)}
    ours = {name for name in used if is_ours(getattr(hooks, name))}
    assert "SegmentTab" in ours
    assert ours <= {name for _module, name in PAIRS}


def test_each_function_of_the_example_gets_what_the_page_says():
    for name, shown in SIGNATURES:
        parameters = inspect.signature(getattr(hooks, name)).parameters
        assert re.findall(r"\w+", shown) == list(parameters), name
    assert len(SIGNATURES) == 18


@pytest.mark.parametrize("template", re.findall(r"`(admin/\S+\.html)`", PAGE))
def test_the_templates_that_a_tab_extends_have_the_block(template):
    assert "{% block page %}" in (settings.BASE_DIR / "templates" / template).read_text()


def is_one(value):
    return isinstance(value, Registry)


def is_name(node):
    return isinstance(node, ast.Name)


def is_ours(value):
    room = getattr(value, "__module__", "").partition(".")[0]
    return isinstance(value, type | FunctionType) and room not in ("django", "tests")


def modules():
    for app in (core, customers, conditions, segments):
        for one in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if {"tests", "migrations"} & set(one.name.split(".")):
                continue
            try:
                yield importlib.import_module(one.name)
            except ModuleNotFoundError as error:
                # An extra (Spark without Java, say) is not installed; ours are always there.
                missing = str(error.name).partition(".")[0]
                assert not (settings.BASE_DIR / missing).exists(), one.name
