"""Customers named in a file."""
