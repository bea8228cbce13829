"""Integrations with other software; their optional dependencies are extras."""
