"""Finds or creates the users of people that an identity provider knows, and sets their groups."""
