"""Upkeep after changed data and passing time: stored figures, and customers who flip."""
