"""What is drawn is the tree and nothing else: read back from the screen it is the same."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from segments.admin.builder.words import strings
from segments.api.trees.registry import registry_document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

MODULES = Path(__file__).parent / "modules"
TREES = 300


def dumped(value):
    return json.dumps(value, cls=DjangoJSONEncoder)


def test_trees_of_every_kind_are_drawn_and_read_back_as_they_were(chromium):
    pictures = render_to_string("admin/segments/segment/builder.html", {"is_first": True})
    page = chromium.new_page()

    def answer(route):
        path = urlsplit(route.request.url).path
        if path == "/":
            body = f"<!doctype html><title>Rows</title><body>{pictures}"
            route.fulfill(body=body, content_type="text/html")
        elif path.startswith("/static/"):
            route.fulfill(path=settings.BASE_DIR / path.removeprefix("/"))
        else:
            route.fulfill(path=MODULES / path.removeprefix("/tests/"))

    page.route("**/*", answer)
    page.goto("http://builder.test/")
    pictures = page.evaluate("document.getElementById('sb-icons').outerHTML")
    found = page.evaluate(
        """async ([registry, strings, pictures, count]) => {
            const { firstOther } = await import('/tests/drawn.js');
            document.head.insertAdjacentHTML('beforeend', pictures);
            return firstOther(registry, strings, count);
        }""",
        [json.loads(dumped(registry_document())), json.loads(dumped(strings())), pictures, TREES],
    )

    assert "seed" not in found, json.dumps(found, indent=1)
    assert found["rows"] > TREES / 2
