"""Upkeep of the stored members: runs, batches of changed customers, passing time."""
