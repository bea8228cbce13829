"""Addresses of links and images: a mail has no page that they could be relative to."""

import re

# What a mail may lead to, and what it may load.
_LED_TO = ("http://", "https://", "mailto:", "tel:")
_LOADED = ("http://", "https://")
# Browsers read an address without these.
_UNREAD = re.compile(r"[\t\n\r]")


class Addresses:
    """What becomes of the addresses of one mail.

    `shop` is where paths lead, such as https://shop.example; "" where that is not known. `lost` are
    the addresses that lead nowhere, each as often as it was met.
    """

    def __init__(self, shop: str = "") -> None:
        self.shop = shop
        self.lost: list[str] = []

    def whole(self, attribute: str, address: str) -> str | None:
        """Return the whole address for an attribute; None where there is none."""
        plain = _UNREAD.sub("", address).strip()
        if plain.lower().startswith(_LED_TO if attribute == "href" else _LOADED):
            return address
        if self.shop and plain.startswith("/") and not plain.startswith("//"):
            return self.shop + plain
        if plain:
            self.lost.append(plain)
        return None
