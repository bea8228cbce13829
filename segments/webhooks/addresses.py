"""Checks that webhooks are only sent to public addresses, in whatever notation.

A host name is resolved once for each request, and the connection is made to the resolved and
checked address, so a DNS answer that changes in the meantime has no effect. Networks in
`settings.WEBHOOK_NETWORKS` are allowed, too.
"""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from core.text.sentences import SentenceError

LONGEST_URL = 2_000
# RFC 1035, 2.3.4.
LONGEST_NAME, LONGEST_LABEL = 253, 63
# Top-level names that are local to a machine or network (RFC 6761, 6762; ICANN for "internal").
LOCAL = {"localhost", "local", "internal", "test", "invalid"}
PORTS = {"https": 443, "http": 80}
# The globally routed part of IPv6; the rest is local, reserved, or a form of IPv4.
GLOBAL_UNICAST = ip_network("2000::/3")
TRANSLATED = ip_network("64:ff9b::/96")
RELAYS = ip_network("192.88.99.0/24")


class ForbiddenAddress(SentenceError):
    """An address that webhooks are not sent to."""


def checked_url(url: str) -> SplitResult:
    """Return the parts of `url`. Raises ForbiddenAddress where nothing may be sent to it.

    The addresses of a host name are only checked when it is resolved (`resolve_host`).
    """
    if len(url) > LONGEST_URL or any(not "!" <= one <= "~" or one == "\\" for one in url):
        raise ForbiddenAddress(
            gettext_noop("An address has at most 2,000 characters, none but ASCII's.")
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress(gettext_noop("This is no address.")) from error
    schemes = ("https", "http") if settings.WEBHOOK_HTTP else ("https",)
    if parts.scheme not in schemes:
        raise ForbiddenAddress(gettext_noop("The address must begin with https://."))
    if not parts.hostname or parts.fragment or "#" in url:
        raise ForbiddenAddress(gettext_noop("This is no address of a server."))
    if parts.username is not None or parts.password is not None:
        raise ForbiddenAddress(gettext_noop("Write no user name or password into the address."))
    if port is not None and port not in {PORTS[parts.scheme], *settings.WEBHOOK_PORTS}:
        raise ForbiddenAddress(gettext_noop("Port %(port)s may not be called."), port=str(port))
    literal = _literal(parts.hostname)
    if literal is not None and not is_allowed(literal):
        raise ForbiddenAddress(gettext_noop("This address is not a public one."))
    if literal is None:
        _check_name(parts.hostname.rstrip("."))
    return parts


def _check_name(name: str) -> None:
    labels = name.lower().split(".")
    if len(name) > LONGEST_NAME or not all(0 < len(one) <= LONGEST_LABEL for one in labels):
        raise ForbiddenAddress(gettext_noop("There can be no such name."))
    if (len(labels) == 1 or labels[-1] in LOCAL) and not settings.WEBHOOK_NETWORKS:
        raise ForbiddenAddress(gettext_noop("This name is not a public one."))


def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of `host`, all of which may be called.

    Raises ForbiddenAddress where one of them may not be called, and OSError where there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(address[0]) for *_other, address in found))
    if not all(map(is_allowed, addresses)):
        raise ForbiddenAddress(
            gettext_noop("Its name leads to an address that is not a public one.")
        )
    return addresses


def is_allowed(address: str) -> bool:
    """Return whether `address`, an IP address in any notation, may be called."""
    try:
        ip = ip_address(address)
    except ValueError:  # Such as one with a zone.
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if any(ip in network for network in settings.WEBHOOK_NETWORKS):
        return True
    return _is_public(ip) and all(map(_is_public, _translated_addresses(ip)))


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        return ip in TRANSLATED or (ip in GLOBAL_UNICAST and ip.is_global)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip in RELAYS)


def _translated_addresses(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses to which routers translate an IPv6 address."""
    if isinstance(ip, IPv4Address):
        return
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip.teredo is not None:
        yield from ip.teredo
    if ip in TRANSLATED:
        yield IPv4Address(int(ip) & 0xFFFFFFFF)


def _literal(host: str) -> str | None:
    """Return `host` as an IP address; None for a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        # Notations that the operating system accepts: 127.1, 0x7f000001, 2130706433.
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
