"""Segments of a Maho shop as segments of this one."""
