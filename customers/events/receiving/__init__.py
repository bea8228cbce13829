"""Receives events in one transaction: locks, repeated and older events, limits to websites."""
