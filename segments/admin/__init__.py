"""Segments in the admin: rooms for the list, ways to make one, the builder, its pages, exports."""
