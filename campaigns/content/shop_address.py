"""Where the paths of the shop lead from a mail, which is no page of it."""

from urllib.parse import urlsplit

from django.conf import settings

from customers.models import Website


def shop_address() -> str:
    """Return what stands before a path of the shop, such as https://shop.example.

    Known it is where the shop has one website and one storefront: of several nobody says which is
    whose, and then it is "".
    """
    origins: set[str] = {origin.rstrip("/") for origin in settings.TRACK_ALLOWED_ORIGINS}
    if len(origins) != 1:
        return ""
    (origin,) = origins
    if urlsplit(origin).scheme not in ("http", "https") or Website.objects.count() != 1:
        return ""
    return origin
