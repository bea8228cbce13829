"""Lifetime value: what it is, how it is fitted, and how it scores."""
