"""Webhooks go to public addresses alone, however others are written or come to light."""

import socket
import threading
from ipaddress import ip_network

import pytest

from segments.webhooks import addresses, sending
from segments.webhooks.addresses import ForbiddenAddress, checked_url, is_allowed
from segments.webhooks.sending import NotSent, post
from tests.patches import patch_import

PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("192.0.2.1", "198.18.0.1", "203.0.113.1", "192.88.99.1", "192.0.0.1"),
    *("::1", "::", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "2002:7f00:1::", "5f00::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:0:7f00:1::", "100::1"),
    *("fe80::1%eth0", "no address", ""),
]
PUBLIC = ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address):
    assert is_allowed(address)


def test_networks_that_the_shop_names_are_called_besides(settings):
    settings.WEBHOOK_NETWORKS = [ip_network("10.1.0.0/16")]
    assert is_allowed("10.1.2.3")
    assert is_allowed("::ffff:10.1.2.3")
    assert not is_allowed("10.2.2.3")
    assert not is_allowed("127.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://localhost/",
        "https://metadata/",
        "http://shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://user:pass@shop.example/",
        "https://user@shop.example/",
        "https://shop.example:22/",
        "https://shop.example:99999/",
        "https://shop.example:x/",
        "https://shop.example/#part",
        "https://shop.example/#",
        "https:///path",
        "https://",
        "shop.example",
        "",
        "https://shop.example/ x",
        "https://shop.example/\r\nX: y",
        "https://shop.example\\@127.0.0.1/",
        "https://shop.example/\x00",
        "https://[::1",
        "https://shöp.example/",
        "https://shop.example/" + "x" * 2_000,
        "https://\ud800.example/",
    ],
)
def test_addresses_that_are_refused_when_they_are_written(url):
    with pytest.raises(ForbiddenAddress):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://shop.example/hook?a=b", "https://shop.example:443", "https://93.184.215.14/"],
)
def test_addresses_that_are_taken(url):
    assert checked_url(url).scheme == "https"


def answering(monkeypatch, *lists):
    """Let names lead to these addresses, each time to the next list."""
    answers, asked = [list(one) for one in lists], []

    def look_up(host, port, **_given):
        asked.append(host)
        found = answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    patch_import(monkeypatch, addresses, "socket", getaddrinfo=look_up)
    return asked


def test_a_name_that_leads_to_a_private_address_among_others_is_not_called(monkeypatch):
    answering(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    called = []
    patch_import(monkeypatch, sending, "socket", create_connection=lambda *a: called.append(a))
    with pytest.raises(NotSent, match="public"):
        post("https://shop.example/", b"{}", {})
    assert called == []


def test_a_name_is_looked_up_once_and_what_was_checked_is_called(monkeypatch):
    """An answer that changes in between changes nothing."""
    asked = answering(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    called = []

    def connect(address, timeout):
        called.append(address)
        raise OSError("unreachable")

    patch_import(monkeypatch, sending, "socket", create_connection=connect)
    with pytest.raises(NotSent, match="unreachable"):
        post("https://shop.example/", b"{}", {})
    assert asked == ["shop.example"]
    assert called == [("8.8.8.8", 443)]


def test_the_name_is_in_the_request_and_the_address_in_the_connection(receiver, monkeypatch):
    asked = answering(monkeypatch, ["127.0.0.1"])
    url = f"http://shop.example:{receiver.port}/hook?of=shop"
    assert post(url, b"{}", {"webhook-id": "1"}) == 204
    headers, body = receiver.got[0]
    assert headers["Host"] == f"shop.example:{receiver.port}"
    assert (headers["webhook-id"], body) == ("1", b"{}")
    assert asked == ["shop.example"]


def test_whoever_answers_for_an_address_must_have_a_certificate_for_the_name(receiver, monkeypatch):
    """A server without TLS, or with another's certificate, gets no byte of the text."""
    answering(monkeypatch, ["127.0.0.1"])
    with pytest.raises(NotSent, match=r"TLS|answer"):
        post(f"https://shop.example:{receiver.port}/", b"secret", {})
    assert receiver.got == []


@pytest.mark.parametrize("drop", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(settings, drop):
    """The whole takes so long at most, however the parts are spread."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_HTTP, settings.WEBHOOK_TIMEOUT_SECONDS = True, 0.4
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.WEBHOOK_PORTS = [server.getsockname()[1]]

        def dribble():
            connection, _address = server.accept()
            with connection:
                connection.sendall(drop)
                while drop and not over.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return
                over.wait(10)

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        with pytest.raises(NotSent, match="in time"):
            post(f"http://127.0.0.1:{settings.WEBHOOK_PORTS[0]}/", b"{}", {})
        over.set()
        thread.join()
