"""Experiments: setup, start, stop, and results."""
