"""Segments as people define, order, tag and filter them."""
