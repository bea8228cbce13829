"""Attributes from the JSON of behaviours: built-in keys and declared properties."""
