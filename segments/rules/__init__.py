"""Definitions of segments and their meaning."""
