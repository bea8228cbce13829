"""X-Request-Id: whose is believed, and where it stands."""

import logging
import re

import pytest
from django.conf import settings as configured
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client

from segmentation_site.monitoring.logs import RequestIds
from segmentation_site.monitoring.request_ids import RequestIdMiddleware

GIVEN = "edge-7f.3_A"
MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def lines():
    """Return the log lines as the console's handler formats them."""
    found: list[str] = []
    formatter = logging.Formatter("{name}{ids}: {message}", style="{")
    handler = logging.Handler()
    handler.addFilter(RequestIds())
    handler.emit = lambda record: found.append(formatter.format(record))
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sender", "given", "is_taken"),
    [
        ("10.0.0.7", GIVEN, True),
        ("192.0.2.1", GIVEN, False),  # No proxy of ours: a client's own words.
        ("", GIVEN, False),  # A socket file.
        ("10.0.0.7", "short", False),
        ("10.0.0.7", "x" * 65, False),
        ("10.0.0.7", "line\nbreak-", False),
    ],
)
def test_only_a_trusted_proxy_names_the_request(settings, lines, sender, given, is_taken):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    headers = {"X-Request-Id": given, "Accept": "application/json"}

    response = Client().get("/api/v1/segments/", headers=headers, REMOTE_ADDR=sender)

    request_id = response["X-Request-Id"]
    assert (request_id == given) is is_taken
    assert is_taken or MADE.fullmatch(request_id)
    assert response.status_code == 401
    assert response.json()["request_id"] == request_id
    assert any(f"[request_id={request_id}]: Unauthorized" in line for line in lines)
    logging.getLogger("between").warning("requests")
    assert lines[-1] == "between: requests"


def test_probe_has_an_id_that_differs_each_time():
    first, second = (Client().get("/healthz")["X-Request-Id"] for _call in range(2))
    assert MADE.fullmatch(first)
    assert first != second


def test_lines_of_a_stream_carry_the_id_until_its_end(lines):
    def rows():
        logging.getLogger("rows").warning("one")
        yield b"1"

    response = RequestIdMiddleware(lambda request: StreamingHttpResponse(rows()))(HttpRequest())
    assert b"".join(response) == b"1"
    for close in response._resource_closers:
        close()
    logging.getLogger("rows").warning("two")

    assert lines == [f"rows [request_id={response['X-Request-Id']}]: one", "rows: two"]


def test_console_writes_the_ids():
    assert "ids" in configured.LOGGING["handlers"]["console"]["filters"]
    assert "{ids}" in configured.LOGGING["formatters"]["line"]["format"]
