"""Programs that go on and on: a request has its seconds, and an answer its length."""

import socket
import threading
from contextlib import contextmanager

import pytest

from campaigns.models import SyncMember
from campaigns.syncs import lease, privacy
from campaigns.tests.syncs.conftest import in_full, states
from customers.models import Customer, Erasure, Orders
from customers.privacy.erasing import erase_due, request_erasure

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OK = b"HTTP/1.1 200 OK\r\n"
BODY = OK + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
# As they were until then, an answer that ends with the connection would be a whole one.
UNTIL_CLOSED = OK + b"Content-Type: application/json\r\nConnection: close\r\n\r\n"


@pytest.fixture
def sync(program, make_sync, segment, make_subscriber, put_into, clock):
    """A sync of one member, not run yet."""
    put_into(segment, make_subscriber("anna"))
    return make_sync(program, segment)


@contextmanager
def saying(begin, then, released):
    """Serve on a free port: `begin`, and then `then` again and again; yield the address."""

    def serve(connection):
        with connection:
            try:
                connection.recv(65_536)
                connection.sendall(begin)
                while not released.wait(0.02):
                    connection.sendall(then)
            except OSError:
                return

    def accept():
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            released.set()
            # Who accepts is woken by it.
            listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("begin", [BODY, OK, UNTIL_CLOSED, b""])
def test_a_byte_now_and_then_is_no_answer(program, sync, settings, monkeypatch, begin):
    monkeypatch.setattr(lease, "LONGEST_REQUEST", 0.3)
    with saying(begin, b" ", program.released) as host:
        settings.SYNC_HOSTS = {program.name: host}
        # Otherwise it would end in 20 seconds only.
        watch = threading.Timer(20, program.released.set)
        watch.start()
        in_full(sync)
        was_ended = not program.released.is_set()
        watch.cancel()
    assert was_ended
    assert sync.state == "waiting" and "no answer" in sync.error
    assert states(sync) == ["entering"]


@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad"])
def test_an_answer_without_an_end_is_not_read(program, sync, settings, status):
    begin = b"HTTP/1.1 " + status + b"\r\nConnection: close\r\n\r\n"
    with saying(begin, b"x" * 500_000, program.released) as host:
        settings.SYNC_HOSTS = {program.name: host}
        in_full(sync)
    if status.startswith(b"2"):
        assert (sync.state, states(sync)) == ("waiting", ["entering"])
    elif program.name == "brevo":
        # It is asked whether the list is there.
        assert (sync.state, sync.error) == ("stopped", "400")
    else:
        assert states(sync) == ["refused"]
        assert SyncMember.objects.get().error == "400"


def test_the_next_erasure_waits_for_no_slow_program(
    program, sync, settings, monkeypatch, make_subscriber
):
    in_full(sync)
    first = request_erasure(Customer.objects.get(external_id="anna"), Orders.ANONYMIZE, author=None)
    second = request_erasure(make_subscriber("other"), Orders.ANONYMIZE, author=None)
    monkeypatch.setattr(privacy, "LONGEST", 0.3)
    with saying(BODY, b" ", program.released) as host:
        settings.SYNC_HOSTS = {program.name: host}
        watch = threading.Timer(20, program.released.set)
        watch.start()
        erase_due()
        was_ended = not program.released.is_set()
        watch.cancel()
    assert was_ended
    assert Erasure.objects.get(pk=first.pk).remaining == [f"{program.name}: {program.list_id}"]
    assert Erasure.objects.get(pk=second.pk).completed_at is not None


@pytest.mark.parametrize("location", ["http://[", "\xff\xfe", "http://127.0.0.1:9/", "\x00"])
def test_where_it_redirects_to_is_not_looked_at(program, sync, location):
    program.mood = lambda method, path: (302, None, {"Location": location})
    in_full(sync)
    assert sync.state in ("stopped", "waiting")
    assert len(program.requests) == 1
