"""The IP address that a request comes from, for which only trusted proxies can name another one."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
# A client with one IPv6 address can use all addresses of its network.
IPV6_PREFIX = 64


def origin_of(request: HttpRequest) -> str | None:
    """Return the client's IP address, for IPv6 its network; None where the address is not known.

    `X-Forwarded-For` is read from its end, where the nearest proxy wrote, and only as far as each
    writer is one of `settings.TRUSTED_PROXIES`: entries that the client wrote do not count.
    """
    origin = _address(request.META.get("REMOTE_ADDR", ""))
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while origin is not None and said and _is_trusted(origin):
        before = _address(said.pop())
        if before is None:
            break
        origin = before
    if isinstance(origin, IPv6Address):
        origin = ip_network((origin, IPV6_PREFIX), strict=False).network_address
    return None if origin is None else str(origin)


def is_from_trusted_proxy(request: HttpRequest) -> bool:
    """Return whether `request` comes straight from one of `settings.TRUSTED_PROXIES`."""
    sender = _address(request.META.get("REMOTE_ADDR", ""))
    return sender is not None and _is_trusted(sender)


def check_proxies(**kwargs: Any) -> list[CheckMessage]:
    """Warn where all requests would seem to come from the proxy's address."""
    if not settings.HTTPS_ONLY or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "HTTPS_ONLY is for a server behind a proxy, and TRUSTED_PROXIES names none.",
            hint="Without it all failed log-ins count as the proxy's, and lock out everybody.",
            id="customers.W001",
        )
    ]


def _address(text: str) -> Address | None:
    """Return the IP address in `text`, which may have a port; None where there is none."""
    text = text.strip()
    for spelled in (text, text.rpartition(":")[0].strip("[]")):
        try:
            found = ip_address(spelled)
        except ValueError:
            continue
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return mapped or found
    return None


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=2)
def _networks(names: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(name.strip()) for name in names]
