"""Resolves a campaign's codes to segments and stores, and which stores the segments cover."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from campaigns.models import Campaign, Match
from core.access.website_limits import Websites
from customers.models import NewsletterSubscription, Store
from segments.models import Segment
from segments.rules.users import segment_to_use


@dataclass(frozen=True)
class Covering:
    """Stores that are covered by members of one of these segments."""

    store_ids: tuple[int, ...]
    segment_ids: tuple[int, ...]


@dataclass(frozen=True)
class Resolved:
    """The resolved codes of a campaign: its segments, its excluded segments, its stores; and which
    store is covered for members of which segments.

    `allowed_websites` are the websites whose customers are counted, None: all. `is_nobody`: the
    campaign names segments, but none of them can have recipients.
    """

    segment_ids: tuple[int, ...]
    excluded_ids: tuple[int, ...]
    store_ids: tuple[int, ...]
    covering: tuple[Covering, ...]
    is_nobody: bool
    has_segments: bool
    allowed_websites: Websites = None


def resolve_scope(campaign: Campaign) -> Resolved:
    """Resolve the codes of `campaign` now.

    An inactive segment counts as one without members: with `match` all, nobody matches.
    """
    codes, excluded = list(campaign.segments), list(campaign.exclude_segments)
    found = {
        one.code: one
        for one in Segment.objects.filter(code__in=[*codes, *excluded], is_active=True)
        .order_by("pk")
        .prefetch_related("websites")
    }
    stores = list(Store.objects.filter(code__in=campaign.stores).order_by("pk"))
    named = [found[code] for code in codes if code in found]
    is_all = campaign.match == Match.ALL
    is_nobody = bool(codes) and (not named or (is_all and len(named) < len(set(codes))))
    return Resolved(
        segment_ids=tuple(one.pk for one in named),
        excluded_ids=tuple(found[code].pk for code in excluded if code in found),
        store_ids=tuple(store.pk for store in stores),
        covering=tuple(_covering(named, stores, is_all=is_all)),
        is_nobody=is_nobody or not stores,
        has_segments=bool(codes),
    )


def segments_to_use(codes: Sequence[str]) -> dict[str, Segment]:
    """Return the existing segments by code, locked against deletion.

    The locks last until the end of the transaction; call this before any other row is locked.
    """
    found = {}
    for code in codes:
        with suppress(Segment.DoesNotExist):
            found[code] = segment_to_use(code)
    return found


def estimate_selected(scope: Resolved) -> int:
    """Return an estimate of the number of customers that a campaign selects."""
    if not scope.has_segments:
        return NewsletterSubscription.objects.filter(store__in=scope.store_ids).count()
    sizes = Segment.objects.filter(pk__in=scope.segment_ids).values_list("members_count", flat=True)
    return sum(sizes)


def covers(segment: Segment, store: Store) -> bool:
    """Return whether the segment covers the store; a segment without websites covers all."""
    websites = {website.pk for website in segment.websites.all()}
    return not websites or store.website_id in websites


def _covering(
    segments: Sequence[Segment], stores: Sequence[Store], *, is_all: bool
) -> list[Covering]:
    """Return the stores by the segments whose members they are covered by.

    With `match` all, a store must be covered by every one of the segments.
    """
    by_segments: dict[tuple[int, ...], list[int]] = {}
    for store in stores:
        about = tuple(one.pk for one in segments if covers(one, store))
        if about and (not is_all or len(about) == len(segments)):
            by_segments.setdefault(about, []).append(store.pk)
    return [Covering(tuple(ids), about) for about, ids in by_segments.items()]
