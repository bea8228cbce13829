"""Churn: what it is, how it is trained, and how it scores."""
