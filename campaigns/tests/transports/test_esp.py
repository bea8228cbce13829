"""Mails through Anymail to a provider's API, played by a small HTTP server."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

import pytest
from django.test import override_settings

from campaigns.tests.transports.mails import a_mail
from campaigns.transports.esp import BY_TAG, ESPS, EspCarrier
from campaigns.transports.outcome import Outcome

pytest.importorskip("anymail")
TAKEN = {"ErrorCode": 0, "Message": "OK", "MessageID": "m1", "To": "jane.doe@customer.example"}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "Found inactive addresses: jane.doe@customer.example. Inactive recipients are",
}
INVALID = {"ErrorCode": 300, "Message": "Invalid 'From' address: 'news@shop.example'."}


class Provider(ThreadingHTTPServer):
    """Postmark's API: answers every request alike, None hangs up, silence says nothing."""

    daemon_threads = True

    def __init__(self, code: int | None, body: Any, silent: bool) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.code, self.body, self.silent = code, body, silent
        self.requests: list[dict[str, Any]] = []
        self.released = threading.Event()


class Asked(BaseHTTPRequestHandler):
    """One connection to the provider."""

    protocol_version = "HTTP/1.1"
    server: Provider

    def do_POST(self) -> None:
        self.server.requests.append(
            json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        )
        if self.server.silent:
            self.server.released.wait(60)
        if self.server.silent or self.server.code is None:
            self.close_connection = True
            return
        data = json.dumps(self.server.body).encode()
        self.send_response(self.server.code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def provider(
    code: int | None, body: Any = None, *, silent: bool = False, seconds: float = 20
) -> Iterator[tuple[Provider, EspCarrier]]:
    """Yield a provider, and a carrier to it."""
    server = Provider(code, body, silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    with override_settings(ANYMAIL={"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": url}):
        carrier = EspCarrier("postmark", seconds=seconds)
    try:
        yield server, carrier
    finally:
        carrier.close()
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_the_provider_gets():
    mail = a_mail(from_name='Müller, "Söhne"', to="jane@bücher.example")
    with provider(200, TAKEN) as (server, carrier):
        assert carrier.hand_over(mail).outcome is Outcome.SENT
        assert carrier.hand_over(a_mail(is_test=True)).outcome is Outcome.SENT

    first, test = server.requests
    assert first["To"] == "jane@xn--bcher-kva.example"
    assert first["From"].endswith("<news@shop.example>")
    assert first["ReplyTo"] == "help@shop.example"
    assert first["Subject"] == "Spring is here"
    assert (first["TextBody"], first["HtmlBody"]) == ("Hello Jane", "<p>Hello Jane</p>")
    assert {header["Name"]: header["Value"] for header in first["Headers"]} == {
        "Message-ID": "<7.k3jx9@shop.example>",
        "List-Id": "<news.shop.example>",
        "List-Unsubscribe": "<https://shop.example/m/u/AbC-123_x/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": "spring:campaign:shop",
    }
    assert "List-Unsubscribe" not in {header["Name"] for header in test["Headers"]}
    # By this its reports name the mail.
    assert first["Metadata"] == {"tranche_message": "7.k3jx9"}


@pytest.mark.parametrize(
    ("code", "body", "outcome"),
    [
        (422, INACTIVE, Outcome.REJECTED),
        (422, INVALID, Outcome.REFUSED),
        (400, {}, Outcome.REFUSED),
        (413, {}, Outcome.REFUSED),
        (401, {}, Outcome.LOGIN),
        (403, {}, Outcome.LOGIN),
        (429, {}, Outcome.PASSING),
        (500, {}, Outcome.PASSING),
        (503, {}, Outcome.PASSING),
        (502, {}, Outcome.UNCERTAIN),
        (504, {}, Outcome.UNCERTAIN),
        (200, {"nonsense": 1}, Outcome.UNCERTAIN),
        (None, None, Outcome.UNCERTAIN),
    ],
)
def test_each_answer_has_its_outcome(code, body, outcome):
    with provider(code, body) as (_, carrier):
        handed = carrier.hand_over(a_mail())

    assert handed.outcome is outcome, handed
    assert "jane.doe" not in handed.detail
    assert len(handed.detail) <= 500


def test_silence_is_uncertain():
    with provider(200, TAKEN, silent=True, seconds=3) as (_, carrier):
        assert carrier.hand_over(a_mail()).outcome is Outcome.UNCERTAIN


def test_nobody_listens():
    with provider(200, TAKEN) as (server, carrier):
        server.shutdown()
        server.server_close()
        assert carrier.hand_over(a_mail()).outcome is Outcome.PASSING


def test_an_address_that_is_none_is_not_sent():
    with provider(200, TAKEN) as (server, carrier):
        assert carrier.hand_over(a_mail(to="a@b.de, c@d.de")).outcome is Outcome.ADDRESS
    assert server.requests == []


def test_every_provider_has_a_place_for_the_reference():
    from anymail.backends.base import BasePayload

    def takes(esp, what):
        module = import_module(f"anymail.backends.{esp.replace('-', '_')}")
        payloads = [one for one in vars(module).values() if isinstance(one, type)]
        return any(f"set_{what}" in vars(one) for one in payloads if issubclass(one, BasePayload))

    assert {esp for esp in ESPS if not takes(esp, "metadata")} == set(BY_TAG)
    assert all(takes(esp, "tags") for esp in BY_TAG)


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")
@pytest.mark.parametrize("esp", ESPS)
def test_a_provider_without_its_key_is_refused_with_a_sentence(esp):
    with override_settings(ANYMAIL={}), pytest.raises(ValueError, match=esp):
        EspCarrier(esp, seconds=1)


def test_anymail_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "anymail.backends.postmark", None)
    with pytest.raises(ValueError, match="optional extra"):
        EspCarrier("postmark", seconds=1)
