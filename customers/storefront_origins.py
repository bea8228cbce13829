"""The origins of the shop's own pages: those of the setting, and those that merchants allow."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from core.clock import now
from core.database.prepared import rows_by_key
from core.problems import Invalid, Problem
from customers.models import StorefrontOrigin

# The port that an origin does not name, by scheme.
PORTS = {"https": 443, "http": 80}
HOST = re.compile(r"[a-z0-9.-]+")
LONGEST = 255
# How many can be stored.
MOST = 50


def is_allowed(origin: str) -> bool:
    """Return whether pages of `origin`, as a browser sends it, are the shop's own."""
    if origin in settings.TRACK_ALLOWED_ORIGINS:
        return True
    return origin.isprintable() and StorefrontOrigin.objects.filter(origin=origin).exists()


def allowed_origins() -> list[str]:
    """Return all origins: those of the setting in its order, then the stored ones."""
    stored = rows_by_key(
        "origins of storefronts",
        DEFAULT_DB_ALIAS,
        lambda: StorefrontOrigin.objects.order_by("origin").values_list("origin")[:MOST],
    )
    return list(dict.fromkeys([*settings.TRACK_ALLOWED_ORIGINS, *(one for (one,) in stored)]))


def allow(typed: str) -> str | None:
    """Store the origin of the address that somebody `typed`; None if it is allowed already.

    Raises `Invalid` for no address of a website, and where `MOST` are stored.
    """
    origin = origin_of(typed)
    if is_allowed(origin):
        return None
    if StorefrontOrigin.objects.count() >= MOST:
        text = _("At most %(number)d addresses can be allowed: remove one first.")
        raise Invalid([Problem("origin", "too_many", text % {"number": MOST})])
    values = {"origin": origin, "created_at": now()}
    _row, is_new = StorefrontOrigin.objects.get_or_create(origin=origin, defaults=values)
    return origin if is_new else None


def forbid(origin: str) -> bool:
    """Delete a stored origin; return whether there was one."""
    return bool(StorefrontOrigin.objects.filter(origin=origin).delete()[0])


def origin_of(typed: str) -> str:
    """Return the origin of an address as a browser sends it: https without another scheme.

    Raises `Invalid` for no address of a website.
    """
    address = typed.strip()
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").encode("idna").decode()
        port = "" if parts.port in (None, PORTS.get(parts.scheme)) else f":{parts.port}"
    except ValueError:
        host = port = ""
    origin = f"{parts.scheme}://{host}{port}" if HOST.fullmatch(host) else ""
    if not origin or parts.scheme not in PORTS or "@" in parts.netloc or len(origin) > LONGEST:
        text = _("This is no address of a shop: write one such as https://shop.example.")
        raise Invalid([Problem("origin", "invalid", text)])
    return origin
