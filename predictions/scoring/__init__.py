"""Compute scores of all or some customers, and write the scores that are stored."""
