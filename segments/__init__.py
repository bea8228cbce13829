"""Segments: which customers are members, and since when."""
