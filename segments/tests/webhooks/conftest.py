"""A receiver on this machine, and a webhook that is told of everything."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import User

from segments.refresh import refresh_segment
from segments.webhooks.resource import WEBHOOKS


class Receiver:
    """A server that keeps what it gets; `answers` are the statuses of the next answers."""

    def __init__(self):
        self.got, self.answers, self.headers = [], [], {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?of=shop"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(settings):
    receiver = Receiver()
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_PORTS, settings.WEBHOOK_HTTP = [receiver.port], True
    yield receiver
    receiver.close()


@pytest.fixture
def author(db):
    return User.objects.create_user("author")


@pytest.fixture
def endpoint(receiver, author):
    return WEBHOOKS.create({"name": "Shop", "url": receiver.url}, author=author).row


@pytest.fixture
def filled(make_customer, make_segment):
    """Return a function that has so many customers enter a segment of this code."""

    def fill(count, code="all"):
        for _one in range(count):
            make_customer()
        segment = make_segment(code, code=code)
        refresh_segment(segment)
        return segment

    return fill
