"""Segments in the admin: rooms for the list, the builder, the pages of a segment, exports."""
