"""Links and paths that contents may have: of the shop's own pages, or none."""

import re
from urllib.parse import urlsplit

from customers.storefront_origins import allowed_origins

# Neither ends an attribute of HTML nor is read in another way by a browser.
PLAIN = re.compile(r"[^\s\"'<>`\\\x00-\x20\x7f]+")


def is_path(text: str) -> bool:
    """Return whether `text` is a path of the same host, such as /shoes?page=2."""
    return bool(PLAIN.fullmatch(text)) and text.startswith("/") and not text.startswith("//")


def is_link(text: str) -> bool:
    """Return whether `text` leads to the shop: relative, or to one of its storefronts by https."""
    if is_path(text):
        return True
    if not PLAIN.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        host = parts.netloc.lower()
    except ValueError:
        return False
    if not parts.scheme and not parts.netloc:
        # Without a first part that could be taken for a scheme.
        return ":" not in text.split("/")[0] and not text.startswith("//")
    return parts.scheme in {"http", "https"} and host in hosts()


def is_from_page(text: str) -> bool:
    """Return whether a link that may be used leads elsewhere from each page: it has no host, and
    begins with a name.
    """
    return is_link(text) and text[0] not in "/#?." and not urlsplit(text).netloc


def hosts() -> set[str]:
    """Return the hosts of the storefronts to which links may lead."""
    origins = (urlsplit(origin) for origin in allowed_origins())
    return {origin.netloc.lower() for origin in origins if origin.netloc}
