"""The tree that is edited and what is done to it, module by module: no server and no database."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from segments.tests.browser.chromium import launched

pytestmark = pytest.mark.browser

MODULES = Path(__file__).parent / "modules"
BUILDER = settings.BASE_DIR / "static/segments/builder"
TESTED = sorted(path.stem for path in BUILDER.glob("*.js") if (MODULES / path.name).exists())
# Names in the files are names of tests here, so that each passes or fails by itself.
TESTS = [
    (module, name)
    for module in TESTED
    for name in re.findall(r'^test\("(.+?)",', (MODULES / f"{module}.js").read_text("utf-8"), re.M)
]


def _answer(route):
    """Give the page that holds nothing, a module of the builder's or one of tests."""
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(body="<!doctype html><title>Modules</title>", content_type="text/html")
    elif path.startswith("/static/"):
        route.fulfill(path=settings.BASE_DIR / path.removeprefix("/"))
    else:
        route.fulfill(path=MODULES / path.removeprefix("/tests/"))


@pytest.fixture(scope="module")
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, launched(playwright) as browser:
        page = browser.new_page()
        page.route("**/*", _answer)
        page.goto("http://builder.test/")
        yield page


@pytest.fixture(scope="module")
def names(page):
    """The tests as the page knows them."""
    return page.evaluate(
        """async modules => {
            for (const name of modules) await import(`/tests/${name}.js`);
            return (await import('/tests/unit.js')).names();
        }""",
        TESTED,
    )


@pytest.mark.parametrize(("module", "name"), TESTS)
def test_of_a_module(page, names, module, name):
    failure = page.evaluate("async name => (await import('/tests/unit.js')).failure(name)", name)
    if failure:
        pytest.fail(f"{module}.js: {name}\n{failure}", pytrace=False)


def test_every_module_has_tests_of_its_own():
    modules = {path.stem for path in BUILDER.glob("*.js")}
    assert modules - {module for module, _name in TESTS} == set()


def test_each_of_them_is_run(names):
    assert names == [name for _module, name in TESTS]
