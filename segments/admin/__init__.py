"""Segments in the admin: one file for each page or panel."""

from segments.admin import customer_activity, customer_segments, export_audit, segment

__all__ = ["customer_activity", "customer_segments", "export_audit", "segment"]
