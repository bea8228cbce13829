"""Segments in the admin: one file for each page or panel."""

from segments.admin import export_audit, segment

__all__ = ["export_audit", "segment"]
