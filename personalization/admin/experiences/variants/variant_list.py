"""The variants of a place in the shop, as its page lists them, and their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.clock import now
from core.text.formats import day_shown, moment_shown
from personalization.admin.audience import describe_audience, segment_names_for
from personalization.admin.experiences.content.in_words import ShownContent, stored_content
from personalization.experiences.resources import PLACEMENTS, VARIANTS
from personalization.models import ExperienceVariant, Exposure, ExposureCount, Placement

# Digits of the longest key that every database can look up.
LONGEST_KEY = 18


@dataclass(frozen=True)
class ListedVariant:
    """A variant in the list of its place: for whom it is, whether it is live, what it shows."""

    row: ExperienceVariant
    audience: str
    state: str
    is_live: bool
    content: ShownContent


def read_key(given: Any) -> int | None:
    """Return the primary key that a request names, None for none."""
    text = str(given)
    return int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else None


def listed_variants(placement: Placement, user: Any) -> list[ListedVariant]:
    """Return the variants of `placement` in the order in which they win.

    Segments have their codes in place of their names for a user who may not see segments.
    """
    rows, at = list(placement.variants.order_by("priority", "code")), now()
    names = segment_names_for(user, rows)
    found = []
    for one in rows:
        state, is_live = _state(one, at)
        shown = stored_content(one.content)
        found.append(ListedVariant(one, _for_whom(one, names), state, is_live, shown))
    return found


def place_page(placement: Placement, user: Any) -> str:
    """Return the address of the place's page; "" for a user who may not see places."""
    page = "admin:personalization_placement_change"
    may_see = _may_see(user, "placement")
    return reverse(page, args=[placement.pk]) if may_see else ""


def may_see_variants(user: Any) -> bool:
    """Return whether `user` may see variants."""
    return _may_see(user, "experiencevariant")


def _may_see(user: Any, model: str) -> bool:
    """Return whether the admin shows the rows of a model to `user`."""
    return any(user.has_perm(f"personalization.{right}_{model}") for right in ("view", "change"))


def last_request_text(placement: Placement) -> str:
    """Return in words when the storefront last asked for `placement`; "" if it never has."""
    rows = Exposure.objects.filter(element=placement.code).order_by("-at")
    at = rows.values_list("at", flat=True).first()
    # Of shoppers who are not tracked only the day (UTC) is known.
    counts = ExposureCount.objects.filter(element=placement.code)
    day = counts.aggregate(day=Max("day"))["day"]
    if day is not None and (at is None or day > at.astimezone(UTC).date()):
        return day_shown(day)
    return "" if at is None else moment_shown(at)


def move_variant(placement: Placement, key: int, step: int, *, author: Any) -> None:
    """Move the variant with this key `step` places down (up if negative) in its place's order.

    Raises Invalid where a priority would be out of its range.
    """
    with transaction.atomic():
        PLACEMENTS.lock(placement.pk)
        rows = list(placement.variants.order_by("priority", "code"))
        old = next((index for index, one in enumerate(rows) if one.pk == key), None)
        if old is None or not 0 <= old + step < len(rows):
            return
        priorities = _different(rows)
        rows.insert(old + step, rows.pop(old))
        for one, priority in zip(rows, priorities, strict=True):
            if one.priority != priority:
                VARIANTS.change(one, {"priority": priority}, author=author)


def _different(rows: Sequence[ExperienceVariant]) -> list[int]:
    """Return the priorities of `rows`, ascending; equal ones are set apart."""
    found: list[int] = []
    for one in rows:
        found.append(max(one.priority, found[-1] + 1) if found else one.priority)
    return found


def _for_whom(one: ExperienceVariant, names: Mapping[str, str]) -> str:
    text = describe_audience(one.audience, names)
    return _("%(audience)s, only on certain visits") % {"audience": text} if one.context else text


def _state(one: ExperienceVariant, at: datetime) -> tuple[str, bool]:
    """Return in words when it is shown, and whether that is now."""
    if not one.is_active:
        return _("off"), False
    if one.ends_at is not None and one.ends_at <= at:
        return _("over since %(day)s") % {"day": _day(one.ends_at)}, False
    if one.starts_at is not None and one.starts_at > at:
        return _("from %(day)s") % {"day": _day(one.starts_at)}, False
    if one.ends_at is not None:
        return _("live until %(day)s") % {"day": _day(one.ends_at)}, True
    return _("live"), True


def _day(at: datetime) -> str:
    return day_shown(timezone.localtime(at).date())
