"""Imports of shops, for all platforms: files, layouts, guests, identifiers, the plan."""
