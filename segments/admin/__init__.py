"""Segments in the admin: rooms for the list, new segments, the builder, pages, exports, customers."""
