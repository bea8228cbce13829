"""Imports of uploaded files: stored, planned, started, carried out by workers, deleted again."""
