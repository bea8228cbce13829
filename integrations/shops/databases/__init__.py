"""Databases of shops that are read directly: connection, declared tables, command, deletions."""
