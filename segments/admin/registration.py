"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from segments.admin import priority_lists, segment, webhooks
from segments.admin.customer import activity
from segments.admin.customer import segments as customer_segments
from segments.admin.exports import audit as export_audit
from segments.admin.exports import scheduled as scheduled_exports

__all__ = [
    "activity",
    "customer_segments",
    "export_audit",
    "priority_lists",
    "scheduled_exports",
    "segment",
    "webhooks",
]
