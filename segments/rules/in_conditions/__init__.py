"""Segments in the conditions of other segments: members, lists, and membership over time."""
