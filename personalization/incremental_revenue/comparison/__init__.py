"""Treated customers and the holdout group: the members of each, by cell, and their outcomes."""
