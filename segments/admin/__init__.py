"""Segments in the admin: one file for each page or panel."""

from segments.admin import export_audit, priority_lists, scheduled_exports, segment, webhooks
from segments.admin.customer import activity
from segments.admin.customer import segments as customer_segments

__all__ = [
    "activity",
    "customer_segments",
    "export_audit",
    "priority_lists",
    "scheduled_exports",
    "segment",
    "webhooks",
]
