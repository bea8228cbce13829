"""Segments in the admin: one file for each page or panel."""
