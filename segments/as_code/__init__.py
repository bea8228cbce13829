"""Segments as code: definitions in files, what applying them would do, and doing it."""
