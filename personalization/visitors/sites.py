"""The keys of websites whose storefronts report the behaviour of visitors."""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.html import format_html

from core.clock import now
from core.text.json_documents import can_be_stored
from customers.models import Website
from personalization.models import TrackingSite

KEY_BYTES, SECRET_BYTES = 16, 32
SNIPPET = "/static/personalization/track.js"


@dataclass(frozen=True)
class SetUp:
    """A website's keys, and whether they were made just now."""

    site: TrackingSite
    is_new: bool


def set_up(website: Website) -> SetUp:
    """Return the keys of `website`, made where there are none; of two at once both get the same."""
    with transaction.atomic():
        site, is_new = TrackingSite.objects.get_or_create(
            website=website,
            defaults={
                "key": secrets.token_urlsafe(KEY_BYTES),
                "secret": secrets.token_urlsafe(SECRET_BYTES),
                "created_at": now(),
            },
        )
    return SetUp(site, is_new)


def site_with(key: str) -> TrackingSite | None:
    """Return the site with this public key."""
    if not key or not can_be_stored(key):
        return None
    rows = TrackingSite.objects.select_related("website")
    found: TrackingSite | None = rows.filter(key=key).first()
    return found


def snippet_lines(site: TrackingSite, url: str) -> list[str]:
    """Return the lines to paste into a website's pages; `url` is this server's, as browsers see it.

    Without `url` the address of the script begins at the root of the website itself.
    """
    address = f"{url.rstrip('/')}{SNIPPET}"
    return [
        "<!-- Tranche: notes nothing before tranche.consent(true). -->",
        format_html('<script src="{}" data-site="{}" defer></script>', address, site.key),
    ]
