"""Adds tags to segments and removes them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.problems import Invalid, Problem
from core.text.folding import fold
from core.text.json_documents import can_be_stored
from customers.models import AuditAction, AuditSubject
from segments.database.locks import lock_definitions
from segments.models import Segment, SegmentTag
from segments.rules.definition import tags_of
from segments.rules.website_limits.websites import check_segment

MOST = 20
LONGEST = SegmentTag._meta.get_field("tag").max_length or 0
# The separators of several tags: in forms, and in files.
SEPARATORS = ",|"


class InvalidTag(Invalid):
    """A tag is invalid, or there are too many; nothing was stored."""


def tags_in(text: str) -> tuple[str, ...]:
    """Return the comma-separated tags of `text`."""
    return tuple(one.strip() for one in text.split(",") if one.strip())


def settled_tags(
    tags: Iterable[str], segment: Segment | None = None
) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the distinct `tags` as they are stored, and the problems with them.

    Runs of spaces become one space. Tags that differ only in case are the same tag, in the spelling
    of other segments than `segment` where these have it.
    """
    wanted: dict[str, str] = {}
    problems = []
    for index, given in enumerate(tags):
        tag = " ".join(given.split())
        if message := _wrong(tag):
            problems.append(Problem(f"tags[{index}]", "tag", message))
        elif tag:
            wanted.setdefault(fold(tag), tag)
    if len(wanted) > MOST:
        message = _("A segment has %(most)d tags at most.") % {"most": MOST}
        problems.append(Problem("tags", "too_many", message))
    others = SegmentTag.objects.exclude(segment=segment) if segment else SegmentTag.objects.all()
    known = others.filter(tag_folded__in=wanted).order_by("-pk")
    spelled = wanted | dict(known.values_list("tag_folded", "tag"))
    return tuple(spelled[one] for one in sorted(wanted)), problems


def store_tags(segment: Segment, tags: Sequence[str]) -> None:
    """Store exactly these tags, the result of `settled_tags`, for `segment`."""
    segment.tags.exclude(tag__in=tags).delete()
    SegmentTag.objects.bulk_create(
        [SegmentTag(segment=segment, tag=tag) for tag in tags], ignore_conflicts=True
    )


def add_tags(segments: Iterable[Segment], tags: Iterable[str], *, author: Any) -> int:
    """Add these tags to each of `segments`; return how many segments did not have all of them.

    Raises InvalidTag where a tag is invalid, or a segment would have too many tags.
    """
    return _change(segments, tags, author, lambda before, given: {*before, *given})


def remove_tags(segments: Iterable[Segment], tags: Iterable[str], *, author: Any) -> int:
    """Remove these tags from each of `segments`; return how many had one. Raises InvalidTag."""
    return _change(segments, tags, author, lambda before, given: {*before} - {*given})


def _change(segments: Iterable[Segment], tags: Iterable[str], author: Any, change: Any) -> int:
    given, problems = settled_tags(tags)
    if problems:
        raise InvalidTag(problems)
    changed = 0
    with transaction.atomic():
        lock_definitions()
        numbers = [segment.pk for segment in segments]
        rows = Segment.objects.filter(pk__in=numbers).order_by("pk").prefetch_related("tags")
        for segment in rows:
            check_segment(author, segment)
            before = tags_of(segment)
            after, problems = settled_tags(change(before, given), segment)
            if problems:
                raise InvalidTag(problems)
            if after == before:
                continue
            store_tags(segment, after)
            record(
                author,
                AuditAction.CHANGED,
                AuditSubject.SEGMENT,
                segment.code,
                before={"tags": list(before)},
                after={"tags": list(after)},
            )
            changed += 1
    return changed


def _wrong(tag: str) -> str:
    """Return the problem with `tag` in words, or ""."""
    if len(tag) > LONGEST:
        return _("A tag has %(most)d characters at most.") % {"most": LONGEST}
    if any(one in tag for one in SEPARATORS):
        return _("A tag has no comma and no “|”: these stand between tags.")
    return "" if can_be_stored(tag) else _("A tag has characters that no database takes.")
