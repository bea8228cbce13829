"""Finds the exports that contained a customer, as far as the change log reaches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.privacy.holdings import Person
from segments.models import ChangeKind, ExportAudit, Membership, MembershipChange


@dataclass
class _Stays:
    """The periods of a customer in one segment; a None start is before the log, a None end now."""

    spans: list[tuple[datetime | None, datetime | None]] = field(default_factory=list)
    changes: list[MembershipChange] = field(default_factory=list)

    def add(self, change: MembershipChange) -> None:
        self.changes.append(change)
        if change.kind == ChangeKind.ENTERED:
            self.spans.append((change.at, None))
        else:
            start = self.spans.pop()[0] if self.spans and self.spans[-1][1] is None else None
            self.spans.append((start, change.at))

    def were_in(self, audit: ExportAudit) -> bool:
        """Return whether the export contained the customer."""
        if audit.since is not None:
            return any(
                change.sequence > audit.since and change.at <= audit.at for change in self.changes
            )
        return any(
            (start is None or start <= audit.at) and (end is None or audit.at < end)
            for start, end in self.spans
        )


def exports_with(person: Person) -> Iterator[Mapping[str, Any]]:
    """Yield the exports of segments that the person was a member of at that moment."""
    stays: dict[str, _Stays] = {}
    changes = MembershipChange.objects.filter(customer_id=person.pk).select_related("segment")
    for change in changes.order_by("sequence"):
        stays.setdefault(change.segment.code, _Stays()).add(change)
    for row in Membership.objects.filter(customer=person.pk).select_related("segment"):
        # Without an entry in the log, the customer entered before its kept part begins.
        stays.setdefault(row.segment.code, _Stays([(row.entered_at, None)]))
    audits = ExportAudit.objects.filter(segment_code__in=list(stays)).order_by("pk")
    for audit in audits.iterator():
        if stays[audit.segment_code].were_in(audit):
            yield {
                "with": "export",
                "segment": audit.segment_code,
                "at": audit.at.isoformat(),
                "format": audit.format,
                "target": audit.target or None,
                "columns": audit.columns,
                "by": audit.username,
            }
