"""Experiments: set up, assigned, read."""
