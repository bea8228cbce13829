"""Compute the views as of a moment, or read what the last scoring stored."""
