"""Addresses of links and images: a mail has no page that an address could be relative to."""

import re

# Allowed beginnings of the addresses of links, and of loaded images.
_LED_TO = ("http://", "https://", "mailto:", "tel:")
_LOADED = ("http://", "https://")
# Browsers read an address without these.
_UNREAD = re.compile(r"[\t\n\r]")


class Addresses:
    """The resolver of the addresses of one mail.

    `shop` is the base of paths, such as https://shop.example; "" if unknown. `lost` has the
    addresses that lead nowhere, each as often as it occurred.
    """

    def __init__(self, shop: str = "") -> None:
        self.shop = shop
        self.lost: list[str] = []

    def whole(self, attribute: str, address: str) -> str | None:
        """Return the whole address for an attribute; None where there is none."""
        plain = _UNREAD.sub("", address).strip()
        if plain.lower().startswith(_LED_TO if attribute == "href" else _LOADED):
            return address
        # The base may be lazy: most mails have no paths.
        if plain.startswith("/") and not plain.startswith("//") and self.shop:
            return f"{self.shop}{plain}"
        if plain:
            self.lost.append(plain)
        return None
