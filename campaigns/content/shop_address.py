"""Where the paths of the shop lead from a mail, which is no page of it."""

from urllib.parse import urlsplit

from django.conf import settings

from customers.models import Website


def shop_address() -> str:
    """Return the base URL of the shop's paths, such as https://shop.example; "" if unknown.

    The base URL is known if the shop has one website and one storefront: no setting says which of
    several storefronts belongs to which website.
    """
    origins: set[str] = {origin.rstrip("/") for origin in settings.TRACK_ALLOWED_ORIGINS}
    if len(origins) != 1:
        return ""
    (origin,) = origins
    if urlsplit(origin).scheme not in ("http", "https") or Website.objects.count() != 1:
        return ""
    return origin
