"""docs/extending.md shows this app's code, and every hook that there is."""

import importlib
import pkgutil
import re

from django.conf import settings

import conditions
import customers
import segments
from customers.registries import Registry

PAGE = (settings.BASE_DIR / "docs" / "extending.md").read_text(encoding="utf-8")
EXAMPLE = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted((settings.BASE_DIR / "tests" / "loyalty").glob("*.py"))
)
# Rows of the table: the hook, what is written, where it shows.
ROWS = re.findall(r"^\| (.+?) \| `(.+?)` \| (.+) \|$", PAGE, re.MULTILINE)


def test_its_code_is_this_apps_code():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    assert [block for block in blocks if block not in EXAMPLE] == []
    assert len(ROWS) > 10
    assert [code for _hook, code, _where in ROWS if code not in EXAMPLE] == []


def test_every_registry_of_the_product_is_on_it_by_its_place():
    found = {id(value) for module in modules() for value in vars(module).values() if is_one(value)}
    named = {id(value) for value in map(named_in, ROWS) if is_one(value)}
    assert len(named) == 10
    assert found == named


def is_one(value):
    return isinstance(value, Registry)


def named_in(row):
    """Return what a row of the table names, in the module that it names."""
    hook, code, _where = row
    place = importlib.import_module(re.search(r"`([a-z_.]+)`$", hook)[1])
    # The two registries of tabs go by other names where both are imported.
    name = re.sub(r"^(CUSTOMER|SEGMENT)_", "", re.search(r"(?:with )?(\w+)", code)[1])
    return getattr(place, name, place)


def modules():
    for app in (customers, conditions, segments):
        for one in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if not {"tests", "migrations"} & set(one.name.split(".")):
                yield importlib.import_module(one.name)
