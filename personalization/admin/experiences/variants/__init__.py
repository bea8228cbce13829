"""Variants in the admin: list and form, and the visits in which each is shown."""
