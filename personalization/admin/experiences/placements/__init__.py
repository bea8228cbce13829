"""Placements in the admin: list, form, preview and calendar."""
