"""Fact: the definition of the segment, or of one that it refers to, was changed."""

from collections.abc import Mapping, Sequence

from alerts.causes.shares import Cause
from alerts.facts.changes import Fact, Share, SizeChange, changes_in_direction, shares_of
from segments.models import ChangeReason, Segment, SegmentVersion
from segments.rules.in_conditions.references import ListedSegments, reachable_codes


def find_definitions(changes: Sequence[SizeChange]) -> Mapping[int, Share]:
    """Return the shares of entries with that reason, and the latest version that was saved."""
    entries = changes_in_direction(changes).filter(reason=ChangeReason.DEFINITION)
    shares = shares_of(entries, changes)
    if not shares:
        return {}
    since = min(one.since for one in changes)
    saved: dict[str, SegmentVersion] = {}
    versions = SegmentVersion.objects.filter(created_at__gt=since)
    for version in versions.select_related("segment", "author").order_by("created_at", "pk"):
        saved[version.segment.code] = version
    trees = dict(Segment.objects.values_list("code", "conditions"))
    lists = ListedSegments()
    found = {}
    for change in changes:
        if change.segment in shares:
            known = [
                saved[code] for code in reachable_codes(change.code, trees, lists) if code in saved
            ]
            latest = max(known, key=lambda one: (one.created_at, one.pk), default=None)
            found[change.segment] = Share(shares[change.segment], _details(latest, change))
    return found


def _details(version: SegmentVersion | None, change: SizeChange) -> dict[str, object]:
    if version is None:
        return {}
    return {
        "version": version.number,
        "author": version.author_name or "",
        "at": version.created_at.isoformat(),
        "segment": "" if version.segment_id == change.segment else version.segment.name,
    }


DEFINITIONS = Fact(Cause.DEFINITION, find_definitions)
