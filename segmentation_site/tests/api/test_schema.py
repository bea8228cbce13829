"""The description of the API: complete, valid, and read without another host."""

import re
import threading
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from referencing import Registry, Resource
from rest_framework.serializers import DateTimeField

from core.api.endpoint import Endpoint
from core.api.openapi import documents
from core.api.openapi.documents import schema_in
from core.api.parsing import ClockField
from core.api.routes.addresses import addresses

# What anybody may send from the pages of a storefront.
FROM_STOREFRONTS = {"collect", "mail-events"}
VIP = {
    "code": "vip",
    "name": "VIP",
    "conditions": {"match": "all", "conditions": []},
}
HOST = "http://testserver"
UNDESCRIBED = {"schema", "docs", None}


def crawled(self: Registry, root: Resource) -> Any:
    """Return what `resolver_with_root` does, with all anchors found already.

    Without, the whole of OpenAPI's own schema is searched again for each schema in the document.
    """
    uri = root.id() or ""
    return self.with_resource(uri, root).crawl().resolver(uri)


def test_it_is_valid_and_nothing_in_it_was_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "resolver_with_root", crawled)
    schema_in.cache_clear()
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        schema = schema_in("en")
    assert dict(GENERATOR_STATS._warn_cache) == dict(GENERATOR_STATS._error_cache) == {}
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")


def test_two_who_ask_at_once_do_not_meet_in_its_making(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting, met = threading.Barrier(2), []

    class Generator:
        def get_schema(self, **_asked: Any) -> dict[str, Any]:
            with suppress(threading.BrokenBarrierError):
                met.append(meeting.wait(0.5))
            return {}

    monkeypatch.setattr(documents, "SchemaGenerator", Generator)
    make = schema_in.__wrapped__
    threads = [threading.Thread(target=make, args=("en",)) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert met == []


def test_every_call_is_described_with_its_permission() -> None:
    for one in addresses():
        name, view = one.name, one.view
        if name in UNDESCRIBED:
            continue
        assert issubclass(view, Endpoint), name
        handlers = {one for one in ("get", "post", "put", "patch", "delete") if hasattr(view, one)}
        assert handlers == {method.lower() for method in view.operations}, name
        needs_nothing = name in FROM_STOREFRONTS
        assert all(bool(one.needs) != needs_nothing for one in view.operations.values()), name
        assert all(one.summary for one in view.operations.values()), name


def test_responses_show_instants_alike_in_every_time_zone() -> None:
    shapes = {
        operation.answer.serializer
        for one in addresses()
        for operation in getattr(one.view, "operations", {}).values()
    } - {None}
    fields = [field for shape in shapes for part in parts_of(shape) for field in fields_of(part())]
    assert ClockField in map(type, fields)
    # DRF's own field shows an instant with the offset of the installation's time zone.
    assert [field.field_name for field in fields if type(field) is DateTimeField] == []


def parts_of(shape: Any) -> Collection[Any]:
    """Return the serializers of which one shows a response."""
    return shape.serializers.values() if hasattr(shape, "serializers") else [shape]


def fields_of(field: Any) -> Iterator[Any]:
    """Return a serializer and all fields at every depth of it."""
    yield field
    if child := getattr(field, "child", None):
        yield from fields_of(child)
    for one in getattr(field, "fields", {}).values():
        yield from fields_of(one)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/vnd.oai.openapi+json"),
        ("application/json", "application/json"),
        ("application/yaml", "application/yaml"),
    ],
)
def test_it_is_open_to_all_as_json_or_yaml(accept: str, media: str) -> None:
    answer = Client().get("/api/v1/schema/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(media)


@pytest.mark.django_db
def test_the_page_loads_nothing_from_another_host() -> None:
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    script = Client().get("/api/v1/docs/?script=")
    for text in (page.content.decode(), script.content.decode()):
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//|url: *[\"']https?:", text)
    assert not re.search(r"<script(?![^>]*src=)|<style", page.content.decode())
    for source in re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page.content.decode()):
        assert find(source.removeprefix("/static/")), source
