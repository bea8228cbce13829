"""Memberships of customers whose data or time has changed, in batches."""
