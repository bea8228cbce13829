"""The description of the API: complete, valid, and read without another host."""

import json
import re
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from core.access.tokens import create_token
from core.api.endpoint import Endpoint
from core.api.openapi import documents
from core.api.openapi.documents import schema_in
from core.api.routes.addresses import addresses
from core.clock import now
from tests.factories.clients import new_user

# What anybody may send from the pages of a storefront.
FROM_STOREFRONTS = {"collect", "mail-events"}
# What the generator knows no type for.
OTHER_BODIES = {"text/csv": "application/octet-stream", "application/xml": "text/plain"}
VIP = {
    "code": "vip",
    "name": "VIP",
    "conditions": {"match": "all", "conditions": []},
}
HOST = "http://testserver"
UNDESCRIBED = {"schema", "docs", None}


def test_it_is_valid_and_nothing_in_it_was_guessed() -> None:
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


@pytest.mark.exhaustive
@pytest.mark.once
@pytest.mark.django_db
def test_generated_client_lists_and_creates_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Generators read more strictly than a validator, and name what they make by operation ids."""
    import httpx
    from openapi_spec_validator import OpenAPIV31SpecValidator

    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    assert [*OpenAPIV31SpecValidator(schema).iter_errors()] == []
    description, config = tmp_path / "schema.json", tmp_path / "config.json"
    description.write_text(json.dumps(schema))
    config.write_text(json.dumps({"content_type_overrides": OTHER_BODIES, "post_hooks": []}))
    words = f"-m openapi_python_client generate --meta none --fail-on-warning --path {description}"
    words += f" --config {config} --output-path {tmp_path / 'generated'}"
    made = subprocess.run(
        [sys.executable, *words.split()], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout

    monkeypatch.syspath_prepend(tmp_path)
    user = new_user("view_segment", "add_segment")
    key = create_token(user, author=None, expires_at=now() + timedelta(days=1)).key
    client = import_module("generated").AuthenticatedClient(HOST, key)
    transport, headers = httpx.WSGITransport(WSGIHandler()), {"Authorization": f"Bearer {key}"}
    client.set_httpx_client(httpx.Client(base_url=HOST, transport=transport, headers=headers))
    calls = "generated.api.segments."
    new = import_module("generated.models").SegmentRequest.from_dict(VIP)
    created = import_module(f"{calls}segments_create").sync(client=client, body=new)
    listed = import_module(f"{calls}segments_list").sync(client=client)
    assert [created.code, *(one.code for one in listed.results)] == ["vip", "vip"]
